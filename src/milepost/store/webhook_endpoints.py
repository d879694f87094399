"""Keeps the endpoints of webhooks and their secrets, encrypted by the key of the member directory.

An operator writes them by `milepost webhooks`; settling reads what each wants, sending signs with them.
"""

import base64
import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Connection, Row, insert, select, update

from milepost.domain.errors import StoreError
from milepost.domain.quantities import PartnerCode
from milepost.domain.webhook import EndpointState, EventType, Health
from milepost.ports import Endpoint, EndpointUnknown
from milepost.store.outbox import events_of
from milepost.store.tables import webhook_endpoints, webhook_health
from milepost.store.unit_of_work import SqlStore

SECRET_PREFIX = "whsec_"
SECRET_BYTES = 32
"""Length of a secret's random bytes: Standard Webhooks asks for 24 to 64."""


@dataclass(frozen=True, slots=True)
class _Secret:
    """A secret and until when it signs, None for no end. Units: unix seconds."""

    text: str
    until: int | None

    def __repr__(self) -> str:
        return "<secret>"


class SqlEndpoints:
    """The endpoints over a migrated database, one unit of work a call."""

    def __init__(self, store: SqlStore, key: bytes) -> None:
        """Shape: `key` is that of the member directory; one derived from it encrypts."""
        self._store = store
        self._cipher = Fernet(urlsafe_b64encode(hmac.digest(key, b"milepost webhook secrets", "sha256")))

    def add(
        self, url: str, *, partner: PartnerCode | None, events: Iterable[EventType]
    ) -> tuple[Endpoint, str]:
        """Store an endpoint, enabled, and give its secret, which nobody is shown again.

        Shape: `partner` None for a members' system, which is told of all partners' purchases.
        """
        secret = _new_secret()
        wanted = frozenset(events)
        row = {
            "partner": partner,
            "url": url,
            "events": ",".join(sorted(wanted)),
            "state": EndpointState.ENABLED.value,
            "secrets": self._seal([_Secret(secret, None)]),
        }
        with self._store.unit_of_work() as work:
            added = work.connection.execute(
                insert(webhook_endpoints).values(**row).returning(webhook_endpoints.c.endpoint_id)
            )
            endpoint_id = added.scalar_one()
            work.connection.execute(
                insert(webhook_health).values(endpoint_id=endpoint_id, failures=0, rests_until=0)
            )
        return Endpoint(endpoint_id, partner, url, wanted, EndpointState.ENABLED), secret

    def all(self) -> list[Endpoint]:
        """In order of their ids."""
        with self._store.unit_of_work() as work:
            rows = work.connection.execute(ENDPOINTS.order_by(webhook_endpoints.c.endpoint_id))
            return [endpoint_of(row) for row in rows]

    def get(self, endpoint_id: int) -> Endpoint:
        """Raises: EndpointUnknown."""
        with self._store.unit_of_work() as work:
            return endpoint_of(_row(work.connection, endpoint_id))

    def enable(self, endpoint_id: int) -> None:
        """Send to it again, at once and as if nothing had failed. Raises: EndpointUnknown."""
        self._change(endpoint_id, {"state": EndpointState.ENABLED.value, "reason": None})
        with self._store.unit_of_work() as work:
            work.connection.execute(
                update(webhook_health)
                .where(webhook_health.c.endpoint_id == endpoint_id)
                .values(failures=0, failing_since=None, rests_until=0)
            )

    def disable(self, endpoint_id: int, reason: str) -> None:
        """Send nothing more, and make no messages for it. Raises: EndpointUnknown."""
        self._change(endpoint_id, {"state": EndpointState.DISABLED.value, "reason": reason})

    def rotate(self, endpoint_id: int, now: int, *, overlap_s: int) -> str:
        """Give a new secret, beside which those there are go on signing for some time.

        Units: `now` in unix seconds; `overlap_s` 0 ends the others at once.
        Raises: EndpointUnknown; StoreError for another directory key.
        """
        secret = _new_secret()
        with self._store.unit_of_work() as work:
            kept = self._signing(_row(work.connection, endpoint_id).secrets, now)
            until = now + overlap_s
            former = [_Secret(one.text, min(one.until or until, until)) for one in kept] if overlap_s else []
            sealed = self._seal([_Secret(secret, None), *former])
            work.connection.execute(
                update(webhook_endpoints)
                .where(webhook_endpoints.c.endpoint_id == endpoint_id)
                .values(secrets=sealed)
            )
        return secret

    def secrets_of(self, endpoint_id: int, now: int) -> list[str]:
        """The secrets that sign now, the newest first.

        Raises: EndpointUnknown; StoreError if the directory key is not the one they were encrypted by.
        """
        with self._store.unit_of_work() as work:
            sealed = _row(work.connection, endpoint_id).secrets
        return [one.text for one in self._signing(sealed, now)]

    def _change(self, endpoint_id: int, values: dict[str, Any]) -> None:
        with self._store.unit_of_work() as work:
            done = work.connection.execute(
                update(webhook_endpoints)
                .where(webhook_endpoints.c.endpoint_id == endpoint_id)
                .values(**values)
            )
            if not done.rowcount:
                raise EndpointUnknown(endpoint_id)

    def _signing(self, sealed: bytes, now: int) -> list[_Secret]:
        try:
            found = json.loads(self._cipher.decrypt(sealed))
        except InvalidToken:
            raise StoreError(
                "The directory key is not the one that the secrets of webhooks were encrypted by: give that."
            ) from None
        kept = [_Secret(text, until) for text, until in found]
        return [one for one in kept if one.until is None or one.until > now]

    def _seal(self, kept: Sequence[_Secret]) -> bytes:
        return self._cipher.encrypt(json.dumps([[one.text, one.until] for one in kept]).encode())


ENDPOINTS = select(
    webhook_endpoints,
    webhook_health.c.failures,
    webhook_health.c.failing_since,
    webhook_health.c.rests_until,
).join(webhook_health, webhook_health.c.endpoint_id == webhook_endpoints.c.endpoint_id)
"""Endpoints with how they do."""


def endpoint_of(row: Row[*tuple[Any, ...]]) -> Endpoint:
    """What a row says, without its secrets."""
    return Endpoint(
        row.endpoint_id,
        None if row.partner is None else PartnerCode(row.partner),
        row.url,
        events_of(row.events),
        EndpointState(row.state),
        row.reason,
        Health(row.failures, row.failing_since, row.rests_until),
    )


def _row(connection: Connection, endpoint_id: int) -> Row[*tuple[Any, ...]]:
    query = ENDPOINTS.where(webhook_endpoints.c.endpoint_id == endpoint_id)
    row = connection.execute(query).first()
    if row is None:
        raise EndpointUnknown(endpoint_id)
    return row


def _new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
