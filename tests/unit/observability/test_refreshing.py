"""Figures of the store and of a worker's loop."""

from dataclasses import dataclass, field

from milepost.domain.errors import StoreError, WhoActs
from milepost.observability.exposition import Registry
from milepost.observability.measures import LoopMeasures, StoreMeasures
from milepost.observability.refreshing import LoopRefresh, StoreRefresh
from milepost.pipeline.reconcile import StoreBehind
from milepost.store.figures import StoreFigures
from milepost.worker.heartbeat import Heartbeat

FIGURES = StoreFigures(
    purchases={"accepted": 3, "settled_final": 9},
    oldest_waiting_at=940,
    reports={"relaying": 1},
    txs={"signed": 1, "accepted": 2, "final": 4},
    next_nonces={"0xAb": 8, "0xCd": 2},
    in_flight={"0xAb": 3},
    replacements=2,
    read_up_to=77,
    messages={},
    endpoints={},
    disagreements=0,
    feed_copies=2,
    oldest_copy_at=970,
)


@dataclass
class _Store:
    """Gives figures, or none; counts how often it was asked."""

    asked: int = 0
    fails: bool = False
    time_s: float = 0.0
    measures: StoreMeasures = field(default_factory=lambda: StoreMeasures(Registry()))

    def read(self) -> StoreFigures:
        self.asked += 1
        if self.fails:
            raise StoreError("gone")
        return FIGURES

    def refresh(self) -> StoreRefresh:
        return StoreRefresh(self.read, self.measures, tick=lambda: self.time_s, now=lambda: 1_000.0)


def test_store_refresh__figures__are_shown_with_every_state() -> None:
    store = _Store()
    store.refresh()()
    shown = store.measures
    assert (shown.purchases.value("accepted"), shown.purchases.value("reported")) == (3, 0)
    assert (shown.oldest_s.value(), shown.in_flight.value("0xAb"), shown.replaced.value()) == (60, 3, 2)
    assert shown.in_flight.value("0xCd") == 0
    assert (shown.feed_copies.value(), shown.oldest_copy_s.value()) == (2, 30)
    assert (shown.nonce_local.value("0xAb"), shown.read_block.value()) == (8, 77)


def test_store_refresh__asked_again_soon__asks_the_store_once() -> None:
    store = _Store()
    refresh = store.refresh()
    refresh()
    refresh()
    store.time_s = 5.0
    refresh()
    assert store.asked == 2


def test_store_refresh__store_is_gone__keeps_what_is_shown_and_counts() -> None:
    store = _Store()
    refresh = store.refresh()
    refresh()
    store.fails, store.time_s = True, 10.0
    refresh()
    assert store.measures.purchases.value("accepted") == 3
    assert store.measures.read_failed.value() == 1


def test_loop_refresh__a_lane_that_is_stuck__is_shown_by_who_acts() -> None:
    heartbeat, measures = Heartbeat(), LoopMeasures(Registry())
    heartbeat.done("reader")
    heartbeat.stuck("lane:1", StoreError("gone"), WhoActs.OPERATOR)
    LoopRefresh(heartbeat, measures)()
    assert measures.stuck.value("lane:1", str(WhoActs.OPERATOR)) == 1
    assert (measures.runs.value("reader"), measures.failures.value("lane:1")) == (1, 1)
    assert measures.mismatch.value() == 0


def test_loop_refresh__chain_and_store_differ__is_a_mismatch() -> None:
    heartbeat, measures = Heartbeat(), LoopMeasures(Registry())
    heartbeat.stuck("chore:reconcile", StoreBehind("The chain has more:"), WhoActs.OPERATOR)
    LoopRefresh(heartbeat, measures)()
    assert measures.mismatch.value() == 1
