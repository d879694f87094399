"""What the core needs of the member directory, and of the ledger on which members are enrolled.

`store` keeps the directory, `chain` speaks to the ledger; enrolling, sealing and statements go by them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from milepost.domain.lots import Lot
from milepost.domain.quantities import DayNumber, MemberId, Miles


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member to enrol; `tier` from 0, the lowest, `segments` a bit set, `enrolled_at` unix seconds."""

    number: str
    tier: int = 0
    segments: int = 0
    enrolled_at: int | None = None


@dataclass(frozen=True, slots=True)
class EnrolledMember:
    """What the directory answers to a row; `is_new` is False for a number that was enrolled before.

    Shape: where `is_merged`, `member_id` is the account that goes on, whose profile is its own row's.
    """

    member_id: MemberId
    tier: int
    segments: int
    is_new: bool
    is_merged: bool = False


@dataclass(frozen=True, slots=True)
class MemberProfile:
    """What the ledger knows of a member besides miles; `tier` from 0, the lowest, `segments` a bit set."""

    tier: int = 0
    segments: int = 0


class MemberDirectory(Protocol):
    """The link from membership numbers to member ids, which no chain and no purchase table holds."""

    def key_of(self, number: str) -> bytes:
        """Keyed hash of a membership number: stands for it wherever it must not be stored."""
        ...

    def ids_of(self, keys: Iterable[bytes]) -> Mapping[bytes, MemberId]:
        """Member ids by key; keys of unknown and forgotten members are missing.

        Shape: of a member that was merged, the id whose account goes on.
        """
        ...

    def own_id_of(self, number: str) -> MemberId | None:
        """The id that a number was enrolled with, whatever it was merged into since."""
        ...

    def case_hash_of(self, member_id: MemberId, case: str) -> bytes:
        """Keyed hash of a case's name or text, 32 bytes; nothing of the case is kept."""
        ...

    def import_members(self, rows: Iterable[MemberRow]) -> list[EnrolledMember]:
        """Enrol in order, one answer a row; a number enrolled before keeps its id, with the new profile.

        Shape: the row of a number that was merged changes nobody's profile.
        """
        ...

    def number_of(self, member_id: MemberId) -> str | None:
        """A number of the member, or of one that it was merged with; None for one that was forgotten."""
        ...

    def family_of(self, member_id: MemberId) -> list[MemberId]:
        """The member whose account goes on, first, and all that were merged into it."""
        ...

    def lineage_of(self, member_id: MemberId) -> list[MemberId]:
        """The member itself, then each it was merged into in turn; the last one's account goes on."""
        ...

    def heir_of(self, member_id: MemberId) -> MemberId:
        """The member whose account goes on: itself unless it was merged."""
        ...

    def count(self) -> int:
        """The highest member id given out, forgotten ones included."""
        ...

    def forget(self, number: str) -> bool:
        """Delete all numbers of the member who has this one; False if nobody has it. Ids stay used."""
        ...

    def replace(self, old: str, new: str) -> MemberId:
        """Give the member of a lost card a new number, and say where it leads.

        Raises: StoreError if the old number is unknown or the new one taken.
        """
        ...

    def merge(self, member_id: MemberId, into: MemberId) -> None:
        """Let the numbers of a member lead to another one; done before, it is left as it is.

        Raises: StoreError if it was merged into a third one, or is the other one itself.
        """
        ...

    def unmerge(self, member_id: MemberId) -> None:
        """Let the numbers of a member that was merged lead to itself again."""
        ...


class MemberAccounts(Protocol):
    """The members' side of the ledger on chain. Every method raises ChainUnavailable without an answer."""

    def enrolled(self) -> int:
        """The number of members enrolled, which is the highest member id."""
        ...

    def require_can_enrol(self) -> None:
        """Ask whether members could be enrolled now; nothing is sent.

        Raises: TxUnderfunded; the decoded contract error, which names the address that may not.
        """
        ...

    def enrol_up_to(self, total: int) -> int:
        """Enrol in one tx until there are so many members, wait until it is mined, and say how many it took.

        Shape: after a crash too, a tx of an earlier run that is still under way is never doubled.
        """
        ...

    def profile_of(self, member_id: MemberId) -> MemberProfile: ...
    def set_profile(self, member_id: MemberId, profile: MemberProfile) -> None:
        """Write a member's profile, and wait until it is mined."""
        ...

    def set_profiles(self, profiles: Mapping[MemberId, MemberProfile]) -> None:
        """Write several members' profiles in one tx, and wait until it is mined; all or none."""
        ...

    def enrolled_at(self, member_id: MemberId) -> int:
        """Since when promotions for enrolled members count a member, unix seconds; 0 for not."""
        ...

    def set_enrolled_at(self, times: Mapping[MemberId, int]) -> None:
        """Write several members' times of enrolment in one tx, and wait until it is mined; all or none."""
        ...

    def balance_at(self, member_id: MemberId, instant_s: int) -> Miles:
        """Live miles at an instant, for all that has settled. Units: unix seconds."""
        ...

    def day_of(self, instant_s: int) -> DayNumber:
        """The programme's local day at an instant. Units: unix seconds."""
        ...

    def lots_of(self, member_id: MemberId) -> list[Lot]:
        """All lots, lapsed ones that were not yet overwritten included, in order of last valid day."""
        ...
