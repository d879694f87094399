"""Enrols members: the directory learns their numbers, and the ledger gets as many accounts.

Before it an operator has a list of members; after it their purchases are credited when they are settled.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

from milepost.domain.errors import StoreError
from milepost.domain.quantities import MemberId
from milepost.fail_point import FailPoint, reach
from milepost.ports import EnrolledMember, MemberAccounts, MemberDirectory, MemberProfile, MemberRow

TIMES_A_TX = 500
"""Times of enrolment written by one tx: six share a word of storage."""


class DirectoryLost(StoreError):
    """The ledger has members whose numbers this directory never knew. The operator restores the directory."""

    def __init__(self, *, ledger: int, directory: int) -> None:
        super().__init__(
            f"The ledger has {ledger} members and the member directory knows {directory}: it is not the one"
            " these members were enrolled with. Put that one back, or, if it is lost, import the same lists"
            " in their order by milepost members import --restore; a new member would get another's miles."
        )


class ListsTooLong(StoreError):
    """Lists that are to restore a directory hold more members than were ever enrolled. The operator looks."""

    def __init__(self, *, ledger: int, directory: int) -> None:
        super().__init__(
            f"With this list the member directory would know {directory} members, and the ledger has"
            f" {ledger}: it is not one of the lists they were enrolled by, or holds newer members. Restore"
            " from the lists as they were; import newer members afterwards, without --restore."
        )


class EnrolmentUnfinished(StoreError):
    """Members of the directory have no account on the ledger yet. The operator imports them again."""

    exit_code: ClassVar[int] = 3

    def __init__(self, *, ledger: int, directory: int) -> None:
        super().__init__(
            f"The member directory knows {directory} members and the ledger has {ledger}: run the import"
            " again, which enrols the rest, then settle."
        )


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What enrolling did: an answer a row, accounts opened on the ledger, profiles and times written."""

    answers: tuple[EnrolledMember, ...]
    opened: int
    profiles: int
    times: int = 0


def enrol_members(
    rows: Sequence[MemberRow],
    directory: MemberDirectory,
    *,
    ledger: MemberAccounts,
    on_profile: Callable[[], None] = lambda: None,
) -> Enrolment:
    """Enrol members in the order given, each once; those enrolled before get the profile of their row.

    Shape: one tx opens the accounts of all, one more writes times of enrolment of up to 500 members, and one
        is sent for each profile that differs from what the ledger has; `on_profile` hears of each row whose
        profile is as it should be. A row without a time leaves the member's as it is. A run that was cut
        short is finished by the next one.
    Raises: DirectoryLost; what the ledger raises if the caller may not enrol: nothing is stored then.
    """
    _refuse_lost(directory, ledger)
    if rows:
        # Asked before any number is stored: who may not enrol leaves no half of an enrolment behind.
        ledger.require_can_enrol()
    answers = directory.import_members(rows)
    reach(FailPoint.ENROL_AFTER_COMMIT)
    missing = ledger.enrol_up_to(directory.count())
    reach(FailPoint.ENROL_MINED)
    # The last row of a member stands, in the directory and so on the ledger; that of a number that was
    # merged into another one says nothing of the account that goes on.
    wanted = {
        answer.member_id: MemberProfile(answer.tier, answer.segments)
        for answer in answers
        if not answer.is_merged
    }
    opened = {answer.member_id for answer in answers if answer.is_new}
    times = _write_times(rows, answers, opened, ledger)
    written = 0
    for member_id, profile in wanted.items():
        found = MemberProfile() if member_id in opened else ledger.profile_of(member_id)
        if found != profile:
            ledger.set_profile(member_id, profile)
            reach(FailPoint.PROFILE_MINED)
            written += 1
        on_profile()
    return Enrolment(tuple(answers), missing, written, times)


def _write_times(
    rows: Sequence[MemberRow],
    answers: Sequence[EnrolledMember],
    opened: Collection[MemberId],
    ledger: MemberAccounts,
) -> int:
    """Write the times of enrolment that differ from what the chain has, and say how many."""
    stated = {
        answer.member_id: row.enrolled_at
        for row, answer in zip(rows, answers, strict=True)
        if row.enrolled_at is not None and not answer.is_merged
    }
    changed = [
        (member_id, time)
        for member_id, time in stated.items()
        if member_id in opened or ledger.enrolled_at(member_id) != time
    ]
    for first in range(0, len(changed), TIMES_A_TX):
        ledger.set_enrolled_at(dict(changed[first : first + TIMES_A_TX]))
    return len(changed)


def restore_members(
    rows: Sequence[MemberRow], directory: MemberDirectory, *, ledger: MemberAccounts
) -> Enrolment:
    """Give the numbers of a list the ids that the ledger opened for them, and write nothing on the ledger.

    Shape: ids follow the order of the lists, as when they were enrolled; `rebuild_store` checks them against
        what the chain credited.
    Raises: ListsTooLong: nothing is stored then; ChainUnavailable.
    """
    keys = {directory.key_of(row.number) for row in rows}
    known = directory.count() + len(keys) - len(directory.ids_of(keys))
    if known > (enrolled := ledger.enrolled()):
        raise ListsTooLong(ledger=enrolled, directory=known)
    return Enrolment(tuple(directory.import_members(rows)), opened=0, profiles=0)


def require_all_enrolled(directory: MemberDirectory, ledger: MemberAccounts) -> None:
    """Make sure that directory and ledger hold the same members: else a member's purchase would earn nothing.

    Raises: DirectoryLost; EnrolmentUnfinished.
    """
    _refuse_lost(directory, ledger)
    known, enrolled = directory.count(), ledger.enrolled()
    if known > enrolled:
        raise EnrolmentUnfinished(ledger=enrolled, directory=known)


def _refuse_lost(directory: MemberDirectory, ledger: MemberAccounts) -> None:
    known, enrolled = directory.count(), ledger.enrolled()
    if enrolled > known:
        raise DirectoryLost(ledger=enrolled, directory=known)
