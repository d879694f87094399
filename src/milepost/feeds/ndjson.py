"""Parses lines of JSON, one object each, into purchases.

Before it `files` gives bounded lines; after it `rows` makes a purchase of each, which the pipeline ingests.
"""

from collections.abc import Iterator

from milepost.domain.purchase import SubmittedPurchase
from milepost.feeds.json_text import JsonRefused, parse_line
from milepost.feeds.rows import RowReader
from milepost.ports import Rejection


def read_ndjson(
    lines: Iterator[tuple[int, str | Rejection]], *, name: str, reader: RowReader
) -> Iterator[SubmittedPurchase | Rejection]:
    """Read one object a line, with the names of the CSV columns; further names are ignored.

    Shape: one answer a line that is not blank; decimals are read exactly, written as number or text.
    """
    for line, text in lines:
        if isinstance(text, Rejection):
            yield text
        elif text.strip():
            try:
                fields = parse_line(text)
            except JsonRefused as error:
                yield Rejection(line, "malformed_row", f"The line of {name} is no JSON object: {error}.")
                continue
            if isinstance(fields, dict):
                yield reader.read(line, fields)
            else:
                yield Rejection(line, "malformed_row", f"The line of {name} is JSON, but no object.")
