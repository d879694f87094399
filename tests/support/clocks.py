"""Clocks that a test sets."""

from dataclasses import dataclass


@dataclass
class FixedClock:
    """The port `Clock`, stopped at a unix second."""

    time_s: int

    def now(self) -> int:
        return self.time_s
