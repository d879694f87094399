"""Toast's orders webhook as its documentation gives the shape; every value is of our own making.

Source of the shape: doc.toasttab.com/doc/devguide/devOrdersWebhookRef.html, and the schemas Order, Check,
Payment, Refund and AppliedLoyaltyInfo at doc.toasttab.com/openapi/orders.
"""

import json
from typing import Any

from milepost.domain.feed_connection import FeedConnection, FeedSystem

RESTAURANT = "11111111-1111-4111-8111-111111111111"
CHECK = "22222222-2222-4222-8222-222222222222"
PAID = "33333333-3333-4333-8333-333333333333"
SECRET = "toasts-own-webhook-secret"
TIMESTAMP = "2018-05-14T04:31:00.000+0000"
TOAST = FeedConnection(FeedSystem.TOAST, ((RESTAURANT, "causeway-bay"),))


def payment_of(**changes: Any) -> dict[str, Any]:
    """A captured card payment of 616.00 and a tip of 20."""
    usual = {
        "guid": PAID,
        "entityType": "OrderPayment",
        "type": "CREDIT",
        "amount": 616.0,
        "tipAmount": 20.0,
        "paidDate": "2018-05-14T04:30:05.000+0000",
        "paidBusinessDate": 20180514,
        "paymentStatus": "CAPTURED",
        "refundStatus": "NONE",
        "refund": None,
    }
    return {**usual, **changes}


def check_of(**changes: Any) -> dict[str, Any]:
    """A closed check of 616.00, of which 56.00 is tax and 50.40 a service charge."""
    usual = {
        "guid": CHECK,
        "entityType": "Check",
        "displayNumber": "7",
        "openedDate": "2018-05-14T03:00:00.000+0000",
        "closedDate": "2018-05-14T04:30:06.000+0000",
        "amount": 560.0,
        "taxAmount": 56.0,
        "totalAmount": 616.0,
        "paymentStatus": "CLOSED",
        "voided": False,
        "deleted": False,
        "appliedServiceCharges": [{"guid": "s", "chargeAmount": 50.4, "gratuity": False}],
        "appliedLoyaltyInfo": {"guid": "l", "loyaltyIdentifier": "1000000001", "vendor": "INTEGRATION"},
        "payments": [payment_of()],
    }
    return {**usual, **changes}


def refunded(amount: object = 100.0, tip: object = 0, **changes: Any) -> dict[str, Any]:
    """The payment with a refund on it."""
    refund = {
        "refundAmount": amount,
        "tipRefundAmount": tip,
        "refundDate": "2018-05-15T04:00:00.000+0000",
        "refundBusinessDate": 20180515,
        "refundTransaction": {"guid": "44444444-4444-4444-8444-444444444444"},
    }
    return payment_of(refundStatus="PARTIAL", refund=refund, **changes)


def order_of(*checks: dict[str, Any], **changes: Any) -> bytes:
    """The body of a webhook around an order of these checks."""
    order = {
        "guid": "55555555-5555-4555-8555-555555555555",
        "entityType": "Order",
        "businessDate": 20180514,
        "voided": False,
        "deleted": False,
        "createdInTestMode": False,
        "checks": list(checks or (check_of(),)),
        **changes,
    }
    return json.dumps(
        {
            "timestamp": TIMESTAMP,
            "eventCategory": "order_updated",
            "eventType": "order_updated",
            "guid": "66666666-6666-4666-8666-666666666666",
            "details": {"restaurantGuid": RESTAURANT, "order": order},
        }
    ).encode()
