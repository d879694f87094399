"""Reading NDJSON: each line stands for itself, and no line brings the reader down."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.domain.purchase import SubmittedPurchase
from milepost.feeds.files import read_feed_bytes
from milepost.ports import Rejection
from tests.support.feed_rows import a_row
from tests.support.programme import PARTNERS


def _read(content: bytes) -> list[SubmittedPurchase | Rejection]:
    return list(read_feed_bytes(content, PARTNERS, source="may", suffix=".ndjson"))


def _lines(*rows: object) -> bytes:
    return "\n".join(json.dumps(row) for row in rows).encode()


def test_read_ndjson__numbers_and_text__give_the_same_purchase() -> None:
    as_text = a_row(party_size="2", tip="20.50")
    as_numbers = a_row(gross_minor=61600, party_size=2, tip=20.5, terminal=None)
    one, other = _read(_lines(as_text, as_numbers))
    assert isinstance(one, SubmittedPurchase)
    assert one == other
    assert one.purchase.tip_minor == 2050


def test_read_ndjson__null_and_empty__are_absent() -> None:
    (read,) = _read(_lines({**a_row(), "terminal": None, "channel": ""}))
    assert (read.purchase.terminal, read.purchase.channel) == (None, None)


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b'"text"',
        b"1",
        b"null",
        b'{"gross_minor": NaN}',
        b'{"partner": "a", "partner": "b"}',
        b'{"gross_minor": ' + b"9" * 10_000 + b"}",
        b'{"gross": 1e' + b"9" * 30 + b"}",
        b"[" * 50_000,
        b'{"a":' * 9_000 + b"1" + b"}" * 9_000,
        b"\xff\xfe",
        b"x" * 70_000,
    ],
)
def test_read_ndjson__line_that_is_no_object__is_rejected_alone(line: bytes) -> None:
    good = _lines(a_row())
    first, bad, last = _read(good + b"\n" + line + b"\n" + good)
    assert isinstance(first, SubmittedPurchase) and first == last
    assert (bad.line, bad.code) == (2, "malformed_row")


def test_read_ndjson__half_a_surrogate_pair__is_rejected() -> None:
    (read,) = _read(b'{"partner": "putien", "outlet": "causeway-bay", "currency": "HKD",'
                    b' "gross_minor": 1, "sale_ref": "\\ud800"}')  # fmt: skip
    assert read.code == "bad_sale_ref"


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_read_ndjson__any_bytes__never_an_exception(content: bytes) -> None:
    assert all(isinstance(read, Rejection) for read in _read(content))
