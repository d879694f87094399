"""docs/webhooks.md: its receiver verifies what we send, and its tables are what the code does."""

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from milepost.codec.event_body import event_body, event_data
from milepost.domain.outcome import Outcome
from milepost.domain.receipt import Settled
from milepost.domain.webhook import SCHEDULE_S, EventType
from milepost.webhooks.signing import signed_headers
from tests.support.purchases import a_purchase

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "webhooks.md").read_text(encoding="utf-8")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def _receive(body: bytes, headers: dict[str, str], seen: dict[str, Any]) -> None:
    """Run the page's own lines."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(code, {"secret": SECRET, "body": body, "headers": headers, "seen": seen})


def test_page__its_receiver__takes_our_message_once_and_refuses_another() -> None:
    data = event_data(a_purchase(), Settled(Outcome.CREDITED, 149, 1_234), lane=0, sequence=7, number=1)
    body = event_body(EventType.SETTLED, data, at=0)
    headers = signed_headers("evt_1", body, at=int(time.time()), secrets=[SECRET])
    seen: dict[str, Any] = {}
    _receive(body.encode(), headers, seen)
    _receive(body.encode(), headers, seen)
    assert seen == {"evt_1": json.loads(body)}
    with pytest.raises(WebhookVerificationError):
        _receive(body.replace("149", "150").encode(), headers, seen)


def test_page__its_sample__has_the_keys_we_send() -> None:
    block = PAGE.split('    {"type"', 1)[1].split("\n\n", 1)[0]
    sample = json.loads('{"type"' + block)
    data = event_data(a_purchase(), Settled(Outcome.CREDITED, 149, 1_234), lane=0, sequence=7, number=1)
    assert list(sample) == ["type", "timestamp", "data"]
    assert list(sample["data"]) == list(data)


def test_page__its_events_and_waits__are_those_of_the_code() -> None:
    assert re.findall(r"^\| `(purchase\.\w+)` \|", PAGE, re.MULTILINE) == list(EventType)
    assert (5, 300, 1_800, *(hours * 3_600 for hours in (2, 5, 10, 14, 20, 24))) == SCHEDULE_S
    assert "5 seconds, 5 and 30 minutes, 2, 5, 10, 14, 20 and 24 hours" in PAGE
