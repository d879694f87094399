"""The body of a webhook: one JSON object, exact, and bounded."""

from decimal import Decimal

import pytest

from milepost.feeds.event_body import MOST_EVENT_BYTES, parse_event
from milepost.feeds.outside import EventRefused


def test_parse_event__decimals__stay_exact() -> None:
    assert parse_event(b'\xef\xbb\xbf{"a": 0.10}') == {"a": Decimal("0.10")}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b" " * (MOST_EVENT_BYTES + 1), "larger"),
        (b"\xff", "not UTF-8"),
        (b"{", "no JSON"),
        (b"[1]", "no object"),
        (b'{"a": NaN}', "no JSON"),
        (b'{"a":' * 100 + b"1" + b"}" * 100, "deeper"),
        (b'{"a": 1, "a": 2}', "twice"),
    ],
)
def test_parse_event__anything_else__is_refused(body: bytes, sentence: str) -> None:
    with pytest.raises(EventRefused, match=sentence):
        parse_event(body)
