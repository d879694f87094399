"""Counts what each partner sends, and refuses more than its share.

`receiving` counts every request whose signature fits: nobody uses up the share of another.
"""

import time
from dataclasses import dataclass, field
from math import ceil

from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from milepost.web.authentication import Caller
from milepost.web.problems import Code, Problem


@dataclass(slots=True)
class RateLimits:
    """Limits a partner, as `100/second;10000/hour`; each process counts for itself.

    Raises: ValueError for a text that states none.
    """

    text: str
    _items: list[RateLimitItem] = field(init=False)
    _limiter: MovingWindowRateLimiter = field(init=False)

    def __post_init__(self) -> None:
        self._items = parse_many(self.text)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def count(self, caller: Caller) -> None:
        """Count one request.

        Raises: Problem, `rate_limited`.
        """
        # A partner with two keys has one share: rotation gives no more.
        name = caller.partner or "@operator"
        for item in self._items:
            if not self._limiter.hit(item, name):
                frees_at = self._limiter.get_window_stats(item, name).reset_time
                raise Problem(
                    Code.RATE_LIMITED,
                    f"More than {item} were sent: wait as Retry-After says, or send several records in one.",
                    retry_after_s=max(1, ceil(frees_at - time.time())),
                )
