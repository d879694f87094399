"""Making a purchase of one row.

given the least row                    then a purchase with the stated defaults
given amounts of the bill's parts      then eligible by the partner's agreement, unless the row states it
given something wrong with a field     then a rejection with the field's stable code, never an exception
"""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.domain.partner import EligibleParts, Outlet
from milepost.domain.purchase import PurchaseKind, SubmittedPurchase
from milepost.feeds.rows import RowReader
from milepost.ports import Rejection
from tests.support.feed_rows import ROW, a_row
from tests.support.programme import PARTNERS, a_partner

READER = RowReader(PARTNERS, source="may")


def _purchase(**changes: object) -> object:
    read = READER.read(2, a_row(**changes))
    assert isinstance(read, SubmittedPurchase), read
    return read.purchase


def test_read__least_row__has_the_defaults() -> None:
    read = READER.read(2, a_row(kind=None))
    assert isinstance(read, SubmittedPurchase)
    purchase = read.purchase
    assert (purchase.source, purchase.kind, purchase.revision) == ("may", PurchaseKind.SALE, 0)
    assert (purchase.gross_minor, purchase.eligible_minor, purchase.tip_minor) == (61600, 61600, 0)
    assert purchase.occurred_at == datetime.fromisoformat("2018-05-14T12:30:05+08:00")
    assert (purchase.business_date, purchase.channel, purchase.party_size) == (None, None, None)
    assert (read.member, read.line) == ("1000000001", 2)


def test_read__every_field__is_taken() -> None:
    purchase = _purchase(
        source="till-7",
        kind="sale",
        revision="0",
        terminal="t1",
        business_date="2018-05-13",
        channel="dine-in",
        party_size="4",
        tax_minor="100",
        service_minor="5600",
        tip_minor="2000",
        eligible_minor="50000",
    )
    assert (purchase.source, purchase.terminal, purchase.channel) == ("till-7", "t1", "dine-in")
    assert (purchase.business_date, purchase.party_size) == (date(2018, 5, 13), 4)
    parts = purchase.tax_minor, purchase.service_minor, purchase.tip_minor, purchase.eligible_minor
    assert parts == (100, 5600, 2000, 50000)


def test_read__no_member__is_nobody() -> None:
    assert READER.read(2, a_row(member="")).member is None


@pytest.mark.parametrize(
    ("agreed", "eligible"),
    [
        (EligibleParts(), 8_500),
        (EligibleParts(tax=False), 8_000),
        (EligibleParts(service=False, tip=True), 9_000),
        (EligibleParts(tax=False, service=False, tip=False), 7_000),
    ],
)
def test_read__no_eligible_amount__is_computed_by_the_agreement(agreed: EligibleParts, eligible: int) -> None:
    reader = RowReader({"putien": a_partner(eligible=agreed)}, source="may")
    row = a_row(gross_minor="10000", tax_minor="500", service_minor="1000", tip_minor="1500")
    assert reader.read(2, row).purchase.eligible_minor == eligible


def test_read__decimals__are_converted_by_the_currency() -> None:
    row = {"gross_minor": None, "gross": "616.00", "tip": Decimal("20.5")}
    purchase = _purchase(**row)
    assert (purchase.gross_minor, purchase.tip_minor) == (61600, 2050)
    reader = RowReader({"putien": a_partner(currency="JPY")}, source="may")
    assert reader.read(2, a_row(currency="JPY", gross="616", gross_minor=None)).purchase.gross_minor == 616
    refused = reader.read(2, a_row(currency="JPY", gross="616.5", gross_minor=None))
    assert (refused.line, refused.code) == (2, "bad_amount")


def test_read__fraction_of_a_second_and_lower_case__are_understood() -> None:
    assert _purchase(occurred_at="2018-05-14t12:30:05.987+08:00").occurred_at.microsecond == 0


def test_read__refund__has_its_own_reference_and_names_its_sale() -> None:
    refund = READER.read(2, a_row(kind="refund", sale_ref="R-1", original_sale_ref="A-1001", tip_minor="600"))
    purchase = refund.purchase
    assert (purchase.kind, purchase.revision) == (PurchaseKind.REFUND, 0)
    assert (purchase.sale_ref, purchase.original_sale_ref, purchase.amends) == ("R-1", "A-1001", "A-1001")
    assert (purchase.gross_minor, purchase.eligible_minor) == (61_600, 61_000)


@pytest.mark.parametrize("original", [None, "A-1001"])
def test_read__amend__has_the_sales_reference_and_a_revision(original: str | None) -> None:
    amend = READER.read(2, a_row(kind="AMEND", revision="2", original_sale_ref=original))
    purchase = amend.purchase
    assert (purchase.kind, purchase.revision, purchase.amends) == (PurchaseKind.AMEND, 2, "A-1001")


@pytest.mark.parametrize(
    ("changes", "sale"),
    [
        ({}, "A-1001"),
        ({"gross_minor": None, "currency": None}, "A-1001"),
        ({"original_sale_ref": "B-1"}, "B-1"),
    ],
)
def test_read__void__ignores_amounts(changes: dict[str, object], sale: str) -> None:
    void = READER.read(2, a_row(kind="VOID", **changes))
    purchase = void.purchase
    assert (purchase.kind, purchase.currency, purchase.amends) == (PurchaseKind.VOID, "HKD", sale)
    assert (purchase.gross_minor, purchase.eligible_minor) == (0, 0)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("bad_sale_ref", {"kind": "REFUND", "sale_ref": "R-1"}),
        ("bad_sale_ref", {"kind": "REFUND", "original_sale_ref": "A-1001"}),
        ("bad_sale_ref", {"kind": "AMEND", "revision": "1", "original_sale_ref": "B-1"}),
        ("bad_revision", {"kind": "AMEND"}),
        ("bad_revision", {"kind": "AMEND", "revision": "10001"}),
        ("bad_amount", {"kind": "REFUND", "original_sale_ref": "B-1", "gross_minor": "-61600"}),
        ("bad_amount", {"kind": "REFUND", "original_sale_ref": "B-1", "gross_minor": None}),
        ("wrong_currency", {"kind": "VOID", "currency": "USD"}),
    ],
)
def test_read__amendment_that_cannot_be_right__is_refused(code: str, changes: dict[str, object]) -> None:
    assert READER.read(2, a_row(**changes)).code == code


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("unknown_partner", {"partner": "nobody"}),
        ("unknown_partner", {"partner": None}),
        ("unknown_outlet", {"outlet": "atlantis"}),
        ("unknown_outlet", {"outlet": None}),
        ("unknown_currency", {"currency": "XXY"}),
        ("unknown_currency", {"currency": "hkd"}),
        ("unknown_currency", {"currency": None}),
        ("wrong_currency", {"currency": "USD"}),
        ("bad_amount", {"gross_minor": "-1"}),
        ("bad_amount", {"gross_minor": "1.5"}),
        ("bad_amount", {"gross_minor": None}),
        ("bad_amount", {"gross_minor": str(1 << 40)}),
        ("bad_amount", {"gross_minor": "1", "gross": "0.01"}),
        ("bad_amount", {"gross_minor": None, "gross": "616.005"}),
        ("bad_amount", {"tax_minor": "60000", "tip_minor": "1601"}),
        ("bad_amount", {"eligible_minor": "61601"}),
        ("bad_sale_ref", {"sale_ref": None}),
        ("bad_sale_ref", {"sale_ref": "x" * 129}),
        ("bad_sale_ref", {"sale_ref": "a\tb"}),
        ("bad_sale_ref", {"sale_ref": "a\ud800"}),
        ("bad_sale_ref", {"sale_ref": " a"}),
        ("bad_sale_ref", {"sale_ref": 17}),
        ("bad_sale_ref", {"original_sale_ref": "A-1"}),
        ("bad_source", {"source": "x" * 129}),
        ("bad_revision", {"revision": "1"}),
        ("bad_revision", {"revision": "one"}),
        ("bad_time", {"occurred_at": None}),
        ("bad_time", {"occurred_at": "2018-05-14T12:30:05"}),
        ("bad_time", {"occurred_at": "2018-02-30T12:30:05+08:00"}),
        ("bad_time", {"occurred_at": "2018-05-14T12:30:05+24:00"}),
        ("bad_time", {"occurred_at": "2018-05-14"}),
        ("bad_time", {"occurred_at": "0001-01-01T00:00:00+14:00"}),
        ("bad_time", {"occurred_at": "9999-12-31T23:59:59-14:00"}),
        ("bad_time", {"business_date": "14 May"}),
        ("bad_time", {"business_date": "2018-5-4"}),
        ("bad_time", {"business_date": "2018-02-30"}),
        ("bad_time", {"business_date": "\uff12\uff10\uff11\uff18-05-14"}),
        ("bad_offset", {"occurred_at": "2018-05-14T04:30:05Z"}),
        ("bad_offset", {"occurred_at": "2018-05-14T12:30:05+09:00"}),
        ("bad_offset", {"outlet": "soho", "occurred_at": "2018-05-14T12:30:05-05:00"}),
        ("bad_channel", {"channel": "drive-in"}),
        ("bad_party_size", {"party_size": "-2"}),
        ("bad_party_size", {"party_size": "10001"}),
        ("bad_member", {"member": "me@example.com"}),
        ("bad_member", {"member": "x" * 129}),
        ("malformed_row", {"kind": "GIFT"}),
        ("malformed_row", {"kind": "\u017fale"}),
        ("malformed_row", {"terminal": ["t1"]}),
    ],
)
def test_read__wrong_field__is_rejected_with_its_code(code: str, changes: dict[str, object]) -> None:
    read = READER.read(7, a_row(**changes))
    assert isinstance(read, Rejection), read
    assert (read.line, read.code) == (7, code)
    assert read.sentence.endswith(".")


def test_read__zone_that_left_the_outlets_two_offsets__is_rejected() -> None:
    """A zone whose rules change after deployment cannot be said in an entry."""
    outlet = Outlet("soho", "America/New_York", 0, (-20, -20))
    reader = RowReader({"putien": a_partner(outlets=(outlet,))}, source="may")
    read = reader.read(2, a_row(outlet="soho", occurred_at="2018-05-14T12:30:05-04:00"))
    assert read.code == "bad_offset"


@pytest.mark.parametrize("offset", ["2018-01-14T12:30:05-05:00", "2018-05-14T12:30:05-04:00"])
def test_read__outlet_whose_clocks_change__takes_the_offset_of_the_day(offset: str) -> None:
    assert _purchase(outlet="soho", occurred_at=offset).occurred_at == datetime.fromisoformat(offset)


# Few characters, chosen to upset: a table of all of Unicode takes longer to make than the test.
_TEXT = st.text('09aZé.-+:T ,@"\t\x00', max_size=40)
_ANY = st.none() | st.booleans() | st.integers() | _TEXT | st.lists(st.integers(), max_size=2)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*ROW, "gross", "tip", "channel", "revision"]), _ANY))
def test_read__anything__is_a_purchase_or_a_rejection(changes: dict[str, object]) -> None:
    assert isinstance(READER.read(1, {**ROW, **changes}), SubmittedPurchase | Rejection)
