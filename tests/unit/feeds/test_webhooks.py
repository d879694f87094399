"""Webhooks: whoever signed speaks for its own outlets, and nobody else is heard."""

import pytest

from milepost.domain.feed_connection import FeedConnection, FeedSystem
from milepost.domain.purchase import SubmittedPurchase
from milepost.feeds.signatures import SQUARE_HEADER, TOAST_HEADER, square_signature, toast_signature
from milepost.feeds.webhooks import Sender, WebhookUnsigned, check_webhook
from milepost.ports import Rejection
from tests.support import square_events, toast_orders
from tests.support.programme import a_partner

SALE = square_events.event_of("payment.updated", payment=square_events.payment_of())
PUTIEN = Sender(a_partner(feeds=(square_events.SQUARE, toast_orders.TOAST)), (square_events.SECRET,))
TAMARIND = Sender(
    a_partner("tamarind", feeds=(FeedConnection(FeedSystem.SQUARE, (("L2", "soho"),), square_events.URL),)),
    ("tamarinds-signature-key",),
)


def _signed(
    body: bytes = SALE, secret: str = square_events.SECRET, url: str = square_events.URL
) -> dict[str, str]:
    return {SQUARE_HEADER: square_signature(body, secret, notification_url=url)}


def test_check_webhook__signed_by_square__is_read() -> None:
    webhook = check_webhook(FeedSystem.SQUARE, SALE, _signed(), [TAMARIND, PUTIEN])
    assert webhook.partners == (PUTIEN.partner,)
    (found,) = webhook.records()
    assert isinstance(found, SubmittedPurchase)


def test_check_webhook__signed_by_toast__is_read() -> None:
    sender = Sender(PUTIEN.partner, (toast_orders.SECRET,))
    body = toast_orders.order_of()
    signature = toast_signature(body, toast_orders.SECRET, timestamp=toast_orders.TIMESTAMP)
    (found,) = check_webhook(FeedSystem.TOAST, body, {TOAST_HEADER: signature}, [sender]).records()
    assert isinstance(found, SubmittedPurchase)


def test_check_webhook__old_secret_beside_the_new__is_read() -> None:
    sender = Sender(PUTIEN.partner, ("the-new-signature-key", square_events.SECRET))
    assert len(check_webhook(FeedSystem.SQUARE, SALE, _signed(), [sender]).records()) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {SQUARE_HEADER: ""},
        _signed(secret="another"),
        _signed(url=square_events.URL + "/"),
        _signed(body=SALE + b" "),
        {TOAST_HEADER: _signed()[SQUARE_HEADER]},
    ],
)
def test_check_webhook__forged_or_unsigned__is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(WebhookUnsigned, match="compare the secret"):
        check_webhook(FeedSystem.SQUARE, SALE, headers, [PUTIEN, TAMARIND])


def test_check_webhook__toast_body_without_time__is_refused() -> None:
    sender = Sender(PUTIEN.partner, (toast_orders.SECRET,))
    signature = toast_signature(b"{}", toast_orders.SECRET, timestamp="")
    with pytest.raises(WebhookUnsigned):
        check_webhook(FeedSystem.TOAST, b"{}", {TOAST_HEADER: signature}, [sender])


def test_check_webhook__partner_of_another_secret__does_not_speak_for_this_outlet() -> None:
    headers = _signed(secret="tamarinds-signature-key")
    (found,) = check_webhook(FeedSystem.SQUARE, SALE, headers, [PUTIEN, TAMARIND]).records()
    assert isinstance(found, Rejection)
    assert found.code == "unknown_outlet"


def test_check_webhook__sender_without_connection_or_secret__is_not_heard() -> None:
    for sender in (Sender(a_partner(), (square_events.SECRET,)), Sender(PUTIEN.partner, ())):
        with pytest.raises(WebhookUnsigned):
            check_webhook(FeedSystem.SQUARE, SALE, _signed(), [sender])
