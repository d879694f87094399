"""Learns of the chain what is shown of it, now and then: a worker's chore, so that no scrape asks a node.

`bootstrap.observing` makes it; the pages of the worker show what was learned last.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from time import time

from milepost.chain.endpoint import EndpointSnapshot, EndpointState, ErrorKind
from milepost.observability.measures import ChainMeasures
from milepost.ports import Block

_WEI = 10**18
_DAY_S = 86_400.0
# Relayers that spend nothing last for ever; a year says so as well.
_LONGEST_S = 366 * _DAY_S
# Heads that are remembered, to tell how deep a reorg went: a quarter of an hour of them.
_MOST_SEEN = 60


@dataclass(frozen=True, slots=True)
class ChainState:
    """What was learned of the chain at one time; nonces and balance are the sender's, the balance in wei."""

    sender: str
    head: Block
    final: Block
    nonce_mined: int
    nonce_pending: int
    balance_wei: int
    reporters: int
    reachable: int
    quorum: int


@dataclass(slots=True)
class ChainFigures:
    """Asks the chain and shows what it says.

    Shape: `ask` learns the state; `block_hash` gives the hash that a block has now; `read_up_to` the last
        block in the store; `endpoints` how each node does.
    """

    ask: Callable[[], ChainState]
    block_hash: Callable[[int], bytes]
    read_up_to: Callable[[], int | None]
    endpoints: Callable[[], tuple[EndpointSnapshot, ...]]
    measures: ChainMeasures
    now: Callable[[], float] = time
    answered_at: float | None = None
    _seen: deque[Block] = field(default_factory=lambda: deque(maxlen=_MOST_SEEN))
    _deepest: int = 0
    _errors: dict[tuple[str, str], int] = field(default_factory=dict)
    _balances: list[tuple[float, int]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def refresh(self) -> None:
        """Learn and show everything.

        Raises: ChainError while no node answers; how the nodes do is shown then too.
        """
        with self._lock:
            try:
                state = self.ask()
                self._count_reorg(state.head)
            finally:
                self._show_endpoints()
            self.answered_at = self.now()
            self._show(state)

    def _show(self, state: ChainState) -> None:
        shown, now = self.measures, self.now()
        shown.asked_at.set(now)
        shown.head.set(state.head.number)
        shown.head_age_s.set(max(now - state.head.timestamp, 0))
        shown.finality_lag.set(state.head.number - state.final.number)
        read = self.read_up_to()
        shown.reader_lag.set(0 if read is None else max(state.final.number - read, 0))
        shown.nonce_mined.replace({(state.sender,): state.nonce_mined})
        shown.nonce_pending.replace({(state.sender,): state.nonce_pending})
        shown.balance.set(state.balance_wei / _WEI)
        shown.runway_s.set(self._runway_s(now, state.balance_wei))
        shown.reporters.set(state.reporters)
        shown.reporters_reachable.set(state.reachable)
        shown.quorum.set(state.quorum)

    def _count_reorg(self, head: Block) -> None:
        """A block that was the head has another hash now, or is none any more: the chain was replaced."""
        stayed = next((one for one in reversed(self._seen) if self._is_there(one, head)), None)
        if self._seen and stayed != self._seen[-1]:
            self.measures.reorgs.add()
            # Of the blocks between two heads that were seen it is not known which went: the most is said.
            depth = self._seen[-1].number - (0 if stayed is None else stayed.number)
            self._deepest = max(self._deepest, depth)
            self.measures.reorg_depth.set(self._deepest)
            while self._seen and self._seen[-1] != stayed:
                self._seen.pop()
        if head != stayed:
            self._seen.append(head)

    def _is_there(self, block: Block, head: Block) -> bool:
        return block.number <= head.number and self.block_hash(block.number) == block.block_hash

    def _runway_s(self, now: float, balance: int) -> float:
        """Of the last day what was spent; money that came in begins a new count."""
        if self._balances and balance > self._balances[-1][1]:
            self._balances.clear()
        self._balances = [(at, held) for at, held in self._balances if at > now - _DAY_S]
        self._balances.append((now, balance))
        first_at, first = self._balances[0]
        if first == balance or now == first_at:
            return _LONGEST_S
        return min(balance * (now - first_at) / (first - balance), _LONGEST_S)

    def _show_endpoints(self) -> None:
        found, shown = self.endpoints(), self.measures
        places = {one.place: (f"{one.place}",) for one in found}
        shown.endpoint_requests.replace({places[one.place]: one.requests for one in found})
        shown.endpoint_failures.replace({places[one.place]: one.failures for one in found})
        self._count_errors(found)
        shown.endpoint_state.replace(
            {
                (f"{one.place}", str(state)): int(one.state is state)
                for one in found
                for state in EndpointState
            }
        )
        top = max((one.head.number for one in found if one.head), default=0)
        shown.endpoint_lag.replace({places[one.place]: top - one.head.number for one in found if one.head})

    def _count_errors(self, found: tuple[EndpointSnapshot, ...]) -> None:
        for one in found:
            for kind in ErrorKind:
                labels, count = (f"{one.place}", str(kind)), one.errors.get(kind, 0)
                self.measures.endpoint_errors.add(count - self._errors.get(labels, 0), *labels)
                self._errors[labels] = count
