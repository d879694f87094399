"""Telling others of settlements.

given endpoints that want it        then each purchase that settled has one message an endpoint, in its unit
    when read again                 then there is no second one
    when the unit fails             then there is none
given an endpoint of a partner      then it is told of that partner's purchases alone, without a member
given a members' system             then it is told of all, with the opaque id
given no endpoint, or a disabled one    then nothing is kept
given the store is rebuilt          then nobody is told
    when asked for a time range     then the same events come, under the same ids
"""

import json

import pytest

from milepost.domain.webhook import EventType, MessageState
from milepost.pipeline.announce_settlements import announce_again
from milepost.pipeline.read_settlements import read_settlements
from milepost.pipeline.rebuild_store import rebuild_store
from milepost.pipeline.restore_purchases import Rebuilding
from milepost.ports.outbox import EndpointUnknown, NewMessage, Subscription
from milepost.testing import MemoryStore
from tests.support.programme import DEPLOYED, MEMBERS, Oracle, three_bills

ALL = frozenset(EventType)
FOREVER = 1 << 40


def _subscribe(oracle: Oracle, *subscriptions: Subscription) -> None:
    with oracle.store.unit_of_work() as work:
        work.outbox.subscribed += subscriptions  # type: ignore[attr-defined]


def _messages(oracle: Oracle) -> list[NewMessage]:
    with oracle.store.unit_of_work() as work:
        return list(work.outbox.messages.values())  # type: ignore[attr-defined]


def _settle(*subscriptions: Subscription) -> Oracle:
    oracle = Oracle()
    _subscribe(oracle, *subscriptions)
    oracle.ingest(*three_bills())
    oracle.relayed()
    read_settlements(oracle.store, chain=oracle.chain)
    return oracle


def test_read_settlements__endpoint_of_a_partner__has_its_purchases_alone() -> None:
    found = _messages(_settle(Subscription(1, "putien", ALL), Subscription(2, "tamarind", ALL)))
    told = [(one.endpoint_id, json.loads(one.body)["data"]["partner"]) for one in found]
    assert sorted(told) == [(1, "putien"), (1, "putien"), (2, "tamarind")]
    assert not any('"member"' in one.body for one in found)


def test_read_settlements__members_system__has_all_with_the_opaque_id() -> None:
    found = _messages(_settle(Subscription(1, None, ALL)))
    data = [json.loads(one.body)["data"] for one in found]
    assert [(one["member"], one["outcome"]) for one in data] == [
        (1, "credited"),
        (2, "credited"),
        (None, "unknown_member"),
    ]
    assert [one.event for one in found] == [EventType.SETTLED, EventType.SETTLED, EventType.REJECTED]
    assert [one["number"] for one in data] == [1, 2, 2] or len({one["number"] for one in data}) > 1
    assert not any(number in one.body for number in MEMBERS for one in found)


def test_read_settlements__endpoint_wants_some_events__has_those() -> None:
    found = _messages(_settle(Subscription(1, None, frozenset({EventType.REJECTED}))))
    assert [one.event for one in found] == [EventType.REJECTED]


def test_read_settlements__again__makes_no_second_message() -> None:
    oracle = _settle(Subscription(1, None, ALL))
    read_settlements(oracle.store, chain=oracle.chain)
    assert len(_messages(oracle)) == 3


def test_read_settlements__unit_fails__leaves_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    oracle = Oracle()
    _subscribe(oracle, Subscription(1, None, ALL))
    oracle.ingest(*three_bills())
    oracle.relayed()
    with monkeypatch.context() as patch:
        patch.setattr("milepost.pipeline.read_settlements._keep_adjustments", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            read_settlements(oracle.store, chain=oracle.chain)
    assert _messages(oracle) == []
    read_settlements(oracle.store, chain=oracle.chain)
    assert len(_messages(oracle)) == 3


def test_read_settlements__nobody_listens__keeps_nothing() -> None:
    assert _messages(_settle()) == []


def test_announce_again__endpoint_that_came_later__has_what_it_would_have_had() -> None:
    early, late = _settle(Subscription(1, None, ALL)), _settle()
    _subscribe(late, Subscription(1, None, ALL))
    assert announce_again(late.store, 1, since=0, until=FOREVER) == 3
    assert [one.event_id for one in _messages(late)] == [one.event_id for one in _messages(early)]
    data = [[json.loads(one.body)["data"] for one in _messages(oracle)] for oracle in (early, late)]
    assert data[0] == data[1]


def test_announce_again__what_was_taken__is_due_again_with_the_body_it_had() -> None:
    oracle = _settle(Subscription(1, "putien", ALL))
    before = _messages(oracle)
    with oracle.store.unit_of_work() as work:
        states = work.outbox.states  # type: ignore[attr-defined]
        states.update(dict.fromkeys(states, MessageState.DELIVERED))
    assert announce_again(oracle.store, 1, since=0, until=FOREVER) == 2
    assert _messages(oracle) == before
    with oracle.store.unit_of_work() as work:
        assert set(work.outbox.states.values()) == {MessageState.DUE}  # type: ignore[attr-defined]


def test_announce_again__other_time__finds_nothing() -> None:
    oracle = _settle(Subscription(1, None, ALL))
    first = three_bills()[0].purchase.occurred_at_s
    assert announce_again(oracle.store, 1, since=0, until=first) == 0
    assert announce_again(oracle.store, 1, since=first, until=first + 1) >= 1


def test_announce_again__unknown_endpoint__is_refused() -> None:
    with pytest.raises(EndpointUnknown, match="no webhook endpoint 5"):
        announce_again(MemoryStore(), 5, since=0, until=1)


def test_rebuild_store__endpoints_listen__tells_nobody_unless_asked() -> None:
    first = _settle(Subscription(1, None, ALL))
    second = Oracle(chain=first.chain, members=first.members, secrets=first.secrets)
    _subscribe(second, Subscription(1, None, ALL))
    rebuilding = Rebuilding(second.store, second.members, DEPLOYED, second.secrets)
    assert rebuild_store(three_bills(), rebuilding, second.chain).purchases == 3
    read_settlements(second.store, chain=second.chain)
    assert _messages(second) == []
    assert announce_again(second.store, 1, since=0, until=FOREVER) == 3
    assert [one.event_id for one in _messages(second)] == [one.event_id for one in _messages(first)]
