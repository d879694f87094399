"""What the core needs of the member directory: ids for numbers it must not store elsewhere.

`store` keeps the directory; sealing resolves members by it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from milepost.domain.quantities import MemberId


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member to enrol; `tier` from 0, the lowest, `segments` a bit set, `enrolled_at` unix seconds."""

    number: str
    tier: int = 0
    segments: int = 0
    enrolled_at: int | None = None


@dataclass(frozen=True, slots=True)
class EnrolledMember:
    """What the directory answers to a row; `is_new` is False for a number that was enrolled before."""

    member_id: MemberId
    tier: int
    segments: int
    is_new: bool


class MemberDirectory(Protocol):
    """The link from membership numbers to member ids, which no chain and no purchase table holds."""

    def key_of(self, number: str) -> bytes:
        """Keyed hash of a membership number: stands for it wherever it must not be stored."""
        ...

    def ids_of(self, keys: Iterable[bytes]) -> Mapping[bytes, MemberId]:
        """Member ids by key; keys of unknown and forgotten members are missing."""
        ...

    def import_members(self, rows: Iterable[MemberRow]) -> list[EnrolledMember]:
        """Enrol in order, one answer a row; a number enrolled before keeps its id, with the new profile."""
        ...

    def number_of(self, member_id: MemberId) -> str | None: ...
    def count(self) -> int:
        """The highest member id given out, forgotten ones included."""
        ...

    def forget(self, number: str) -> bool:
        """Delete the link of a number; False if there was none. The id stays used."""
        ...

    def replace(self, old: str, new: str) -> MemberId:
        """Give the member of a lost card a new number.

        Raises: StoreError if the old number is unknown or the new one taken.
        """
        ...
