"""Refuses purchases while too many wait to be settled, so that a store never fills without end.

`purchases` and `files` ask it before they take anything in.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from milepost.ports import Store
from milepost.web.problems import Code, Problem

COUNTED_EVERY_S = 1.0
"""How long a count is good for: one count serves the requests of a second."""


@dataclass(slots=True)
class Backlog:
    """How many purchases are accepted and not final on chain yet."""

    store: Store
    tick: Callable[[], float]
    most: int
    retry_after_s: int
    _count: int = 0
    _counted_at: float | None = None

    async def require_room(self) -> None:
        """Raises: Problem, `queue_full`; StoreError."""
        now = self.tick()
        if self._counted_at is None or now - self._counted_at >= COUNTED_EVERY_S:
            # Set first: those who come meanwhile go by the former count.
            self._counted_at = now
            self._count = await asyncio.to_thread(self._found)
        if self._count > self.most:
            raise Problem(
                Code.QUEUE_FULL,
                "Too many purchases wait to be settled: send it again after Retry-After. Nothing was stored.",
                retry_after_s=self.retry_after_s,
            )

    def _found(self) -> int:
        with self.store.unit_of_work() as work:
            return work.purchases.count_waiting()
