"""Messages are signed as the library of receivers verifies them."""

import base64
import time

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from milepost.webhooks.signing import signed_headers

FIRST, SECOND, OTHER = ("whsec_" + base64.b64encode(mark * 32).decode() for mark in (b"1", b"2", b"3"))
BODY = '{"type":"purchase.settled","data":{"sale_ref":"Ü"}}'


def test_signed_headers__several_secrets__each_verifies_and_no_other() -> None:
    headers = signed_headers("evt_1", BODY, at=int(time.time()), secrets=[FIRST, SECOND])
    for secret in (FIRST, SECOND):
        assert Webhook(secret).verify(BODY, headers)["type"] == "purchase.settled"
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(FIRST).verify(BODY.replace("Ü", "U"), headers)


def test_signed_headers__known_message__are_those_of_the_specification() -> None:
    """The example of the specification's own libraries."""
    headers = signed_headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        '{"test": 2432232314}',
        at=1_614_265_330,
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
