"""The leases of a worker on either database: taken once, renewed while it lives, given back at its end."""

from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from milepost.store.engine import open_store
from milepost.store.leases import SqlLeases
from milepost.worker.heartbeat import Heartbeat
from milepost.worker.lease_keeper import LeaseKeeper

SHORT_S, LONG_S = 0.3, 60.0
# Renewed three times as often, also by a machine that is busy.
RENEWED_S = 1.8


@pytest.fixture
def leases(database_url: str) -> Iterator[SqlLeases]:
    engine = open_store(database_url)
    yield SqlLeases(engine)
    engine.dispose()


def keeper(leases: SqlLeases, holder: str = "one", *, ttl_s: float = LONG_S) -> LeaseKeeper:
    return LeaseKeeper(leases, holder, ttl_s, Heartbeat())


def taken_soon(by: LeaseKeeper, name: str) -> bool:
    until = monotonic() + 20
    while by.take(name) is None:
        if monotonic() > until:
            return False
        sleep(0.02)
    return True


def test_take__held_by_another__is_none_until_it_is_given_back(leases: SqlLeases) -> None:
    one, two = keeper(leases), keeper(leases, "two")
    held = one.take("lane:0")
    assert held is not None and one.take("lane:0") == held and one.get("lane:0") == held
    assert two.take("lane:0") is None and two.get("lane:0") is None
    one.give_back(["lane:0", "lane:7"])
    assert one.get("lane:0") is None
    found = two.take("lane:0")
    assert found is not None and found.token > held.token
    assert [lease.name for lease in two.live()] == ["lane:0"]


def test_renew__another_took_it_over__is_held_no_more_and_may_be_taken_again(leases: SqlLeases) -> None:
    slept, awake = keeper(leases, ttl_s=SHORT_S), keeper(leases, "two")
    assert slept.take("lane:0") is not None and slept.take("reader") is not None
    assert taken_soon(awake, "lane:0")
    slept.renew()
    assert slept.get("lane:0") is None
    assert slept.take("lane:0") is None


def test_start__while_it_lives__keeps_what_it_holds_for_longer_than_a_lease(tmp_path: Path) -> None:
    leases = SqlLeases(open_store(f"sqlite:///{tmp_path / 'milepost.db'}"))
    living, waiting = keeper(leases, ttl_s=RENEWED_S), keeper(leases, "two")
    living.start()
    try:
        held = living.take("lane:0")
        until = monotonic() + 1.2 * RENEWED_S
        while monotonic() < until:
            living.alive()
            assert waiting.take("lane:0") is None
            sleep(0.02)
        assert living.get("lane:0") == held
    finally:
        living.stop()
    assert waiting.take("lane:0") is not None


def test_stop__database_that_does_not_answer__ends_all_the_same(database_url: str) -> None:
    engine = open_store(database_url)
    one = keeper(SqlLeases(engine))
    assert one.take("lane:0") is not None
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE leases RENAME TO hidden")
    one.stop()
    assert one.get("lane:0") is None
    engine.dispose()
