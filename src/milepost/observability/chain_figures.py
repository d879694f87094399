"""Learns of the chain what is shown of it, now and then: a worker's chore, so that no scrape asks a node.

`bootstrap.observing` makes it; the pages of the worker show what was learned last.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from time import time

from milepost.chain.endpoint import EndpointSnapshot, EndpointState
from milepost.observability.measures import ChainMeasures
from milepost.ports import Block

_WEI = 10**18
_DAY_S = 86_400.0
# Relayers that spend nothing last for ever; a year says so as well.
_LONGEST_S = 366 * _DAY_S


@dataclass(frozen=True, slots=True)
class ChainState:
    """What was learned of the chain at one time; the balance in wei."""

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
    _seen: Block | None = None
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
        shown.nonce_mined.set(state.nonce_mined)
        shown.nonce_pending.set(state.nonce_pending)
        shown.balance.set(state.balance_wei / _WEI)
        shown.runway_s.set(self._runway_s(now, state.balance_wei))
        shown.reporters.set(state.reporters)
        shown.reporters_reachable.set(state.reachable)
        shown.quorum.set(state.quorum)

    def _count_reorg(self, head: Block) -> None:
        """A block that was the head has another hash now, or is none any more: the chain was replaced."""
        if self._seen is not None and (
            head.number < self._seen.number or self.block_hash(self._seen.number) != self._seen.block_hash
        ):
            self.measures.reorgs.add()
        self._seen = head

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
        shown.endpoint_state.replace(
            {
                (f"{one.place}", str(state)): int(one.state is state)
                for one in found
                for state in EndpointState
            }
        )
        top = max((one.head.number for one in found if one.head), default=0)
        shown.endpoint_lag.replace({places[one.place]: top - one.head.number for one in found if one.head})
