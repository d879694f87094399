"""Keeps messages to partners and members' systems until they are sent.

A settlement's unit of work puts them in; `webhook_deliveries.py` takes out those that are due.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, insert, or_, select, update

from milepost.domain.quantities import PartnerCode
from milepost.domain.webhook import EndpointState, EventType, MessageState
from milepost.ports import NewMessage, Subscription
from milepost.store.chunks import chunks
from milepost.store.tables import webhook_endpoints, webhook_messages

_DUE: dict[str, Any] = {
    "state": MessageState.DUE.value,
    "attempts": 0,
    "next_at": 0,
    "lease": None,
    "lease_until": 0,
    "done_at": None,
}
"""A message that was never tried, or is to be sent as if it never was: due before all that were."""


class SqlOutbox:
    """The port `Outbox` over one connection inside a unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def subscriptions(self, endpoint_id: int | None = None) -> list[Subscription]:
        columns = webhook_endpoints.c
        query = select(columns.endpoint_id, columns.partner, columns.events).order_by(columns.endpoint_id)
        if endpoint_id is None:
            query = query.where(columns.state == EndpointState.ENABLED.value)
        else:
            query = query.where(columns.endpoint_id == endpoint_id)
        return [
            Subscription(
                row.endpoint_id,
                None if row.partner is None else PartnerCode(row.partner),
                events_of(row.events),
            )
            for row in self._connection.execute(query)
        ]

    def add(self, messages: Sequence[NewMessage]) -> None:
        if messages:
            self._connection.execute(insert(webhook_messages), [_row_of(message) for message in messages])

    def add_again(self, messages: Sequence[NewMessage]) -> int:
        kept: set[tuple[str, int]] = set()
        columns = webhook_messages.c
        for endpoint_id in {message.endpoint_id for message in messages}:
            ids = [message.event_id for message in messages if message.endpoint_id == endpoint_id]
            for chunk in chunks(ids):
                found = self._connection.execute(
                    update(webhook_messages)
                    .where(columns.endpoint_id == endpoint_id, columns.event_id.in_(chunk))
                    .values(**_DUE)
                    .returning(columns.event_id)
                )
                kept.update((event_id, endpoint_id) for event_id in found.scalars())
        self.add([one for one in messages if (one.event_id, one.endpoint_id) not in kept])
        return len(messages)

    def repeat(self, endpoint_id: int, *, event_id: str | None = None, failed: bool = False) -> int:
        columns = webhook_messages.c
        wanted = [columns.event_id == event_id] if event_id is not None else []
        if failed:
            wanted.append(columns.state == MessageState.FAILED.value)
        if not wanted:
            return 0
        done = self._connection.execute(
            update(webhook_messages)
            .where(and_(columns.endpoint_id == endpoint_id, or_(*wanted)))
            .values(**_DUE)
        )
        return int(done.rowcount)


def events_of(text: str) -> frozenset[EventType]:
    """The events an endpoint wants, as its row names them."""
    return frozenset(EventType(name) for name in text.split(","))


def _row_of(message: NewMessage) -> dict[str, Any]:
    return {
        "endpoint_id": message.endpoint_id,
        "event_id": message.event_id,
        "event": message.event.value,
        "body": message.body,
        **_DUE,
    }
