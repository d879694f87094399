"""Square: what moved money is a purchase, once, however often and in whatever order it is told."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.domain.feed_connection import FeedConnection, FeedSystem
from milepost.domain.purchase import PurchaseKind, SubmittedPurchase
from milepost.feeds.outside import Outside, Records
from milepost.feeds.square import read_square
from milepost.ports import Rejection
from tests.support.programme import a_partner
from tests.support.square_events import (
    PAYMENT,
    REFUND,
    SQUARE,
    URL,
    event_of,
    payment_of,
    refund_of,
    twelve_events,
)

OUTSIDE = Outside([a_partner(feeds=(SQUARE,))], FeedSystem.SQUARE)
TIP = {
    "amount_money": {"amount": 61_600, "currency": "HKD"},
    "tip_money": {"amount": 2_000, "currency": "HKD"},
}


def _read(body: bytes) -> Records:
    return read_square(body, OUTSIDE)


def _purchase(body: bytes) -> SubmittedPurchase:
    (record,) = _read(body)
    assert isinstance(record, SubmittedPurchase), record
    return record


def _rejection(body: bytes) -> Rejection:
    (record,) = _read(body)
    assert isinstance(record, Rejection), record
    return record


def _kinds(bodies: list[bytes]) -> set[tuple[PurchaseKind, str]]:
    records = [record for body in bodies for record in _read(body)]
    assert all(isinstance(record, SubmittedPurchase) for record in records)
    return {(record.purchase.kind, record.purchase.sale_ref) for record in records}  # type: ignore[union-attr]


def test_read_square__completed_payment__is_a_sale_at_the_outlets_time() -> None:
    found = _purchase(event_of("payment.updated", payment=payment_of(**TIP)))
    assert (found.purchase.source, found.purchase.sale_ref, found.member) == ("square", PAYMENT, "1000000001")
    assert (found.purchase.outlet, found.purchase.terminal) == ("causeway-bay", "DEVICE-7")
    assert found.purchase.occurred_at.isoformat() == "2018-05-14T12:30:05+08:00"
    assert (found.purchase.gross_minor, found.purchase.tip_minor, found.purchase.eligible_minor) == (
        63_600,
        2_000,
        61_600,
    )


def test_read_square__completed_refund__names_its_payment() -> None:
    found = _purchase(event_of("refund.updated", refund=refund_of())).purchase
    assert (found.kind, found.sale_ref, found.original_sale_ref) == (PurchaseKind.REFUND, REFUND, PAYMENT)
    assert found.gross_minor == found.eligible_minor == 10_000


@pytest.mark.parametrize("status", ["APPROVED", "PENDING", "CANCELED", "FAILED", None, 7])
def test_read_square__payment_or_refund_not_completed__is_nothing(status: object) -> None:
    assert _read(event_of("payment.updated", payment={**payment_of(), "status": status})) == ()
    assert _read(event_of("refund.updated", refund={**refund_of(), "status": status})) == ()


@pytest.mark.parametrize("kind", ["order.updated", "invoice.created", "payment.deleted", "customer.updated"])
def test_read_square__other_event__is_nothing(kind: str) -> None:
    assert _read(event_of(kind, order_updated={"order_id": "x", "version": 3, "state": "OPEN"})) == ()


@settings(deadline=None, max_examples=60)
@given(st.randoms(use_true_random=False), st.integers(0, 12))
def test_read_square__twelve_events_in_any_order_and_twice__are_one_sale_and_one_refund(
    order: random.Random, again: int
) -> None:
    events = twelve_events()
    events += order.sample(events, again)
    order.shuffle(events)
    found = {record for body in events for record in _read(body)}
    assert len(found) == 2
    assert _kinds(events) == {(PurchaseKind.SALE, PAYMENT), (PurchaseKind.REFUND, REFUND)}


def test_read_square__all_of_a_tipped_payment_given_back__says_that_nothing_is_left() -> None:
    back = {"amount": 63_600, "currency": "HKD"}
    assert _kinds([event_of("payment.updated", payment=payment_of(refunded_money=back, **TIP))]) == {
        (PurchaseKind.SALE, PAYMENT),
        (PurchaseKind.VOID, PAYMENT),
    }
    part = {"amount": 63_599, "currency": "HKD"}
    assert len(_read(event_of("payment.updated", payment=payment_of(refunded_money=part, **TIP)))) == 1


def test_read_square__offline_payment__has_the_time_of_the_till() -> None:
    offline = {"client_created_at": "2018-05-13T10:00:00Z"}
    found = _purchase(event_of("payment.created", payment=payment_of(offline_payment_details=offline)))
    assert found.purchase.occurred_at.isoformat() == "2018-05-13T18:00:00+08:00"


def test_read_square__customer_id_as_member__is_read_where_the_file_says_so() -> None:
    by_customer = FeedConnection(FeedSystem.SQUARE, SQUARE.outlets, URL, "customer_id")
    outside = Outside([a_partner(feeds=(by_customer,))], FeedSystem.SQUARE)
    (found,) = read_square(event_of("payment.updated", payment=payment_of()), outside)
    assert isinstance(found, SubmittedPurchase)
    assert found.member == "CUST00000000000000000000001"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"location_id": "L0ELSEWHERE"}, "unknown_outlet"),
        ({"location_id": None}, "malformed_event"),
        ({"id": ""}, "malformed_event"),
        ({"amount_money": {"amount": 61_600, "currency": "USD"}}, "wrong_currency"),
        ({"amount_money": {"amount": "61600", "currency": "HKD"}}, "bad_amount"),
        ({"amount_money": {"amount": -1, "currency": "HKD"}}, "bad_amount"),
        ({"amount_money": {"amount": 1.5, "currency": "HKD"}}, "bad_amount"),
        ({"amount_money": None}, "malformed_event"),
        ({"created_at": "2018-05-14"}, "bad_time"),
        ({"created_at": "2018-05-14T04:30:05"}, "bad_time"),
        ({"created_at": "0001-01-01T00:00:00Z"}, "bad_time"),
        ({"reference_id": "guest@example.org"}, "bad_member"),
        ({"reference_id": "+852 5555 0100"}, "bad_member"),
        ({"reference_id": "(415) 555-0100"}, "bad_member"),
        ({"reference_id": 7}, "bad_member"),
    ],
)
def test_read_square__payment_that_cannot_be_read__is_rejected_with_a_code(
    changes: dict[str, Any], code: str
) -> None:
    assert _rejection(event_of("payment.updated", payment=payment_of(**changes))).code == code


def test_read_square__member_that_is_a_contact__is_never_repeated() -> None:
    body = event_of("payment.updated", payment=payment_of(reference_id="guest@example.org"))
    assert "guest" not in _rejection(body).sentence


@pytest.mark.parametrize("changes", [{"payment_id": None}, {"payment_id": ""}, {"unlinked": True}])
def test_read_square__refund_of_no_payment__is_rejected(changes: dict[str, Any]) -> None:
    assert _rejection(event_of("refund.updated", refund=refund_of(**changes))).code == "unlinked_refund"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"\xff\xfe{}",
        b"{",
        b'{"type": "payment.updated"}',
        b"[" * 100_000,
        b'{"a":1,"a":2}',
    ],
)
def test_read_square__body_that_is_no_event__is_rejected(body: bytes) -> None:
    assert _rejection(body).code == "malformed_event"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=200))
def test_read_square__any_bytes__raise_nothing(body: bytes) -> None:
    assert all(isinstance(record, Rejection) for record in _read(body))


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(sorted(payment_of())), JSON, st.sampled_from(sorted(refund_of())))
def test_read_square__any_value_in_any_field__raises_nothing(name: str, value: Any, other: str) -> None:
    for body in (
        event_of("payment.updated", payment={**payment_of(), name: value}),
        event_of("refund.updated", refund={**refund_of(), other: value}),
    ):
        assert all(isinstance(record, Rejection | SubmittedPurchase) for record in _read(body))
