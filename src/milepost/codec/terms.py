"""Numbers a promotion's partners, outlets and group as the PromotionBook knows them.

The catalogue reads promotions from files; deployment publishes what comes out of here.
Source: contracts/interfaces/IPromotionBook.sol.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from milepost.codec.keccak import keccak
from milepost.codec.terms_check import check, refused
from milepost.domain.calendar import day_number
from milepost.domain.promotion import (
    Bands,
    Fixed,
    Multiple,
    PerStep,
    Promotion,
    Reward,
    Step,
    Visit,
    WindowOutlets,
    WindowSpend,
)
from milepost.domain.promotion_maxima import MOST_OUTLET_MASKS, MOST_OUTLETS_COUNTED
from milepost.domain.promotion_terms import NO_BUDGET, OutletMask, PromotionTerms, RewardKind, Row
from milepost.domain.purchase import Channel
from milepost.domain.quantities import Miles, OutletCode, OutletNumber, PartnerCode, PartnerId

Numbering = Mapping[PartnerCode, tuple[PartnerId, Mapping[OutletCode, OutletNumber]]]
"""For each partner its id and the numbers of its outlets."""

ALL_OUTLETS = (1 << 256) - 1
CHANNEL_BITS = {Channel.DINE_IN: 1, Channel.TAKEAWAY: 2, Channel.DELIVERY: 4}


def promotion_terms(
    promotion: Promotion, numbering: Numbering, *, tiers: Sequence[str] = ()
) -> PromotionTerms:
    """The promotion as `PromotionBook.publish` takes it.

    Shape: `tiers` are the programme's, lowest first. Outlets by rising partner id; a partner with only
        exclusions has all its other outlets in.
    Raises: PromotionNotSettleable for terms that the book would refuse, and for a partner, outlet or tier
        that is not numbered; DayOutOfRange for a window before 1990-01-01.
    """
    check(promotion)
    outlets = _outlet_masks(promotion, numbering)
    members, limits, group = promotion.members, promotion.limits, promotion.stacking.group
    return PromotionTerms(
        first_day=day_number(promotion.window.from_day),
        last_day=day_number(promotion.window.until_day),
        from_minute=promotion.hours.from_minute,
        until_minute=promotion.hours.until_minute,
        weekdays=_bit_sum(promotion.weekdays),
        minimum=promotion.purchase.minimum_minor,
        party_size=promotion.purchase.party_size or 0,
        channels=sum(CHANNEL_BITS[channel] for channel in set(promotion.purchase.channels)),
        tiers=_bit_sum(_tier(promotion, tier, tiers) for tier in members.tiers),
        segments=_bit_sum(members.segments),
        enrolled=members.enrolled,
        first=members.first or 0,
        group=0 if group is None else group_number(group),
        per_purchase=limits.per_purchase or Miles(0),
        per_member=limits.per_member or Miles(0),
        per_member_day=limits.per_member_day or Miles(0),
        per_outlet=limits.per_outlet or Miles(0),
        awards_per_member=limits.awards_per_member or 0,
        awards_per_member_day=limits.awards_per_member_day or 0,
        awards=limits.awards or 0,
        ceiling=promotion.stacking.ceiling or Miles(0),
        funded=bool(promotion.funding),
        listed=_is_listed(promotion),
        outlets=tuple(outlets),
        except_days=tuple(map(day_number, sorted(promotion.window.except_days))),
        **_reward(promotion.reward),
    )


def promotion_budget(promotion: Promotion) -> int:
    """The budget as `PromotionBook.publish` takes it: all ones for none, 0 for a pot. Units: miles.

    A pot is empty until its partners contribute.
    """
    budget = promotion.limits.budget
    if promotion.funding:
        return 0
    return NO_BUDGET if budget is None else budget


def terms_hash(promotion: Promotion) -> bytes:
    """keccak of the promotion's full text in UTF-8."""
    return keccak(promotion.terms.encode())


def group_number(group: str) -> int:
    """The first four bytes of keccak of the group's name; never 0, which stands for no group."""
    return int.from_bytes(keccak(group.encode())[:4], "big") or 1


def _reward(reward: Reward) -> dict[str, Any]:
    """The fields of the terms that say the reward."""
    match reward:
        case Multiple(bps):
            return {"reward": RewardKind.MULTIPLE, "multiple_bps": bps}
        case Fixed(miles):
            return {"reward": RewardKind.FIXED, "fixed_miles": miles}
        case PerStep(step, miles):
            return {"reward": RewardKind.PER_STEP, "step": step, "fixed_miles": miles}
        case Bands(rows):
            return {"reward": RewardKind.BANDS, "table": _table(rows)}
        case WindowSpend(rows):
            return {"reward": RewardKind.WINDOW_SPEND, "table": _table(rows)}
        case WindowOutlets(rows):
            return {"reward": RewardKind.WINDOW_OUTLETS, "table": _table(rows)}
        case Visit():
            return {
                "reward": RewardKind.VISIT,
                "multiple_bps": reward.multiple_bps or 0,
                "fixed_miles": reward.miles or Miles(0),
                "every": reward.every or 0,
                "from_visit": reward.from_visit or 0,
                "yearly": reward.is_yearly,
            }


def _table(rows: Iterable[Step]) -> tuple[Row, ...]:
    return tuple(Row(row.reached, row.miles) for row in rows)


def _is_listed(promotion: Promotion) -> bool:
    # Outlets that are counted have a place each, so all of them are named.
    return bool(promotion.outlets_include) or isinstance(promotion.reward, WindowOutlets)


def _outlet_masks(promotion: Promotion, numbering: Numbering) -> list[OutletMask]:
    partners = [_partner(promotion, code, numbering) for code in promotion.partners]
    named = {*promotion.outlets_include, *promotion.outlets_exclude}
    for code in sorted(named - {code for _, outlets in partners for code in outlets}):
        raise refused(promotion, f"names the outlet {code}, which none of its partners has")
    is_listed = _is_listed(promotion)
    masks = []
    for partner_id, outlets in sorted(partners, key=lambda partner: partner[0]):
        included = _outlet_bits(outlets, promotion.outlets_include or outlets) if is_listed else ALL_OUTLETS
        mask = included & ~_outlet_bits(outlets, promotion.outlets_exclude)
        # What the contract assumes of a partner without a mask needs none: all outlets in, or none if listed.
        if mask != (0 if is_listed else ALL_OUTLETS):
            masks.append(OutletMask(partner_id, mask))
    if is_listed and not masks:
        raise refused(promotion, "leaves out every outlet that it includes")
    if len(masks) > MOST_OUTLET_MASKS:
        raise refused(promotion, f"names outlets at more than {MOST_OUTLET_MASKS} partners")
    if (
        isinstance(promotion.reward, WindowOutlets)
        and sum(mask.mask.bit_count() for mask in masks) > MOST_OUTLETS_COUNTED
    ):
        raise refused(promotion, f"counts more than {MOST_OUTLETS_COUNTED} outlets")
    return masks


def _partner(
    promotion: Promotion, code: PartnerCode, numbering: Numbering
) -> tuple[PartnerId, Mapping[OutletCode, OutletNumber]]:
    if code not in numbering:
        raise refused(promotion, f"names the partner {code}, which is not registered")
    return numbering[code]


def _tier(promotion: Promotion, tier: str, tiers: Sequence[str]) -> int:
    if tier not in tiers:
        raise refused(promotion, f"names the tier {tier}, which the programme does not have")
    return tiers.index(tier)


def _outlet_bits(outlets: Mapping[OutletCode, OutletNumber], codes: Iterable[OutletCode]) -> int:
    return _bit_sum(outlets[code] for code in codes if code in outlets)


def _bit_sum(bits: Iterable[int]) -> int:
    return sum(1 << bit for bit in set(bits))
