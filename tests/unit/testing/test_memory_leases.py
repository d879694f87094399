"""The fake leases keep what those in a database promise."""

from milepost.ports import Lease
from milepost.testing import MemoryLeases


def test_acquire__held_ended_and_own__as_a_database_does() -> None:
    leases = MemoryLeases()
    first = leases.acquire("lane:0", "a", ttl_ms=10)
    assert first == Lease("lane:0", "a", 1)
    assert leases.acquire("lane:0", "b", ttl_ms=10) is None
    leases.now_ms = 10
    assert leases.live() == []
    second = leases.acquire("lane:0", "b", ttl_ms=10)
    assert second == Lease("lane:0", "b", 2)
    assert leases.acquire("lane:0", "b", ttl_ms=10) == Lease("lane:0", "b", 3)
    assert leases.renew([first, second], ttl_ms=10) == []


def test_release__what_another_has__stays_theirs() -> None:
    leases = MemoryLeases()
    former = leases.acquire("reader", "a", ttl_ms=0)
    newer = leases.acquire("reader", "b", ttl_ms=10)
    assert former and newer
    leases.release([former])
    assert leases.live() == [newer]
    leases.release([newer])
    assert leases.live() == []
