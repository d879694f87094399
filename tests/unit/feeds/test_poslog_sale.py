"""One POSLog transaction: sale, return, void or nothing, and the outlet's clock where the till has none."""

from io import BytesIO

import pytest

from milepost.domain.purchase import PurchaseKind, SubmittedPurchase
from milepost.feeds.poslog import read_poslog
from milepost.ports import Rejection
from tests.support.poslogs import (
    LOYALTY,
    POSLOG,
    SOLD,
    TAX,
    link_to,
    poslog_of,
    returned,
    total_of,
    transaction_of,
)
from tests.support.programme import a_partner

PARTNERS = {"putien": a_partner(feeds=(POSLOG,))}


def _read(transaction: str) -> SubmittedPurchase | Rejection | None:
    return next(read_poslog(BytesIO(poslog_of(transaction)), PARTNERS, name="x"), None)


def _accepted(transaction: str) -> SubmittedPurchase:
    found = _read(transaction)
    assert isinstance(found, SubmittedPurchase), found
    return found


def _time(ended: str, store: str = "1002") -> str:
    return _accepted(transaction_of(ended=ended, store=store)).purchase.occurred_at.isoformat()


def test_fields_of__sale__has_a_reference_of_four_parts_and_its_member() -> None:
    found = _accepted(transaction_of())
    purchase = found.purchase
    assert (purchase.source, purchase.sale_ref, purchase.terminal) == ("poslog", "1001-7-20180514-41", "7")
    assert (purchase.gross_minor, purchase.tax_minor, purchase.outlet) == (61600, 5600, "causeway-bay")
    assert purchase.occurred_at.isoformat() == "2018-05-14T12:30:05+08:00"
    assert (str(purchase.business_date), found.member) == ("2018-05-14", "1000000001")


@pytest.mark.parametrize(
    "body",
    [
        SOLD + total_of("560.00", "TransactionNetAmount") + total_of("56.00", "TransactionTaxAmount"),
        SOLD + TAX + total_of("560.00", "TransactionNetAmount"),
        SOLD + total_of() + total_of("56.00", "TransactionTaxAmount"),
        SOLD + returned().replace("<LineItem>", '<LineItem VoidFlag="true">') + TAX + total_of(),
    ],
)
def test_fields_of__totals_as_tills_write_them__are_one_bill(body: str) -> None:
    purchase = _accepted(transaction_of(body)).purchase
    assert (purchase.gross_minor, purchase.tax_minor) == (61600, 5600)


@pytest.mark.parametrize("body", [returned() + total_of("-100.00"), returned() + total_of("100.00")])
def test_fields_of__return__names_the_sale_of_its_link(body: str) -> None:
    purchase = _accepted(transaction_of(body, sequence="60")).purchase
    assert (purchase.kind, purchase.sale_ref) == (PurchaseKind.REFUND, "1001-7-20180514-60")
    assert (purchase.original_sale_ref, purchase.gross_minor) == ("1001-7-20180514-41", 10000)


def test_fields_of__link_without_store_and_day__is_of_the_transactions_own() -> None:
    link = '<TransactionLink ReasonCode="Return"><SequenceNumber>41</SequenceNumber></TransactionLink>'
    body = returned(link) + total_of("-100.00")
    assert _accepted(transaction_of(body, sequence="60")).purchase.original_sale_ref == "1001-7-20180514-41"


@pytest.mark.parametrize(
    "transaction",
    [
        transaction_of(link_to(reason="Void"), retail="PostVoidTransaction", sequence="61"),
        transaction_of(link_to(reason="Void") + SOLD + total_of(), sequence="61"),
    ],
)
def test_fields_of__void__names_what_it_voids(transaction: str) -> None:
    purchase = _accepted(transaction).purchase
    assert (purchase.kind, purchase.sale_ref) == (PurchaseKind.VOID, "1001-7-20180514-61")
    assert purchase.original_sale_ref == "1001-7-20180514-41"


@pytest.mark.parametrize(
    "transaction",
    [
        transaction_of(attributes='CancelFlag="true"'),
        transaction_of(attributes='TrainingModeFlag="1"'),
        transaction_of(retail='RetailTransaction TransactionStatus="Suspended"').replace(
            '</RetailTransaction TransactionStatus="Suspended"', "</RetailTransaction"
        ),
        transaction_of(retail="ControlTransaction"),
    ],
)
def test_fields_of__transaction_that_moved_no_money__is_nothing(transaction: str) -> None:
    assert _read(transaction) is None


@pytest.mark.parametrize(
    ("ended", "found"),
    [
        ("2018-07-01T19:00:00", "2018-07-01T19:00:00-04:00"),
        ("2018-12-01T19:00:00", "2018-12-01T19:00:00-05:00"),
        # The clock showed this hour twice: the first time counts.
        ("2018-11-04T01:30:00", "2018-11-04T01:30:00-04:00"),
        # The clock never showed this: the till's had not been moved yet.
        ("2018-03-11T02:30:00", "2018-03-11T03:30:00-04:00"),
        ("2018-11-04T01:30:00-05:00", "2018-11-04T01:30:00-05:00"),
        ("2018-07-01T23:00:00Z", "2018-07-01T19:00:00-04:00"),
        ("2018-07-01T19:00:00.123", "2018-07-01T19:00:00-04:00"),
    ],
)
def test_fields_of__time_without_offset__is_the_outlets(ended: str, found: str) -> None:
    assert _time(ended) == found


@pytest.mark.parametrize(
    ("transaction", "code"),
    [
        (transaction_of(SOLD + returned() + total_of()), "mixed_transaction"),
        (transaction_of(SOLD), "bad_amount"),
        (transaction_of(SOLD + total_of("0.00")), "bad_amount"),
        (transaction_of(SOLD + total_of("616.005")), "bad_amount"),
        (transaction_of(SOLD + total_of("1e3")), "bad_amount"),
        (transaction_of(SOLD + total_of("9" * 40)), "bad_amount"),
        (transaction_of(total_of("-5.00")), "bad_sale_ref"),
        (transaction_of(returned() + returned(link_to("40")) + total_of("-5.00")), "bad_sale_ref"),
        (transaction_of("", retail="PostVoidTransaction"), "bad_sale_ref"),
        (transaction_of(ended="yesterday"), "bad_time"),
        (transaction_of(ended="2018-02-30T12:00:00"), "bad_time"),
        (transaction_of(further="<CurrencyCode>USD</CurrencyCode>"), "wrong_currency"),
        (transaction_of(store="9"), "unknown_outlet"),
        (transaction_of().replace("<SequenceNumber>41</SequenceNumber>", ""), "malformed_event"),
        (transaction_of().replace("1000000001", "guest@example.org"), "bad_member"),
        (transaction_of().replace("<BusinessDayDate>2018-05-14", "<BusinessDayDate>may"), "bad_time"),
    ],
)
def test_fields_of__transaction_that_cannot_be_read__is_rejected_with_a_code(
    transaction: str, code: str
) -> None:
    found = _read(transaction)
    assert isinstance(found, Rejection), found
    assert found.code == code


@pytest.mark.parametrize(
    "body",
    [
        SOLD + TAX + total_of() + f"<Customer>{LOYALTY}</Customer>",
        SOLD + TAX + total_of() + f"<LineItem>{LOYALTY}</LineItem>",
        SOLD
        + TAX
        + total_of()
        + "<LineItem><LoyaltyMembership><LoyaltyMembershipID>1000000001</LoyaltyMembershipID>"
        + "</LoyaltyMembership></LineItem>",
    ],
)
def test_fields_of__member_where_tills_put_it__is_found(body: str) -> None:
    assert _accepted(transaction_of(body)).member == "1000000001"
    assert _accepted(transaction_of(SOLD + TAX + total_of())).member is None
