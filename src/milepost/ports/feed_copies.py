"""What is kept of partners' requests, so that each reporter gets them as they came.

The HTTP interface keeps them and passes them on; `store` holds them until every reporter has them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, ClassVar, Protocol

from milepost.domain.errors import StoreError, WhoActs
from milepost.domain.quantities import PartnerCode


class FeedCopiesFull(StoreError):
    """As many bytes of a partner's requests wait for the reporters as may. It sends again later."""

    who_acts: ClassVar[WhoActs] = WhoActs.RETRY

    def __init__(self, partner: str, most_bytes: int) -> None:
        super().__init__(
            f"More than {most_bytes} bytes of {partner}'s requests wait for reporters: see which of them does"
            " not take its copies (feed_copy_refused, feed_copy_not_passed in the log)."
        )


@dataclass(frozen=True, slots=True)
class JudgedAt:
    """When a request's purchases are judged, by whoever takes them.

    Units: unix seconds; the chain's time, and the latest instant at which a purchase may lie but for the
        programme's minutes ahead.
    """

    now_s: int
    latest_s: int


@dataclass(frozen=True, slots=True)
class KeptRequest:
    """A request as its partner signed it, but for its body: target as sent, headers by lower-case names.

    Shape: `judged_at` None for one that is judged when it arrives; `unknown`, how many of its records were
        refused for a partner or an outlet that is not known here, None as long as that is being found out.
    """

    method: str
    target: bytes
    headers: Mapping[str, str]
    partner: PartnerCode
    judged_at: JudgedAt | None = None
    unknown: int | None = 0


@dataclass(frozen=True, slots=True)
class FeedCopy:
    """A kept request under its number; numbers rise as copies are kept.

    Units: the bytes of its body; unix seconds of this machine when it was kept.
    """

    copy_id: int
    request: KeptRequest
    size: int
    kept_at: int


class FeedCopies(Protocol):
    """Kept requests in order, and how far each reporter has those of each partner."""

    def add(self, request: KeptRequest, body: BinaryIO) -> int:
        """Keep a request and give its number; it is on disk afterwards.

        Raises: FeedCopiesFull.
        """
        ...

    def note_unknown(self, copy_id: int, unknown: int) -> None:
        """Say of a copy what could not be said when it was kept."""
        ...

    def partners(self) -> list[PartnerCode]:
        """Whose requests are kept, in order of their codes."""
        ...

    def next_after(self, partner: PartnerCode, copy_id: int) -> FeedCopy | None:
        """The first copy of a partner with a higher number."""
        ...

    def body(self, copy_id: int) -> Iterator[bytes]:
        """The bytes of a copy, a part at a time."""
        ...

    def passed_to(self, reporter: str) -> Mapping[PartnerCode, int]:
        """The number of the last copy that a reporter has, of each partner of whom it has one."""
        ...

    def set_passed(self, reporter: str, partner: PartnerCode, copy_id: int) -> None: ...
    def remove_passed(self, reporters: Sequence[str]) -> None:
        """Remove what all of these reporters have."""
        ...
