"""Lists what a programme manager does to promotions: publish, offer, stop, raise a budget; each as an act.

`promotion_publishing.py` decides which promotions and offer sets; `governance.py` schedules and executes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from milepost.chain.contracts import ContractAddresses
from milepost.chain.governance_acts import Act
from milepost.chain.roles import Role
from milepost.codec.terms import promotion_budget, terms_hash
from milepost.domain.calendar import shown_instant
from milepost.domain.promotion import Promotion
from milepost.domain.promotion_terms import PromotionTerms
from milepost.domain.quantities import PartnerCode, PartnerId, PromotionId


@dataclass(frozen=True, slots=True)
class Offering:
    """The offer set that a partner is to have: ids rising."""

    partner: PartnerCode
    partner_id: PartnerId
    promotions: tuple[PromotionId, ...]


def publishing(addresses: ContractAddresses, promotion: Promotion, terms: PromotionTerms) -> Act:
    """Publish one promotion: terms, budget and the hash of the full text are fixed for good."""
    budget = promotion.limits.budget
    arguments = (astuple(terms), promotion_budget(promotion), terms_hash(promotion))
    limited = "without a budget" if budget is None else f"a budget of {budget:,} miles"
    return _of_book(addresses, f"{promotion.name}, {limited}", "publish", *arguments)


def contributing(
    addresses: ContractAddresses,
    promotion: Promotion,
    promotion_id: PromotionId,
    partners: Mapping[PartnerCode, PartnerId],
) -> list[Act]:
    """Have partners pay into the pot of a promotion, each from the miles it may still issue."""
    return [
        _of_book(
            addresses,
            f"{share.partner} pays {share.miles:,} miles into the pot of {promotion.name}",
            "contribute",
            promotion_id,
            partners[share.partner],
            share.miles,
        )
        for share in promotion.funding
    ]


def offering(addresses: ContractAddresses, offerings: Iterable[Offering], *, first_set: int) -> list[Act]:
    """Compose the offer sets that are needed, partners with the same promotions sharing one, and assign them.

    Shape: `first_set` is the id that the next offer set gets.
    """
    wanted = list(offerings)
    sets: dict[tuple[PromotionId, ...], int] = {}
    for one in wanted:
        sets.setdefault(one.promotions, first_set + len(sets))
    composed = [
        _of_book(
            addresses,
            f"offer set {offer_set}: promotions {', '.join(map(str, promotions))}",
            "compose",
            list(promotions),
        )
        for promotions, offer_set in sets.items()
    ]
    return composed + [
        _of_book(
            addresses,
            f"{one.partner} offers set {sets[one.promotions]}",
            "assign",
            one.partner_id,
            sets[one.promotions],
        )
        for one in wanted
    ]


def stopping(addresses: ContractAddresses, name: str, promotion: PromotionId, stop_at: int) -> list[Act]:
    """End a promotion for purchases from an instant on. Units: unix seconds."""
    purpose = f"{name} ends for purchases from {shown_instant(stop_at)} on"
    return [_of_book(addresses, purpose, "stop", promotion, stop_at)]


def raising_budget(addresses: ContractAddresses, name: str, promotion: PromotionId, budget: int) -> list[Act]:
    """Raise a promotion's budget to so many miles in all."""
    purpose = f"{name} may grant {budget:,} miles in all"
    return [_of_book(addresses, purpose, "raiseBudget", promotion, budget)]


def ids_of(promotions: Sequence[Promotion], *, first: int) -> Mapping[str, PromotionId]:
    """The ids that promotions get by name, published in this order from `first` on."""
    return {one.name: PromotionId(first + place) for place, one in enumerate(promotions)}


def _of_book(addresses: ContractAddresses, purpose: str, function: str, *arguments: Any) -> Act:
    return Act(Role.PUBLISH, purpose, "PromotionBook", addresses.promotion_book, function, arguments)
