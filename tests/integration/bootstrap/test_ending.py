"""A process that is told to stop, whatever its main thread does at that moment."""

import signal
from threading import Event

import pytest

from milepost.bootstrap.ending import ended_by_signals
from milepost.event_log import EventLog

LOG = EventLog("test")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ended_by_signals__main_thread_holds_the_events_lock__is_told_to_stop(number: signal.Signals) -> None:
    """Finding: a worker that looked at its event right then hung for ever, and was not cut off."""
    stopping, former = Event(), signal.getsignal(number)
    with ended_by_signals(stopping, LOG, drain_s=60):
        with stopping._cond:  # type: ignore[attr-defined]
            signal.raise_signal(number)
        assert stopping.wait(20)
    assert signal.getsignal(number) is former


def test_ended_by_signals__no_signal__is_not_told_to_stop() -> None:
    stopping = Event()
    with ended_by_signals(stopping, LOG, drain_s=60):
        pass
    assert not stopping.is_set()
