"""Parses lines of JSON, one object each, into purchases.

Before it `files` gives bounded lines; after it `rows` makes a purchase of each, which the pipeline ingests.
"""

import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from milepost.codec.json_fields import require_shallow
from milepost.domain.purchase import SubmittedPurchase
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
                require_shallow(text)
                fields = json.loads(
                    text, parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_pairs
                )
            # A million digits, an exponent beyond reason, a thousand brackets: each raises its own.
            except (ValueError, RecursionError, InvalidOperation) as error:
                yield Rejection(line, "malformed_row", f"The line of {name} is no JSON object: {error}.")
                continue
            if isinstance(fields, dict):
                yield reader.read(line, fields)
            else:
                yield Rejection(line, "malformed_row", f"The line of {name} is JSON, but no object.")


def _refuse_constant(constant: str) -> Any:
    raise ValueError(f"{constant} is no number of JSON")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("it has a name twice")
    return fields
