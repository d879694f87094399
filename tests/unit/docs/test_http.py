"""docs/http.md: the states of a record and the codes of rows are those of the code."""

import re
from pathlib import Path

from milepost.feeds.csv import NEEDED_COLUMNS
from milepost.ports import PurchaseState

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "http.md").read_text(encoding="utf-8")
SOURCES = ("feeds/rows.py", "feeds/csv.py", "pipeline/ingest_purchase.py")
"""Where the records that partners send over HTTP are refused."""


def _table(title: str) -> str:
    return PAGE.split(f"| {title} |", 1)[1].split("\n\n", 1)[0]


def test_states__in_the_table__are_those_of_purchases() -> None:
    assert set(re.findall(r"^\| `(\w+)`", _table("`state` of a record"), re.MULTILINE)) == set(PurchaseState)


def test_codes__of_rows__stand_in_the_table() -> None:
    shown = set(re.findall(r"`(\w+_\w+)`", _table("`code` of a record")))
    text = "".join((ROOT / "src/milepost" / name).read_text(encoding="utf-8") for name in SOURCES)
    assert [code for code in shown if f'"{code}"' not in text] == []
    refused = r'"((?:bad|unknown|wrong|malformed|too|in|revision)_[a-z_]+)",'
    assert set(re.findall(refused, text)) <= shown


def test_columns__that_csv_needs__are_named() -> None:
    assert all(f"`{column}`" in PAGE for column in NEEDED_COLUMNS)
