"""What is kept of partners' requests, so that each reporter gets them as they came.

The HTTP interface keeps them and passes them on; `store` holds them until every reporter has them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol


@dataclass(frozen=True, slots=True)
class KeptRequest:
    """A request as its partner signed it, but for its body: target as sent, headers by lower-case names."""

    method: str
    target: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FeedCopy:
    """A kept request under its number; numbers rise in the order in which copies were kept."""

    copy_id: int
    request: KeptRequest


class FeedCopies(Protocol):
    """Kept requests in order, and how far each reporter has them."""

    def add(self, request: KeptRequest, body: BinaryIO) -> None:
        """Keep a request; it is on disk afterwards."""
        ...

    def next_after(self, copy_id: int) -> FeedCopy | None:
        """The first copy with a higher number."""
        ...

    def body(self, copy_id: int) -> Iterator[bytes]:
        """The bytes of a copy, a part at a time."""
        ...

    def passed_to(self, reporter: str) -> int:
        """The number of the last copy that a reporter has, 0 for none."""
        ...

    def set_passed(self, reporter: str, copy_id: int) -> None: ...
    def remove_passed(self, reporters: Sequence[str]) -> None:
        """Remove what all of these reporters have."""
        ...
