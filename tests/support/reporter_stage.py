"""Reporters as processes of their own beside a stage: each with its key, its store and its own feed."""

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from eth_account.signers.local import LocalAccount

from tests.support.cli_stage import CliStage, key_of, run_cli
from tests.support.command_process import CommandProcess

_BEGINS_IN_S = 60
_LISTENS = re.compile(r"listens on (http://\S+)")


@dataclass(slots=True)
class ReporterHome:
    """A reporter's folder and settings; its process is there while it is `running`."""

    account: LocalAccount
    folder: Path
    settings: dict[str, str]
    url: str = ""
    process: CommandProcess | None = None

    def run(self, *words: object) -> str:
        """Run a command on this reporter's store; it works."""
        done = run_cli(*words, env=self.settings)
        assert done.exit_code == 0, done.output
        return done.stdout

    @property
    def printed(self) -> str:
        assert self.process is not None, "it was started"
        return self.process.printed

    @contextmanager
    def running(self) -> Iterator["ReporterHome"]:
        """The process from when it listens; it is ended whatever happened."""
        printed = self.folder / "printed.txt"
        self.process = CommandProcess(["reporter", "--port", "0"], settings=self.settings, printed=printed)
        try:
            self.url = _url(self.process)
            yield self
        finally:
            self.resume()
            self.process.kill()

    def stop(self) -> None:
        """Let it hang: it holds its connections and answers nothing."""
        assert self.process is not None, "it was started"
        os.kill(self.process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        assert self.process is not None, "it was started"
        if self.process.is_running:
            os.kill(self.process.pid, signal.SIGCONT)


def reporter_home(stage: CliStage, account: LocalAccount, *, key: LocalAccount | None = None) -> ReporterHome:
    """A reporter with an empty store and the members as they were enrolled; another's `key` if told so."""
    folder = stage.folder / f"reporter-{account.address}"
    folder.mkdir()
    for name, text in {
        "reporters.json": json.dumps([key_of(key or account)]),
        # A directory's key is its own: what stands for a member differs from store to store.
        "directory.key": account.address[2:].ljust(64, "0"),
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o600)
    settings = {
        **stage.settings,
        "MILEPOST_PARTNER_KEYS_FILE": str(stage.folder / "partner-keys.json"),
        "MILEPOST_DATABASE_URL": f"sqlite:///{folder / 'milepost.db'}",
        "MILEPOST_REPORTER_KEYS_FILE": str(folder / "reporters.json"),
        "MILEPOST_DIRECTORY_KEY_FILE": str(folder / "directory.key"),
    }
    home = ReporterHome(account, folder, settings)
    home.run("members", "import", "--restore", stage.folder / "members.csv")
    return home


@contextmanager
def running_reporters(homes: list[ReporterHome]) -> Iterator[str]:
    """All of them at once; gives the setting that names their URLs."""
    with ExitStack() as stack:
        for home in homes:
            stack.enter_context(home.running())
        yield ",".join(home.url for home in homes)


def _url(process: CommandProcess) -> str:
    ends_at = time.monotonic() + _BEGINS_IN_S
    while time.monotonic() < ends_at and process.is_running:
        if (found := _LISTENS.search(process.printed)) is not None:
            return found[1]
        time.sleep(0.05)
    raise AssertionError(f"the reporter does not listen; it printed:\n{process.printed}")
