"""What is told of a settlement, and when what was not taken is sent again."""

import pytest

from milepost.domain.outcome import Outcome
from milepost.domain.receipt import Amendment, Settled
from milepost.domain.webhook import (
    DAY_S,
    DISABLED_AFTER_S,
    JITTER_PERCENT,
    LEAST_FAILURES,
    MOST_REST_S,
    SCHEDULE_S,
    Attempt,
    EventType,
    Health,
    Problem,
    event_type_of,
    health_after,
    next_attempt,
    reason_to_disable,
)

NOW = 1_800_000_000


def _failed(at: int = NOW, status: int | None = 500, retry_after_s: int = 0) -> Attempt:
    return Attempt(at, 3, status, Problem.STATUS, retry_after_s)


def _settled(outcome: Outcome, returned: int = 0) -> Settled:
    amendment = Amendment(1, 2, 3, 4, 5, 6, returned=returned) if returned else None
    return Settled(outcome, 100, 1_234, amendment=amendment)


@pytest.mark.parametrize("outcome", Outcome)
def test_event_type_of__each_outcome__is_told_as_the_page_says(outcome: Outcome) -> None:
    credited = (Outcome.CREDITED, Outcome.CUT_BY_PREPAID)
    expected = {
        **dict.fromkeys(credited, EventType.SETTLED),
        Outcome.REVERSED: EventType.REVERSED,
        Outcome.UNPROVEN: None,
    }
    assert event_type_of(_settled(outcome)) is expected.get(outcome, EventType.REJECTED)


def test_event_type_of__miles_were_taken_back__is_reversed() -> None:
    assert event_type_of(_settled(Outcome.CREDITED, returned=7)) is EventType.REVERSED


@pytest.mark.parametrize("attempts", range(1, len(SCHEDULE_S) + 1))
def test_next_attempt__within_the_schedule__is_its_wait_and_some_jitter(attempts: int) -> None:
    wait = SCHEDULE_S[attempts - 1]
    for name in "abcdef":
        found = next_attempt(name, attempts, _failed())
        assert found is not None
        assert wait <= found - NOW <= wait + wait * JITTER_PERCENT // 100 + 1
        assert found == next_attempt(name, attempts, _failed())


def test_next_attempt__many_events_that_failed_together__do_not_come_together() -> None:
    found = {next_attempt(f"evt_{number}", 2, _failed()) for number in range(100)}
    assert len(found) > 30


def test_next_attempt__after_the_last__is_none() -> None:
    assert next_attempt("a", len(SCHEDULE_S) + 1, _failed()) is None
    assert 3 * DAY_S < sum(SCHEDULE_S) < 4 * DAY_S


def test_next_attempt__receiver_asks_for_longer__is_followed_up_to_a_day() -> None:
    assert next_attempt("a", 1, _failed(retry_after_s=3_600)) == NOW + 3_600
    assert next_attempt("a", 1, _failed(retry_after_s=99 * DAY_S)) == NOW + DAY_S


def test_health_after__failures_in_a_row__rests_longer_up_to_a_limit() -> None:
    health = Health()
    rests = []
    for _ in range(12):
        health = health_after(health, _failed())
        rests.append(health.rests_until - NOW)
    assert rests[:4] == [5, 10, 20, 40] and rests[-1] == MOST_REST_S
    assert (health.failures, health.failing_since) == (12, NOW)
    assert health_after(health, Attempt(NOW, 3, 200)) == Health()


def test_reason_to_disable__gone__at_once() -> None:
    attempt = _failed(status=410)
    assert reason_to_disable(health_after(Health(), attempt), attempt) == "it answered 410 Gone"


def test_reason_to_disable__long_and_often__disables_and_neither_alone() -> None:
    late = _failed(NOW + DISABLED_AFTER_S)
    assert "it took nothing for 5 days" in str(reason_to_disable(Health(LEAST_FAILURES, NOW), late))
    assert reason_to_disable(Health(LEAST_FAILURES - 1, NOW), late) is None
    assert reason_to_disable(Health(99, NOW), _failed(NOW + DISABLED_AFTER_S - 1)) is None
