"""Leases on both databases: one holder, a token that rises, and a store that refuses who has lost one.

given a lease that somebody holds     then nobody else gets it until it ends or is given back
given a holder that was stopped       then, once another has the lease, what it writes is refused
given a unit of work under way        then nobody takes its lease before it ends, however late it is
"""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from multiprocessing.connection import Connection
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, text

from milepost.ports import Lease, LeaseLost, PurchaseState, StoreBusy
from milepost.store.engine import open_store
from milepost.store.fenced_store import FencedStore
from milepost.store.leases import SqlLeases
from milepost.store.unit_of_work import SqlStore
from tests.support.fault_stage import wait_until
from tests.support.stored import a_record

LONG_MS = 60_000


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_store(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def leases(engine: Engine) -> SqlLeases:
    return SqlLeases(engine)


def _add(engine: Engine, sale_ref: str, *held: Lease) -> None:
    with FencedStore(engine, held).unit_of_work() as work:
        work.purchases.add([a_record(sale_ref)], state=PurchaseState.ACCEPTED, received_at=1)


def _count(engine: Engine) -> int:
    with SqlStore(engine).unit_of_work() as work:
        return work.purchases.count_by_state().get(PurchaseState.ACCEPTED, 0)


def test_acquire__held_by_one__goes_to_nobody_else_until_it_is_given_back(leases: SqlLeases) -> None:
    first = leases.acquire("lane:0", "a", ttl_ms=LONG_MS)
    assert first == Lease("lane:0", "a", 1)
    assert leases.acquire("lane:0", "b", ttl_ms=LONG_MS) is None
    assert leases.acquire("lane:1", "b", ttl_ms=LONG_MS) == Lease("lane:1", "b", 1)
    assert [lease.name for lease in leases.live()] == ["lane:0", "lane:1"]
    leases.release([first])
    assert leases.acquire("lane:0", "b", ttl_ms=LONG_MS) == Lease("lane:0", "b", 2)


def test_acquire__its_own_again__comes_with_the_next_token(engine: Engine, leases: SqlLeases) -> None:
    former = leases.acquire("lane:0", "a", ttl_ms=LONG_MS)
    assert former and leases.acquire("lane:0", "a", ttl_ms=LONG_MS) == Lease("lane:0", "a", 2)
    with pytest.raises(LeaseLost):
        _add(engine, "1", former)


def test_acquire__its_time_has_ended__goes_to_another_with_the_next_token(leases: SqlLeases) -> None:
    assert leases.acquire("reader", "a", ttl_ms=0) == Lease("reader", "a", 1)
    assert leases.live() == []
    assert leases.acquire("reader", "b", ttl_ms=LONG_MS) == Lease("reader", "b", 2)


def test_acquire__many_at_once__one_gets_it(engine: Engine) -> None:
    ready, got = Barrier(4), []

    def take(holder: str) -> None:
        ready.wait()
        try:
            got.append(SqlLeases(engine).acquire("lane:0", holder, ttl_ms=LONG_MS))
        except StoreBusy:
            got.append(None)

    takers = [Thread(target=take, args=(f"holder {number}",)) for number in range(4)]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join()
    assert len([lease for lease in got if lease is not None]) == 1


def test_renew__ours_and_one_that_was_taken__keeps_ours(leases: SqlLeases) -> None:
    kept = leases.acquire("lane:0", "a", ttl_ms=500)
    lost = leases.acquire("lane:1", "a", ttl_ms=0)
    assert kept and lost and leases.acquire("lane:1", "b", ttl_ms=LONG_MS)
    assert leases.renew([lost, kept], ttl_ms=LONG_MS) == [kept]
    leases.release([lost])
    assert [lease.holder for lease in leases.live()] == ["a", "b"]


def test_unit_of_work__lease_held__is_stored(engine: Engine, leases: SqlLeases) -> None:
    held = leases.acquire("lane:0", "a", ttl_ms=LONG_MS)
    sender = leases.acquire("sender:0x", "a", ttl_ms=LONG_MS)
    assert held and sender
    _add(engine, "1", held, sender)
    assert _count(engine) == 1


def test_unit_of_work__one_of_its_leases_has_ended__is_refused_and_stores_nothing(
    engine: Engine, leases: SqlLeases
) -> None:
    held, ended = leases.acquire("lane:0", "a", ttl_ms=LONG_MS), leases.acquire("lane:1", "a", ttl_ms=0)
    assert held and ended
    with pytest.raises(LeaseLost, match="lane:1 has ended") as lost:
        _add(engine, "1", held, ended)
    assert (lost.value.name, _count(engine)) == ("lane:1", 0)
    leases.release([held])
    with pytest.raises(LeaseLost, match="lane:0"):
        _add(engine, "1", held)


def test_unit_of_work__renewed_meanwhile__is_stored(engine: Engine, database_kind: str) -> None:
    leases = SqlLeases(engine)
    held = leases.acquire("lane:0", "a", ttl_ms=LONG_MS)
    assert held
    with FencedStore(engine, [held]).unit_of_work() as work:
        if database_kind == "postgresql":
            # SQLite has one writer: there renewing waits for the unit to end.
            assert leases.renew([held], ttl_ms=LONG_MS) == [held]
        work.purchases.add([a_record("1")], state=PurchaseState.ACCEPTED, received_at=1)
    assert _count(engine) == 1


def test_acquire__ended_and_its_holder_in_the_middle_of_a_unit__has_to_wait(
    engine: Engine, database_kind: str
) -> None:
    leases = SqlLeases(engine)
    held = leases.acquire("lane:0", "a", ttl_ms=LONG_MS)
    assert held
    with FencedStore(engine, [held]).unit_of_work() as work:
        if database_kind == "postgresql":
            with engine.connect() as connection:
                connection.execute(text("SET LOCAL lock_timeout = '5s'"))
                connection.execute(text("UPDATE leases SET expires_at = 0"))
                connection.commit()
            assert leases.acquire("lane:0", "b", ttl_ms=LONG_MS) is None
        work.purchases.add([a_record("1")], state=PurchaseState.ACCEPTED, received_at=1)
    leases.release([held])
    assert leases.acquire("lane:0", "b", ttl_ms=LONG_MS) == Lease("lane:0", "b", 2)


def _hold_and_write(url: str, told: Connection) -> None:
    """A process of its own: takes a lease, waits to be told, writes, and says what came of it."""
    engine = open_store(url)
    held = SqlLeases(engine).acquire("lane:0", "sleeper", ttl_ms=1_000)
    assert held
    told.send("holds")
    told.recv()
    try:
        _add(engine, "late", held)
        told.send("stored")
    except LeaseLost:
        told.send("refused")


def test_unit_of_work__process_slept_through_its_lease__is_refused_and_changes_nothing(
    engine: Engine, database_url: str
) -> None:
    ours, theirs = multiprocessing.Pipe()
    sleeper = multiprocessing.get_context("spawn").Process(
        target=_hold_and_write, args=(database_url, theirs)
    )
    sleeper.start()
    try:
        assert ours.recv() == "holds"
        assert sleeper.pid is not None
        os.kill(sleeper.pid, signal.SIGSTOP)
        leases, taken = SqlLeases(engine), []

        def is_taken() -> bool:
            taken.append(leases.acquire("lane:0", "awake", ttl_ms=LONG_MS))
            return taken[-1] is not None

        assert not is_taken()
        wait_until(is_taken, what="the lease of the stopped process ends")
        _add(engine, "in time", taken[-1])
        ours.send("write")
        os.kill(sleeper.pid, signal.SIGCONT)
        assert ours.recv() == "refused"
        assert _count(engine) == 1
    finally:
        sleeper.kill()
        sleeper.join()
