"""Says what settling reads and changes: partners' terms, members' miles and profiles, promotions, receipts.

accrual.py settles reports on these books; the contracts keep the same in their own words.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from milepost.domain.ledger import Ledger
from milepost.domain.partner import EarnRate
from milepost.domain.programme import Acceptance
from milepost.domain.progress import PromotionState
from milepost.domain.quantities import (
    DayNumber,
    MemberId,
    Miles,
    MinorUnits,
    OutletNumber,
    PartnerId,
    PromotionId,
    PurchaseNumber,
)
from milepost.domain.receipt import Grant, Settled
from milepost.domain.report import Entry

_NO_MILES = Miles(0)


@dataclass(slots=True)
class EarnTerms:
    """What the registry knows of a partner.

    Shape: `offsets` one pair an outlet, in order of its number; `promotions` rising; `offer_set` is the
        number of the set that they stand in, 0 where nobody asks for it.
    Units: offsets in quarter hours east of UTC; `available` in miles, None for no limit.
    """

    earn: EarnRate
    offsets: tuple[tuple[int, int], ...]
    promotions: tuple[PromotionId, ...] = ()
    available: Miles | None = None
    is_suspended: bool = False
    offer_set: int = 0


@dataclass(frozen=True, slots=True)
class Profile:
    """Who a member is to promotions. Shape: `segments` as bits; `enrolled_at_s` 0 for not enrolled."""

    tier: int = 0
    segments: int = 0
    enrolled_at_s: int = 0


@dataclass(frozen=True, slots=True)
class IssuedReceipt:
    """What the words of one receipt say. Units: `base_time` in unix seconds."""

    partner_id: PartnerId
    number: PurchaseNumber
    base_time: int
    entry: Entry
    settled: Settled


@dataclass(frozen=True, slots=True)
class Attached:
    """The receipt that an amendment brings.

    Shape: `receipt` is None for words that no receipt has; `is_proven` false where the proof leads nowhere.
    """

    receipt: IssuedReceipt | None
    is_proven: bool = True


@dataclass(slots=True)
class Books:
    """All that settling reads and changes.

    Shape: `segments` as bits and `enrolled_at_s` in unix seconds, of those members that have any; `issued` by
        partner and purchase number; `heads` gives the number of the newest receipt of each amended sale;
        `offer_sets` the promotions of each set by its number: a receipt names the one it was judged by.
    """

    accept: Acceptance
    ledger: Ledger
    partners: dict[PartnerId, EarnTerms]
    promotions: dict[PromotionId, PromotionState] = field(default_factory=dict)
    offer_sets: dict[int, tuple[PromotionId, ...]] = field(default_factory=dict)
    segments: dict[MemberId, int] = field(default_factory=dict)
    enrolled_at_s: dict[MemberId, int] = field(default_factory=dict)
    issued: dict[tuple[PartnerId, PurchaseNumber], IssuedReceipt] = field(default_factory=dict)
    heads: dict[tuple[PartnerId, PurchaseNumber], PurchaseNumber] = field(default_factory=dict)

    def profile_of(self, member: MemberId) -> Profile:
        """Tier, segments and enrolment as they stand."""
        account = self.ledger.accounts.get(member)
        return Profile(
            tier=0 if account is None else account.tier,
            segments=self.segments.get(member, 0),
            enrolled_at_s=self.enrolled_at_s.get(member, 0),
        )


@dataclass(frozen=True, slots=True)
class Earning:
    """A purchase under its partner's terms, before promotions.

    Units: local day and minute by the outlet; `channel` and `party` as in an entry, 0 not said.
    """

    member: MemberId
    base: Miles
    eligible_minor: MinorUnits
    outlet: OutletNumber
    occurred_at_s: int
    local_day: DayNumber
    local_minute: int
    channel: int = 0
    party: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """What a purchase got, and the promotions with desired above 0 that lost their group to a better one.

    Shape: of what it took back, `taken` came from lots and `owed` is left owing.
    """

    settled: Settled
    losers: tuple[Grant, ...] = ()
    taken: Miles = _NO_MILES
    owed: Miles = _NO_MILES


def places_of(
    promotions: Sequence[PromotionId], states: dict[PromotionId, PromotionState]
) -> tuple[PromotionId, ...]:
    """Promotions in the order of their offer set: groups by their lowest id, of a group by id."""
    firsts: dict[int, PromotionId] = {}
    for promotion in sorted(promotions):
        firsts.setdefault(group_of(promotion, states), promotion)
    return tuple(sorted(promotions, key=lambda one: (firsts[group_of(one, states)], one)))


def group_of(promotion: PromotionId, states: dict[PromotionId, PromotionState]) -> int:
    """A number that only promotions of the same group share; ungrouped ids stand below 0."""
    return states[promotion].terms.group or -promotion
