"""Ends a process by SIGTERM or SIGINT: tells it to stop, and cuts it off when it has not within its time.

`working` runs a worker in it, and who waits for a neighbour at its start does. Every unit of work is whole
or not there, so what is cut off loses nothing.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Event, Thread
from types import FrameType

from milepost.event_log import EventLog

GOODBYE_S = 2.0
"""Longest time that `when_late` may take: a database that hangs holds up no end."""


@contextmanager
def ended_by_signals(
    stopping: Event, log: EventLog, *, drain_s: float, when_late: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Set `stopping` when a signal comes; if the block then lasts longer than `drain_s`, end with code 0.

    Shape: called in the main thread. `when_late` is what to give back before that.
    """
    ended, came = Event(), SimpleQueue[int | None]()

    def stop(number: int, _frame: FrameType | None) -> None:
        # The main thread may hold the lock of `stopping` or of the log right now: the queue has none.
        came.put(number)

    def drain() -> None:
        number = came.get()
        if number is None:
            return
        log.info("process_stopping", signal=signal.Signals(number).name)
        stopping.set()
        if ended.wait(drain_s):
            return
        # Something hangs, such as a node that does not answer.
        log.warning("process_cut_off", after_s=drain_s)
        goodbye = Thread(target=when_late, name="goodbye", daemon=True)
        goodbye.start()
        goodbye.join(GOODBYE_S)
        sys.stderr.flush()
        os._exit(0)

    Thread(target=drain, name="drain", daemon=True).start()
    former = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        ended.set()
        came.put(None)
        for number, handler in former.items():
            signal.signal(number, handler)
