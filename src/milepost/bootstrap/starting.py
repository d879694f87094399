"""Makes what a process needs to work, and waits while its node or its database is away.

`milepost serve`, `worker` and `reporter` start by it. What waiting does not mend, such as a node of another
chain, ends them with its sentence.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import TypeVar

from milepost.domain.errors import MilepostError, WhoActs
from milepost.event_log import EventLog
from milepost.worker import Backoff

_A = TypeVar("_A")


@dataclass(slots=True)
class Starting:
    """One process until all that it needs is there; `stopping` ends the waiting.

    Shape: safe to read from any thread.
    """

    log: EventLog
    stopping: Event = field(default_factory=Event)
    backoff: Backoff = field(default_factory=Backoff)
    tick: Callable[[], float] = time.monotonic
    _is_over: bool = False
    _failures: int = 0
    _began_at: float = field(init=False)
    _waits_for: str | None = None

    def __post_init__(self) -> None:
        self._began_at = self.tick()

    def now(self, make: Callable[[], _A]) -> _A:
        """What is made, without waiting for anybody. Raises: what `make` raises."""
        made = make()
        if self._failures:
            self.log.info("start_goes_on", waited_s=round(self.tick() - self._began_at, 1))
        self._is_over, self._waits_for = True, None
        return made

    def attempt(self, make: Callable[[], _A]) -> _A | None:
        """What is made; None, and noted, if a neighbour that it needs gives no answer now.

        Raises: what `make` raises and waiting does not mend.
        """
        try:
            return self.now(make)
        except MilepostError as error:
            if error.who_acts is not WhoActs.RETRY:
                raise
            self._wait_for(error)
            return None

    def until_there(self, make: Callable[[], _A]) -> _A | None:
        """What is made once its neighbours answer; None if the process is told to stop before that.

        Raises: as `attempt`.
        """
        while not self.stopping.is_set():
            if (made := self.attempt(make)) is not None:
                return made
            self.stopping.wait(self.backoff.pause_s(self._failures, WhoActs.RETRY))
        return None

    def problem(self) -> str | None:
        """What is waited for, for whoever asks whether the process is ready: an error's name, no sentence."""
        if self._is_over:
            return None
        waited_s = self.tick() - self._began_at
        return f"starting for {waited_s:.0f} s" + (f": {self._waits_for}" if self._waits_for else "")

    def _wait_for(self, error: MilepostError) -> None:
        self._failures += 1
        name = type(error).__name__
        # Once a change: what goes on is on the page.
        if name != self._waits_for:
            self.log.warning("start_waits", error=name, sentence=str(error))
        self._waits_for = name
