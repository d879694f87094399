"""Square's webhooks as its reference documents their shape; every value is of our own making.

Source of the shape: developer.squareup.com/reference/square/webhooks/payment.updated and refund.updated,
objects/Payment and objects/PaymentRefund; that twelve events are sent for one sale and refund:
developer.squareup.com/docs/refunds-api/webhooks.
"""

import json
from typing import Any

from milepost.domain.feed_connection import FeedConnection, FeedSystem

LOCATION = "L0CAUSEWAYBAY"
URL = "https://miles.example.org/v1/feeds/square"
SECRET = "squares-own-signature-key"
PAYMENT, REFUND = "pAy0000000000000000000000001", "pAy0000000000000000000000001_rEf1"
SQUARE = FeedConnection(
    FeedSystem.SQUARE, ((LOCATION, "causeway-bay"), ("L0SOHO", "soho")), URL, "reference_id"
)


def payment_of(**changes: Any) -> dict[str, Any]:
    """A completed payment of HK$616.00, which holds no tip."""
    usual = {
        "id": PAYMENT,
        "created_at": "2018-05-14T04:30:05.123Z",
        "updated_at": "2018-05-14T04:30:07.456Z",
        "amount_money": {"amount": 61_600, "currency": "HKD"},
        "total_money": {"amount": 61_600, "currency": "HKD"},
        "approved_money": {"amount": 61_600, "currency": "HKD"},
        "status": "COMPLETED",
        "source_type": "CARD",
        "location_id": LOCATION,
        "order_id": "oRd0000000000000000000000001",
        "reference_id": "1000000001",
        "customer_id": "CUST00000000000000000000001",
        "device_details": {"device_id": "DEVICE-7", "device_name": "Till 7"},
        "receipt_number": "pAy0",
        "version_token": "v1",
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def refund_of(**changes: Any) -> dict[str, Any]:
    """A completed refund of HK$100.00 of that payment."""
    usual = {
        "id": REFUND,
        "status": "COMPLETED",
        "amount_money": {"amount": 10_000, "currency": "HKD"},
        "payment_id": PAYMENT,
        "order_id": "oRd0000000000000000000000002",
        "location_id": LOCATION,
        "created_at": "2018-05-15T04:00:00.000Z",
        "updated_at": "2018-05-15T04:00:03.000Z",
        "reason": "cold soup",
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def event_of(kind: str, number: int = 1, **objects: Any) -> bytes:
    """The body of a webhook around a payment, a refund, or what `order.updated` holds."""
    name, value = next(iter(objects.items()))
    return json.dumps(
        {
            "merchant_id": "MERCHANT00001",
            "type": kind,
            "event_id": f"00000000-0000-4000-8000-{number:012d}",
            "created_at": "2018-05-14T04:30:08Z",
            "data": {"type": kind.split(".")[0], "id": value.get("id", "x"), "object": {name: value}},
        }
    ).encode()


def twelve_events(**payment: Any) -> list[bytes]:
    """What Square sends for one sale and one refund of it."""
    order = {
        "order_id": "oRd0000000000000000000000001",
        "version": 2,
        "location_id": LOCATION,
        "state": "OPEN",
    }
    back = {"refunded_money": {"amount": 10_000, "currency": "HKD"}, "refund_ids": [REFUND]}
    events: list[tuple[str, dict[str, Any]]] = [
        ("order.created", {"order_created": order}),
        ("payment.created", {"payment": payment_of(status="APPROVED", **payment)}),
        ("payment.updated", {"payment": payment_of(status="APPROVED", version_token="v2", **payment)}),
        ("order.updated", {"order_updated": {**order, "version": 3}}),
        ("payment.updated", {"payment": payment_of(**payment)}),
        ("payment.updated", {"payment": payment_of(updated_at="2018-05-14T05:00:00Z", **payment)}),
        ("order.updated", {"order_updated": {**order, "state": "COMPLETED"}}),
        ("order.created", {"order_created": {**order, "order_id": "oRd0000000000000000000000002"}}),
        ("refund.created", {"refund": refund_of(status="PENDING")}),
        (
            "payment.updated",
            {"payment": payment_of(updated_at="2018-05-15T04:00:04Z", **{**back, **payment})},
        ),
        ("refund.updated", {"refund": refund_of()}),
        ("refund.updated", {"refund": refund_of(updated_at="2018-05-15T04:09:00Z")}),
    ]
    return [event_of(kind, number, **holder) for number, (kind, holder) in enumerate(events)]
