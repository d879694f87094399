"""Starts the programs that the bench of the oracle measures, each a process of its own, and ends them.

`oracle_stage.py` gives their settings; what they print goes to a file.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_STARTS_IN_S = 60
_ENDS_IN_S = 40
_LISTENS = re.compile(r"Listening on http://127\.0\.0\.1:(\d+)")

_COMMAND = ("-c", "from milepost.cli import app; app(prog_name='milepost')")
SERVE = (*_COMMAND, "serve", "--port", "0")
WORKER = (*_COMMAND, "worker")
BARE_WRITER = ("-m", "bench.bare_writer")


class ProgramFailed(Exception):
    """A program ended, or did not do what it is for. Whoever runs the bench reads what it printed."""


@dataclass(frozen=True, slots=True)
class Program:
    """A running program and the file of what it printed."""

    process: "subprocess.Popen[bytes]"
    printed: Path

    @property
    def process_id(self) -> int:
        return self.process.pid

    def require_running(self) -> None:
        """Raises: ProgramFailed."""
        if self.process.poll() is not None:
            last = self.printed.read_text(encoding="utf-8", errors="replace").strip()[-400:]
            raise ProgramFailed(f"{self.printed.stem} ended with {self.process.returncode}: {last}")

    def port(self) -> int:
        """Where it listens, once it says so.

        Raises: ProgramFailed.
        """
        until = time.monotonic() + _STARTS_IN_S
        while not (found := _LISTENS.search(self.printed.read_text(encoding="utf-8", errors="replace"))):
            self.require_running()
            if time.monotonic() > until:
                raise ProgramFailed(f"{self.printed.stem} does not listen after {_STARTS_IN_S} s.")
            time.sleep(0.05)
        return int(found[1])


@contextmanager
def running(words: Sequence[str], settings: Mapping[str, str], printed: Path) -> Iterator[Program]:
    """A program of this Python with these settings and no others; ended with the block."""
    usual = {name: value for name, value in os.environ.items() if not name.startswith("MILEPOST_")}
    with printed.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, *words],
            env={**usual, **settings, "COLUMNS": "160"},
            stdout=file,
            stderr=file,
            stdin=subprocess.DEVNULL,
        )
    try:
        yield Program(process, printed)
    finally:
        process.terminate()
        try:
            process.wait(_ENDS_IN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
