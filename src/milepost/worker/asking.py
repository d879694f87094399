"""Asks several at once, each in a thread of its own, and gives their answers as they come.

`bootstrap` puts it where reporters elsewhere are asked for signatures; without it they are asked in turn.
"""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

MOST_AT_ONCE = 32
"""Threads of one round: as many reporters as a set may have."""

_T = TypeVar("_T")


def together(asks: Sequence[Callable[[], _T]]) -> Generator[_T, None, None]:
    """The port `AskTogether`. Who is asked and not waited for ends by itself, and is listened to no more.

    Raises: what one of them raises, where its answer would be.
    """
    if not asks:
        return
    threads = ThreadPoolExecutor(min(len(asks), MOST_AT_ONCE), thread_name_prefix="milepost-ask")
    try:
        for done in as_completed([threads.submit(ask) for ask in asks]):
            yield done.result()
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
