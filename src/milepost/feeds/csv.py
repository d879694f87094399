"""Parses lines of CSV with a header row into purchases.

Before it `files` gives bounded lines; after it `rows` makes a purchase of each, which the pipeline ingests.
"""

import csv
from collections.abc import Iterator

from milepost.domain.errors import FeedError
from milepost.domain.purchase import SubmittedPurchase
from milepost.feeds.rows import AMOUNTS, RowReader
from milepost.ports import Rejection

NEEDED_COLUMNS = ("partner", "sale_ref", "outlet", "occurred_at", "currency", "member")
"""Columns without which no row can be a purchase; `gross_minor` or `gross` is needed besides."""


def read_csv(
    lines: Iterator[tuple[int, str | Rejection]], *, name: str, reader: RowReader
) -> Iterator[SubmittedPurchase | Rejection]:
    """Read rows under a header; further columns are ignored.

    Shape: one answer a line that is not blank. A line is a row: a quoted cell does not go on in the next,
        since one stray quote would then swallow the rest of the file.
    Raises: FeedError if the header lacks a needed column, names one twice, or an amount in both forms.
    """
    header = _header(lines, name)
    for line, text in lines:
        if isinstance(text, Rejection):
            yield text
        elif text.strip():
            cells = _cells(text)
            if cells is None or len(cells) != len(header):
                given = "cells that cannot be told apart" if cells is None else f"{len(cells)} cells"
                yield Rejection(
                    line, "malformed_row", f"The row has {given}, the header {len(header)} columns."
                )
            else:
                yield reader.read(line, dict(zip(header, cells, strict=True)))


def _header(lines: Iterator[tuple[int, str | Rejection]], name: str) -> list[str]:
    _, text = next(lines, (0, ""))
    cells = None if isinstance(text, Rejection) else _cells(text)
    if not cells:
        raise FeedError(f"{name} has no header row that can be read: its first line names the columns.")
    missing = [column for column in NEEDED_COLUMNS if column not in cells]
    if not {"gross_minor", "gross"} & set(cells):
        missing.append("gross_minor")
    if missing:
        raise FeedError(
            f"{name} lacks the columns {', '.join(missing)}: add them to its header row,"
            " whose columns are separated by commas."
        )
    doubled = {column for column in cells if cells.count(column) > 1}
    doubled |= {amount for amount in AMOUNTS if {amount, f"{amount}_minor"} <= set(cells)}
    if doubled:
        raise FeedError(f"{name} has {', '.join(sorted(doubled))} twice in its header row: keep one of each.")
    return cells


def _cells(text: str) -> list[str] | None:
    try:
        return [cell.strip() for cell in next(csv.reader([text], strict=True), [])]
    except csv.Error:
        return None
