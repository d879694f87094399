"""Tills that go on selling, and the command that settles what they sell, while a test disturbs the chain.

`bft_stage.py` gives them a case; what each sale waited for its receipt is measured here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Protocol
from zoneinfo import ZoneInfo

from tests.support.command_process import CommandProcess
from tests.support.fault_stage import MEMBERS

_HEADER = "source,partner,sale_ref,outlet,occurred_at,currency,gross_minor,tip_minor,member\n"
_OUTLETS = (
    ("harbour-grill", "pier"),
    ("noon-kitchen", "station"),
    ("harbour-grill", "boathouse"),
    ("noon-kitchen", "market-street"),
)
_ZONE = ZoneInfo("America/New_York")
_EVERY_S = 1.0


@dataclass(slots=True)
class Sales:
    """One file of sales, one at each outlet; times in seconds of this machine's own count."""

    file: Path
    written_at: float
    settled_at: float | None = None

    @property
    def took_s(self) -> float:
        """From the file to the end of the run that had settled it and written its receipts."""
        assert self.settled_at is not None, f"{self.file.name} is not settled"
        return self.settled_at - self.written_at


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
            f"till,{partner},{number}-{place},{outlet},{now},USD,{900 + 7 * number + 131 * place},"
            f"{25 * place},{members[(number + place) % len(members)]}\n"
            for place, (partner, outlet) in enumerate(_OUTLETS)
        ]
        file = self.folder / f"sales-{number:04}.csv"
        # A file appears whole or not at all.
        made = file.with_suffix(".part")
        made.write_text(_HEADER + "".join(rows), encoding="utf-8")
        made.rename(file)
        self.files.append(Sales(file, monotonic()))


@dataclass(frozen=True, slots=True)
class Round:
    """One run of `milepost settle`: when it began and ended, and its exit code."""

    began_at: float
    ended_at: float
    code: int
    printed: str


class Settling(Protocol):
    """A case whose command settles files."""

    till: Till
    receipts: Path

    def start(self, *words: object) -> CommandProcess: ...


@dataclass(slots=True)
class Trade:
    """Selling and settling side by side, until the test has seen enough."""

    case: Settling
    rounds: list[Round] = field(default_factory=list)
    running: CommandProcess | None = None

    def settle_once(self) -> Round:
        """Run the command over every file that no run has settled yet."""
        waiting = [sales for sales in self.case.till.files if sales.settled_at is None]
        began_at = monotonic()
        files = [sales.file for sales in waiting]
        self.running = self.case.start("settle", *files, "--receipts", self.case.receipts)
        code = self.running.wait()
        ended_at = monotonic()
        self.rounds.append(Round(began_at, ended_at, code, self.running.printed))
        if code == 0:
            for sales in waiting:
                sales.settled_at = ended_at
        return self.rounds[-1]

    def since(self, moment: float) -> list[Round]:
        """Rounds that began after a moment."""
        return [one for one in self.rounds if one.began_at > moment]


@contextmanager
def trading(case: Settling) -> Iterator[Trade]:
    """A sale at every outlet each second, and the command run again and again; both end with the block."""
    trade, ended = Trade(case), Event()
    failed: list[BaseException] = []

    def sell() -> None:
        case.till.sell()
        while not ended.wait(_EVERY_S):
            case.till.sell()

    def settle() -> None:
        try:
            while not ended.is_set():
                trade.settle_once()
                # A node that is away answers at once: the next run waits a little, as a timer would.
                ended.wait(0.2)
        except BaseException as error:
            failed.append(error)

    threads = [Thread(target=sell, daemon=True), Thread(target=settle, daemon=True)]
    for thread in threads:
        thread.start()
    try:
        yield trade
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    if failed:
        raise failed[0]
