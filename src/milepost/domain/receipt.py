"""Says what the chain decided of one purchase, and what a member needs to verify it.

The contracts decide; reading a settlement yields `Settled`, and the pipeline issues `MemberReceipt`s of it.
"""

from dataclasses import dataclass

from milepost.domain.outcome import Cut, Outcome
from milepost.domain.purchase import Purchase
from milepost.domain.quantities import (
    DayNumber,
    Lane,
    Miles,
    PartnerId,
    PromotionId,
    PurchaseNumber,
    ReportSequence,
)
from milepost.domain.report import Entry

MOST_GRANTS = 4
"""Promotions that can answer for one purchase: one a group. A leaf has room for no more."""
_NO_MILES = Miles(0)
MOST_BASE = Miles((1 << 28) - 1)
"""Most base miles of one purchase; more is cut to this."""
MOST_DESIRED = Miles((1 << 22) - 1)
"""Most miles one promotion desires for one purchase; more is cut to this."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What one promotion wanted to give and gave."""

    promotion_id: PromotionId
    cut: Cut
    desired: Miles
    granted: Miles


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one purchase.

    Shape: at most four grants, in the order of the offer set: exclusive groups by their lowest promotion id.
    Units: `base` and `debt_offset` in miles credited; `last_day` 0 where nothing was credited.
    """

    outcome: Outcome
    base: Miles
    last_day: DayNumber
    grants: tuple[Grant, ...] = ()
    debt_offset: Miles = _NO_MILES

    @property
    def bonus(self) -> Miles:
        return Miles(sum(grant.granted for grant in self.grants))


@dataclass(frozen=True, slots=True)
class MemberReceipt:
    """All a member needs: the facts of the bill, what was credited for it, and the proof that it is on chain.

    Shape: `proof` lists siblings from the leaf up; `salt`, `leaf` and each sibling have 32 bytes.
    Units: `base_time` in unix seconds. `receipts` is the address of the ReceiptBook.
    """

    chain_id: int
    receipts: str
    lane: Lane
    sequence: ReportSequence
    partner_id: PartnerId
    number: PurchaseNumber
    base_time: int
    entry: Entry
    settled: Settled
    purchase: Purchase
    salt: bytes
    leaf: bytes
    proof: tuple[bytes, ...]
