"""A store behind a fence does all that a store does while its lease is held."""

from collections.abc import Callable

import pytest

from milepost.ports import Store
from milepost.store.engine import open_store
from milepost.store.fenced_store import FencedStore
from milepost.store.leases import SqlLeases
from tests.support.store_promises import a_nonce_carries_one_report, a_unit_that_fails_leaves_no_trace


@pytest.mark.parametrize("promise", [a_nonce_carries_one_report, a_unit_that_fails_leaves_no_trace])
def test_fenced_store__as_every_store__keeps_its_promise(
    promise: Callable[[Store], None], database_url: str
) -> None:
    engine = open_store(database_url)
    held = SqlLeases(engine).acquire("lane:0", "a", ttl_ms=60_000)
    assert held is not None
    promise(FencedStore(engine, [held]))
