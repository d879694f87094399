"""The queue of messages that are due, on each database.

given messages that are due       then who claims them alone has them, oldest first, until the lease ends
given many claim at once          then each message is claimed by one
given an attempt that failed      then it is due again by the schedule, and its endpoint rests
    when it was the last          then the message has failed, and can be asked for again
    when the receiver is gone, or has taken nothing for days    then the endpoint is disabled
given the lease ended meanwhile   then the attempt is logged, and the message is the other's
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from milepost.domain.webhook import (
    DISABLED_AFTER_S,
    LEAST_FAILURES,
    SCHEDULE_S,
    Attempt,
    EndpointState,
    EventType,
    MessageState,
    Problem,
)
from milepost.store.engine import open_store
from milepost.store.unit_of_work import SqlStore
from milepost.store.webhook_deliveries import SqlDeliveryQueue
from milepost.store.webhook_endpoints import SqlEndpoints
from tests.support.outbox_promises import a_message

KEY = b"k" * 32
NOW = 1_800_000_000
NAMES = [f"{number:03}" for number in range(40)]


class Queue:
    """One endpoint with messages, over a database that others may open too."""

    def __init__(self, url: str) -> None:
        self.store = SqlStore(open_store(url))
        self.endpoints = SqlEndpoints(self.store, KEY)
        self.queue = SqlDeliveryQueue(self.store, self.endpoints)
        self.number = self.endpoints.add("https://a.example/", partner=None, events=EventType)[0].endpoint_id

    def put(self, *names: str) -> None:
        with self.store.unit_of_work() as work:
            work.outbox.add([a_message(self.number, name) for name in names])

    def claim(self, now: int = NOW, most: int = 100) -> "list[object]":
        return list(self.queue.claim(self.number, now, lease_s=60, most=most))

    def fail(self, now: int, status: int | None = 500) -> object:
        (message,) = self.queue.claim(self.number, now, lease_s=60, most=1)
        return self.queue.note(self.number, message, Attempt(now, 5, status, Problem.STATUS))


@pytest.fixture
def case(database_url: str) -> Queue:
    return Queue(database_url)


def test_claim__due_messages__are_ours_alone_until_the_lease_ends(case: Queue) -> None:
    case.put("a", "b", "c")
    first = case.claim(most=2)
    assert [(one.event_id, one.attempts, one.until) for one in first] == [  # type: ignore[attr-defined]
        ("evt_a", 0, NOW + 60),
        ("evt_b", 0, NOW + 60),
    ]
    assert [one.event_id for one in case.claim()] == ["evt_c"]  # type: ignore[attr-defined]
    assert case.claim(NOW + 59) == [] and case.queue.due_endpoints(NOW + 59) == []
    assert len(case.claim(NOW + 60)) == 3


def test_claim__many_at_once__each_message_has_one_claimer(case: Queue, database_url: str) -> None:
    case.put(*NAMES)

    def claim_all(_: int) -> list[str]:
        queue = SqlDeliveryQueue(SqlStore(open_store(database_url)), case.endpoints)
        found: list[str] = []
        while claimed := queue.claim(case.number, NOW, lease_s=60, most=3):
            found += [one.event_id for one in claimed]
        return found

    with ThreadPoolExecutor(4) as threads:
        claimed = [name for names in threads.map(claim_all, range(4)) for name in names]
    # One that another claims just then may be passed over: it is there at the next look.
    claimed += claim_all(0)
    assert sorted(claimed) == [f"evt_{name}" for name in NAMES]


def test_note__taken__is_delivered_and_not_due(case: Queue) -> None:
    case.put("a")
    (message,) = case.queue.claim(case.number, NOW, lease_s=60, most=1)
    noted = case.queue.note(case.number, message, Attempt(NOW, 12, 204))
    assert (noted.state, noted.next_at) == (MessageState.DELIVERED, None)
    assert case.claim(NOW + 10**6) == []
    (logged,) = case.queue.log(case.number, most=9)
    assert (logged.event_id, logged.event, logged.state) == ("evt_a", "purchase.settled", noted.state)
    assert logged.attempt == Attempt(NOW, 12, 204)
    assert case.queue.log(case.number, most=9, failed=True) == []


def test_note__failed__is_due_by_the_schedule_and_the_endpoint_rests(case: Queue) -> None:
    case.put("a", "b")
    noted = case.fail(NOW)
    assert noted.state is MessageState.DUE and 5 <= noted.next_at - NOW <= 7  # type: ignore[attr-defined]
    assert case.endpoints.get(case.number).health.failures == 1
    assert case.queue.due_endpoints(NOW + 4) == []
    assert [one.endpoint_id for one in case.queue.due_endpoints(NOW + 5)] == [case.number]
    # What was never tried comes before it.
    assert [one.event_id for one in case.claim(NOW + 9)] == ["evt_b", "evt_a"]  # type: ignore[attr-defined]
    (logged,) = case.queue.log(None, most=9, failed=True)
    assert logged.next_at == noted.next_at  # type: ignore[attr-defined]


def test_note__failed_to_the_end__is_given_up_and_comes_again_when_asked(case: Queue) -> None:
    case.put("a")
    now, states = NOW, []
    for _ in range(len(SCHEDULE_S) + 1):
        noted = case.fail(now)
        states.append(noted.state)  # type: ignore[attr-defined]
        now = noted.next_at or now  # type: ignore[attr-defined]
    assert states == [MessageState.DUE] * len(SCHEDULE_S) + [MessageState.FAILED]
    assert case.claim(now + 10**6) == []
    with case.store.unit_of_work() as work:
        assert work.outbox.repeat(case.number, failed=True) == 1
    (again,) = case.claim(now)
    assert (again.event_id, again.attempts) == ("evt_a", 0)  # type: ignore[attr-defined]


def test_note__receiver_is_gone__disables_and_keeps_what_is_due(case: Queue) -> None:
    case.put("a", "b")
    assert case.fail(NOW, 410).disabled == "it answered 410 Gone"  # type: ignore[attr-defined]
    found = case.endpoints.get(case.number)
    assert (found.state, found.reason) == (EndpointState.DISABLED, "it answered 410 Gone")
    assert case.queue.due_endpoints(NOW + 10**6) == []
    case.endpoints.enable(case.number)
    assert len(case.claim(NOW + 10**6)) == 2


def test_note__nothing_taken_for_days__disables_once(case: Queue) -> None:
    case.put(*NAMES)
    disabled = [case.fail(NOW).disabled for _ in range(LEAST_FAILURES)]  # type: ignore[attr-defined]
    assert disabled == [None] * LEAST_FAILURES
    late = NOW + DISABLED_AFTER_S
    claimed = case.queue.claim(case.number, late, lease_s=60, most=2)
    found = [case.queue.note(case.number, one, Attempt(late, 5, None, Problem.TIMEOUT)) for one in claimed]
    assert "took nothing for 5 days" in str(found[0].disabled) and found[1].disabled is None


def test_note__taken_after_failures__forgets_them(case: Queue) -> None:
    case.put("a", "b")
    case.fail(NOW)
    message = case.queue.claim(case.number, NOW + 5, lease_s=60, most=1)[0]
    case.queue.note(case.number, message, Attempt(NOW + 5, 1, 200))
    assert case.endpoints.get(case.number).health.failures == 0


def test_note__lease_ended_meanwhile__logs_and_leaves_it_to_the_other(case: Queue) -> None:
    case.put("a")
    (slow,) = case.queue.claim(case.number, NOW, lease_s=60, most=1)
    (other,) = case.queue.claim(case.number, NOW + 60, lease_s=60, most=1)
    case.queue.note(case.number, slow, Attempt(NOW + 61, 5, None, Problem.TIMEOUT))
    noted = case.queue.note(case.number, other, Attempt(NOW + 62, 5, 200))
    assert noted.state is MessageState.DELIVERED
    assert case.claim(NOW + 10**6) == []
    assert len(case.queue.log(case.number, most=9)) == 2


def test_release__not_sent__is_anyones_at_once_and_only_if_ours(case: Queue) -> None:
    case.put("a", "b")
    claimed = case.queue.claim(case.number, NOW, lease_s=60, most=2)
    case.queue.release([replace(claimed[0], lease="another's"), claimed[1]])
    assert [one.event_id for one in case.claim()] == ["evt_b"]  # type: ignore[attr-defined]


def test_forget_delivered__old_ones__are_gone_with_their_attempts(case: Queue) -> None:
    case.put("a", "b", "c")
    for message in case.queue.claim(case.number, NOW, lease_s=60, most=2):
        case.queue.note(case.number, message, Attempt(NOW, 1, 200))
    assert case.queue.forget_delivered(NOW, most=9) == 0
    assert case.queue.forget_delivered(NOW + 1, most=1) == 1
    assert case.queue.forget_delivered(NOW + 1, most=9) == 1
    assert case.queue.log(None, most=9) == []
    assert [one.event_id for one in case.claim()] == ["evt_c"]  # type: ignore[attr-defined]
