"""What every outbox promises, with endpoints that `subscribe` makes in the store under test."""

from collections.abc import Callable

import pytest

from milepost.domain.errors import StoreError
from milepost.domain.webhook import EventType
from milepost.ports import NewMessage, Store, Subscription

Subscribe = Callable[[Store, str | None], int]
"""Makes an endpoint of a partner, or of a members' system, for all events, and gives its number."""

ALL = frozenset(EventType)


def a_message(endpoint_id: int, name: str = "a", body: str = "{}") -> NewMessage:
    return NewMessage(endpoint_id, f"evt_{name}", EventType.SETTLED, body)


def subscriptions_say_who_wants_what(store: Store, subscribe: Subscribe) -> None:
    first, second = subscribe(store, "putien"), subscribe(store, None)
    with store.unit_of_work() as work:
        assert work.outbox.subscriptions() == [
            Subscription(first, "putien", ALL),
            Subscription(second, None, ALL),
        ]
        assert work.outbox.subscriptions(second) == [Subscription(second, None, ALL)]
        assert work.outbox.subscriptions(99) == []


def a_message_is_stored_once_an_endpoint(store: Store, subscribe: Subscribe) -> None:
    first, second = subscribe(store, "putien"), subscribe(store, None)
    with store.unit_of_work() as work:
        work.outbox.add([a_message(first), a_message(second), a_message(first, "b")])
        work.outbox.add([])
    with pytest.raises(StoreError), store.unit_of_work() as work:
        work.outbox.add([a_message(first, "c"), a_message(first)])
    with store.unit_of_work() as work:
        assert work.outbox.repeat(first, event_id="evt_c") == 0


def messages_are_repeated_by_event(store: Store, subscribe: Subscribe) -> None:
    first, second = subscribe(store, "putien"), subscribe(store, None)
    with store.unit_of_work() as work:
        work.outbox.add([a_message(first), a_message(second)])
        assert work.outbox.repeat(first, event_id="evt_a") == 1
        assert work.outbox.repeat(first, event_id="evt_none") == 0
        assert work.outbox.repeat(first, failed=True) == 0
        assert work.outbox.repeat(first) == 0


def messages_come_again_and_new_ones_with_them(store: Store, subscribe: Subscribe) -> None:
    first = subscribe(store, "putien")
    with store.unit_of_work() as work:
        work.outbox.add([a_message(first)])
        assert work.outbox.add_again([a_message(first, body="other"), a_message(first, "b")]) == 2
        assert work.outbox.add_again([]) == 0
        assert work.outbox.repeat(first, event_id="evt_b") == 1


OUTBOX_PROMISES: tuple[Callable[[Store, Subscribe], None], ...] = (
    subscriptions_say_who_wants_what,
    a_message_is_stored_once_an_endpoint,
    messages_are_repeated_by_event,
    messages_come_again_and_new_ones_with_them,
)
