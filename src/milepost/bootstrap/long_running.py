"""Readies a process that will run for days: what it made to begin with is kept, and collected no more.

Before it a command made its parts; after it the command serves, works or reports until it is told to stop.
"""

import gc

GARBAGE_AFTER = (100_000, 20, 100)
"""Objects made beyond those ended, and younger collections, before a generation is searched for cycles."""


def spare_collector() -> None:
    """Leave imports and parts out of every later search for cycles, and search less often.

    A batch of purchases makes tens of thousands of objects that end by themselves; searching among them after
    every 700, as Python does, took a quarter of the time of taking purchases in (docs/benchmarks.md). Cycles
    are still found: memory over a million purchases is measured there too.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_AFTER)
