"""What a reporter's service answers with, and an answer that is good for a moment.

`reporter_service` and `seals` make answers; `reporter_routes` sends them.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from milepost.web.proposal_json import PROBLEM

_FIRST_WITHIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A status with its document; `retry_after_s` where asking again later makes sense."""

    status: int
    document: dict[str, Any]
    retry_after_s: int | None = None


def problem(status: int, code: str, detail: str, *, retry_after_s: int | None = None) -> Answer:
    """A refusal in the form of RFC 9457."""
    document: dict[str, Any] = {
        "type": f"{PROBLEM}{code}",
        "title": code.replace("_", " "),
        "status": status,
        "detail": detail,
        "code": code,
    }
    return Answer(status, document, retry_after_s)


@dataclass(slots=True)
class RecentAnswer:
    """An answer that is made at most once in `lasts_s` seconds, however many ask for it.

    Shape: who asks while it is made gets the one before, and no more than one thread is held up by it.
    """

    make: Callable[[], Answer]
    lasts_s: float = 1.0
    tick: Callable[[], float] = time.monotonic
    _made: tuple[float, Answer] | None = None
    _making: Lock = field(default_factory=Lock)

    def get(self) -> Answer:
        made = self._made
        if made is not None and self.tick() - made[0] < self.lasts_s:
            return made[1]
        # The very first is waited for, but not for ever.
        if not self._making.acquire(timeout=_FIRST_WITHIN_S if made is None else 0):
            return made[1] if made else problem(503, "not_yet", "Others ask too: ask again.", retry_after_s=1)
        try:
            if self._made is made:
                self._made = (self.tick(), self.make())
            assert self._made is not None, "it has just been made, here or by who was quicker"
            return self._made[1]
        finally:
            self._making.release()
