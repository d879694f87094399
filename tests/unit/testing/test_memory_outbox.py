"""The outbox in memory keeps the promises of every outbox."""

from collections.abc import Callable

import pytest

from milepost.domain.webhook import MessageState
from milepost.ports import Store, Subscription
from milepost.testing import MemoryStore
from tests.support.outbox_promises import ALL, OUTBOX_PROMISES, Subscribe, a_message


def _subscribe(store: Store, partner: str | None) -> int:
    with store.unit_of_work() as work:
        subscribed = work.outbox.subscribed  # type: ignore[attr-defined]
        subscribed.append(Subscription(len(subscribed) + 1, partner, ALL))
        return len(subscribed)


@pytest.mark.parametrize("promise", OUTBOX_PROMISES, ids=lambda promise: promise.__name__)
def test_memory_outbox__as_every_outbox__keeps_its_promise(
    promise: Callable[[Store, Subscribe], None],
) -> None:
    promise(MemoryStore(), _subscribe)


def test_subscriptions__disabled_endpoint__is_asked_for_by_number_alone() -> None:
    store = MemoryStore()
    _subscribe(store, None)
    with store.unit_of_work() as work:
        work.outbox.disabled.add(1)
        assert work.outbox.subscriptions() == []
        assert len(work.outbox.subscriptions(1)) == 1


def test_repeat__failed_ones__are_due() -> None:
    store = MemoryStore()
    _subscribe(store, None)
    with store.unit_of_work() as work:
        work.outbox.add([a_message(1), a_message(1, "b")])
        work.outbox.states["evt_b", 1] = MessageState.FAILED
        assert work.outbox.repeat(1, failed=True) == 1
        assert set(work.outbox.states.values()) == {MessageState.DUE}
