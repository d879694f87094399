"""What is learned of the chain and shown of it."""

from dataclasses import dataclass, field, replace

import pytest

from milepost.chain.endpoint import EndpointSnapshot, EndpointState, ErrorKind, Head
from milepost.domain.errors import ChainError
from milepost.observability.chain_figures import ChainFigures, ChainState
from milepost.observability.exposition import Registry
from milepost.observability.measures import ChainMeasures
from milepost.ports import Block

ENDPOINTS = (
    EndpointSnapshot(1, EndpointState.OK, Head(20, 990), 40, 0),
    EndpointSnapshot(2, EndpointState.LAGGING, Head(12, 890), 30, 5, {ErrorKind.TIMEOUT: 4}),
)


def _block(number: int, fork: int = 0) -> Block:
    return Block(number, bytes([fork]) * 32, 990)


@dataclass
class _Chain:
    """A chain whose state a test changes."""

    state: ChainState = field(
        default_factory=lambda: ChainState("0xAb", _block(20), _block(17), 5, 6, 2 * 10**18, 4, 3, 3)
    )
    fork: int = 0
    is_gone: bool = False
    now_s: float = 1_000.0
    measures: ChainMeasures = field(default_factory=lambda: ChainMeasures(Registry()))

    def figures(self) -> ChainFigures:
        return ChainFigures(
            ask=self._ask,
            block_hash=lambda _: bytes([self.fork]) * 32,
            read_up_to=lambda: 15,
            endpoints=lambda: ENDPOINTS,
            measures=self.measures,
            now=lambda: self.now_s,
        )

    def _ask(self) -> ChainState:
        if self.is_gone:
            raise ChainError("no answer")
        return self.state


def test_refresh__a_state__is_shown() -> None:
    chain = _Chain()
    chain.figures().refresh()
    shown = chain.measures
    assert (shown.head.value(), shown.head_age_s.value()) == (20, 10)
    assert (shown.finality_lag.value(), shown.reader_lag.value()) == (3, 2)
    assert (shown.nonce_mined.value("0xAb"), shown.nonce_pending.value("0xAb"), shown.balance.value()) == (
        5,
        6,
        2,
    )
    assert (shown.reporters_reachable.value(), shown.reporters.value(), shown.quorum.value()) == (3, 4, 3)
    assert (shown.endpoint_lag.value("2"), shown.endpoint_failures.value("2")) == (8, 5)
    assert shown.endpoint_state.value("2", "lagging") == 1
    errors = shown.endpoint_errors
    assert (errors.value("2", "timeout"), errors.value("1", "rate_limited")) == (4, 0)


def test_refresh__again_with_the_same_errors__counts_them_once() -> None:
    chain = _Chain()
    figures = chain.figures()
    figures.refresh()
    figures.refresh()
    assert chain.measures.endpoint_errors.value("2", "timeout") == 4


def test_refresh__several_heads_are_replaced__says_how_deep_it_went() -> None:
    chain, shown = _Chain(), {20: 0, 24: 0, 30: 0}
    figures = chain.figures()
    figures.block_hash = lambda number: bytes([shown[number]]) * 32
    for number in shown:
        chain.state = replace(chain.state, head=_block(number))
        figures.refresh()
    shown |= {24: 1, 30: 1}
    chain.state = replace(chain.state, head=_block(31, 1))
    figures.refresh()
    assert (chain.measures.reorgs.value(), chain.measures.reorg_depth.value()) == (1, 10)


def test_refresh__money_is_spent__says_how_long_it_lasts() -> None:
    chain = _Chain()
    figures = chain.figures()
    figures.refresh()
    chain.now_s, chain.state = 1_100.0, replace(chain.state, balance_wei=10**18)
    figures.refresh()
    assert chain.measures.runway_s.value() == 100


@pytest.mark.parametrize(("head", "fork", "count"), [(21, 0, 0), (21, 1, 1), (19, 0, 1)])
def test_refresh__the_chain_goes_on_or_is_replaced__counts_reorgs(head: int, fork: int, count: int) -> None:
    chain = _Chain()
    figures = chain.figures()
    figures.refresh()
    chain.fork, chain.state = fork, replace(chain.state, head=_block(head, fork))
    figures.refresh()
    assert chain.measures.reorgs.value() == count


def test_refresh__no_node_answers__shows_the_nodes_and_raises() -> None:
    chain = _Chain(is_gone=True)
    figures = chain.figures()
    with pytest.raises(ChainError):
        figures.refresh()
    assert figures.answered_at is None
    assert chain.measures.endpoint_requests.value("1") == 40
