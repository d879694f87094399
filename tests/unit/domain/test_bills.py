"""What amendments leave of a bill."""

from typing import Any

from milepost.domain.bills import Bill, bills_of
from milepost.domain.purchase import Purchase, PurchaseKind
from tests.support.purchases import a_purchase


def _left(*records: Purchase) -> list[int]:
    return [bill.left for bill in bills_of(records)]


def a_record(kind: PurchaseKind, eligible_minor: int = 0, **changes: Any) -> Purchase:
    usual = {"sale_ref": f"{kind.name}-1", "original_sale_ref": "A-1001", "eligible_minor": eligible_minor}
    return a_purchase(kind=kind, **{**usual, **changes})


def test_bills_of__refunds__are_taken_off_in_sum() -> None:
    assert _left(a_purchase()) == [59_600]
    refunds = [a_record(PurchaseKind.REFUND, 9_600, sale_ref=ref) for ref in ("R-1", "R-2")]
    assert _left(a_purchase(), *refunds) == [40_400]
    assert _left(a_purchase(), a_record(PurchaseKind.REFUND, 60_000)) == [0]
    assert _left(a_purchase(), a_record(PurchaseKind.VOID)) == [0]


def test_bills_of__an_amendment__replaces_the_total_and_keeps_what_was_refunded() -> None:
    up = a_record(PurchaseKind.AMEND, 70_000, sale_ref="A-1001", revision=1, channel="takeaway")
    assert _left(a_purchase(), a_record(PurchaseKind.REFUND, 600), up) == [69_400]
    (bill,) = bills_of([a_purchase(), up])
    assert bill == Bill(a_purchase(), 70_000, "takeaway")


def test_bills_of__sale_of_two_sources__an_amendment_takes_its_own() -> None:
    sales = [a_purchase(), a_purchase(source="till-8")]
    assert _left(*sales, a_record(PurchaseKind.VOID, source="till-8")) == [59_600, 0]
    assert _left(*sales, a_record(PurchaseKind.VOID, source="office")) == [59_600, 59_600]
    assert _left(sales[0], a_record(PurchaseKind.VOID, source="office")) == [0]


def test_bills_of__no_sale__a_claim_is_a_bill_and_a_refund_is_nothing() -> None:
    claim = a_record(PurchaseKind.AMEND, 500, sale_ref="A-1001", revision=1)
    assert _left(claim, a_record(PurchaseKind.REFUND, 100)) == [400]
    assert _left(a_record(PurchaseKind.REFUND, 100), a_record(PurchaseKind.VOID)) == []
