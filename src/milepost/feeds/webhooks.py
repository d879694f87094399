"""Takes a webhook from its bytes to purchases: whose secret signed it, and what it says of their outlets.

Before it stands the HTTP route, which hands over body and headers; after it the pipeline ingests the records.
An event speaks only for partners whose secret signed it: nobody sends for another's outlets.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from milepost.domain.errors import FeedError
from milepost.domain.feed_connection import FeedConnection, FeedSystem
from milepost.domain.partner import Partner
from milepost.feeds.outside import Outside, Records
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


def read_webhook(
    system: FeedSystem, body: bytes, headers: Mapping[str, str], senders: Iterable[Sender]
) -> Records:
    """Read one webhook of Square or Toast.

    Shape: `headers` by names in lower case. Records as `read_square` and `read_toast` give them.
    Raises: WebhookUnsigned.
    """
    signed = _SIGNED[system](body, headers)
    partners = [
        sender.partner
        for sender in senders
        if (connection := sender.partner.connection(system)) is not None
        and signed(connection, sender.secrets)
    ]
    if not partners:
        raise WebhookUnsigned(system)
    return _READERS[system](body, Outside(partners, system))


_Signed = Callable[[FeedConnection, Iterable[str]], bool]


def _by_square(body: bytes, headers: Mapping[str, str]) -> _Signed:
    given = headers.get(SQUARE_HEADER)

    def signed(connection: FeedConnection, secrets: Iterable[str]) -> bool:
        url = connection.notification_url
        return is_one_of(given, [square_signature(body, one, notification_url=url) for one in secrets])

    return signed


def _by_toast(body: bytes, headers: Mapping[str, str]) -> _Signed:
    given, timestamp = headers.get(TOAST_HEADER), timestamp_of(body)

    def signed(_: FeedConnection, secrets: Iterable[str]) -> bool:
        # Without a time in it the body is none of Toast's, whoever signed it.
        return timestamp is not None and is_one_of(
            given, [toast_signature(body, one, timestamp=timestamp) for one in secrets]
        )

    return signed


_SIGNED: Mapping[FeedSystem, Callable[[bytes, Mapping[str, str]], _Signed]] = {
    FeedSystem.SQUARE: _by_square,
    FeedSystem.TOAST: _by_toast,
}
_READERS: Mapping[FeedSystem, Callable[[bytes, Outside], Records]] = {
    FeedSystem.SQUARE: read_square,
    FeedSystem.TOAST: read_toast,
}
