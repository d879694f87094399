"""Names what a worker does now and then beside settling, such as delivering webhooks.

`bootstrap.working` puts the list together; `loop` runs each by its time, in threads of their own.
"""

from collections.abc import Callable
from dataclasses import dataclass

from milepost.worker.tasks import Backoff


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to be done every so many seconds; what it raises is logged, and tried again later.

    Shape: one worker at a time does it, the one that holds its lease, unless it is to be done `everywhere`,
        such as refreshing a process's own figures. `run` may be cut short at any moment and comes again: it
        must not matter how often it runs. Returns soon, as the chores after it wait, unless it is done
        `alone`, in a thread of its own. After a failure it comes again by `backoff`, the worker's where
        None.
    """

    name: str
    every_s: float
    run: Callable[[], None]
    everywhere: bool = False
    alone: bool = False
    backoff: Backoff | None = None
