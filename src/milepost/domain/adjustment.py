"""Says what an adjustment is: miles credited or taken back by hand, or two accounts of one person joined.

The adjustment desk keeps each for ever under its number; statements explain lots by them, receipts name them.
Source: contracts/types/Adjustment.sol and IAdjustmentDesk, which number and record the same.
"""

from dataclasses import dataclass

from milepost.domain.outcome import Coded
from milepost.domain.quantities import AdjustmentId, DayNumber, MemberId, Miles

PROPOSAL_LIFE_S = 30 * 86_400
"""How long a proposal may be approved, seconds; later the desk refuses it, and it is proposed anew."""

MOST_MILES = Miles((1 << 40) - 1)
"""Most miles one proposal can name; its field on chain has 40 bits."""

NO_CASE = bytes(32)
"""The case hash of an adjustment that belongs to no case."""


class AdjustmentKind(Coded):
    """What an adjustment does."""

    CREDIT = 0
    DEBIT = 1
    MERGE = 2


class AdjustmentState(Coded):
    """Where an adjustment stands; NONE for a number that was not given out."""

    NONE = 0
    PROPOSED = 1
    APPLIED = 2
    WITHDRAWN = 3
    REJECTED = 4


class AdjustmentReason(Coded):
    """Why an adjustment is made."""

    GOODWILL = 0
    MISSING_PURCHASE = 1
    DOUBLE_PURCHASE = 2
    PARTNER_ERROR = 3
    PROMOTION_ERROR = 4
    FRAUD = 5
    SAME_PERSON = 6


@dataclass(frozen=True, slots=True)
class Adjustment:
    """The record that the desk keeps.

    Shape: `into` is 0 but for a merge, which closes `member`; `decided_by` is the zero address while it is
        proposed; `case_hash` has 32 bytes, NO_CASE for none.
    Units: `miles` of a merge are 0 until it is applied, then what was moved; `last_day` is an applied
        credit's, else 0; instants in unix seconds, `decided_at` 0 while it is proposed.
    """

    adjustment_id: AdjustmentId
    kind: AdjustmentKind
    state: AdjustmentState
    reason: AdjustmentReason
    member: MemberId
    into: MemberId
    miles: Miles
    last_day: DayNumber
    proposed_at: int
    decided_at: int
    proposer: str
    decided_by: str
    case_hash: bytes

    def is_waiting(self, now_s: int) -> bool:
        """Whether it may still be approved at that unix second."""
        return self.state is AdjustmentState.PROPOSED and now_s <= self.proposed_at + PROPOSAL_LIFE_S


@dataclass(frozen=True, slots=True)
class AdjustmentReceipt:
    """What a member is given of an adjustment: the record, and the desk and chain that keep it."""

    chain_id: int
    desk: str
    adjustment: Adjustment
