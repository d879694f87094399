"""Partners' requests are kept in order, in parts, until every reporter has them; on both databases."""

from dataclasses import replace
from io import BytesIO
from threading import Event, Thread
from typing import IO

import pytest
from sqlalchemy import delete, func, insert, select

from milepost.domain.quantities import PartnerCode
from milepost.ports import FeedCopiesFull, JudgedAt, KeptRequest
from milepost.store.engine import open_store
from milepost.store.feed_copies import SqlFeedCopies
from milepost.store.tables import feed_copies, feed_copy_parts

PUTIEN, TAMARIND = PartnerCode("putien"), PartnerCode("tamarind")
REQUEST = KeptRequest(
    "POST",
    b"/v1/purchases?source=a%2Fb",
    {"content-type": "application/json"},
    PUTIEN,
    JudgedAt(1_000, 1_007),
    unknown=3,
)
_PART = 1 << 20


@pytest.fixture
def copies(database_url: str) -> SqlFeedCopies:
    return SqlFeedCopies(open_store(database_url))


def _kept(copies: SqlFeedCopies, body: bytes = b"{}", partner: PartnerCode = PUTIEN) -> int:
    return copies.add(replace(REQUEST, partner=partner), BytesIO(body))


def _next(copies: SqlFeedCopies, after: int = 0, partner: PartnerCode = PUTIEN) -> int | None:
    found = copies.next_after(partner, after)
    return None if found is None else found.copy_id


def test_add__a_large_body__comes_back_whole_and_in_order(copies: SqlFeedCopies) -> None:
    large = bytes(range(256)) * 5_000
    first_id = copies.add(REQUEST, BytesIO(large))
    second_id = copies.add(REQUEST, BytesIO(b""))
    first = copies.next_after(PUTIEN, 0)
    assert first is not None and (first.copy_id, first.request) == (first_id, REQUEST)
    assert first.size == len(large)
    parts = list(copies.body(first.copy_id))
    assert b"".join(parts) == large and len(parts) == 2
    assert _next(copies, first_id) == second_id and list(copies.body(second_id)) == []
    assert _next(copies, second_id) is None


def test_note_unknown__once_it_is_known__is_kept(copies: SqlFeedCopies) -> None:
    copy_id = copies.add(replace(REQUEST, judged_at=None, unknown=None), BytesIO(b"{}"))
    found = copies.next_after(PUTIEN, 0)
    assert found is not None and (found.request.unknown, found.request.judged_at) == (None, None)
    copies.note_unknown(copy_id, 5)
    found = copies.next_after(PUTIEN, 0)
    assert found is not None and found.request.unknown == 5


def test_remove_passed__all_reporters_have_it__is_gone_and_its_number_stays_used(
    copies: SqlFeedCopies,
) -> None:
    only = _kept(copies)
    copies.set_passed("one", PUTIEN, only)
    copies.remove_passed(["one", "two"])
    assert _next(copies) == only and copies.passed_to("two") == {}
    copies.set_passed("two", PUTIEN, only)
    copies.remove_passed([])
    assert _next(copies) == only
    copies.remove_passed(["one", "two"])
    assert _next(copies) is None and list(copies.body(only)) == [] and copies.partners() == []
    assert _kept(copies) > only


def test_remove_passed__one_partners_copy_is_stuck__those_of_others_go(copies: SqlFeedCopies) -> None:
    """Finding: one cursor a reporter, so one partner's refused copy kept those of all the others."""
    stuck, other, later = _kept(copies), _kept(copies, partner=TAMARIND), _kept(copies)
    assert copies.partners() == [PUTIEN, TAMARIND]
    copies.set_passed("one", TAMARIND, other)
    assert copies.passed_to("one") == {TAMARIND: other}
    copies.remove_passed(["one"])
    assert copies.partners() == [PUTIEN] and _next(copies, partner=TAMARIND) is None
    assert (_next(copies), _next(copies, stuck)) == (stuck, later)


def test_add__more_bytes_of_a_partner_than_may_be__are_refused_until_some_are_passed(
    database_url: str,
) -> None:
    """Finding: one partner could fill the disk of all while a reporter was down."""
    engine = open_store(database_url)
    copies = SqlFeedCopies(engine, most_bytes=3 * _PART)
    first = _kept(copies, b"x" * (4 * _PART))
    with pytest.raises(FeedCopiesFull, match="of putien's requests wait for reporters"):
        _kept(copies, b"y")
    second = _kept(copies, b"y" * 2 * _PART, TAMARIND)
    with pytest.raises(FeedCopiesFull):
        _kept(copies, b"z" * (2 * _PART), TAMARIND)
    copies.set_passed("one", PUTIEN, first)
    copies.remove_passed(["one"])
    assert _kept(copies, b"y") > second
    with engine.connect() as connection:
        # Nothing of what was refused is left.
        assert connection.scalar(select(func.sum(func.length(feed_copy_parts.c.content)))) == 2 * _PART + 1


class Slow(BytesIO):
    """A body that waits before its third part comes."""

    def __init__(self, content: bytes, waits: Event, goes_on: Event) -> None:
        super().__init__(content)
        self.waits, self.goes_on, self.read_parts = waits, goes_on, 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.read_parts += 1
        if self.read_parts == 3:
            self.waits.set()
            assert self.goes_on.wait(20)
        return super().read(size)


def test_add__a_body_that_takes_long__holds_up_no_other(copies: SqlFeedCopies) -> None:
    """Finding: the database stood still for everyone while a large file was written to it."""
    waits, goes_on = Event(), Event()
    body: IO[bytes] = Slow(b"x" * 4 * _PART, waits, goes_on)
    ids: list[int] = []
    adding = Thread(target=lambda: ids.append(copies.add(REQUEST, body)))  # type: ignore[arg-type]
    adding.start()
    try:
        assert waits.wait(20)
        # It is not there before it is whole.
        assert copies.partners() == []
        other = _kept(copies)
    finally:
        goes_on.set()
        adding.join()
    assert ids[0] > other
    assert sum(map(len, copies.body(ids[0]))) == 4 * _PART


def test_remove_passed__a_body_whose_process_ended__is_removed_after_a_day(database_url: str) -> None:
    engine = open_store(database_url)
    copies = SqlFeedCopies(engine)
    kept = _kept(copies)
    with engine.begin() as connection:
        for body_id, added_at in ((1, 0), (2, 1 << 40)):
            row = {"body_id": body_id, "position": 0, "added_at": added_at, "content": b"x"}
            connection.execute(insert(feed_copy_parts).values(**row))
    copies.remove_passed(["one"])
    with engine.begin() as connection:
        left = connection.execute(select(feed_copy_parts.c.body_id)).scalars().all()
        whole = connection.scalar(select(feed_copies.c.body_id).where(feed_copies.c.copy_id == kept))
        assert sorted(left) == sorted([2, whole])
        connection.execute(delete(feed_copy_parts))
