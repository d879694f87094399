"""The `milepost` command as a process of its own that can be killed, started in a tenth of the usual time.

The standard library's fork server imports what the command needs once; each process is a fork of it that has
run nothing yet. `tests/faults/test_real_command.py` kills the installed command too.
"""

import multiprocessing
import os
import resource
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

KILLED = -signal.SIGKILL
_ENDS_IN_S = 90

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(
    [
        "coincurve",
        "rich._emoji_codes",
        "milepost.bootstrap",
        "milepost.cli.members",
        "milepost.cli.settle_run",
        "milepost.cli.settle_view",
    ]
)


class CommandProcess:
    """One run of the command, from its start; what it prints goes to a file."""

    def __init__(
        self, words: list[str], *, settings: Mapping[str, str], printed: Path, most_file_bytes: int = 0
    ) -> None:
        self._printed = printed
        given = (words, dict(settings), printed, most_file_bytes)
        self._process = _FORKING.Process(target=_run, args=given, daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None, "it was started"
        return self._process.pid

    @property
    def printed(self) -> str:
        return self._printed.read_text(encoding="utf-8") if self._printed.exists() else ""

    @property
    def is_running(self) -> bool:
        return self._process.is_alive()

    def kill(self) -> None:
        """End it as a power cut would; nothing happens to one that has ended."""
        self._process.kill()

    @property
    def code(self) -> int | None:
        """The exit code, None while it runs."""
        return self._process.exitcode

    def wait(self) -> int:
        """The exit code, or minus the number of the signal that ended it; one that hangs is killed."""
        self._process.join(_ENDS_IN_S)
        if self._process.exitcode is None:
            self.kill()
            self._process.join()
            raise AssertionError(f"the command hangs after {_ENDS_IN_S} s; it printed:\n{self.printed}")
        return self._process.exitcode


@contextmanager
def running_command(*words: str, settings: Mapping[str, str], printed: Path) -> Iterator[CommandProcess]:
    """One that runs until it is told to stop, at the end of the block: it ends with 0 then."""
    process = CommandProcess(list(words), settings=settings, printed=printed)
    try:
        yield process
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait() == 0, process.printed
    finally:
        process.kill()


def _run(words: list[str], settings: dict[str, str], printed: Path, most_file_bytes: int) -> None:
    # As at a terminal: what a shell runs behind it, such as these tests, has SIGINT ignored from the start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if most_file_bytes:
        # As a full disk, but for the word: the system says that the file is too large.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_file_bytes, most_file_bytes))
    for name in [name for name in os.environ if name.startswith("MILEPOST_")]:
        del os.environ[name]
    os.environ.update(settings, COLUMNS="160")
    with printed.open("w", encoding="utf-8") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    from milepost.cli import app

    app(words, prog_name="milepost")
