"""What the core needs to tell others of settlements, and what sending needs to know of them.

`pipeline` puts messages into the outbox in the unit of work that stores a settlement; `store` keeps them,
`webhooks` takes those that are due and notes what came of each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from milepost.domain.errors import StoreError
from milepost.domain.quantities import PartnerCode
from milepost.domain.webhook import Attempt, EndpointState, EventType, Health, MessageState

_WELL = Health()


class EndpointUnknown(StoreError):
    """There is no webhook endpoint of that number. The operator looks at `milepost webhooks list`."""

    def __init__(self, endpoint_id: int) -> None:
        super().__init__(
            f"There is no webhook endpoint {endpoint_id}: milepost webhooks list shows those there are."
        )


@dataclass(frozen=True, slots=True)
class Subscription:
    """What one enabled endpoint wants: events of one partner, or of all for members' systems (None)."""

    endpoint_id: int
    partner: PartnerCode | None
    events: frozenset[EventType]


@dataclass(frozen=True, slots=True)
class NewMessage:
    """One event for one endpoint; `body` is sent byte for byte, as often as it takes."""

    endpoint_id: int
    event_id: str
    event: EventType
    body: str


class Outbox(Protocol):
    """Messages that are to be sent, each once an endpoint and event."""

    def subscriptions(self, endpoint_id: int | None = None) -> list[Subscription]:
        """Of enabled endpoints, or of the one named, enabled or not."""
        ...

    def add(self, messages: Sequence[NewMessage]) -> None:
        """Store messages, due at once.

        Raises: StoreError if an endpoint has one of them already.
        """
        ...

    def add_again(self, messages: Sequence[NewMessage]) -> int:
        """Make these due once more, storing those that are not there, and say how many.

        Shape: one that is there is sent with the body it had; its attempts are counted anew.
        """
        ...

    def repeat(self, endpoint_id: int, *, event_id: str | None = None, failed: bool = False) -> int:
        """Make a stored message due again, or all that failed, and say how many."""
        ...


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where messages go, and how that does; `reason` says why it is disabled. Secrets are asked for apart."""

    endpoint_id: int
    partner: PartnerCode | None
    url: str
    events: frozenset[EventType]
    state: EndpointState
    reason: str | None = None
    health: Health = _WELL


@dataclass(frozen=True, slots=True)
class DueMessage:
    """A message that we alone may send until `until`; `attempts` are those before. Units: unix seconds."""

    message_id: int
    event_id: str
    body: str
    attempts: int
    lease: str
    until: int


@dataclass(frozen=True, slots=True)
class Noted:
    """What noting an attempt made of the message, and of the endpoint if it was disabled by it."""

    state: MessageState
    next_at: int | None
    disabled: str | None = None


class DeliveryQueue(Protocol):
    """The outbox as who sends sees it, one unit of work a call; any number may send at the same time."""

    def due_endpoints(self, now: int) -> list[Endpoint]:
        """Enabled endpoints that do not rest and have a message due, in order of their ids."""
        ...

    def secrets_of(self, endpoint_id: int, now: int) -> list[str]:
        """The secrets that sign now, the newest first, as `whsec_…`."""
        ...

    def claim(self, endpoint_id: int, now: int, *, lease_s: int, most: int) -> list[DueMessage]:
        """Take due messages of an endpoint, the oldest first; nobody else gets them until the lease ends."""
        ...

    def note(self, endpoint_id: int, message: DueMessage, attempt: Attempt) -> Noted:
        """Store an attempt and what follows from it for the message and the endpoint."""
        ...

    def release(self, messages: Sequence[DueMessage]) -> None:
        """Give back messages that were taken and not sent."""
        ...

    def forget_delivered(self, before: int, *, most: int) -> int:
        """Delete messages that were taken before a time, with their attempts, and say how many."""
        ...
