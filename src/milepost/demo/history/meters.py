"""Measures what a run takes: seconds by part of the main path, and CPU and memory of a process.

`play.py` reads them while it feeds and settles; nothing is decided by them.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

_PAGE = 4_096
_RESIDENT = 1
"""The field of /proc/*/statm that counts the pages in memory."""
_USER, _SYSTEM = 11, 12
"""The fields of /proc/*/stat, after the name in brackets, that count ticks of CPU."""


@dataclass(slots=True)
class Laps:
    """Seconds by part: each lap gives the time since the one before to the part that it names."""

    now: Callable[[], float] = time.perf_counter
    seconds: dict[str, float] = field(default_factory=dict)
    _since: float | None = None

    def start(self) -> None:
        self._since = self.now()

    def lap(self, part: str) -> None:
        """Raises: ValueError before `start`."""
        if self._since is None:
            raise ValueError("a lap ends before the first began")
        now = self.now()
        self.seconds[part] = self.seconds.get(part, 0.0) + now - self._since
        self._since = now

    @property
    def total(self) -> float:
        return sum(self.seconds.values(), 0.0)


def cpu_s(process_id: int) -> float:
    """Seconds of CPU that a process has used; other work of the machine adds none."""
    words = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(words[_USER]) + int(words[_SYSTEM])) / os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Memory:
    """Resident memory of a process at each look. Units: bytes."""

    process_id: int
    looks: list[int] = field(default_factory=list)

    def look(self) -> None:
        words = Path(f"/proc/{self.process_id}/statm").read_text(encoding="ascii").split()
        self.looks.append(int(words[_RESIDENT]) * _PAGE)

    def summary(self) -> dict[str, int]:
        """Start, after a tenth of the looks, end and peak, in whole MiB."""
        looks = self.looks
        tenth = looks[len(looks) // 10]
        return {
            name: value // 2**20
            for name, value in (
                ("start", looks[0]), ("after_a_tenth", tenth), ("end", looks[-1]), ("peak", max(looks)),
            )
        }  # fmt: skip
