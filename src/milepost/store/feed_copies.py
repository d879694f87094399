"""Keeps partners' requests until every reporter has them.

The HTTP interface adds what it authenticated; `web.feed_passing` takes it from here, and removes it.
"""

import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from sqlalchemy import Connection, Engine, Row, delete, insert, select, text, update

from milepost.domain.quantities import PartnerCode
from milepost.ports import FeedCopiesFull, FeedCopy, JudgedAt, KeptRequest
from milepost.store.engine import reading, seeing_the_latest
from milepost.store.failures import answering
from milepost.store.postgresql import is_postgresql
from milepost.store.tables import feed_backlogs, feed_copies, feed_copy_parts, feed_cursors

MOST_BYTES = 1 << 30
"""Bytes that are kept of one partner; what comes beyond is refused, unless nothing is kept."""
_PART_BYTES = 1 << 20
_ORDER_LOCK = 0x66656564
"""Advisory lock of who adds: a copy with a lower number is never committed after one with a higher."""
_ABANDONED_S = 86_400
"""After so long a body without its copy is one whose process ended while it was written."""


class SqlFeedCopies:
    """The port `FeedCopies` over a migrated database. Units: `most_bytes` of bodies, a partner."""

    def __init__(self, engine: Engine, most_bytes: int = MOST_BYTES) -> None:
        self._engine, self._most_bytes = engine, most_bytes

    def add(self, request: KeptRequest, body: BinaryIO) -> int:
        size, body_id = _size(body), secrets.randbits(62)
        with answering(), reading(self._engine) as connection:
            self._require_room(connection, request.partner, size)
        part, position = body.read(_PART_BYTES), 0
        # A large body is written in many short units: nobody who stores a purchase waits for all of it.
        while following := body.read(_PART_BYTES):
            with answering(), seeing_the_latest(self._engine) as connection:
                _add_part(connection, body_id, position, part)
            part, position = following, position + 1
        try:
            with answering(), seeing_the_latest(self._engine) as connection:
                _add_part(connection, body_id, position, part)
                return self._add_copy(connection, request, body_id, size)
        except FeedCopiesFull:
            with answering(), seeing_the_latest(self._engine) as connection:
                connection.execute(delete(feed_copy_parts).where(feed_copy_parts.c.body_id == body_id))
            raise

    def note_unknown(self, copy_id: int, unknown: int) -> None:
        with answering(), seeing_the_latest(self._engine) as connection:
            connection.execute(
                update(feed_copies).where(feed_copies.c.copy_id == copy_id).values(unknown=unknown)
            )

    def partners(self) -> list[PartnerCode]:
        query = (
            select(feed_backlogs.c.partner)
            .where(feed_backlogs.c.copies > 0)
            .order_by(feed_backlogs.c.partner)
        )
        with answering(), reading(self._engine) as connection:
            return [PartnerCode(code) for code in connection.execute(query).scalars()]

    def next_after(self, partner: PartnerCode, copy_id: int) -> FeedCopy | None:
        query = (
            select(feed_copies)
            .where(feed_copies.c.partner == partner, feed_copies.c.copy_id > copy_id)
            .order_by(feed_copies.c.copy_id)
            .limit(1)
        )
        with answering(), reading(self._engine) as connection:
            row = connection.execute(query).first()
        return None if row is None else _copy(row)

    def body(self, copy_id: int) -> Iterator[bytes]:
        position = 0
        named = select(feed_copies.c.body_id).where(feed_copies.c.copy_id == copy_id).scalar_subquery()
        while True:
            query = select(feed_copy_parts.c.content).where(
                feed_copy_parts.c.body_id == named, feed_copy_parts.c.position == position
            )
            with answering(), reading(self._engine) as connection:
                content = connection.execute(query).scalar()
            if not content:
                return
            yield content
            position += 1

    def passed_to(self, reporter: str) -> Mapping[PartnerCode, int]:
        query = select(feed_cursors.c.partner, feed_cursors.c.copy_id).where(
            feed_cursors.c.reporter == reporter
        )
        with answering(), reading(self._engine) as connection:
            return {PartnerCode(row.partner): int(row.copy_id) for row in connection.execute(query)}

    def set_passed(self, reporter: str, partner: PartnerCode, copy_id: int) -> None:
        its = (feed_cursors.c.reporter == reporter) & (feed_cursors.c.partner == partner)
        with answering(), seeing_the_latest(self._engine) as connection:
            moved = connection.execute(update(feed_cursors).where(its).values(copy_id=copy_id)).rowcount
            if not moved:
                connection.execute(
                    insert(feed_cursors).values(reporter=reporter, partner=partner, copy_id=copy_id)
                )

    def remove_passed(self, reporters: Sequence[str]) -> None:
        if not reporters:
            return
        passed = [self.passed_to(reporter) for reporter in reporters]
        for partner in self.partners():
            all_have = min(of_one.get(partner, 0) for of_one in passed)
            copy = self.next_after(partner, 0)
            if copy is not None and copy.copy_id <= all_have:
                self._remove(partner, all_have)
        self._remove_abandoned()

    def _require_room(self, connection: Connection, partner: PartnerCode, size: int) -> None:
        kept = connection.scalar(select(feed_backlogs.c.size).where(feed_backlogs.c.partner == partner))
        # A single request is always taken, or one that is too large would be refused for ever.
        if kept and kept + size > self._most_bytes:
            raise FeedCopiesFull(partner, self._most_bytes)

    def _add_copy(self, connection: Connection, request: KeptRequest, body_id: int, size: int) -> int:
        if is_postgresql(self._engine):
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_ORDER_LOCK})"))
        self._require_room(connection, request.partner, size)
        judged_at = request.judged_at
        copy_id = connection.execute(
            insert(feed_copies)
            .values(
                method=request.method,
                target=request.target,
                headers=json.dumps(dict(request.headers)),
                partner=request.partner,
                judged_at=None if judged_at is None else judged_at.now_s,
                latest_at=None if judged_at is None else judged_at.latest_s,
                unknown=request.unknown,
                added_at=int(time.time()),
                body_id=body_id,
                size=size,
            )
            .returning(feed_copies.c.copy_id)
        ).scalar_one()
        _count(connection, request.partner, copies=1, size=size)
        return int(copy_id)

    def _remove(self, partner: PartnerCode, up_to: int) -> None:
        theirs = (feed_copies.c.partner == partner) & (feed_copies.c.copy_id <= up_to)
        with answering(), seeing_the_latest(self._engine) as connection:
            bodies = select(feed_copies.c.body_id).where(theirs)
            connection.execute(delete(feed_copy_parts).where(feed_copy_parts.c.body_id.in_(bodies)))
            sizes = (
                connection.execute(delete(feed_copies).where(theirs).returning(feed_copies.c.size))
                .scalars()
                .all()
            )
            _count(connection, partner, copies=-len(sizes), size=-sum(sizes))

    def _remove_abandoned(self) -> None:
        named = select(feed_copies.c.body_id)
        lost = (feed_copy_parts.c.added_at < int(time.time()) - _ABANDONED_S) & (
            feed_copy_parts.c.body_id.not_in(named)
        )
        with answering(), reading(self._engine) as connection:
            is_some = connection.execute(select(feed_copy_parts.c.body_id).where(lost).limit(1)).first()
        if is_some is not None:
            with answering(), seeing_the_latest(self._engine) as connection:
                connection.execute(delete(feed_copy_parts).where(lost))


def _count(connection: Connection, partner: PartnerCode, *, copies: int, size: int) -> None:
    counted = connection.execute(
        update(feed_backlogs)
        .where(feed_backlogs.c.partner == partner)
        .values(copies=feed_backlogs.c.copies + copies, size=feed_backlogs.c.size + size)
    ).rowcount
    if not counted:
        connection.execute(insert(feed_backlogs).values(partner=partner, copies=copies, size=size))


def _add_part(connection: Connection, body_id: int, position: int, content: bytes) -> None:
    if content:
        connection.execute(
            insert(feed_copy_parts).values(
                body_id=body_id, position=position, added_at=int(time.time()), content=content
            )
        )


def _copy(row: Row[tuple[object, ...]]) -> FeedCopy:
    judged_at = None if row.judged_at is None else JudgedAt(row.judged_at, row.latest_at)
    request = KeptRequest(
        row.method, row.target, json.loads(row.headers), PartnerCode(row.partner), judged_at, row.unknown
    )
    return FeedCopy(row.copy_id, request, row.size, row.added_at)


def _size(body: BinaryIO) -> int:
    here = body.tell()
    size = body.seek(0, os.SEEK_END) - here
    body.seek(here)
    return size
