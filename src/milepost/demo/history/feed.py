"""Writes the history to files, so many days in each, as tills would send them.

`rows.py` made the rows; `play.py` feeds the files to the oracle in their order.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

from milepost.chain.deployment_plan import DeploymentPlan
from milepost.demo.history.rows import HistoryPurchase, member_rows, morning_after, rows_of
from milepost.demo.tills import TillFile
from milepost.demo.tips import write_feed_csv
from milepost.domain.purchase import DedupeKey
from milepost.domain.quantities import Miles

FIRST_DAY = date(1997, 1, 1)
"""Of the file; its weeks are counted from here."""
MEMBERS_FILE = "members.csv"
SAMPLED = 1_000
"""Purchases whose receipts are verified, or every fourth of a shorter history."""

_SEED = 19_970_101


@dataclass(frozen=True, slots=True)
class History:
    """The history as files, and what is kept in memory of it.

    Shape: `days` of purchases in a file; `sampled` the same random purchases in every run, in order of day.
    Units: `base` in miles, by the partners' rates.
    """

    files: tuple[TillFile, ...]
    days: int
    purchases: int
    members: int
    base: int
    sampled: tuple[DedupeKey, ...]


def write_history(
    purchases: Sequence[HistoryPurchase], plan: DeploymentPlan, folder: Path, *, days: int
) -> History:
    """Write the members, and one CSV for each `days` days that have purchases, below `folder`.

    Shape: `purchases` in order of day; the files too, each settled on the morning after its last day.
    """
    members = member_rows(purchases)
    write_feed_csv(members, folder / MEMBERS_FILE)
    return History(
        files=tuple(_write_files(purchases, folder / "feed", days=days)),
        days=days,
        purchases=len(purchases),
        members=len(members),
        base=base_of(purchases, plan),
        sampled=_sample(purchases),
    )


def base_of(purchases: Iterable[HistoryPurchase], plan: DeploymentPlan) -> Miles:
    """Base miles of all of them by the partners' rates, each purchase's rounded down."""
    rates = {partner.code: partner.earn for partner in plan.partners}
    return Miles(
        sum(one.amount_minor * rates[one.partner].miles // rates[one.partner].per_minor for one in purchases)
    )


def _sample(purchases: Sequence[HistoryPurchase]) -> tuple[DedupeKey, ...]:
    count = min(SAMPLED, -(-len(purchases) // 4))
    places = random.Random(_SEED).sample(range(len(purchases)), count)
    return tuple(purchases[place].key for place in sorted(places))


def _write_files(purchases: Sequence[HistoryPurchase], folder: Path, *, days: int) -> list[TillFile]:
    folder.mkdir(parents=True)
    files = []
    for place, some in groupby(purchases, key=lambda one: (one.day - FIRST_DAY).days // days):
        first = FIRST_DAY + place * timedelta(days=days)
        rows = list(rows_of(list(some)))
        path = folder / f"cdnow-{first}.csv"
        write_feed_csv(rows, path)
        last = first + timedelta(days=days - 1)
        files.append(TillFile(first.isoformat(), path, len(rows), morning_after(last)))
    return files
