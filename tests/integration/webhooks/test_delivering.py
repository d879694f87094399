"""Rounds of deliveries against real receivers, from a real database of each kind.

given messages that are due            then each is delivered once, in order, signed, and the log says so
given a receiver that fails, any way   then the message comes again under the same id, and no other waits
given several senders at once          then nothing is sent twice
given a secret rotates                 then both verify while they overlap
given a round has no time left         then what it took is anyone's at once
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from milepost.domain.errors import StoreError
from milepost.domain.webhook import EndpointState, EventType, MessageState
from milepost.store.engine import open_store
from milepost.store.unit_of_work import SqlStore
from milepost.store.webhook_deliveries import SqlDeliveryQueue
from milepost.store.webhook_endpoints import SqlEndpoints
from milepost.webhooks.addresses import parse_networks
from milepost.webhooks.delivering import KEPT_S, Delivery, Disabled, Round, deliver_due
from tests.support.outbox_promises import a_message
from tests.support.webhook_receiver import DRIPS, FLOODS, HANGS, RESETS, Answer, Receiver, receiver

KEY = b"k" * 32
LOOPBACK = parse_networks("127.0.0.0/8", setting="S")


@dataclass
class MovedClock:
    """This machine's clock, moved by hand: signatures must be of now for the receiver's library."""

    moved_s: int = 0

    def now(self) -> int:
        return int(time.time()) + self.moved_s


@dataclass
class Hooks:
    """A database and what sends from it."""

    url: str
    clock: MovedClock = field(default_factory=MovedClock)

    def __post_init__(self) -> None:
        self.store = SqlStore(open_store(self.url))
        self.endpoints = SqlEndpoints(self.store, KEY)
        self.queue = SqlDeliveryQueue(self.store, self.endpoints)
        self.delivery = Delivery(self.queue, self.clock, LOOPBACK, attempt_s=3.0)

    def listen(self, there: Receiver, *names: str) -> tuple[int, str]:
        """An endpoint at a receiver with messages of these names; its number and secret."""
        endpoint, secret = self.endpoints.add(there.url, partner=None, events=EventType)
        self.put(endpoint.endpoint_id, *names)
        return endpoint.endpoint_id, secret

    def put(self, number: int, *names: str) -> None:
        with self.store.unit_of_work() as work:
            work.outbox.add([a_message(number, name, f'{{"data":"{name}"}}') for name in names])

    def round(self) -> Round:
        return deliver_due(self.delivery)

    def again(self, after_s: int = 7) -> Round:
        self.clock.moved_s += after_s
        return self.round()


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


@pytest.fixture
def hooks(database_url: str) -> Hooks:
    return Hooks(database_url)


def test_deliver_due__messages_are_due__each_is_delivered_once_in_order_and_verifies(
    hooks: Hooks, there: Receiver
) -> None:
    names = [f"{number:02}" for number in range(45)]
    _, secret = hooks.listen(there, *names)
    assert hooks.round() == Round(delivered=45)
    assert there.ids == [f"evt_{name}" for name in names]
    assert [one.verified(secret)["data"] for one in there.received] == names
    assert hooks.round() == Round()
    assert len(there.received) == 45


@pytest.mark.parametrize("answer", [500, 302, 429, HANGS, DRIPS, RESETS])
def test_deliver_due__receiver_fails__comes_again_under_the_same_id(
    hooks: Hooks, there: Receiver, answer: Answer
) -> None:
    number, secret = hooks.listen(there, "a", "b")
    there.answers = [answer]
    assert hooks.round() == Round(failed=1)
    # The endpoint rests: nothing is tried at once, not even the next message.
    assert hooks.round() == Round()
    assert hooks.again() == Round(delivered=2)
    assert sorted(there.ids) == ["evt_a", "evt_a", "evt_b"]
    assert len({one.body for one in there.received if one.event_id == "evt_a"}) == 1
    there.received[0].verified(secret)
    states = [one.state for one in hooks.queue.log(number, most=9)]
    assert states == [MessageState.DELIVERED] * 3
    there.ended.set()


def test_deliver_due__answer_without_end__is_delivered(hooks: Hooks, there: Receiver) -> None:
    hooks.listen(there, "a")
    there.usual = FLOODS
    assert hooks.round() == Round(delivered=1)


def test_deliver_due__receiver_is_gone__disables_it_and_says_so(
    hooks: Hooks, there: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    number, secret = hooks.listen(there, "a")
    there.usual = 410
    assert hooks.round() == Round(failed=1, disabled=(Disabled(number, "it answered 410 Gone"),))
    assert hooks.endpoints.get(number).state is EndpointState.DISABLED
    assert "webhook_endpoint_disabled" in caplog.messages
    assert secret not in caplog.text and there.url not in caplog.text
    assert hooks.again(10**6) == Round()


def test_deliver_due__asked_to_wait__waits(hooks: Hooks, there: Receiver) -> None:
    hooks.listen(there, "a")
    there.answers = [(503, {"retry-after": "600"})]
    assert hooks.round() == Round(failed=1)
    assert hooks.again(590) == Round()
    assert hooks.again(20) == Round(delivered=1)


def test_deliver_due__one_endpoint_hangs__others_are_served(hooks: Hooks, there: Receiver) -> None:
    with receiver() as dead:
        dead.usual = HANGS
        hooks.listen(dead, *"abcdefgh")
        hooks.listen(there, *"abcdefgh")
        started = time.monotonic()
        assert hooks.round() == Round(delivered=8, failed=1)
        assert time.monotonic() - started < 5
        assert len(dead.received) == 1
        # Its next message is tried when it has rested, and the first by its schedule.
        dead.usual = 200
        assert hooks.again().delivered == 8


def test_deliver_due__several_at_once__nothing_is_sent_twice(hooks: Hooks, there: Receiver) -> None:
    names = [f"{number:02}" for number in range(60)]
    hooks.listen(there, *names)
    others = [Hooks(hooks.url) for _ in range(3)]
    with ThreadPoolExecutor(3) as threads:
        done = sum(threads.map(lambda one: one.round(), others), Round())
    # What one passed over while another claimed it is there at the next look.
    done += hooks.round()
    assert done == Round(delivered=60)
    assert sorted(there.ids) == [f"evt_{name}" for name in names]


def test_deliver_due__secret_rotates__both_verify_while_they_overlap(hooks: Hooks, there: Receiver) -> None:
    number, old = hooks.listen(there, "a")
    new = hooks.endpoints.rotate(number, hooks.clock.now(), overlap_s=3_600)
    hooks.round()
    hooks.endpoints.rotate(number, hooks.clock.now(), overlap_s=0)
    hooks.put(number, "b")
    hooks.round()
    first, second = there.received
    assert first.verified(old) == first.verified(new)
    for secret in (old, new):
        with pytest.raises(WebhookVerificationError):
            second.verified(secret)


def test_deliver_due__no_time_left__gives_back_what_it_took(hooks: Hooks, there: Receiver) -> None:
    hooks.listen(there, "a", "b", "c")
    ticks = iter([0.0, 0.0, 0.0, 99.0, 99.0, 99.0, 99.0])
    hurried = replace(hooks.delivery, monotonic=lambda: next(ticks))
    assert deliver_due(hurried) == Round(delivered=1)
    assert hooks.round() == Round(delivered=2)


def test_deliver_due__loopback_is_not_named__nothing_is_sent(hooks: Hooks, there: Receiver) -> None:
    number, _ = hooks.listen(there, "a")
    assert deliver_due(replace(hooks.delivery, networks=())) == Round(failed=1)
    assert there.received == []
    assert [one.attempt.problem for one in hooks.queue.log(number, most=1)] == ["address"]


def test_deliver_due__another_directory_key__stops_and_gives_back(hooks: Hooks, there: Receiver) -> None:
    hooks.listen(there, "a")
    strange = SqlDeliveryQueue(hooks.store, SqlEndpoints(hooks.store, b"o" * 32))
    with pytest.raises(StoreError, match="directory key is not the one"):
        deliver_due(replace(hooks.delivery, queue=strange))
    assert hooks.round() == Round(delivered=1)


def test_deliver_due__taken_long_ago__is_forgotten(hooks: Hooks, there: Receiver) -> None:
    number, _ = hooks.listen(there, "a")
    hooks.round()
    assert len(hooks.queue.log(number, most=9)) == 1
    hooks.again(KEPT_S + 10)
    assert hooks.queue.log(number, most=9) == []
