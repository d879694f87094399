"""Checks who sent a webhook, by the signatures that Square and Toast document.

Before it stand a body and headers that anybody may have sent; after it `square` and `toast` read the body. A
connection may have several secrets, so that a new one is in force before the old one is taken out.
Source: developer.squareup.com, "Verify and Validate an Event Notification"; doc.toasttab.com, "Message
signing".
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Sequence

SQUARE_HEADER = "x-square-hmacsha256-signature"
TOAST_HEADER = "toast-signature"

_MOST_SIGNATURE = 128


def square_signature(body: bytes, secret: str, *, notification_url: str) -> str:
    """Square signs the address that it sends to, as it was entered there, and the body after it."""
    return _signature(secret, (notification_url.encode(), body))


def toast_signature(body: bytes, secret: str, *, timestamp: str) -> str:
    """Toast signs the body, and after it the `timestamp` that stands in the body."""
    return _signature(secret, (body, timestamp.encode()))


def is_one_of(given: str | None, expected: Sequence[str]) -> bool:
    """Whether a header is one of these signatures; the time it takes tells nothing of them."""
    if given is None or len(given) > _MOST_SIGNATURE:
        return False
    try:
        found = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        return False
    # Each is compared, so that it cannot be seen which secret is in use.
    return sum(hmac.compare_digest(found, base64.b64decode(one)) for one in expected) > 0


def _signature(secret: str, parts: Iterable[bytes]) -> str:
    code = hmac.new(secret.encode(), digestmod=hashlib.sha256)
    for part in parts:
        code.update(part)
    return base64.b64encode(code.digest()).decode()
