"""What a receiver of webhooks is told, key by key."""

import json

from milepost.codec.event_body import event_body, event_data, event_id, with_member
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.receipt import Amendment, Grant, Settled
from milepost.domain.rules import NEVER
from milepost.domain.webhook import EventType
from tests.support.purchases import a_purchase

SETTLED = Settled(Outcome.CREDITED, 100, 1_234, (Grant(3, Cut.BUDGET, 500, 300), Grant(4, Cut.NONE, 20, 20)))


def _data(settled: Settled = SETTLED) -> dict[str, object]:
    return event_data(a_purchase(), settled, lane=2, sequence=9, number=77)


def test_event_data__of_a_sale__says_what_it_got_and_where_it_stands() -> None:
    purchase = a_purchase()
    assert _data() == {
        "partner": purchase.partner,
        "sale_ref": purchase.sale_ref,
        "source": purchase.source,
        "kind": "SALE",
        "revision": 0,
        "original_sale_ref": None,
        "occurred_at": purchase.occurred_at.isoformat(),
        "outcome": "credited",
        "base": 100,
        "bonus": 320,
        "promotions": [
            {"promotion": 3, "desired": 500, "granted": 300, "cut_by": "budget"},
            {"promotion": 4, "desired": 20, "granted": 20, "cut_by": None},
        ],
        "miles": 420,
        "returned_miles": 0,
        "last_valid_day": "1993-05-19",
        "lane": 2,
        "sequence": 9,
        "number": 77,
    }


def test_event_data__of_a_refund__says_what_it_took() -> None:
    amendment = Amendment(10, 500, 100, 1_526_000_000, 3, 0x2C8, returned=40)
    data = _data(Settled(Outcome.REVERSED, 60, NEVER, amendment=amendment))
    assert (data["outcome"], data["miles"], data["returned_miles"]) == ("reversed", 0, 40)
    assert (data["base"], data["last_valid_day"]) == (60, None)


def test_with_member__known_or_not__is_the_opaque_id_or_null() -> None:
    assert with_member(_data(), 12)["member"] == 12
    assert with_member(_data(), 0)["member"] is None
    assert "member" not in _data()


def test_event_body__as_standard_webhooks_has_it__type_timestamp_data() -> None:
    body = event_body(EventType.SETTLED, {"sale_ref": "Ü/1"}, at=1_526_274_000)
    assert json.loads(body) == {
        "type": "purchase.settled",
        "timestamp": "2018-05-14T05:00:00Z",
        "data": {"sale_ref": "Ü/1"},
    }


def test_event_id__of_each_entry__is_its_own_and_always_the_same() -> None:
    found = {event_id(mark * 32, position) for mark in (b"a", b"b") for position in range(50)}
    assert len(found) == 100
    assert event_id(b"a" * 32, 0) in found
    assert all(len(one) == 36 and one.startswith("evt_") and "." not in one for one in found)
