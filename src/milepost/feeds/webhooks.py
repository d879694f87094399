"""Takes a webhook from its bytes to purchases: whose secret signed it, and what it says of their outlets.

Before it stands the HTTP route, which hands over body and headers; after it the pipeline ingests the records.
An event speaks only for partners whose secret signed it: nobody sends for another's outlets.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from milepost.domain.errors import FeedError
from milepost.domain.feed_connection import FeedConnection, FeedSystem
from milepost.domain.partner import Partner
from milepost.feeds.event_body import parse_event
from milepost.feeds.outside import EventRefused, Outside, Records
from milepost.feeds.signatures import (
    SQUARE_HEADER,
    TOAST_HEADER,
    is_one_of,
    square_signature,
    toast_signature,
)
from milepost.feeds.square import read_square
from milepost.feeds.toast import read_toast, timestamp_of


class WebhookUnsigned(FeedError):
    """No partner's secret signed these bytes. The operator compares secret and address; nobody else acts."""

    def __init__(self, system: FeedSystem) -> None:
        super().__init__(
            f"No partner's secret for {system} signed this: compare the secret in the file of feeds' secrets,"
            " and the notification address, with those that the sender shows."
        )


@dataclass(frozen=True, slots=True)
class Sender:
    """A partner that a system sends for, and the secrets that may have signed."""

    partner: Partner
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignedWebhook:
    """A webhook whose signature fits, and the partners it may speak for: one at least.

    Shape: `signature` is the header as it came; `HEADERS` names it. `event` is what was parsed of the body to
        check it, if it was.
    """

    system: FeedSystem
    body: bytes
    signature: str
    partners: tuple[Partner, ...]
    event: Mapping[str, object] | None = field(default=None, repr=False, compare=False)

    def records(self) -> Records:
        """What it says, as `read_square` and `read_toast` give it."""
        outside = Outside(self.partners, self.system)
        if self.system is FeedSystem.TOAST:
            return read_toast(self.body, outside, event=self.event)
        return read_square(self.body, outside)


def check_webhook(
    system: FeedSystem, body: bytes, headers: Mapping[str, str], senders: Iterable[Sender]
) -> SignedWebhook:
    """Find out for whom Square or Toast sent this.

    Shape: `headers` by names in lower case.
    Raises: WebhookUnsigned.
    """
    given = headers.get(HEADERS[system])
    event = _event_of(body) if system is FeedSystem.TOAST else None
    signed = _by_square(body, given) if event is None else _by_toast(body, given, timestamp_of(event))
    partners = tuple(
        sender.partner
        for sender in senders
        if (connection := sender.partner.connection(system)) and signed(connection, sender.secrets)
    )
    if not partners:
        raise WebhookUnsigned(system)
    return SignedWebhook(system, body, headers[HEADERS[system]], partners, event)


def _event_of(body: bytes) -> Mapping[str, object]:
    try:
        return parse_event(body)
    except EventRefused:
        # Without a time in it the body is none of Toast's, whoever signed it.
        return {}


_Signed = Callable[[FeedConnection, Iterable[str]], bool]


def _by_square(body: bytes, given: str | None) -> _Signed:
    def signed(connection: FeedConnection, secrets: Iterable[str]) -> bool:
        sign = partial(square_signature, body, notification_url=connection.notification_url)
        return is_one_of(given, [sign(one) for one in secrets])

    return signed


def _by_toast(body: bytes, given: str | None, timestamp: str | None) -> _Signed:
    def signed(_: FeedConnection, secrets: Iterable[str]) -> bool:
        return timestamp is not None and is_one_of(
            given, [toast_signature(body, one, timestamp=timestamp) for one in secrets]
        )

    return signed


HEADERS: Mapping[FeedSystem, str] = {FeedSystem.SQUARE: SQUARE_HEADER, FeedSystem.TOAST: TOAST_HEADER}
"""The header of each system's signature."""
