"""Parses JSON from outside: exact decimals, no name twice, bounded in depth.

Before it stand lines of a file or the body of a request; after it `rows` makes purchases of the objects.
"""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from milepost.codec.json_fields import require_shallow

MOST_DEPTH = 32
"""Deepest nesting of a document; a list of records needs two."""

# A text that is never closed is one token too: else each quote in it would be followed to its end.
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)


class JsonRefused(ValueError):
    """A text that is no JSON, or has a name twice or a number beyond reason."""


class JsonTooDeep(JsonRefused):
    """A text that nests deeper than it may."""


def parse_line(text: str) -> Any:
    """Parse a short text, of at most MOST_BRACKETS brackets.

    Raises: JsonRefused.
    """
    try:
        require_shallow(text)
    except ValueError as error:
        raise JsonTooDeep(str(error)) from None
    return _parsed(text)


def parse_document(text: str) -> Any:
    """Parse a text of any length that nests at most MOST_DEPTH deep.

    Raises: JsonTooDeep; JsonRefused.
    """
    # With few brackets it cannot hurt, and counting them is a hundred times as quick as following them.
    if text.count("[") + text.count("{") > MOST_DEPTH:
        _require_depth(text)
    return _parsed(text)


def _require_depth(text: str) -> None:
    depth = 0
    for token in _TOKENS.finditer(text):
        mark = text[token.start()]
        if mark in "[{":
            depth += 1
            if depth > MOST_DEPTH:
                raise JsonTooDeep(f"it nests deeper than {MOST_DEPTH} brackets")
        elif mark in "]}":
            depth -= 1


def _parsed(text: str) -> Any:
    try:
        return json.loads(
            text, parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_pairs
        )
    # A million digits, an exponent beyond reason, a thousand brackets: each raises its own.
    except (ValueError, RecursionError, InvalidOperation) as error:
        raise JsonRefused(str(error)) from None


def _refuse_constant(constant: str) -> Any:
    raise ValueError(f"{constant} is no number of JSON")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("it has a name twice")
    return fields
