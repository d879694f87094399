"""Says which settlements are told to others, and when what was not taken is sent again.

Reading settlements makes the messages; `webhooks` sends them and asks here what an answer means.
Source: docs/decisions/0023-tell-others-by-standard-webhooks.md
"""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from milepost.domain.outcome import Outcome
from milepost.domain.receipt import Settled

MINUTE_S = 60
HOUR_S = 60 * MINUTE_S
DAY_S = 24 * HOUR_S

SCHEDULE_S = (
    5,
    5 * MINUTE_S,
    30 * MINUTE_S,
    2 * HOUR_S,
    5 * HOUR_S,
    10 * HOUR_S,
    14 * HOUR_S,
    20 * HOUR_S,
    24 * HOUR_S,
)
"""Seconds between an attempt that failed and the next: ten attempts in a little more than three days, as
Standard Webhooks suggests. After the last one a message has failed, and is sent again only when asked."""

JITTER_PERCENT = 20
"""Most that a wait is lengthened by, so that what failed together does not come again together."""

FIRST_REST_S = 5
MOST_REST_S = 5 * MINUTE_S
"""How long an endpoint is left alone after a failure: twice as long after each further one, up to this."""

MOST_RETRY_AFTER_S = DAY_S
"""Most that a `Retry-After` is followed; a longer one counts as this."""

DISABLED_AFTER_S = 5 * DAY_S
LEAST_FAILURES = 10
"""An endpoint that has taken nothing for so long, over so many attempts, is disabled."""

GONE = 410
"""The status by which a receiver says that it wants nothing more."""


class EventType(StrEnum):
    """What is told, by the names that stand in a message's `type`."""

    SETTLED = "purchase.settled"
    REVERSED = "purchase.reversed"
    REJECTED = "purchase.rejected"


class EndpointState(StrEnum):
    """Whether an endpoint is sent anything."""

    ENABLED = "enabled"
    DISABLED = "disabled"


class MessageState(StrEnum):
    """Where a message is on its way to one endpoint."""

    DUE = "due"
    DELIVERED = "delivered"
    FAILED = "failed"


class Problem(StrEnum):
    """Why an attempt failed, in a word; what the receiver wrote is not kept."""

    STATUS = "status"
    REDIRECT = "redirect"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    TLS = "tls"
    NAME = "name"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sending and what came of it.

    Shape: `status` is None where no answer came, `problem` None where it was taken.
    Units: `at` in unix seconds, `duration_ms` in milliseconds, `retry_after_s` in seconds, 0 for none.
    """

    at: int
    duration_ms: int
    status: int | None = None
    problem: Problem | None = None
    retry_after_s: int = 0

    @property
    def is_taken(self) -> bool:
        return self.problem is None


@dataclass(frozen=True, slots=True)
class Health:
    """How an endpoint does: failures since it last took something, since when, and until when it rests.

    Units: unix seconds.
    """

    failures: int = 0
    failing_since: int | None = None
    rests_until: int = 0


def event_type_of(settled: Settled) -> EventType | None:
    """What a final settlement is told as; None for what was not proven, which settles again."""
    if settled.outcome is Outcome.UNPROVEN:
        return None
    if settled.outcome is Outcome.REVERSED or settled.returned:
        return EventType.REVERSED
    return EventType.SETTLED if settled.outcome.is_credited else EventType.REJECTED


def next_attempt(event_id: str, attempts: int, attempt: Attempt) -> int | None:
    """When a message is sent again after an attempt that failed; None when it was the last.

    Shape: `attempts` counts this one, from 1. The jitter follows from the event and the attempt alone.
    Units: unix seconds.
    """
    if attempts > len(SCHEDULE_S):
        return None
    wait = SCHEDULE_S[attempts - 1]
    draw = int.from_bytes(sha256(f"{event_id}.{attempts}".encode()).digest()[:4], "big")
    # Per cent of the wait, cut to whole milliseconds and rounded up, so that short waits have some too.
    jitter_ms = wait * 10 * JITTER_PERCENT * draw >> 32
    return attempt.at + max(wait + (jitter_ms + 999) // 1_000, _asked_for(attempt))


def health_after(health: Health, attempt: Attempt) -> Health:
    """How an endpoint does after an attempt."""
    if attempt.is_taken:
        return Health()
    failures = health.failures + 1
    rest = min(FIRST_REST_S << min(failures - 1, 10), MOST_REST_S)
    since = attempt.at if health.failing_since is None else health.failing_since
    return Health(failures, since, attempt.at + max(rest, _asked_for(attempt)))


def reason_to_disable(health: Health, attempt: Attempt) -> str | None:
    """Why an endpoint is sent nothing more after this attempt; None if it is. `health` is that after it."""
    if attempt.status == GONE:
        return "it answered 410 Gone"
    if health.failing_since is None or health.failures < LEAST_FAILURES:
        return None
    if attempt.at - health.failing_since < DISABLED_AFTER_S:
        return None
    days = DISABLED_AFTER_S // DAY_S
    return f"it took nothing for {days} days, over {health.failures} attempts"


def _asked_for(attempt: Attempt) -> int:
    return min(attempt.retry_after_s, MOST_RETRY_AFTER_S)
