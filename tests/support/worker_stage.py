"""Real workers over one database and one anvil: started, killed, stopped and told to end by a test.

A case is `fault_stage.py`'s on either database; purchases come in by its own ingesting, as over HTTP.
"""

import json
import os
import signal
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from eth_account.signers.local import LocalAccount

from milepost.bootstrap import Parts
from milepost.config import load_settings
from milepost.pipeline.ingest_purchase import AnswerKind
from tests.support.case_databases import SqliteCase
from tests.support.cli_stage import key_of
from tests.support.command_process import CommandProcess
from tests.support.deployments import RELAYER, account_named
from tests.support.fault_stage import DRAINS_WITHIN_S, FaultCase, wait_until
from tests.support.relay_promises import require_promises

OTHER_RELAYER = account_named("another relayer")
LEASE_S = 2.0
"""Long enough that a busy machine renews in time."""
SOON_S = 45.0


@dataclass(slots=True)
class WorkerStage:
    """A case with workers; `ingested` counts its purchases."""

    case: FaultCase
    ingested: int = 0
    running: list[CommandProcess] = field(default_factory=list)

    def worker(self, account: LocalAccount = RELAYER, *words: object, **settings: object) -> CommandProcess:
        """Start a worker that sends from an address."""
        process = self.case.start(
            "worker",
            *words,
            relayer_key_file=self._key_file(account),
            worker_lease_s=LEASE_S,
            worker_poll_s=0.1,
            **settings,
        )
        self.running.append(process)
        return process

    def ingest(self, name: str) -> None:
        """Take in a feed as the HTTP interface would, without settling it."""
        parts = self._parts()
        answers = list(parts.reader.ingest(parts.read_feed(self.case.folder / name)))
        self.ingested += sum(answer.kind is AnswerKind.ACCEPTED for answer in answers)
        parts.engine.dispose()

    def end_well(self) -> None:
        """All is settled in the time that R6 states, every process ends when told to, and R1 to R6 hold."""
        began = monotonic()
        self.wait_until_settled()
        assert monotonic() - began < DRAINS_WITHIN_S
        for process in self.running:
            assert self.end(process) == 0, process.printed
        self.case.settle_to_the_end()
        require_promises(self.case)

    def final(self) -> int:
        """Purchases that are settled for good."""
        found = dict(self.case.sql("SELECT state, count(*) FROM purchases GROUP BY 1"))
        return int(found.get("settled_final", 0))

    def wait_until_settled(self) -> None:
        wait_until(lambda: self.final() == self.ingested, what="all is settled", within_s=SOON_S)

    def wait_for(self, process: CommandProcess, event: str, times: int = 1, **keys: object) -> None:
        """Wait until a worker has said something so many times."""

        def is_said() -> bool:
            assert process.is_running, process.printed
            return len(self.said(process, event, **keys)) >= times

        wait_until(is_said, what=f"{event} {keys} in {process.printed}", within_s=SOON_S)

    def said(self, process: CommandProcess, event: str, **keys: object) -> list[dict[str, Any]]:
        """The lines of an event with these keys."""
        whole = process.printed.rpartition("\n")[0]
        lines = [json.loads(line) for line in whole.splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == event and keys.items() <= line.items()]

    def holders(self) -> dict[str, int]:
        """The process of each lease that was not given back."""
        found = self.case.sql("SELECT name, holder FROM leases WHERE expires_at > 0")
        return {name: int(holder.split("/")[1]) for name, holder in found}

    def pause(self, process: CommandProcess) -> None:
        """Stop it where it is, only not inside of a unit of work on SQLite: nobody could write meanwhile."""

        def is_paused() -> bool:
            os.kill(process.pid, signal.SIGSTOP)
            if not self._is_locked():
                return True
            self.go_on(process)
            return False

        wait_until(is_paused, what="the worker is stopped between two units of work")

    def go_on(self, process: CommandProcess) -> None:
        os.kill(process.pid, signal.SIGCONT)

    def end(self, process: CommandProcess) -> int:
        """Tell it to stop; its exit code."""
        os.kill(process.pid, signal.SIGTERM)
        return process.wait()

    def kill_all(self) -> None:
        for process in self.running:
            process.kill()

    def _is_locked(self) -> bool:
        if not isinstance(self.case.store, SqliteCase):
            return False
        with closing(sqlite3.connect(self.case.database, timeout=0.05, isolation_level=None)) as database:
            try:
                database.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
            return False

    def _key_file(self, account: LocalAccount) -> Path:
        file = self.case.folder / f"{account.address}.key"
        if not file.exists():
            file.write_text(key_of(account), encoding="utf-8")
            file.chmod(0o600)
            self.case.rpc("anvil_setBalance", account.address, hex(10**18))
        return file

    def _parts(self) -> Parts:
        file = self.case.folder / "settings.env"
        text = "".join(f"{name}={value}\n" for name, value in self.case.settings.items())
        file.write_text(text, encoding="utf-8")
        return Parts(load_settings(file))
