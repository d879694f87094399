"""Cuts long lists of values into what one SQL statement takes.

The stores beside use it wherever a caller may hand over any number of keys.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

MOST_IN_STATEMENT = 1_000
"""Values in one statement: SQLite takes 32,766, and a dedupe key has five."""

_T = TypeVar("_T")


def chunks(values: Iterable[_T], *, most: int = MOST_IN_STATEMENT) -> Iterator[list[_T]]:
    """The values in lists of at most so many, in order."""
    remaining = iter(values)
    while chunk := list(islice(remaining, most)):
        yield chunk
