"""Says what the chain decided of one purchase, and what a member needs to verify it.

The contracts decide; reading a settlement yields `Settled`, and the pipeline issues `MemberReceipt`s of it.
"""

from dataclasses import dataclass, field

from milepost.domain.outcome import Cut, Outcome
from milepost.domain.purchase import Purchase
from milepost.domain.quantities import (
    DayNumber,
    Lane,
    Miles,
    MinorUnits,
    OutletNumber,
    PartnerId,
    PromotionId,
    PurchaseNumber,
    ReportSequence,
)
from milepost.domain.report import Entry

MOST_GRANTS = 4
"""Promotions that can answer for one purchase: one a group. A leaf has room for no more."""
OFFERS_IN_A_SET = 16
"""Promotions an offer set can hold; a receipt names them by their places, from 0."""
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
class Basis:
    """The terms a purchase was judged by: base miles are floor(eligible * earn_miles / per_minor).

    Units: `per_minor` in minor units; `offer_set` 0 for none. All 0 stands for terms that nobody stated.
    """

    earn_miles: int = 0
    per_minor: int = 0
    offer_set: int = 0


NO_BASIS = Basis()


@dataclass(frozen=True, slots=True)
class Amendment:
    """What an amendment that took effect left of its sale. The facts that nobody amends are the sale's.

    Units: `eligible_minor` is what is left of the bill, `refunded_minor` what was returned of it in all;
        `occurred_at_s` in unix seconds; `how` as bits 128 to 139 of an entry; `returned` and `added` are the
        miles this amendment took or gave, one of them 0. Of a claim `added` is all that it credited.
    """

    number: PurchaseNumber
    eligible_minor: MinorUnits
    refunded_minor: MinorUnits
    occurred_at_s: int
    outlet: OutletNumber
    how: int
    returned: Miles = _NO_MILES
    added: Miles = _NO_MILES


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one purchase.

    Shape: at most four grants, in the order of the offer set: exclusive groups by their lowest promotion id;
        `counted` has bit i set where the promotion at place i of the offer set counted this purchase;
        `amendment` is None for a sale, and for an amendment that changed nothing. Of an amendment, `base` and
        `grants` are what is left.
    Units: `base` and `debt_offset` in miles credited; `last_day` 0 where nothing was credited.
    """

    outcome: Outcome
    base: Miles
    last_day: DayNumber
    grants: tuple[Grant, ...] = ()
    debt_offset: Miles = _NO_MILES
    counted: int = 0
    amendment: Amendment | None = None
    # What it was judged by is not what became of it: results are compared without.
    basis: Basis = field(default=NO_BASIS, compare=False)

    @property
    def bonus(self) -> Miles:
        return Miles(sum(grant.granted for grant in self.grants))

    @property
    def credited(self) -> Miles:
        """Miles that this purchase gave the member: of an amendment only what it added."""
        return Miles(self.base + self.bonus) if self.amendment is None else self.amendment.added

    @property
    def returned(self) -> Miles:
        """Miles that this purchase took back, or that the member owes for it."""
        return _NO_MILES if self.amendment is None else self.amendment.returned


@dataclass(frozen=True, slots=True)
class SettledSection:
    """What became of one partner's purchases in a report, in order, and the terms that stood for them."""

    basis: Basis
    settled: tuple[Settled, ...]


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
