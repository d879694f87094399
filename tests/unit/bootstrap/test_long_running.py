"""A process that runs for days searches for cycles less often, and still ends them."""

import gc
import subprocess
import sys

from milepost.bootstrap.long_running import GARBAGE_AFTER

ENDED_CYCLE = """
import gc, weakref
from milepost.bootstrap.long_running import spare_collector

class Ring:
    pass

spare_collector()
ring = Ring()
ring.itself = ring
gone = weakref.ref(ring)
del ring
kept = [[] for _ in range(2 * gc.get_threshold()[0])]
print(gc.get_threshold(), gc.get_freeze_count() > 1000, gone() is None)
"""


def test_spare_collector__a_cycle_after_it__is_still_ended() -> None:
    # In a process of its own: what is frozen stays so for whatever runs afterwards.
    printed = subprocess.run(
        [sys.executable, "-c", ENDED_CYCLE], capture_output=True, text=True, check=True, timeout=60
    ).stdout

    assert printed.strip() == f"{GARBAGE_AFTER} True True"


def test_spare_collector__not_called__leaves_this_process_alone() -> None:
    assert gc.get_threshold() != GARBAGE_AFTER
