"""Proposes adjustments of a member's miles, and approves them once nothing speaks against it.

Support and an approver come before it, each with a key of their own; after it settlements are read, and the
adjustment stands in store, statement and receipt.
Source: docs/decisions/0013-adjust-by-two-people-at-a-desk.md
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import ClassVar

from milepost.codec.report_bytes import decode_report
from milepost.domain.adjustment import (
    MOST_MILES,
    NO_CASE,
    PROPOSAL_LIFE_S,
    Adjustment,
    AdjustmentKind,
    AdjustmentReason,
)
from milepost.domain.errors import ChainError, StoreError
from milepost.domain.quantities import AdjustmentId, MemberId, Miles
from milepost.pipeline.make_statement import require_member
from milepost.ports import AdjustmentDesk, AdjustmentProposal, MemberDirectory, ReportState, Store

_UNDER_WAY = (ReportState.SEALED, ReportState.SIGNED, ReportState.RELAYING, ReportState.APPLIED)


class AdjustmentUnknown(ChainError):
    """The desk has no adjustment of that number. Whoever asked checks the number."""

    exit_code: ClassVar[int] = 1

    def __init__(self, adjustment_id: AdjustmentId) -> None:
        super().__init__(
            f"There is no adjustment {adjustment_id}: list those that wait by milepost adjustments list."
        )


class AdjustmentRefused(StoreError):
    """An adjustment that can never be applied. Support asks for another one."""


class ProposedBefore(StoreError):
    """Just this is proposed and waits. An approver decides it, or support withdraws it."""

    exit_code: ClassVar[int] = 1

    def __init__(self, adjustment: Adjustment) -> None:
        super().__init__(
            f"Adjustment {adjustment.adjustment_id} proposes just this and waits: have it decided, or"
            " withdraw it; if it is to be done twice, name another case."
        )


class PurchasesUnderWay(StoreError):
    """Purchases of an account that is to be closed are sealed and not final. Settle, then run again."""

    exit_code: ClassVar[int] = 1

    def __init__(self, member_id: MemberId, purchases: int) -> None:
        super().__init__(
            f"Purchases of member {member_id} are sealed and not final, {purchases} in all: they would earn"
            " nothing once its account is closed. Run milepost settle, then this again."
        )


class MergeNotInDirectory(StoreError):
    """A merge is to be approved and the directory does not know of it. The operator merges there first."""

    def __init__(self, adjustment: Adjustment) -> None:
        super().__init__(
            f"Adjustment {adjustment.adjustment_id} closes member {adjustment.member}, whose numbers still"
            " lead there: run milepost members merge for the two numbers, then approve."
        )


@dataclass(frozen=True, slots=True)
class Wish:
    """What support wants for a member: miles up or down, why, and the case it belongs to, if any."""

    kind: AdjustmentKind
    miles: int
    reason: AdjustmentReason
    case: str | None = None


def propose_adjustment(
    number: str, wish: Wish, *, directory: MemberDirectory, desk: AdjustmentDesk
) -> Adjustment:
    """Propose a credit or debit for the member who has a number; what the desk keeps of it comes back.

    Shape: of the case only a keyed hash goes on chain, and nothing is kept here.
    Raises: AdjustmentRefused for miles that cannot be; MemberUnknown; ProposedBefore; the decoded contract
        error if ledger or desk would refuse it; nothing is sent then.
    """
    if not 1 <= wish.miles <= MOST_MILES:
        raise AdjustmentRefused(f"{wish.miles} miles are no adjustment: name 1 to {MOST_MILES}.")
    member_id = require_member(number, directory)
    proposal = AdjustmentProposal(
        kind=wish.kind,
        member=member_id,
        reason=wish.reason,
        miles=Miles(wish.miles),
        case_hash=NO_CASE if wish.case is None else directory.case_hash_of(member_id, wish.case),
    )
    if (limit := desk.daily_limit()) < wish.miles:
        raise AdjustmentRefused(
            f"{wish.miles} miles are above the limit of a day, {limit}: nobody could approve it. Adjust less,"
            " or have the limit raised."
        )
    # Before looking: what an earlier run sent and did not see mined is either there now, or can be no more.
    nonce = desk.next_nonce()
    for waiting in waiting_adjustments(desk):
        if proposal.is_of(waiting):
            raise ProposedBefore(waiting)
    desk.require_possible(proposal)
    return require_adjustment(desk.propose(proposal, nonce=nonce), desk)


def require_adjustment(adjustment_id: AdjustmentId, desk: AdjustmentDesk) -> Adjustment:
    """Raises: AdjustmentUnknown."""
    found = desk.adjustment(adjustment_id)
    if found is None:
        raise AdjustmentUnknown(adjustment_id)
    return found


def all_adjustments(desk: AdjustmentDesk) -> Iterator[Adjustment]:
    """Every adjustment, the newest first, each asked for when it is needed."""
    return (require_adjustment(AdjustmentId(number), desk) for number in range(desk.count(), 0, -1))


def recent_adjustments(desk: AdjustmentDesk) -> Iterator[Adjustment]:
    """Adjustments that were proposed so lately that they can have been decided since, the newest first."""
    oldest = desk.now() - PROPOSAL_LIFE_S
    return takewhile(lambda found: found.proposed_at >= oldest, all_adjustments(desk))


def waiting_adjustments(desk: AdjustmentDesk) -> Iterator[Adjustment]:
    """Adjustments that may still be approved, the newest first."""
    now_s = desk.now()
    return (found for found in recent_adjustments(desk) if found.is_waiting(now_s))


def approve_adjustment(
    adjustment_id: AdjustmentId, *, directory: MemberDirectory, store: Store, desk: AdjustmentDesk
) -> Adjustment:
    """Apply what somebody else proposed.

    Raises: AdjustmentUnknown; of a merge MergeNotInDirectory and PurchasesUnderWay; the decoded contract
        error: of one's own proposal, decided before, expired, above what is left of the day's limit.
    """
    found = require_adjustment(adjustment_id, desk)
    if found.kind is AdjustmentKind.MERGE:
        if directory.heir_of(found.member) != directory.heir_of(found.into):
            raise MergeNotInDirectory(found)
        require_none_under_way(found.member, store)
    desk.approve(adjustment_id)
    return require_adjustment(adjustment_id, desk)


def require_none_under_way(member_id: MemberId, store: Store) -> None:
    """Raises: PurchasesUnderWay if purchases of the member are sealed and not final."""
    with store.unit_of_work() as work:
        reports = work.reports.in_states(*_UNDER_WAY)
    entries = [
        entry
        for report in reports
        for section in decode_report(report.report_bytes).sections
        for entry in section.entries
    ]
    if count := sum(entry.member == member_id for entry in entries):
        raise PurchasesUnderWay(member_id, count)
