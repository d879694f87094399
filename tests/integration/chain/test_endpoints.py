"""Several nodes as one: who is asked, who is not, and who gets what is sent.

given three nodes of a chain
    when all is well                                 then one of them is asked as long as it keeps up
    when it fails in any way a node can              then the next answers, and it is left alone for a while
    when one lags, or is of another chain            then it is not asked, also when it is the only one left
    when a tx is sent                                then all get it, and one that takes it is enough
    when nobody can be asked                         then that is said without an address
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from web3 import Web3

from milepost.chain.endpoint import Endpoint, EndpointState, ErrorKind
from milepost.chain.endpoints import MOST_LAG_BLOCKS, PROBE_EVERY_S, Endpoints
from milepost.chain.errors import asking
from milepost.chain.node import Node, connect
from milepost.domain.errors import ChainError
from milepost.ports.chain import ChainUnavailable, TxAlreadyKnown, TxNonceTooLow
from tests.support.stub_node import StubNode, stub_nodes

CHAIN = 777
OK, LAGGING = EndpointState.OK, EndpointState.LAGGING
WRONG_CHAIN, UNREACHABLE = EndpointState.WRONG_CHAIN, EndpointState.UNREACHABLE
RATE_LIMITED = EndpointState.RATE_LIMITED


@dataclass
class Stage:
    nodes: list[StubNode]
    seconds: float = 0.0
    web3: Web3 = field(init=False)
    provider: Endpoints = field(init=False)

    def __post_init__(self) -> None:
        endpoints = [
            Endpoint(node.url, place=place, timeout_s=0.3, is_alone=False, now=self.now)
            for place, node in enumerate(self.nodes, start=1)
        ]
        self.provider = Endpoints(endpoints, setting="MILEPOST_RPC_URL", now=self.now)
        self.provider.expect_chain(CHAIN)
        self.web3 = Web3(self.provider)

    def now(self) -> float:
        return self.seconds

    def height(self, *, after_s: float = 0) -> int:
        self.seconds += after_s
        with asking("A node"):
            return self.web3.eth.block_number

    def send(self) -> None:
        with asking("A node"):
            self.web3.eth.send_raw_transaction(b"\x02")  # type: ignore[arg-type]

    @property
    def states(self) -> list[EndpointState]:
        return [one.state for one in self.provider.snapshot()]

    @property
    def reads(self) -> list[int]:
        return [node.reads() for node in self.nodes]


@contextmanager
def _stage(*nodes: StubNode) -> Iterator[Stage]:
    with stub_nodes(*nodes):
        yield Stage(list(nodes))


def test_make_request__all_well__asks_the_highest_and_stays_with_it() -> None:
    with _stage(StubNode(head=99), StubNode(head=101), StubNode(head=100)) as stage:
        assert stage.height() == 101
        # Another one is a little ahead now, and what is read in several steps stays of one node.
        stage.nodes[0].head = 102
        assert stage.height(after_s=PROBE_EVERY_S) == 101
        assert stage.reads == [0, 2, 0] and stage.states == [OK, OK, OK]


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        ("hang", ErrorKind.TIMEOUT),
        ("close", ErrorKind.CONNECTION),
        *((how, ErrorKind.UNREADABLE) for how in ("garbage", "wrong_id", "a_list", "nothing", "deep")),
        ("truncated", None),
        *((status, ErrorKind.STATUS) for status in (500, 502, 401)),
    ],
)
def test_make_request__one_fails__the_next_answers_and_it_is_left_alone(
    how: str | int, kind: ErrorKind | None
) -> None:
    with _stage(StubNode(head=101), StubNode()) as stage:
        assert stage.height() == 101
        stage.nodes[0].how = how
        assert stage.height() == 100
        assert stage.states == [UNREACHABLE, OK]
        asked = len(stage.nodes[0].asked)
        assert stage.height(after_s=0.5) == 100
        assert len(stage.nodes[0].asked) == asked
        # It comes back once it was looked at again.
        stage.nodes[0].how = "well"
        assert stage.height(after_s=PROBE_EVERY_S) == 100
        assert stage.states == [OK, OK]
        failed = stage.provider.snapshot()[0]
        assert (failed.failures, sum(failed.errors.values())) == (1, 1)
        assert kind is None or failed.errors == {kind: 1}


@pytest.mark.parametrize(("code", "retry_after"), [(429, "20"), (503, "20"), (429, None), (429, "soon")])
def test_make_request__too_many_requests__is_left_alone_as_long_as_it_asks(
    code: int, retry_after: str | None
) -> None:
    with _stage(StubNode(head=101), StubNode()) as stage:
        stage.height()
        stage.nodes[0].how = code
        stage.nodes[0].headers = {} if retry_after is None else {"Retry-After": retry_after}
        assert stage.height() == 100
        assert stage.states == [RATE_LIMITED, OK]
        stage.nodes[0].how = "well"
        asked = len(stage.nodes[0].asked)
        stage.height(after_s=19 if retry_after == "20" else 0.5)
        assert len(stage.nodes[0].asked) == asked
        stage.height(after_s=PROBE_EVERY_S)
        assert stage.states == [OK, OK]


def test_make_request__limit_said_with_status_200__goes_to_the_next() -> None:
    with _stage(StubNode(head=101), StubNode()) as stage:
        stage.height()
        limit = {"error": {"code": -32005, "message": "daily request count exceeded, request rate limited"}}
        stage.nodes[0].answers["eth_blockNumber"] = limit
        assert stage.height() == 100
        assert stage.states == [RATE_LIMITED, OK]
        assert stage.provider.snapshot()[0].errors == {ErrorKind.RATE_LIMITED: 1}


def test_make_request__one_lags__is_not_asked_until_it_caught_up() -> None:
    with _stage(StubNode(head=100), StubNode(head=100)) as stage:
        stage.height()
        stage.nodes[1].head = 101 + MOST_LAG_BLOCKS
        assert stage.height(after_s=PROBE_EVERY_S) == 101 + MOST_LAG_BLOCKS
        assert stage.states == [LAGGING, OK]
        stage.nodes[0].head = 100 + MOST_LAG_BLOCKS
        stage.height(after_s=PROBE_EVERY_S)
        assert stage.states == [OK, OK]


def test_make_request__only_an_isolated_node_is_left__is_not_believed() -> None:
    """A node cut off from the others goes on answering with its old head."""
    with _stage(StubNode(head=200), StubNode(head=200)) as stage:
        stage.height()
        stage.nodes[0].head = 250
        stage.height(after_s=PROBE_EVERY_S)
        stage.nodes[0].how = "close"
        with pytest.raises(ChainUnavailable, match="number 1 does not answer, number 2 is behind the others"):
            stage.height(after_s=PROBE_EVERY_S)
        stage.nodes[1].head = 249
        assert stage.height(after_s=PROBE_EVERY_S) == 249


def test_make_request__all_went_back__are_believed() -> None:
    """A chain that was started anew, or a reorg: there is nobody who knows better."""
    with _stage(StubNode(head=200), StubNode(head=200)) as stage:
        stage.height()
        for node in stage.nodes:
            node.head = 10
        assert stage.height(after_s=PROBE_EVERY_S) == 10


def test_make_request__another_chain__is_never_asked() -> None:
    with _stage(StubNode(chain_id=999, head=500), StubNode()) as stage:
        assert stage.height() == 100
        assert stage.states == [WRONG_CHAIN, OK] and stage.reads == [0, 1]


def test_require_chain__the_one_that_is_asked_changed__voids_what_it_said() -> None:
    with _stage(StubNode(head=101), StubNode()) as stage:
        node = Node(stage.web3, "A node")
        node.require_chain(CHAIN)
        stage.height()
        stage.nodes[0].chain_id = 999
        with pytest.raises(ChainUnavailable, match="number 1 is of another chain"):
            node.require_chain(CHAIN)
        assert stage.height() == 100
        node.require_chain(CHAIN)


def test_require_chain__all_of_another_chain__is_for_the_operator() -> None:
    with _stage(StubNode(chain_id=999), StubNode(chain_id=998)) as stage:
        with pytest.raises(ChainError, match="Name nodes of the deployment's chain") as refused:
            Node(stage.web3, "A node").require_chain(CHAIN)
        assert not isinstance(refused.value, ChainUnavailable)


def test_send__every_node__gets_it_and_one_is_enough() -> None:
    refusal = {"error": {"code": -32000, "message": "replacement transaction underpriced"}}
    with _stage(StubNode(), StubNode(head=50), StubNode(how="close"), StubNode()) as stage:
        stage.nodes[0].answers["eth_sendRawTransaction"] = refusal
        stage.send()
        sent = [node.asked.count("eth_sendRawTransaction") for node in stage.nodes]
        # One that lags gets it too, one that does not answer cannot.
        assert sent == [1, 1, 0, 1] and stage.states == [OK, LAGGING, UNREACHABLE, OK]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (("insufficient funds for gas * price + value", "already known"), TxAlreadyKnown),
        (("replacement transaction underpriced", "nonce too low"), TxNonceTooLow),
    ],
)
def test_send__all_refuse__what_is_most_certain_counts(
    said: tuple[str, str], expected: type[ChainError]
) -> None:
    with _stage(StubNode(), StubNode()) as stage:
        for node, words in zip(stage.nodes, said, strict=True):
            node.answers["eth_sendRawTransaction"] = {"error": {"code": -32000, "message": words}}
        with pytest.raises(expected):
            stage.send()


def test_make_request__nobody_answers__is_said_without_an_address_and_goes_on_when_one_is_back() -> None:
    with _stage(StubNode(how="close"), StubNode(how=500)) as stage:
        for ask in (stage.height, stage.send):
            with pytest.raises(ChainUnavailable, match="2 nodes in MILEPOST_RPC_URL") as refused:
                ask()
            assert not any(word in str(refused.value) for word in ("pa55word", "c0ffee", "127.0.0.1"))
        stage.nodes[1].how = "well"
        assert stage.height(after_s=1) == 100


def test_connect__several__are_one_node_that_shows_how_each_does() -> None:
    with stub_nodes(one := StubNode(head=7), other := StubNode(chain_id=1)):
        node = connect(f"{one.url}, {other.url}", setting="MILEPOST_RPC_URL")
        assert [shown.state for shown in node.endpoints] == [EndpointState.UNKNOWN] * 2
        node.require_chain(CHAIN)
        assert [(shown.place, shown.state) for shown in node.endpoints] == [(1, OK), (2, WRONG_CHAIN)]
        head = node.endpoints[0].head
        assert head is not None and (head.number, head.timestamp) == (7, 1_007)
        with pytest.raises(ChainError, match="names one node twice"):
            connect(f"{one.url},{one.url}", setting="MILEPOST_RPC_URL")
        with pytest.raises(ChainError, match="separated by commas"):
            connect(f"{one.url},", setting="MILEPOST_RPC_URL")


@pytest.mark.parametrize("how", ["garbage", "truncated", "wrong_id", "deep", 429])
def test_connect__a_single_one_that_fails__is_said_and_asked_again_at_once(how: str | int) -> None:
    with stub_nodes(stub := StubNode(how=how)):
        node = connect(stub.url, setting="MILEPOST_RPC_URL")
        with pytest.raises(ChainUnavailable, match="The node named by MILEPOST_RPC_URL") as refused:
            node.require_chain(CHAIN)
        assert "pa55word" not in str(refused.value) and "c0ffee" not in str(refused.value)
        stub.how = "well"
        node.require_chain(CHAIN)
        (shown,) = node.endpoints
        assert (shown.state, shown.requests, shown.failures) == (OK, 2, 1)
