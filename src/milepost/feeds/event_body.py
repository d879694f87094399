"""Parses the body of a webhook: one JSON object, with decimals kept exact.

Before it stand bytes that anybody may have sent; after it `square` and `toast` take the object apart.
"""

from collections.abc import Mapping

from milepost.feeds.json_text import JsonRefused, parse_document
from milepost.feeds.outside import EventRefused, object_of

MOST_EVENT_BYTES = 2 << 20
"""Largest body of a webhook in bytes. Toast says that its orders can pass 600 kilobytes."""


def parse_event(body: bytes) -> Mapping[str, object]:
    """Read a body as one object.

    Raises: EventRefused for what is too large, no UTF-8, no JSON, too deep, or no object.
    """
    if len(body) > MOST_EVENT_BYTES:
        raise EventRefused("malformed_event", f"The event is larger than {MOST_EVENT_BYTES} bytes.")
    try:
        return object_of(parse_document(body.decode("utf-8-sig")), "The event")
    except UnicodeDecodeError:
        raise EventRefused("malformed_event", "The event is not UTF-8.") from None
    except JsonRefused as error:
        raise EventRefused("malformed_event", f"The event is no JSON: {error}.") from None
