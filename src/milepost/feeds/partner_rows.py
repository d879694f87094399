"""Reads a partner's own books from CSV: the columns of a feed of purchases, and `miles`.

Before it stands a file that a partner sent; after it the pipeline compares its rows with the chain.
"""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from milepost.domain.errors import FeedError
from milepost.domain.partner import Partner
from milepost.domain.partner_books import BookRow
from milepost.domain.quantities import PartnerCode
from milepost.feeds.files import numbered_lines, open_feed
from milepost.feeds.rows import RowReader
from milepost.ports import Rejection

NEEDED_COLUMNS = ("sale_ref", "outlet", "occurred_at")
"""Columns without which no row can be found; `partner` and `currency` may be left out besides."""
MOST_MILES = (1 << 48) - 1
"""Most miles of a row; more is a mistake and refused."""


def read_partner_rows(path: Path, partner: Partner) -> Iterator[BookRow | Rejection]:
    """Read the rows of one partner's file.

    Shape: one answer a line that is not blank. Without `partner` all rows are this partner's, one that names
        another is refused; without `currency` amounts are in the partner's. `member` is not looked at. An
        empty `miles` is not compared.
    Raises: FeedError if the file cannot be opened, or its header lacks a column or names one twice.
    """
    reader = RowReader({partner.code: partner}, source=path.stem)
    with open_feed(path) as file:
        lines = numbered_lines(file)
        header = _header(lines, path)
        for line, text in lines:
            if isinstance(text, Rejection):
                yield text
            elif text.strip():
                yield _read(line, text, header=header, partner=partner, reader=reader)


def partner_named_in(path: Path) -> str | None:
    """The partner that the first row names; None where the file names none.

    Raises: FeedError as `read_partner_rows`.
    """
    with open_feed(path) as file:
        lines = numbered_lines(file)
        header = _header(lines, path)
        cells = next((_cells(text) for _, text in lines if isinstance(text, str) and text.strip()), None)
    return dict(zip(header, cells or [], strict=False)).get("partner") or None


def _header(lines: Iterator[tuple[int, str | Rejection]], path: Path) -> list[str]:
    _, text = next(lines, (0, ""))
    header = [] if isinstance(text, Rejection) else _cells(text) or []
    missing = [column for column in NEEDED_COLUMNS if column not in header]
    if not {"gross_minor", "gross"} & set(header):
        missing.append("gross_minor")
    if missing:
        raise FeedError(f"{path} lacks the columns {', '.join(missing)}: add them to its header row.")
    if doubled := sorted({column for column in header if header.count(column) > 1}):
        raise FeedError(f"{path} has {', '.join(doubled)} twice in its header row: keep one of each.")
    return header


def _read(
    line: int, text: str, *, header: list[str], partner: Partner, reader: RowReader
) -> BookRow | Rejection:
    cells = _cells(text)
    if cells is None or len(cells) != len(header):
        given = "cells that cannot be told apart" if cells is None else f"{len(cells)} cells"
        return Rejection(line, "malformed_row", f"The row has {given}, the header {len(header)} columns.")
    fields = dict(zip(header, cells, strict=True))
    if fields.get("partner", "") not in ("", partner.code):
        named = f"The row is of {fields['partner']!r}, not of {partner.code}: give each partner its file."
        return Rejection(line, "other_partner", named)
    miles = _miles(fields)
    if miles == _NO_NUMBER:
        return Rejection(line, "bad_miles", f"{fields['miles']!r} is no whole number of miles.")
    found = reader.read(line, {**_agreed(partner), **{name: cell for name, cell in fields.items() if cell}})
    if isinstance(found, Rejection):
        return found
    source = fields.get("source") or None
    return BookRow(line, found.purchase, source, None if miles is None else int(miles))


_NO_NUMBER = "no number"


def _miles(fields: Mapping[str, str]) -> int | str | None:
    text = fields.get("miles", "")
    if not text:
        return None
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 15 and int(digits) <= MOST_MILES):
        return _NO_NUMBER
    return int(text)


def _agreed(partner: Partner) -> dict[str, PartnerCode | str]:
    return {"partner": partner.code, "currency": partner.currency}


def _cells(text: str) -> list[str] | None:
    try:
        return [cell.strip() for cell in next(csv.reader([text], strict=True), [])]
    except csv.Error:
        return None
