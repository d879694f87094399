"""Keeps SIGINT and SIGTERM from tearing apart what must be whole: a process started and not yet known.

`processes` and `anvil` start their processes in it; `milepost up` raises KeyboardInterrupt by both signals.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def held_interrupts() -> Iterator[None]:
    """Hold what comes meanwhile until the block is over; then it comes.

    Shape: only the main thread is interrupted, so in any other this does nothing. A process that is started
        inside has the signals as usual: handlers end with the program that set them.
    """
    if current_thread() is not main_thread():
        yield
        return
    came: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    former = {number: signal.signal(number, note) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
        for each in came:
            signal.raise_signal(each)


def interrupt_once() -> None:
    """Raise KeyboardInterrupt by the first SIGINT or SIGTERM; those after it disturb no ending."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in _ENDING:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in _ENDING:
        signal.signal(number, interrupt)
