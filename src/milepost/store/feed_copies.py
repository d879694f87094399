"""Keeps partners' requests until every reporter has them.

The HTTP interface adds what it authenticated; `web.feed_passing` takes it from here, and removes it.
"""

import json
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from sqlalchemy import Connection, Engine, delete, insert, select, text, update

from milepost.ports import FeedCopy, KeptRequest
from milepost.store.failures import answering
from milepost.store.postgresql import is_postgresql
from milepost.store.tables import feed_copies, feed_copy_parts, feed_cursors

_PART_BYTES = 1 << 20
_ORDER_LOCK = 0x66656564
"""Advisory lock of who adds: a copy with a lower number is never committed after one with a higher."""


class SqlFeedCopies:
    """The port `FeedCopies` over a migrated database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, request: KeptRequest, body: BinaryIO) -> None:
        with answering(), self._engine.begin() as connection:
            if is_postgresql(self._engine):
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_ORDER_LOCK})"))
            copy_id = connection.execute(
                insert(feed_copies)
                .values(
                    method=request.method, target=request.target, headers=json.dumps(dict(request.headers))
                )
                .returning(feed_copies.c.copy_id)
            ).scalar_one()
            _add_parts(connection, copy_id, body)

    def next_after(self, copy_id: int) -> FeedCopy | None:
        query = (
            select(feed_copies)
            .where(feed_copies.c.copy_id > copy_id)
            .order_by(feed_copies.c.copy_id)
            .limit(1)
        )
        with answering(), self._engine.begin() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        return FeedCopy(row.copy_id, KeptRequest(row.method, row.target, json.loads(row.headers)))

    def body(self, copy_id: int) -> Iterator[bytes]:
        position = 0
        while True:
            query = select(feed_copy_parts.c.content).where(
                feed_copy_parts.c.copy_id == copy_id, feed_copy_parts.c.position == position
            )
            with answering(), self._engine.begin() as connection:
                content = connection.execute(query).scalar()
            if content is None:
                return
            yield content
            position += 1

    def passed_to(self, reporter: str) -> int:
        query = select(feed_cursors.c.copy_id).where(feed_cursors.c.reporter == reporter)
        with answering(), self._engine.begin() as connection:
            return int(connection.execute(query).scalar() or 0)

    def set_passed(self, reporter: str, copy_id: int) -> None:
        with answering(), self._engine.begin() as connection:
            moved = connection.execute(
                update(feed_cursors).where(feed_cursors.c.reporter == reporter).values(copy_id=copy_id)
            ).rowcount
            if not moved:
                connection.execute(insert(feed_cursors).values(reporter=reporter, copy_id=copy_id))

    def remove_passed(self, reporters: Sequence[str]) -> None:
        if not reporters:
            return
        passed = min(self.passed_to(reporter) for reporter in reporters)
        with answering(), self._engine.begin() as connection:
            connection.execute(delete(feed_copy_parts).where(feed_copy_parts.c.copy_id <= passed))
            connection.execute(delete(feed_copies).where(feed_copies.c.copy_id <= passed))


def _add_parts(connection: Connection, copy_id: int, body: BinaryIO) -> None:
    position = 0
    while content := body.read(_PART_BYTES):
        connection.execute(
            insert(feed_copy_parts).values(copy_id=copy_id, position=position, content=content)
        )
        position += 1
