"""Toast: an order is sent whole at every change; what is closed and captured is a purchase, once."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.domain.feed_connection import FeedSystem
from milepost.domain.partner import EligibleParts
from milepost.domain.purchase import Purchase, PurchaseKind, SubmittedPurchase
from milepost.feeds.event_body import parse_event
from milepost.feeds.outside import Outside, Records
from milepost.feeds.toast import read_toast, timestamp_of
from milepost.ports import Rejection
from tests.support.programme import a_partner
from tests.support.toast_orders import (
    CHECK,
    PAID,
    RESTAURANT,
    TIMESTAMP,
    TOAST,
    check_of,
    order_of,
    payment_of,
    refunded,
)

OUTSIDE = Outside([a_partner(feeds=(TOAST,))], FeedSystem.TOAST)


def _read(body: bytes) -> Records:
    return read_toast(body, OUTSIDE)


def _purchases(body: bytes, outside: Outside = OUTSIDE) -> list[Purchase]:
    records = read_toast(body, outside)
    assert all(isinstance(record, SubmittedPurchase) for record in records), records
    return [record.purchase for record in records if isinstance(record, SubmittedPurchase)]


def _rejection(body: bytes) -> Rejection:
    (record,) = _read(body)
    assert isinstance(record, Rejection), record
    return record


def test_read_toast__closed_check__is_a_sale_with_its_parts() -> None:
    (found,) = _purchases(order_of())
    assert (found.source, found.sale_ref, found.outlet, found.currency) == (
        "toast",
        CHECK,
        "causeway-bay",
        "HKD",
    )
    assert (found.gross_minor, found.tax_minor, found.service_minor, found.tip_minor) == (
        63600,
        5600,
        5040,
        2000,
    )
    assert found.eligible_minor == 61600
    assert found.occurred_at.isoformat() == "2018-05-14T12:30:05+08:00"
    assert str(found.business_date) == "2018-05-14"
    (record,) = _read(order_of())
    assert isinstance(record, SubmittedPurchase)
    assert record.member == "1000000001"


def test_read_toast__gratuity__counts_as_tip() -> None:
    charges = [{"guid": "s", "chargeAmount": 50.4, "gratuity": True}]
    (found,) = _purchases(order_of(check_of(appliedServiceCharges=charges)))
    assert (found.gross_minor, found.service_minor, found.tip_minor) == (63600, 0, 7040)


def test_read_toast__sale_after_midnight__keeps_the_day_that_toast_counts() -> None:
    late = payment_of(paidDate="2018-05-14T17:30:00.000+0000")
    (found,) = _purchases(order_of(check_of(payments=[late])))
    assert (found.occurred_at.isoformat(), str(found.business_date)) == (
        "2018-05-15T01:30:00+08:00",
        "2018-05-14",
    )


def test_read_toast__split_checks__are_a_sale_each() -> None:
    other = "77777777-7777-4777-8777-777777777777"
    checks = [check_of(), check_of(guid=other, appliedLoyaltyInfo=None)]
    assert [one.sale_ref for one in _purchases(order_of(*checks))] == [CHECK, other]


@pytest.mark.parametrize(
    "check",
    [
        check_of(paymentStatus="OPEN"),
        check_of(paymentStatus="PAID"),
        check_of(payments=[]),
        check_of(payments=[payment_of(paymentStatus="AUTHORIZED")]),
        check_of(payments=[payment_of(), payment_of(paymentStatus="PROCESSING")]),
        check_of(payments=[payment_of(paymentStatus=None)]),
        check_of(payments=[payment_of(paymentStatus="DENIED")]),
        check_of(voided=True, closedDate=None),
    ],
)
def test_read_toast__check_of_which_no_money_moved_yet__is_nothing(check: dict[str, Any]) -> None:
    assert _read(order_of(check)) == ()


def test_read_toast__cash_without_state__is_a_sale() -> None:
    cash = payment_of(type="CASH", paymentStatus=None, tipAmount=0)
    assert len(_purchases(order_of(check_of(payments=[cash])))) == 1


def test_read_toast__order_in_test_mode_or_other_event__is_nothing() -> None:
    assert _read(order_of(createdInTestMode=True)) == ()
    assert _read(order_of().replace(b'"eventType": "order_updated"', b'"eventType": "in_stock"')) == ()


def test_read_toast__refunded_payment__leaves_the_sale_and_adds_a_refund() -> None:
    sale, refund = _purchases(order_of(check_of(payments=[refunded()])))
    assert sale == _purchases(order_of())[0]
    assert (refund.kind, refund.sale_ref, refund.original_sale_ref) == (
        PurchaseKind.REFUND,
        f"{PAID}/refund",
        CHECK,
    )
    assert (refund.gross_minor, refund.tip_minor, refund.eligible_minor) == (10000, 0, 10000)


@pytest.mark.parametrize(
    ("agreed", "whole", "part"),
    [
        (EligibleParts(), 61600, 10000),
        (EligibleParts(tax=False), 56000, 10000 * 56000 // 61600),
        (EligibleParts(tax=False, service=False), 50960, 10000 * 50960 // 61600),
        (EligibleParts(tip=True), 63600, 10000),
    ],
)
def test_read_toast__refund__returns_what_had_earned_and_never_more(
    agreed: EligibleParts, whole: int, part: int
) -> None:
    outside = Outside([a_partner(feeds=(TOAST,), eligible=agreed)], FeedSystem.TOAST)
    sale, all_back = _purchases(order_of(check_of(payments=[refunded(616.0, 20.0)])), outside)
    assert sale.eligible_minor == all_back.eligible_minor == whole
    _, some_back = _purchases(order_of(check_of(payments=[refunded()])), outside)
    assert some_back.eligible_minor == part


@pytest.mark.parametrize(
    "body",
    [
        order_of(check_of(voided=True, voidDate="2018-05-14T05:00:00.000+0000")),
        order_of(check_of(), voided=True),
        order_of(check_of(deleted=True)),
    ],
)
def test_read_toast__closed_check_that_is_voided__is_a_void(body: bytes) -> None:
    (found,) = _purchases(body)
    assert (found.kind, found.sale_ref) == (PurchaseKind.VOID, CHECK)


@settings(deadline=None, max_examples=60)
@given(st.randoms(use_true_random=False))
def test_read_toast__a_life_of_an_order_in_any_order__is_the_same_set(order: random.Random) -> None:
    states = [
        order_of(check_of(paymentStatus="OPEN", payments=[])),
        order_of(check_of(payments=[payment_of(paymentStatus="AUTHORIZED", tipAmount=0)])),
        order_of(),
        order_of(check_of(payments=[refunded()])),
        order_of(check_of(payments=[refunded()], modifiedDate="2018-05-16T04:00:00.000+0000")),
        order_of(check_of(voided=True, voidDate="2018-05-16T05:00:00.000+0000")),
    ]
    states += order.sample(states, 3)
    order.shuffle(states)
    found = {record for body in states for record in _read(body)}
    assert len(found) == 3


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (order_of(check_of(totalAmount=616.005)), "bad_amount"),
        (order_of(check_of(totalAmount=-1)), "bad_amount"),
        (order_of(check_of(totalAmount="x")), "bad_amount"),
        (order_of(check_of(taxAmount=700)), "bad_amount"),
        (order_of(check_of(appliedLoyaltyInfo={"loyaltyIdentifier": "guest@example.org"})), "bad_member"),
        (order_of(check_of(appliedLoyaltyInfo={"loyaltyIdentifier": "415-555-0100"})), "bad_member"),
        (order_of(check_of(appliedLoyaltyInfo={"loyaltyIdentifier": "+14155550100"})), "bad_member"),
        (order_of(check_of(appliedLoyaltyInfo=[1])), "malformed_event"),
        (order_of(check_of(payments=[7])), "malformed_event"),
        (order_of(check_of(payments={"a": 1})), "malformed_event"),
        (order_of(check_of(payments=[payment_of()] * 501)), "malformed_event"),
        (order_of(*[check_of()] * 501), "malformed_event"),
        (order_of(businessDate="today"), "bad_time"),
        (order_of(businessDate=20181399), "bad_time"),
        (order_of().replace(RESTAURANT.encode(), b"88888888-1111-4111-8111-111111111111"), "unknown_outlet"),
        (b"{", "malformed_event"),
        (b'{"eventType": "order_updated"}', "malformed_event"),
    ],
)
def test_read_toast__what_cannot_be_read__is_rejected_with_a_code(body: bytes, code: str) -> None:
    assert _rejection(body).code == code


def test_read_toast__bad_check__does_not_spoil_the_others() -> None:
    records = _read(order_of(check_of(totalAmount="x"), check_of()))
    assert [type(record) for record in records] == [Rejection, SubmittedPurchase]
    assert [record.line for record in records] == [1, 2]


def test_timestamp_of__event__is_as_it_stands_in_it() -> None:
    assert timestamp_of(parse_event(order_of())) == TIMESTAMP
    assert timestamp_of({"timestamp": "\ud800"}) is timestamp_of({"timestamp": 7}) is timestamp_of({}) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(sorted(check_of())), st.sampled_from(sorted(payment_of())), JSON)
def test_read_toast__any_value_in_any_field__raises_nothing(name: str, other: str, value: Any) -> None:
    for body in (
        order_of({**check_of(), name: value}),
        order_of(check_of(payments=[{**refunded(), other: value}])),
        order_of(**{name: value}),
    ):
        assert all(isinstance(record, Rejection | SubmittedPurchase) for record in _read(body))


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=200))
def test_read_toast__any_bytes__raise_nothing(body: bytes) -> None:
    assert all(isinstance(record, Rejection) for record in _read(body))
