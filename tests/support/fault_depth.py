"""How much the fault tests try: each fault once, or with `MILEPOST_FAULTS=full` in the environment all of it.

`make test` runs the short form, `make test-faults` the full one: every time of every fail point, and both
databases.
"""

import os
from collections.abc import Sequence
from typing import TypeVar

from tests.support.databases import KINDS

IS_FULL = os.environ.get("MILEPOST_FAULTS") == "full"

CASE_KINDS = KINDS if IS_FULL else KINDS[:1]
"""The databases that a test of faults runs on, unless it names its own."""

_A = TypeVar("_A")


def some_of(values: Sequence[_A], count: int = 1) -> Sequence[_A]:
    """The first few in the short form, all in the full one."""
    return values if IS_FULL else values[:count]
