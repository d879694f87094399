"""Runs one round of deliveries: every message that is due, endpoints beside one another, each in order.

Settling filled the outbox; the worker and `milepost webhooks deliver` run rounds, any number at once. A
message is noted after it was sent, so a crash between the two sends it again under the same id.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from milepost.domain.errors import StoreError
from milepost.domain.webhook import DAY_S, Attempt, MessageState
from milepost.event_log import EventLog
from milepost.fail_point import FailPoint, reach
from milepost.ports import Clock, DeliveryQueue, DueMessage, Endpoint
from milepost.webhooks.addresses import Network
from milepost.webhooks.sending import ATTEMPT_S, Sender, open_sender
from milepost.webhooks.signing import signed_headers

LEASE_S = 120
"""How long a sender alone may send what it took: when it dies, others wait for as long."""

CLAIMED_AT_ONCE = 20
ENDPOINTS_AT_ONCE = 8
"""Endpoints that one round sends to at a time; one that hangs holds one of these places for an attempt."""

ROUND_S = 20
"""After so long a round begins no further attempt."""

KEPT_S = 30 * DAY_S
"""How long messages that were taken are kept for the log, and to be sent again as they were."""

FORGOTTEN_AT_ONCE = 1_000

_LOG = EventLog("webhooks")


@dataclass(frozen=True, slots=True)
class Disabled:
    """An endpoint that was disabled by what it answered, or did not."""

    endpoint_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did: attempts that were taken, that failed, messages given up, endpoints disabled."""

    delivered: int = 0
    failed: int = 0
    given_up: int = 0
    disabled: tuple[Disabled, ...] = ()

    def __add__(self, other: "Round") -> "Round":
        return Round(
            self.delivered + other.delivered,
            self.failed + other.failed,
            self.given_up + other.given_up,
            self.disabled + other.disabled,
        )


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a round needs: the outbox, the time, and where it may go."""

    queue: DeliveryQueue
    clock: Clock
    networks: Sequence[Network] = ()
    attempt_s: float = ATTEMPT_S
    round_s: float = ROUND_S
    monotonic: Callable[[], float] = time.monotonic


def deliver_due(delivery: Delivery) -> Round:
    """Send every message that is due now, once, and note what came of each.

    Shape: an endpoint's messages in order, those never tried first, then by when they are due; after one that
        failed the endpoint rests. Not to be called where an event loop runs already.
    Raises: StoreError.
    """
    done = asyncio.run(_round(delivery))
    before = delivery.clock.now() - KEPT_S
    delivery.queue.forget_delivered(before, most=FORGOTTEN_AT_ONCE)
    return done


async def _round(delivery: Delivery) -> Round:
    ends = delivery.monotonic() + delivery.round_s
    places = asyncio.Semaphore(ENDPOINTS_AT_ONCE)
    endpoints = await asyncio.to_thread(delivery.queue.due_endpoints, delivery.clock.now())
    if not endpoints:
        return Round()

    async with open_sender(delivery.networks, attempt_s=delivery.attempt_s) as sender:

        async def send_to(endpoint: Endpoint) -> Round:
            async with places:
                return await _deliver_to(endpoint, delivery, sender, ends)

        found = await asyncio.gather(*map(send_to, endpoints), return_exceptions=True)
    errors = [one for one in found if isinstance(one, BaseException)]
    if errors:
        # What the others sent is noted; the round as a whole is told as not done.
        raise errors[0]
    return sum((one for one in found if isinstance(one, Round)), Round())


async def _deliver_to(endpoint: Endpoint, delivery: Delivery, sender: Sender, ends: float) -> Round:
    done = Round()
    while delivery.monotonic() < ends:
        now = delivery.clock.now()
        claimed = await asyncio.to_thread(
            delivery.queue.claim, endpoint.endpoint_id, now, lease_s=LEASE_S, most=CLAIMED_AT_ONCE
        )
        if not claimed:
            break
        secrets = await _secrets(endpoint, delivery, claimed)
        sent = 0
        for message in claimed:
            if delivery.monotonic() >= ends or not _has_time(message, delivery):
                break
            sent += 1
            one = await _deliver(message, endpoint, delivery, sender, secrets)
            done += one
            if one.failed:
                break
        if sent < len(claimed):
            await asyncio.to_thread(delivery.queue.release, claimed[sent:])
            break
        if done.failed:
            break
    return done


async def _secrets(endpoint: Endpoint, delivery: Delivery, claimed: Sequence[DueMessage]) -> list[str]:
    try:
        return await asyncio.to_thread(delivery.queue.secrets_of, endpoint.endpoint_id, delivery.clock.now())
    except StoreError:
        await asyncio.to_thread(delivery.queue.release, claimed)
        raise


def _has_time(message: DueMessage, delivery: Delivery) -> bool:
    """Whether an attempt begun now ends before the message is anyone's again."""
    return delivery.clock.now() + delivery.attempt_s < message.until


async def _deliver(
    message: DueMessage, endpoint: Endpoint, delivery: Delivery, sender: Sender, secrets: Sequence[str]
) -> Round:
    now = delivery.clock.now()
    headers = signed_headers(message.event_id, message.body, at=now, secrets=secrets)
    attempt = await sender.send(endpoint.url, message.body, headers, at=now)
    reach(FailPoint.WEBHOOK_AFTER_SEND)
    noted = await asyncio.to_thread(delivery.queue.note, endpoint.endpoint_id, message, attempt)
    if attempt.is_taken:
        return Round(delivered=1)
    _warn(endpoint, message, attempt, noted.next_at)
    if noted.disabled is None:
        return Round(failed=1, given_up=int(noted.state is MessageState.FAILED))
    _LOG.error(
        "webhook_endpoint_disabled",
        endpoint_id=endpoint.endpoint_id,
        reason=noted.disabled,
    )
    disabled = (Disabled(endpoint.endpoint_id, noted.disabled),)
    return Round(failed=1, given_up=int(noted.state is MessageState.FAILED), disabled=disabled)


def _warn(endpoint: Endpoint, message: DueMessage, attempt: Attempt, next_at: int | None) -> None:
    _LOG.warning(
        "webhook_attempt_failed",
        endpoint_id=endpoint.endpoint_id,
        event_id=message.event_id,
        attempt=message.attempts + 1,
        problem=attempt.problem.value if attempt.problem else None,
        status=attempt.status,
        next_at=next_at,
    )
