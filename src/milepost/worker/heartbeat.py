"""Keeps when each part of a worker was last done, and what it is stuck on, for whoever looks from outside.

`tasks` writes it after every run; a health check and metrics read it from another thread.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from time import time

from milepost.domain.errors import WhoActs


@dataclass(frozen=True, slots=True)
class Beat:
    """One task: how often it was done, when last, and what it is stuck on since when.

    Units: unix seconds of this machine; `last_done_at` None if it never was. `error` is the name of an
        error's class, `sentence` what it says.
    """

    done: int = 0
    last_done_at: float | None = None
    failures: int = 0
    stuck_since: float | None = None
    error: str | None = None
    sentence: str | None = None
    who_acts: WhoActs | None = None

    @property
    def is_stuck(self) -> bool:
        return self.stuck_since is not None


@dataclass(slots=True)
class Heartbeat:
    """The beats of a worker by its tasks' names: `lane:N`, `reader`, `chore:NAME`, `leases`.

    Shape: a lane or chore that another worker holds has none here. Safe to read from any thread. `round_at`
        is when the loop last went on to another task.
    """

    _beats: dict[str, Beat] = field(default_factory=dict)
    round_at: float = field(default_factory=time)
    _held: tuple[str, ...] = ()
    _lock: Lock = field(default_factory=Lock)

    def beats(self) -> Mapping[str, Beat]:
        with self._lock:
            return dict(self._beats)

    def held(self) -> tuple[str, ...]:
        """Names of the leases this worker holds."""
        with self._lock:
            return self._held

    def hold(self, names: tuple[str, ...]) -> None:
        with self._lock:
            self._held = names

    def go_round(self) -> None:
        """Note that the loop goes on, whatever becomes of its tasks."""
        self.round_at = time()

    def done(self, name: str) -> Beat:
        """Note that a task was done; what it was stuck on is over. Returns its beat before."""
        with self._lock:
            before = self._beats.get(name, Beat())
            self._beats[name] = Beat(before.done + 1, time(), before.failures)
            return before

    def stuck(self, name: str, error: Exception, who_acts: WhoActs) -> Beat:
        """Note that a task failed. Returns its beat before."""
        with self._lock:
            before = self._beats.get(name, Beat())
            self._beats[name] = replace(
                before,
                failures=before.failures + 1,
                stuck_since=before.stuck_since or time(),
                error=type(error).__name__,
                sentence=str(error),
                who_acts=who_acts,
            )
            return before

    def forget(self, name: str) -> None:
        """Of a lane or chore that is somebody else's now."""
        with self._lock:
            self._beats.pop(name, None)
