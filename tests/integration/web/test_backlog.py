"""Purchases that wait are counted once a second, and too many of them end the taking in."""

import asyncio

import pytest

from milepost.ports import PurchaseState
from milepost.testing import MemoryStore
from milepost.web.backlog import Backlog
from milepost.web.problems import Problem
from tests.support.stored import a_record


def test_require_room__too_many_wait__refuses_until_it_counts_fewer() -> None:
    now, store = [0.0], MemoryStore()
    backlog = Backlog(store, lambda: now[0], most=1, retry_after_s=7)
    asyncio.run(backlog.require_room())
    with store.unit_of_work() as work:
        records = [a_record("1"), a_record("2")]
        work.purchases.add(records, state=PurchaseState.ACCEPTED, received_at=5)
    # The count is good for a second.
    asyncio.run(backlog.require_room())
    now[0] = 1.0
    with pytest.raises(Problem) as refused:
        asyncio.run(backlog.require_room())
    assert (refused.value.code.label, refused.value.retry_after_s) == ("queue_full", 7)
    with store.unit_of_work() as work:
        known = work.purchases.known([record.key for record in records])
        ids = [one.purchase_id for one in known.values()]
        for source, target in (
            (PurchaseState.ACCEPTED, PurchaseState.REPORTED),
            (PurchaseState.REPORTED, PurchaseState.SETTLED_PENDING),
            (PurchaseState.SETTLED_PENDING, PurchaseState.SETTLED_FINAL),
        ):
            work.purchases.move(ids, source=source, target=target)
    now[0] = 2.0
    asyncio.run(backlog.require_room())
