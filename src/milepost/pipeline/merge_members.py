"""Joins two numbers of one person: first in the member directory, then at the adjustment desk.

A person with two numbers comes before it; after it both lead to one account, and once another person has
approved, its miles are in that one. Each step finds out what the steps before it have done: run it again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from milepost.domain.adjustment import Adjustment, AdjustmentKind, AdjustmentReason, AdjustmentState
from milepost.domain.errors import StoreError
from milepost.domain.quantities import MemberId
from milepost.fail_point import FailPoint, reach
from milepost.pipeline.adjust_miles import (
    recent_adjustments,
    require_adjustment,
    require_none_under_way,
)
from milepost.pipeline.make_statement import MemberUnknown, require_member
from milepost.ports import AdjustmentDesk, AdjustmentProposal, MemberDirectory, Store


class MergeRefused(StoreError):
    """Two numbers cannot be merged, or a merge cannot be undone. The operator reads why."""

    exit_code: ClassVar[int] = 1


@dataclass(frozen=True, slots=True)
class Merging:
    """What merging and undoing need."""

    directory: MemberDirectory
    store: Store
    desk: AdjustmentDesk


def merge_members(number: str, into_number: str, merging: Merging) -> Adjustment:
    """Let the first number lead to the second one's account, and propose to move its miles there.

    Shape: the proposal comes back, or the adjustment that was applied, also by an earlier run. From the
        first run on purchases with either number are sealed for the second one's account.
    Raises: MemberUnknown; MergeRefused; PurchasesUnderWay: settle, then run it again; the decoded contract
        error if desk or ledger would refuse it: then nothing has changed.
    """
    directory, desk = merging.directory, merging.desk
    into = require_member(into_number, directory)
    account = _account_of(number, into, directory)
    # Before looking: what an earlier run sent and did not see mined is either there now, or can be no more.
    nonce = desk.next_nonce()
    decided = list(_merges_of(account, merging))
    applied = _applied(decided)
    if applied is not None and directory.heir_of(applied.into) != into:
        raise MergeRefused(
            f"The chain has merged member {account} into member {applied.into}: name a number of that one."
        )
    now_s = desk.now()
    waiting = next((one for one in decided if one.is_waiting(now_s) and one.into == into), None)
    proposal = AdjustmentProposal(
        AdjustmentKind.MERGE, member=account, into=into, reason=AdjustmentReason.SAME_PERSON
    )
    if applied is None and waiting is None:
        _require_members_settled(account, merging)
        # Asked before anything is stored: who may not, or cannot, leaves no half of a merge behind.
        desk.require_possible(proposal)
    directory.merge(account, into)
    reach(FailPoint.MERGE_AFTER_COMMIT)
    found = applied or waiting
    if found is not None:
        return found
    require_none_under_way(account, merging.store)
    return require_adjustment(desk.propose(proposal, nonce=nonce), desk)


def unmerge_members(number: str, merging: Merging) -> MemberId:
    """Let a number lead to its own account again, which comes back; its miles never left it.

    Shape: purchases that were sealed meanwhile stay with the account they were sealed for.
    Raises: MemberUnknown; MergeRefused if it was not merged, the chain has merged the accounts, or may still.
    """
    own = _own_id(number, merging.directory)
    lineage = merging.directory.lineage_of(own)
    if len(lineage) == 1:
        raise MergeRefused(f"Member {own} is merged into nobody: there is nothing to undo.")
    account = lineage[-2]
    decided = list(_merges_of(account, merging))
    if (applied := _applied(decided)) is not None:
        raise MergeRefused(
            f"Adjustment {applied.adjustment_id} has moved the miles of member {account} for good: propose a"
            " debit and a credit instead."
        )
    now_s = merging.desk.now()
    for one in decided:
        if one.is_waiting(now_s):
            raise MergeRefused(
                f"Adjustment {one.adjustment_id} proposes the merge and waits: withdraw or reject it first."
            )
    merging.directory.unmerge(account)
    return account


def _own_id(number: str, directory: MemberDirectory) -> MemberId:
    own = directory.own_id_of(number)
    if own is None:
        raise MemberUnknown(number)
    return own


def _account_of(number: str, into: MemberId, directory: MemberDirectory) -> MemberId:
    """The account to be closed: that of the number's member, or the one which an earlier run began with."""
    lineage = directory.lineage_of(_own_id(number, directory))
    if lineage[-1] != into:
        return lineage[-1]
    if len(lineage) == 1:
        raise MergeRefused(f"Both numbers lead to member {into} already: there is nothing to merge.")
    return lineage[-2]


def _require_members_settled(account: MemberId, merging: Merging) -> None:
    """Refuse to merge on what still waits for its own merge: its miles would be left behind."""
    for member_id in merging.directory.family_of(account):
        is_below = member_id != account and account in merging.directory.lineage_of(member_id)
        if is_below and _applied(list(_merges_of(member_id, merging))) is None:
            raise MergeRefused(
                f"The merge of member {member_id} into member {account} is not approved yet: have it"
                " approved, or undo it by milepost members unmerge."
            )


def _merges_of(account: MemberId, merging: Merging) -> Iterator[Adjustment]:
    """Merges that were to close an account: recent ones by the desk, applied ones by the store too."""
    for one in recent_adjustments(merging.desk):
        if one.kind is AdjustmentKind.MERGE and one.member == account:
            yield one
    with merging.store.unit_of_work() as work:
        kept = work.adjustments.of_members([account])
    for log in kept:
        if log.adjustment.kind is AdjustmentKind.MERGE and log.adjustment.member == account:
            yield log.adjustment


def _applied(merges: list[Adjustment]) -> Adjustment | None:
    return next((one for one in merges if one.state is AdjustmentState.APPLIED), None)
