"""Runs one task of the worker at a time and decides, by who acts on an error, when it is tried again.

`loop` makes a task of every lane, of the reader and of every chore; nothing that a task raises ends the loop.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from milepost.domain.errors import MilepostError, WhoActs
from milepost.event_log import EventLog, places_of
from milepost.ports import LeaseLost, StoreBusy
from milepost.worker.heartbeat import Heartbeat

_log = EventLog("worker")

WATCH_S = 0.2
"""Seconds between two looks at a tx that was sent; with a whole one, blocks of a second are lost."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait after the n-th failure in a row: doubling, up to a cap, a random half of it less.

    Units: seconds. What an operator has to mend is asked for slowly from the start; a neighbour that is away
        is found soon once it is back, and a question every few seconds is no burden. Who lost a race with
        another process has nothing to wait for but its end.
    """

    first_s: float = 0.5
    most_s: float = 5.0
    operator_s: float = 10.0
    operator_most_s: float = 30.0
    raced_s: float = 0.02
    raced_most_s: float = 0.5

    def pause_s(self, failures: int, who_acts: WhoActs, *, is_race: bool = False) -> float:
        if is_race:
            start_s, most_s = self.raced_s, self.raced_most_s
        elif who_acts is WhoActs.RETRY:
            start_s, most_s = self.first_s, self.most_s
        else:
            start_s, most_s = self.operator_s, self.operator_most_s
        whole_s = min(start_s * 2.0 ** min(failures - 1, 16), max(most_s, start_s))
        # Several workers that failed at one moment do not all come back at one.
        return whole_s * random.uniform(0.5, 1.0)


@dataclass(slots=True)
class Task:
    """Something done again and again: `run` says whether there may be more to do at once.

    Shape: None of `run` is that another worker does it, and nothing of it is shown here.
    Units: `every_s` between two runs that found nothing to do, `watch_s` while something is under way.
    """

    name: str
    every_s: float
    run: Callable[[], bool | None]
    backoff: Backoff = field(default_factory=Backoff)
    watch_s: float = WATCH_S
    is_under_way: Callable[[], bool] = lambda: False
    due_at: float = 0.0
    _failures: int = 0
    _said: str | None = None

    def is_due(self) -> bool:
        return monotonic() >= self.due_at

    def attempt(self, heartbeat: Heartbeat) -> bool:
        """Run once and note what came of it; whether there may be more to do at once.

        Raises: LeaseLost, for whoever keeps the leases; nothing else.
        """
        try:
            is_more = self.run()
        except LeaseLost:
            raise
        except MilepostError as error:
            self._failed(error, error.who_acts, heartbeat)
            return False
        except Exception as error:
            # The one broad catch: a mistake of ours in one lane must not end the others. Its place is logged,
            # the heartbeat shows the task as stuck, an alert tells it, and it is tried again.
            _log.error("task_crashed", task=self.name, error=type(error).__name__, at=places_of(error))
            self._failed(error, WhoActs.OPERATOR, heartbeat)
            return False
        if is_more is None:
            heartbeat.forget(self.name)
        elif heartbeat.done(self.name).is_stuck:
            _log.info("task_recovered", task=self.name, failures=self._failures)
        self._failures, self._said = 0, None
        self.due_at = monotonic() + (0.0 if is_more else self._pause_s())
        return bool(is_more)

    def _pause_s(self) -> float:
        return min(self.watch_s, self.every_s) if self.is_under_way() else self.every_s

    def _failed(self, error: Exception, who_acts: WhoActs, heartbeat: Heartbeat) -> None:
        self._failures += 1
        heartbeat.stuck(self.name, error, who_acts)
        is_race = isinstance(error, StoreBusy)
        self.due_at = monotonic() + self.backoff.pause_s(self._failures, who_acts, is_race=is_race)
        said = f"{type(error).__name__}: {error}"
        # Once a change: what goes on failing the same way is in the heartbeat.
        if said != self._said:
            self._said = said
            say = _log.warning if who_acts is WhoActs.RETRY else _log.error
            say(
                "task_stuck",
                task=self.name,
                error=type(error).__name__,
                # What a mistake of ours says may hold what was worked on; its place is in task_crashed.
                sentence=str(error) if isinstance(error, MilepostError) else "",
                who_acts=str(who_acts),
            )
