"""Runs the demo: the month of May 2018 on a chain inside the process, shown and checked.

`make demo` comes here through `__main__.py`; what it saw is left in `build/demo.json`.
"""

import json
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from milepost.chain.deployment_file import write_deployment
from milepost.demo.checks import require_sums
from milepost.demo.facts import DemoFacts, SecondFeed, count_answers, sum_up, to_json
from milepost.demo.month import SOURCE, Month, play_month
from milepost.demo.on_chain import read_books
from milepost.demo.season import Season, feed_till_file
from milepost.demo.stage import STARTS_AT, embedded_demo_chain
from milepost.demo.tampering import tamper, telling_receipt
from milepost.demo.terminal import Terminal
from milepost.demo.tips import purchases_from_tips


@dataclass(frozen=True, slots=True)
class DemoPaths:
    """Where the demo reads and writes: `root` is a checkout of Milepost, `build` holds all that it makes."""

    root: Path
    build: Path

    @property
    def folder(self) -> Path:
        """Made anew in each run."""
        return self.build / "demo"

    @property
    def result(self) -> Path:
        return self.build / "demo.json"

    @property
    def receipts(self) -> Path:
        return self.folder / "receipts"


def run_demo(paths: DemoPaths, console: Console, *, most_bills: int | None = None) -> DemoFacts:
    """Run all of it; `most_bills` takes only the first ones in time, for tests.

    Raises: SumDiffers, ModelDisagrees, ReceiptNotVerified, ReconciliationError: then nothing is written to
        `build/demo.json`; whatever the steps of the main path raise.
    """
    started = time.perf_counter()
    terminal = Terminal(console)
    _clear(paths)
    rows = purchases_from_tips(paths.root / SOURCE)[:most_bills]
    terminal.introduce(bills=len(rows), starts=datetime.fromtimestamp(STARTS_AT, UTC).date().isoformat())
    month = play_month(embedded_demo_chain(), rows, root=paths.root, folder=paths.folder, terminal=terminal)
    stage, season = month.stage, month.season
    write_deployment(stage.deployment, paths.folder / "deployment.json")
    telling = telling_receipt(bill.receipt for bill in season.bills)
    facts = sum_up(
        season,
        stage,
        source=SOURCE,
        starts_at=STARTS_AT,
        tampering=tamper(telling, stage),
        second=_feed_again(month),
        books=read_books(stage),
    )
    terminal.show(facts, stage)
    checks = require_sums(facts, stage, month.model, bills=len(rows))
    wall_s = time.perf_counter() - started
    paths.result.write_text(json.dumps(to_json(facts, wall_s=wall_s), indent=2) + "\n", encoding="utf-8")
    files = {
        "all of the above": paths.result,
        "this receipt": paths.receipts / f"{telling.purchase.sale_ref}.json",
        "the database": paths.folder / "milepost.db",
        "what the tills sent": paths.folder / "feed",
    }
    terminal.conclude(checks, files, wall_s=wall_s)
    return facts


def _clear(paths: DemoPaths) -> None:
    """Begin anew: what an earlier run left would be taken for this one's."""
    shutil.rmtree(paths.folder, ignore_errors=True)
    paths.result.unlink(missing_ok=True)
    paths.folder.mkdir(parents=True)


def _feed_again(month: Month) -> SecondFeed:
    """Feed the same files a second time and let the oracle settle whatever is due."""
    stage, again = month.stage, Season()
    before = stage.settlement.ledger_credited()
    for till_file in month.till_files:
        feed_till_file(till_file, stage, again)
    settled = stage.oracle.settle_all()
    return SecondFeed(
        answers=count_answers(again),
        settled=settled.purchases,
        miles_credited=stage.settlement.ledger_credited() - before,
    )
