"""Writes figures where they are shown: of the store, at most every few seconds, and of a worker's loop.

`StatusPages` calls it before a scrape is answered; it asks the store, and never the chain.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock
from time import monotonic, time

from milepost.domain.errors import StoreError
from milepost.domain.webhook import EndpointState, MessageState
from milepost.observability.measures import LoopMeasures, StoreMeasures
from milepost.pipeline.reconcile import ReconciliationError, StoreBehind
from milepost.ports import PurchaseState, ReportState, TxState
from milepost.store.figures import StoreFigures
from milepost.worker.heartbeat import Heartbeat

EVERY_S = 5.0
"""Seconds that figures of the store are shown before it is asked again."""
_MISMATCHES = {one.__name__ for one in (ReconciliationError, StoreBehind)}


@dataclass(slots=True)
class StoreRefresh:
    """Takes figures of the store into measures; a store that gives none leaves those there are."""

    read: Callable[[], StoreFigures]
    measures: StoreMeasures
    every_s: float = EVERY_S
    tick: Callable[[], float] = monotonic
    now: Callable[[], float] = time
    _read_at: float | None = None
    _lock: Lock = field(default_factory=Lock)

    def __call__(self) -> None:
        # Two scrapes at once ask the store once.
        with self._lock:
            if self._read_at is not None and self.tick() - self._read_at < self.every_s:
                return
            try:
                found = self.read()
            except StoreError:
                self.measures.read_failed.add()
                return
            finally:
                self._read_at = self.tick()
        self._show(found)

    def _show(self, found: StoreFigures) -> None:
        shown = self.measures
        shown.purchases.replace(_each(PurchaseState, found.purchases))
        shown.reports.replace(_each(ReportState, found.reports))
        shown.txs.replace(_each(TxState, found.txs))
        shown.deliveries.replace(_each(MessageState, found.messages))
        shown.endpoints.replace(_each(EndpointState, found.endpoints))
        shown.nonce_local.replace({(sender,): nonce for sender, nonce in found.next_nonces.items()})
        oldest = found.oldest_waiting_at
        shown.oldest_s.set(0 if oldest is None else max(self.now() - oldest, 0))
        senders = {*found.next_nonces, *found.in_flight}
        shown.in_flight.replace({(sender,): found.in_flight.get(sender, 0) for sender in senders})
        shown.replaced.set(found.replacements)
        shown.read_block.set(found.read_up_to or 0)
        shown.disagreements.set(found.disagreements)
        shown.feed_copies.set(found.feed_copies)
        kept_at = found.oldest_copy_at
        shown.oldest_copy_s.set(0 if kept_at is None else max(self.now() - kept_at, 0))


@dataclass(frozen=True, slots=True)
class LoopRefresh:
    """Takes a worker's beats into measures."""

    heartbeat: Heartbeat
    measures: LoopMeasures

    def __call__(self) -> None:
        beats, shown = self.heartbeat.beats(), self.measures
        shown.round_at.set(self.heartbeat.round_at)
        done = {(name,): beat.last_done_at for name, beat in beats.items()}
        shown.done_at.replace({name: at for name, at in done.items() if at is not None})
        shown.runs.replace({(name,): beat.done for name, beat in beats.items()})
        shown.failures.replace({(name,): beat.failures for name, beat in beats.items()})
        shown.mismatch.set(any(beat.error in _MISMATCHES for beat in beats.values()))
        shown.stuck.replace(
            {(name, str(beat.who_acts or "nobody")): int(beat.is_stuck) for name, beat in beats.items()}
        )


def _each(states: type[StrEnum], found: Mapping[str, int]) -> dict[tuple[str, ...], float]:
    """Every state, also those in which nothing is: a rule would else find no figure."""
    return {(str(state),): found.get(state, 0) for state in states}
