"""Keeps the processes of one machine up: starts each, starts one that ended again, and ends them in order.

`up.py` says which there are; each writes its own log.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from milepost.domain.errors import MilepostError
from milepost.local.interrupts import held_interrupts

ENDS_IN_S = 30
"""Seconds that processes have to end what they are doing."""
_STARTS_IN_S = 60
_LOOK_EVERY_S = 0.2
_LONGEST_PAUSE_S = 30.0
_STABLE_AFTER_S = 60.0
_COMMAND = "from milepost.cli import app; app()"


class DidNotStart(MilepostError):
    """A process ended, or does not answer. The operator reads its log."""


@dataclass(slots=True)
class Process:
    """One process of the `milepost` command, and how often it ended unasked.

    Shape: `words` of the command; `health` is the URL that answers once it is up, None for none.
    """

    name: str
    words: Sequence[str]
    log: Path
    health: str | None = None
    _running: "subprocess.Popen[bytes] | None" = None
    _started_at: float = 0.0
    _pause_s: float = 0.0

    def start(self) -> None:
        """Start it; what it says goes to the end of its log."""
        with self.log.open("ab") as said, held_interrupts():
            # A session of its own: Ctrl-C ends this program, which then ends the others in order.
            self._running = subprocess.Popen(
                [sys.executable, "-c", _COMMAND, *self.words],
                stdout=said, stderr=said, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        self._started_at = time.monotonic()

    @property
    def process_id(self) -> int | None:
        return self._running.pid if self._running else None

    def wait_until_up(self) -> None:
        """Raises: DidNotStart."""
        until = time.monotonic() + _STARTS_IN_S
        while not self._answers():
            if self._running is None or self._running.poll() is not None:
                raise DidNotStart(f"{self.name} ended at once; what it said is in {self.log}.")
            if time.monotonic() > until:
                raise DidNotStart(f"{self.name} does not answer; what it said is in {self.log}.")
            time.sleep(_LOOK_EVERY_S)

    def restart_if_ended(self) -> int | None:
        """Start it again if it ended, later each time; the code it ended with, once."""
        if self._running is None:
            if time.monotonic() - self._started_at >= self._pause_s:
                self.start()
            return None
        code = self._running.poll()
        if code is None:
            return None
        lived_s = time.monotonic() - self._started_at
        self._pause_s = 1.0 if lived_s > _STABLE_AFTER_S else min(self._pause_s * 2 or 1.0, _LONGEST_PAUSE_S)
        self._running, self._started_at = None, time.monotonic()
        return code

    def end(self) -> None:
        """Ask it to end."""
        if self._running is not None and self._running.poll() is None:
            self._running.send_signal(signal.SIGTERM)

    def wait_until_ended(self, until: float) -> bool:
        """Wait for it, and kill it when the time is up; whether it ended by itself."""
        if self._running is None:
            return True
        try:
            self._running.wait(max(until - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            self._running.kill()
            self._running.wait()
            return False
        return True

    def _answers(self) -> bool:
        if self.health is None:
            return self._running is not None and time.monotonic() - self._started_at > 1
        try:
            return httpx.get(self.health, timeout=2, trust_env=False).is_success
        except httpx.HTTPError:
            return False


@dataclass(slots=True)
class Processes:
    """All of them, in the order in which they start. `say` tells the person at the terminal."""

    all: Sequence[Process]
    say: Callable[[str], None]

    def start(self) -> None:
        """Raises: DidNotStart."""
        for process in self.all:
            process.start()
        for process in self.all:
            process.wait_until_up()

    def look_after(self) -> None:
        """Start again what ended, until somebody interrupts."""
        while True:
            for process in self.all:
                if (code := process.restart_if_ended()) is not None:
                    self.say(
                        f"{process.name} ended with code {code} and is started again; see {process.log}."
                    )
            time.sleep(_LOOK_EVERY_S)

    def end(self) -> None:
        """End all, the last first, and wait until they have."""
        for process in reversed(self.all):
            process.end()
        until = time.monotonic() + ENDS_IN_S
        for process in reversed(self.all):
            if not process.wait_until_ended(until):
                self.say(f"{process.name} did not end in {ENDS_IN_S} s and was killed; nothing is lost.")
