"""Reading a partner's own books: one answer a row, with a stable code for what is refused."""

from pathlib import Path

import pytest

from milepost.domain.errors import FeedError
from milepost.domain.partner_books import BookRow
from milepost.domain.purchase import PurchaseKind
from milepost.feeds.partner_rows import partner_named_in, read_partner_rows
from milepost.ports import Rejection
from tests.support.programme import a_partner

HEADER = "sale_ref,outlet,occurred_at,gross_minor,tip_minor,miles"
ROW = "A-1,causeway-bay,2018-05-14T12:30:05+08:00,61600,2000,149"


def _read(folder: Path, text: str) -> list[BookRow | Rejection]:
    file = folder / "books.csv"
    file.write_text(text, encoding="utf-8")
    return list(read_partner_rows(file, a_partner()))


def test_read_partner_rows__the_least_columns__are_this_partners_in_its_currency(tmp_path: Path) -> None:
    (row,) = _read(tmp_path, f"{HEADER}\n{ROW}\n\n")
    assert isinstance(row, BookRow)
    assert (row.line, row.miles, row.source) == (2, 149, None)
    assert (row.purchase.partner, row.purchase.currency, row.purchase.eligible_minor) == (
        "putien",
        "HKD",
        59_600,
    )


def test_read_partner_rows__source_kind_and_member__are_taken_or_left(tmp_path: Path) -> None:
    header = "partner,source,kind,original_sale_ref,currency,member," + HEADER
    (row,) = _read(
        tmp_path,
        f"{header}\nputien,till-7,REFUND,A-0,HKD,a@b.example x,{ROW[:-3]}\n".replace("a@b.example x", "M1"),
    )
    assert isinstance(row, BookRow)
    assert (row.source, row.purchase.kind, row.miles, row.signed_miles) == (
        "till-7",
        PurchaseKind.REFUND,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (ROW.replace("149", "many"), "bad_miles"),
        (ROW.replace("149", "1.5"), "bad_miles"),
        (ROW.replace("149", "9" * 16), "bad_miles"),
        (ROW + ",1", "malformed_row"),
        ('"' + ROW, "malformed_row"),
        (ROW.replace("causeway-bay", "roof"), "unknown_outlet"),
        (ROW.replace("61600", "-1"), "bad_amount"),
    ],
)
def test_read_partner_rows__something_wrong__is_rejected_by_code(tmp_path: Path, row: str, code: str) -> None:
    found, good = _read(tmp_path, f"{HEADER}\n{row}\n{ROW}\n")
    assert isinstance(found, Rejection) and (found.line, found.code) == (2, code)
    assert isinstance(good, BookRow)


def test_read_partner_rows__row_of_another__is_rejected(tmp_path: Path) -> None:
    (found,) = _read(tmp_path, f"partner,{HEADER}\ntamarind,{ROW}\n")
    assert isinstance(found, Rejection) and found.code == "other_partner"


def test_read_partner_rows__an_amendments_miles__may_be_below_zero(tmp_path: Path) -> None:
    header = "kind,revision," + HEADER
    (row,) = _read(tmp_path, f"{header}\nAMEND,1,{ROW.replace('149', '-9')}\n")
    assert isinstance(row, BookRow) and row.signed_miles == -9


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "lacks the columns sale_ref, outlet, occurred_at, gross_minor"),
        (f"{HEADER},miles\n", "has miles twice"),
    ],
)
def test_read_partner_rows__header_of_no_use__is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(FeedError, match=said):
        _read(tmp_path, text)


def test_read_partner_rows__a_line_that_is_no_text__is_rejected(tmp_path: Path) -> None:
    file = tmp_path / "books.csv"
    file.write_bytes(f"{HEADER}\n".encode() + b"\xff\n")
    (found,) = read_partner_rows(file, a_partner())
    assert isinstance(found, Rejection) and found.code == "malformed_row"


def test_partner_named_in__first_row__names_it_or_nobody(tmp_path: Path) -> None:
    file = tmp_path / "books.csv"
    for text, named in (
        (f"partner,{HEADER}\n\nputien,{ROW}\n", "putien"),
        (f"partner,{HEADER}\n,{ROW}\n", None),
        (f"{HEADER}\n{ROW}\n", None),
        (f"partner,{HEADER}\n", None),
    ):
        file.write_text(text, encoding="utf-8")
        assert partner_named_in(file) == named


def test_read_partner_rows__no_file__is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="cannot be read"):
        list(read_partner_rows(tmp_path / "none.csv", a_partner()))
    with pytest.raises(FeedError, match="cannot be read"):
        partner_named_in(tmp_path / "none.csv")
