"""Tills that go on selling, and the oracle as a service that settles it, while a test disturbs the chain.

`milepost serve` takes the sales in and one `milepost worker` settles them, both for as long as a fault lasts
and some time before and after. What each sale waited until it was final is measured here.
"""

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import httpx

from tests.support.bft_network import wait_until
from tests.support.command_process import CommandProcess
from tests.support.fault_stage import MEMBERS
from tests.support.serve_process import ServeProcess

_COLUMNS = (
    "source",
    "partner",
    "sale_ref",
    "outlet",
    "occurred_at",
    "currency",
    "gross_minor",
    "tip_minor",
    "member",
)
_OUTLETS = (
    ("harbour-grill", "pier"),
    ("noon-kitchen", "station"),
    ("harbour-grill", "boathouse"),
    ("noon-kitchen", "market-street"),
)
_PARTNERS = tuple(dict.fromkeys(partner for partner, _ in _OUTLETS))
_ZONE = ZoneInfo("America/New_York")
_EVERY_S = 1.0
_LOOK_EVERY_S = 0.2
_ENDS_IN_S = 60
_WORKER = {"worker_lease_s": 3, "worker_poll_s": 0.2}
_FINAL = "SELECT partner, sale_ref FROM purchases WHERE state = 'settled_final'"


@dataclass(slots=True)
class Sales:
    """One file of sales, one at each outlet; times in seconds of this machine's own count."""

    file: Path
    rows: list[dict[str, Any]]
    written_at: float
    settled_at: float | None = None

    @property
    def took_s(self) -> float:
        """From the file until the store had all of it from a final block."""
        assert self.settled_at is not None, f"{self.file.name} is not settled"
        return self.settled_at - self.written_at

    def is_among(self, final: set[tuple[str, str]]) -> bool:
        return all((row["partner"], row["sale_ref"]) in final for row in self.rows)


@dataclass(slots=True)
class Till:
    """All files so far; each is new sales, of now."""

    folder: Path
    files: list[Sales] = field(default_factory=list)

    def sell(self) -> None:
        number = len(self.files) + 1
        now = datetime.now(UTC).astimezone(_ZONE).isoformat(timespec="seconds")
        members = [*MEMBERS, ""]
        rows = [
            {
                "source": "till",
                "partner": partner,
                "sale_ref": f"{number}-{place}",
                "outlet": outlet,
                "occurred_at": now,
                "currency": "USD",
                "gross_minor": 900 + 7 * number + 131 * place,
                "tip_minor": 25 * place,
                "member": members[(number + place) % len(members)],
            }
            for place, (partner, outlet) in enumerate(_OUTLETS)
        ]
        file = self.folder / f"sales-{number:04}.csv"
        # A file appears whole or not at all.
        made = file.with_suffix(".part")
        lines = [_COLUMNS, *([str(row[column]) for column in _COLUMNS] for row in rows)]
        made.write_text("".join(",".join(line) + "\n" for line in lines), encoding="utf-8")
        made.rename(file)
        self.files.append(Sales(file, rows, monotonic()))


class Settling(Protocol):
    """A case whose commands take in and settle what its till sells."""

    till: Till
    folder: Path

    @property
    def settings(self) -> dict[str, str]: ...

    def start(self, *words: object, **settings: object) -> CommandProcess: ...

    def sql(self, query: str) -> list[tuple[Any, ...]]: ...


@dataclass(slots=True)
class Trade:
    """Selling and settling side by side, until the test has seen enough; `posted` counts files."""

    case: Settling
    serve: ServeProcess
    posted: int = 0
    workers: list[CommandProcess] = field(default_factory=list)

    def start_worker(self) -> None:
        """Start a worker; the one before was killed, if there was one."""
        self.workers.append(self.case.start("worker", **_WORKER))

    def kill_worker(self) -> None:
        """End the worker that runs as a power cut would."""
        self.workers[-1].kill()
        self.workers[-1].wait()

    def said(self, event: str) -> list[dict[str, Any]]:
        """All that workers said under this name, in their order."""
        printed = [one.printed.rpartition("\n")[0].splitlines() for one in self.workers]
        lines = [json.loads(line) for whole in printed for line in whole if line.startswith("{")]
        return [line for line in lines if line["event"] == event]

    def settled_since(self, moment: float, until: float | None = None) -> list[Sales]:
        """Files that were written from a moment on, and settled until another one."""
        return [
            one
            for one in self.case.till.files
            if one.settled_at is not None
            and one.written_at > moment
            and (until is None or one.settled_at < until)
        ]

    def post(self, sales: Sales) -> bool:
        """Whether both partners' sales of a file are taken; what was taken before is taken again."""
        try:
            answers = [
                self.serve.send([row for row in sales.rows if row["partner"] == partner], partner)
                for partner in _PARTNERS
            ]
        except httpx.TransportError:
            return False
        assert {one.status_code for one in answers} <= {200, 503}, [one.text for one in answers]
        taken = [answer for one in answers if one.is_success for answer in one.json()["answers"]]
        assert {one["answer"] for one in taken} <= {"accepted", "duplicate"}, taken
        return all(one.is_success for one in answers)

    def post_what_is_left(self) -> None:
        """Post the files in their order, up to the first that is not taken."""
        for sales in self.case.till.files[self.posted :]:
            if not self.post(sales):
                return
            self.posted += 1

    def is_all_settled(self) -> bool:
        return all(sales.settled_at is not None for sales in self.case.till.files)

    def look(self) -> None:
        """Note which files are settled by now."""
        waiting = [one for one in self.case.till.files if one.settled_at is None]
        if waiting:
            final = {(str(partner), str(sale_ref)) for partner, sale_ref in self.case.sql(_FINAL)}
            for one in waiting:
                if one.is_among(final):
                    one.settled_at = monotonic()


@contextmanager
def trading(case: Settling) -> Iterator[Trade]:
    """A sale at every outlet each second, posted and settled by processes that run meanwhile."""
    serve = ServeProcess(case.settings, case.folder, owners={partner: partner for partner in _PARTNERS})
    # What was sold in an earlier test is settled.
    trade = Trade(case, serve, len(case.till.files))
    try:
        trade.start_worker()
        with _again_and_again(trade.look), _again_and_again(trade.post_what_is_left):
            with _again_and_again(case.till.sell, _EVERY_S):
                yield trade
            wait_until(trade.is_all_settled, within_s=_ENDS_IN_S, what=lambda: "all that was sold is settled")
        for process in (serve.process, trade.workers[-1]):
            os.kill(process.pid, signal.SIGTERM)
            assert process.wait() == 0, process.printed
    finally:
        for process in (serve.process, *trade.workers):
            process.kill()


@contextmanager
def _again_and_again(act: Callable[[], None], every_s: float = _LOOK_EVERY_S) -> Iterator[None]:
    """Do something until the block ends, in a thread. Raises: what it raised."""
    ended, failed = Event(), list[BaseException]()

    def go_on() -> None:
        try:
            while not ended.is_set():
                act()
                ended.wait(every_s)
        except BaseException as error:
            failed.append(error)

    thread = Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    if failed:
        raise failed[0]
