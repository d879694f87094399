"""Reading CSV: the header is the file's promise; after it a bad row never spoils the rest."""

import pytest

from milepost.domain.errors import FeedError
from milepost.domain.purchase import SubmittedPurchase
from milepost.feeds.files import read_feed_bytes
from milepost.ports import Rejection
from tests.support.feed_rows import ROW, a_row, csv_of
from tests.support.programme import PARTNERS


def _read(content: bytes) -> list[SubmittedPurchase | Rejection]:
    return list(read_feed_bytes(content, PARTNERS, source="may", suffix=".csv"))


def _shape(content: bytes) -> list[object]:
    return [
        read.purchase.sale_ref if isinstance(read, SubmittedPurchase) else (read.line, read.code)
        for read in _read(content)
    ]


def test_read_csv__good_and_bad_rows__are_answered_in_order() -> None:
    content = csv_of(a_row(sale_ref="1"), a_row(gross_minor="-5"), a_row(sale_ref="3"))
    assert _shape(content) == ["1", (3, "bad_amount"), "3"]


def test_read_csv__quoted_cells_crlf_bom_and_blank_lines__are_understood() -> None:
    content = csv_of(a_row(sale_ref='"a, b ""c"""'), a_row(sale_ref="2")).replace(b"\n", b"\r\n\r\n")
    assert _shape(b"\xef\xbb\xbf" + content) == ['a, b "c"', "2"]


def test_read_csv__further_columns_in_any_order__are_ignored() -> None:
    assert _shape(csv_of({"note": "x", **dict(reversed(ROW.items()))})) == ["A-1001"]


def test_read_csv__stray_quote_and_wrong_widths__reject_their_rows_only() -> None:
    good = csv_of(a_row())
    row = good.splitlines()[1]
    content = good + b'"' + row + b"\n" + row + b",more\n" + b"putien,1\n" + row + b"\n"
    assert _shape(content) == [
        "A-1001",
        (3, "malformed_row"),
        (4, "malformed_row"),
        (5, "malformed_row"),
        "A-1001",
    ]


def test_read_csv__not_utf8_or_too_long__rejects_the_row_only() -> None:
    good = csv_of(a_row())
    row = good.splitlines()[1]
    content = good + b"\xff\xfe" + row + b"\n" + row + b"x" * 200_000 + b"\n" + row + b"\n"
    assert _shape(content) == ["A-1001", (3, "malformed_row"), (4, "malformed_row"), "A-1001"]


def test_read_csv__zero_byte__rejects_the_row_only() -> None:
    good = csv_of(a_row())
    row = good.splitlines()[1]
    assert _shape(good + row.replace(b"A-1001", b"A\x001") + b"\n" + row + b"\n") == [
        "A-1001",
        (3, "bad_sale_ref"),
        "A-1001",
    ]


@pytest.mark.parametrize("column", ["partner", "sale_ref", "outlet", "occurred_at", "currency", "member"])
def test_read_csv__column_missing__refuses_the_file(column: str) -> None:
    with pytest.raises(FeedError, match=f"lacks the columns {column}: add them"):
        _read(csv_of(a_row(**{column: None})))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (csv_of(a_row(gross_minor=None)), "lacks the columns gross_minor"),
        (b"", "no header row"),
        (b"\xff\xfe\n", "no header row"),
        (b'"partner\n', "no header row"),
        (csv_of(a_row(gross="1")), "has gross twice"),
        (csv_of(a_row()).replace(b"kind", b"member"), "has member twice"),
    ],
)
def test_read_csv__header_that_cannot_be_used__refuses_the_file(content: bytes, sentence: str) -> None:
    with pytest.raises(FeedError, match=sentence):
        _read(content)
