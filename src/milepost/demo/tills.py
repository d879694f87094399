"""Writes each dining day's bills to a file of its own, as a till would leave it.

`tips.py` made the rows; `season.py` feeds the files to the oracle, in the end a second time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from milepost.demo.tips import Row, write_feed_csv

_MORNING = timedelta(days=1, hours=6)
"""From the start of a dining day to six on the next morning, outlet time: when its bills are settled."""
_DATE = slice(len("2018-05-01"))


@dataclass(frozen=True, slots=True)
class TillFile:
    """The bills of one dining day. Units: `settled_at` in unix seconds."""

    day: str
    path: Path
    bills: int
    settled_at: int


def write_till_files(rows: Sequence[Row], folder: Path) -> list[TillFile]:
    """Write one CSV a dining day.

    Shape: `rows` in order of time; the files in order of day.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _write(day, list(bills), folder)
        for day, bills in groupby(rows, key=lambda row: row["occurred_at"][_DATE])
    ]


def _write(day: str, bills: list[Row], folder: Path) -> TillFile:
    path = folder / f"tips-{day}.csv"
    write_feed_csv(bills, path)
    first = datetime.fromisoformat(bills[0]["occurred_at"])
    midnight = first.replace(hour=0, minute=0, second=0)
    return TillFile(day, path, len(bills), int((midnight + _MORNING).timestamp()))
