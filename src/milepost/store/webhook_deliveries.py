"""Hands out messages that are due, to one sender each, and keeps what came of every attempt.

Settling put them into the outbox; `webhooks` sends them; an operator reads the log.
"""

import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, Update, delete, exists, insert, select, update

from milepost.domain.webhook import (
    Attempt,
    EndpointState,
    Health,
    MessageState,
    Problem,
    health_after,
    next_attempt,
    reason_to_disable,
)
from milepost.ports import DueMessage, Endpoint, Noted
from milepost.ports.store import StoreBusy
from milepost.store.tables import webhook_attempts, webhook_endpoints, webhook_health, webhook_messages
from milepost.store.unit_of_work import SqlStore
from milepost.store.webhook_endpoints import ENDPOINTS, SqlEndpoints, endpoint_of

_MESSAGE = webhook_messages.c
_ENDPOINT = webhook_endpoints.c
_T = TypeVar("_T")

_TRIES = 10
"""How often senders that change the same rows at the same time make way for one another."""


@dataclass(frozen=True, slots=True)
class LoggedAttempt:
    """One attempt as the log shows it; `next_at` is when the message is sent again, if it is."""

    endpoint_id: int
    event_id: str
    event: str
    attempt: Attempt
    state: MessageState
    next_at: int | None


class SqlDeliveryQueue:
    """The port `DeliveryQueue` over a migrated database."""

    def __init__(self, store: SqlStore, endpoints: SqlEndpoints) -> None:
        self._store, self._endpoints = store, endpoints

    def due_endpoints(self, now: int) -> list[Endpoint]:
        due = exists().where(_MESSAGE.endpoint_id == _ENDPOINT.endpoint_id, *_due(now))
        query = ENDPOINTS.where(
            _ENDPOINT.state == EndpointState.ENABLED.value, webhook_health.c.rests_until <= now, due
        ).order_by(_ENDPOINT.endpoint_id)
        return [endpoint_of(row) for row in self._at_last(lambda connection: connection.execute(query).all())]

    def secrets_of(self, endpoint_id: int, now: int) -> list[str]:
        return self._endpoints.secrets_of(endpoint_id, now)

    def claim(self, endpoint_id: int, now: int, *, lease_s: int, most: int) -> list[DueMessage]:
        lease, until = secrets.token_hex(16), now + lease_s
        oldest = (
            select(_MESSAGE.message_id)
            .where(_MESSAGE.endpoint_id == endpoint_id, *_due(now))
            .order_by(_MESSAGE.next_at, _MESSAGE.message_id)
            .limit(most)
            # PostgreSQL passes over what another claims right now; SQLite has one writer at a time.
            .with_for_update(skip_locked=True)
            # Found once: PostgreSQL would run a subquery again for each row, and claim more than so many.
            .cte("oldest")
            .prefix_with("MATERIALIZED", dialect="postgresql")
        )
        claimed = (
            update(webhook_messages)
            # Asked once more of the row itself: another may have claimed it since it was found.
            .where(_MESSAGE.message_id.in_(select(oldest.c.message_id)), *_due(now))
            .values(lease=lease, lease_until=until)
            .returning(
                _MESSAGE.message_id, _MESSAGE.event_id, _MESSAGE.body, _MESSAGE.attempts, _MESSAGE.next_at
            )
        )
        rows = self._at_last(lambda connection: connection.execute(claimed).all())
        return [
            DueMessage(row.message_id, row.event_id, row.body, row.attempts, lease, until)
            # The order of what is returned is nobody's promise.
            for row in sorted(rows, key=lambda row: (row.next_at, row.message_id))
        ]

    def note(self, endpoint_id: int, message: DueMessage, attempt: Attempt) -> Noted:
        noted = _outcome(message, attempt)

        def store(connection: Connection) -> str | None:
            connection.execute(insert(webhook_attempts).values(_attempt_row(message, attempt, noted)))
            connection.execute(_ours(message).values(_state_row(message, attempt, noted)))
            return _note_health(connection, endpoint_id, attempt)

        return Noted(noted.state, noted.next_at, self._at_last(store))

    def release(self, messages: Sequence[DueMessage]) -> None:
        def store(connection: Connection) -> None:
            for message in messages:
                connection.execute(_ours(message).values(lease=None, lease_until=0))

        self._at_last(store)

    def forget_delivered(self, before: int, *, most: int) -> int:
        old = (
            select(_MESSAGE.message_id)
            .where(_MESSAGE.state == MessageState.DELIVERED.value, _MESSAGE.done_at < before)
            .order_by(_MESSAGE.done_at)
            .limit(most)
        )

        def forget(connection: Connection) -> int:
            ids = list(connection.execute(old).scalars())
            if ids:
                connection.execute(delete(webhook_attempts).where(webhook_attempts.c.message_id.in_(ids)))
                connection.execute(delete(webhook_messages).where(_MESSAGE.message_id.in_(ids)))
            return len(ids)

        return self._at_last(forget)

    def _at_last(self, act: Callable[[Connection], _T]) -> _T:
        """Do it in a unit of work, again where another sender was quicker. Raises: StoreBusy in the end."""
        for _ in range(_TRIES - 1):
            with suppress(StoreBusy), self._store.unit_of_work() as work:
                return act(work.connection)
        with self._store.unit_of_work() as work:
            return act(work.connection)

    def log(self, endpoint_id: int | None, *, most: int, failed: bool = False) -> list[LoggedAttempt]:
        """Attempts of an endpoint, or of all, the newest first; only those that failed if asked."""
        logged = webhook_attempts.c
        query = (
            select(webhook_attempts, _MESSAGE.endpoint_id, _MESSAGE.event_id, _MESSAGE.event, _MESSAGE.state)
            .join(webhook_messages, _MESSAGE.message_id == logged.message_id)
            .order_by(logged.attempt_id.desc())
            .limit(most)
        )
        if endpoint_id is not None:
            query = query.where(_MESSAGE.endpoint_id == endpoint_id)
        if failed:
            query = query.where(logged.problem.is_not(None))
        with self._store.unit_of_work() as work:
            rows = work.connection.execute(query).all()
        return [
            LoggedAttempt(
                row.endpoint_id,
                row.event_id,
                row.event,
                Attempt(row.at, row.duration_ms, row.status, row.problem and Problem(row.problem)),
                MessageState(row.state),
                row.next_at,
            )
            for row in rows
        ]


def _ours(message: DueMessage) -> Update:
    """Change a message while it is ours: one whose lease ended is another's, or was asked for anew."""
    return update(webhook_messages).where(
        _MESSAGE.message_id == message.message_id, _MESSAGE.lease == message.lease
    )


def _due(now: int) -> tuple[ColumnElement[bool], ...]:
    return (_MESSAGE.state == MessageState.DUE.value, _MESSAGE.next_at <= now, _MESSAGE.lease_until <= now)


def _outcome(message: DueMessage, attempt: Attempt) -> Noted:
    if attempt.is_taken:
        return Noted(MessageState.DELIVERED, None)
    next_at = next_attempt(message.event_id, message.attempts + 1, attempt)
    return Noted(MessageState.FAILED if next_at is None else MessageState.DUE, next_at)


def _attempt_row(message: DueMessage, attempt: Attempt, noted: Noted) -> dict[str, object]:
    return {
        "message_id": message.message_id,
        "at": attempt.at,
        "duration_ms": attempt.duration_ms,
        "status": attempt.status,
        "problem": None if attempt.problem is None else attempt.problem.value,
        "next_at": noted.next_at,
    }


def _state_row(message: DueMessage, attempt: Attempt, noted: Noted) -> dict[str, object]:
    return {
        "state": noted.state.value,
        "attempts": message.attempts + 1,
        "next_at": 0 if noted.next_at is None else noted.next_at,
        "lease": None,
        "lease_until": 0,
        "done_at": None if noted.state is MessageState.DUE else attempt.at,
    }


def _note_health(connection: Connection, endpoint_id: int, attempt: Attempt) -> str | None:
    """Store how the endpoint does now; the reason if that disables it."""
    one = update(webhook_health).where(webhook_health.c.endpoint_id == endpoint_id)
    if attempt.is_taken:
        # The usual case: nothing to write, and no row that all senders wait for.
        connection.execute(
            one.where(webhook_health.c.failures > 0).values(failures=0, failing_since=None, rests_until=0)
        )
        return None
    row = connection.execute(
        select(webhook_health).where(webhook_health.c.endpoint_id == endpoint_id).with_for_update()
    ).one()
    health = health_after(Health(row.failures, row.failing_since, row.rests_until), attempt)
    connection.execute(
        one.values(
            failures=health.failures, failing_since=health.failing_since, rests_until=health.rests_until
        )
    )
    reason = reason_to_disable(health, attempt)
    return None if reason is None or not _disable(connection, endpoint_id, reason) else reason


def _disable(connection: Connection, endpoint_id: int, reason: str) -> bool:
    """Whether it was enabled until now."""
    done = connection.execute(
        update(webhook_endpoints)
        .where(_ENDPOINT.endpoint_id == endpoint_id, _ENDPOINT.state == EndpointState.ENABLED.value)
        .values(state=EndpointState.DISABLED.value, reason=reason)
    )
    return bool(done.rowcount)
