"""What the core needs of the adjustment desk, and of the store that keeps what was applied there.

`chain` speaks to the desk, `store` keeps applied adjustments; adjusting, statements and reconciling use both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from milepost.domain.adjustment import NO_CASE, Adjustment, AdjustmentKind, AdjustmentReason
from milepost.domain.quantities import AdjustmentId, MemberId, Miles

_NOBODY = MemberId(0)
_NO_MILES = Miles(0)


@dataclass(frozen=True, slots=True)
class AppliedLog:
    """One `AdjustmentApplied` with the record that the desk keeps, and where it stands."""

    adjustment: Adjustment
    block_number: int
    block_hash: bytes
    tx_hash: bytes
    log_index: int


@dataclass(frozen=True, slots=True)
class AdjustmentProposal:
    """What support asks for.

    Shape: a merge names `into` and no miles; a credit or debit names miles and no `into`.
    """

    kind: AdjustmentKind
    member: MemberId
    reason: AdjustmentReason
    miles: Miles = _NO_MILES
    into: MemberId = _NOBODY
    case_hash: bytes = NO_CASE

    def is_of(self, adjustment: Adjustment) -> bool:
        """Whether an adjustment was proposed by just these words; what an applied merge moved aside."""
        miles = _NO_MILES if self.kind is AdjustmentKind.MERGE else adjustment.miles
        asked = (self.kind, self.member, self.reason, self.miles, self.into, self.case_hash)
        found = (adjustment.kind, adjustment.member, adjustment.reason, miles, adjustment.into)
        return asked == (*found, adjustment.case_hash)


@dataclass(frozen=True, slots=True)
class AdjustedTotals:
    """Sums over all applied adjustments, miles; merges move miles and count in neither."""

    credits: Miles
    debits: Miles


class AdjustmentStore(Protocol):
    """Adjustments that were applied in final blocks."""

    def add(self, log: AppliedLog) -> None:
        """Raises: StoreError if there is one of its number."""
        ...

    def get(self, adjustment_id: AdjustmentId) -> AppliedLog | None: ...
    def of_members(self, member_ids: Sequence[MemberId]) -> list[AppliedLog]:
        """Those that changed one of these accounts, merges into them included, in order of the chain."""
        ...

    def totals(self) -> AdjustedTotals: ...


class AdjustmentDesk(Protocol):
    """The desk, and one account that acts there. Every method raises ChainUnavailable without an answer.

    Acting methods wait until their tx is mined and raise the decoded contract error, a ChainError, if the
    chain refuses.
    """

    @property
    def acting(self) -> str:
        """Checksummed address of the account that acts."""
        ...

    def now(self) -> int:
        """Unix seconds of the newest block."""
        ...

    def count(self) -> int:
        """Adjustments proposed so far, which is the highest number."""
        ...

    def adjustment(self, adjustment_id: AdjustmentId) -> Adjustment | None:
        """None for a number that was not given out."""
        ...

    def daily_limit(self) -> Miles: ...
    def require_possible(self, proposal: AdjustmentProposal) -> None:
        """Ask whether the account may propose it and the ledger would do it now; nothing is sent.

        Raises: TxUnderfunded; the decoded contract error: no role, an account unknown or closed, too few
            miles, into itself.
        """
        ...

    def next_nonce(self) -> int:
        """The account's next nonce, once nothing of it is under way, as after a run that was cut short."""
        ...

    def propose(self, proposal: AdjustmentProposal, *, nonce: int) -> AdjustmentId:
        """Propose with the nonce that was read before looking at what is proposed already.

        A tx of the account that was mined since, whoever sent it, has taken the nonce: then it is refused.
        """
        ...

    def approve(self, adjustment_id: AdjustmentId) -> None: ...
    def reject(self, adjustment_id: AdjustmentId) -> None: ...
    def withdraw(self, adjustment_id: AdjustmentId) -> None: ...
