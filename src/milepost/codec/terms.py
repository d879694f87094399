"""Numbers a promotion's partners, outlets and group as the PromotionBook knows them.

The catalogue reads promotions from files; deployment publishes what comes out of here.
Source: contracts/interfaces/IPromotionBook.sol.
"""

from collections.abc import Iterable, Mapping

from milepost.codec.keccak import keccak
from milepost.domain.calendar import day_number
from milepost.domain.errors import PromotionNotSettleable
from milepost.domain.lots import MOST_LAST_DAY
from milepost.domain.promotion import MINUTES_A_DAY, Promotion
from milepost.domain.promotion_terms import NO_BUDGET, OutletMask, PromotionTerms, RewardKind
from milepost.domain.quantities import Miles, OutletCode, OutletNumber, PartnerCode, PartnerId
from milepost.domain.receipt import MOST_DESIRED

Numbering = Mapping[PartnerCode, tuple[PartnerId, Mapping[OutletCode, OutletNumber]]]
"""For each partner its id and the numbers of its outlets."""

MOST_MULTIPLE_BPS = 1_000_000
"""A hundredfold; more is refused by the book."""
LEAST_MULTIPLE_BPS = 10_001
ALL_OUTLETS = (1 << 256) - 1
MOST_OUTLET_MASKS = 64
"""Partners at which one promotion can name outlets; more is refused by the book."""


def promotion_terms(promotion: Promotion, numbering: Numbering) -> PromotionTerms:
    """The promotion as `PromotionBook.publish` takes it.

    Shape: outlets by rising partner id. A partner with only exclusions has all its other outlets in.
    Raises: PromotionNotSettleable for terms that the book would refuse or has no words for, and for a partner
        or outlet that is not numbered; DayOutOfRange for a window before 1990-01-01.
    """
    _check(promotion)
    outlets = _outlet_masks(promotion, numbering)
    return PromotionTerms(
        first_day=day_number(promotion.window.from_day),
        last_day=day_number(promotion.window.until_day),
        from_minute=promotion.hours.from_minute,
        until_minute=promotion.hours.until_minute,
        weekdays=sum(1 << weekday for weekday in set(promotion.weekdays)),
        minimum=promotion.minimum_minor,
        group=0 if promotion.group is None else group_number(promotion.group),
        reward=RewardKind.MULTIPLE if promotion.reward.multiple_bps else RewardKind.FIXED,
        multiple_bps=promotion.reward.multiple_bps,
        fixed_miles=promotion.reward.fixed_miles,
        per_member=promotion.limits.per_member or Miles(0),
        listed=bool(promotion.outlets_include),
        outlets=tuple(outlets),
    )


def promotion_budget(promotion: Promotion) -> int:
    """The budget as `PromotionBook.publish` takes it: all ones for none. Units: miles."""
    budget = promotion.limits.budget
    return NO_BUDGET if budget is None else budget


def terms_hash(promotion: Promotion) -> bytes:
    """keccak of the promotion's full text in UTF-8."""
    return keccak(promotion.terms.encode())


def group_number(group: str) -> int:
    """The first four bytes of keccak of the group's name; never 0, which stands for no group."""
    return int.from_bytes(keccak(group.encode())[:4], "big") or 1


def _outlet_masks(promotion: Promotion, numbering: Numbering) -> Iterable[OutletMask]:
    partners = [_partner(promotion, code, numbering) for code in promotion.partners]
    named = {*promotion.outlets_include, *promotion.outlets_exclude}
    for code in sorted(named - {code for _, outlets in partners for code in outlets}):
        raise _refused(promotion, f"names the outlet {code}, which none of its partners has")
    masks = []
    for partner_id, outlets in sorted(partners, key=lambda partner: partner[0]):
        excluded = _bits(outlets, promotion.outlets_exclude)
        included = _bits(outlets, promotion.outlets_include) if promotion.outlets_include else ALL_OUTLETS
        mask = included & ~excluded
        # What the contract assumes of a partner without a mask needs none: all outlets in, or none if listed.
        if mask != (0 if promotion.outlets_include else ALL_OUTLETS):
            masks.append(OutletMask(partner_id, mask))
    if promotion.outlets_include and not masks:
        raise _refused(promotion, "leaves out every outlet that it includes")
    if len(masks) > MOST_OUTLET_MASKS:
        raise _refused(promotion, f"names outlets at more than {MOST_OUTLET_MASKS} partners")
    return masks


def _partner(
    promotion: Promotion, code: PartnerCode, numbering: Numbering
) -> tuple[PartnerId, Mapping[OutletCode, OutletNumber]]:
    if code not in numbering:
        raise _refused(promotion, f"names the partner {code}, which is not registered")
    return numbering[code]


def _bits(outlets: Mapping[OutletCode, OutletNumber], codes: Iterable[OutletCode]) -> int:
    return sum(1 << outlets[code] for code in set(codes) if code in outlets)


def _check(promotion: Promotion) -> None:
    window, hours, reward, limits = promotion.window, promotion.hours, promotion.reward, promotion.limits
    if window.until_day < window.from_day:
        raise _refused(promotion, "ends before it starts")
    if window.except_days:
        raise _refused(promotion, "leaves out single days")
    if day_number(window.until_day) > MOST_LAST_DAY:
        raise _refused(promotion, "ends after the last day that is numbered")
    if not promotion.weekdays or not set(promotion.weekdays) <= set(range(7)):
        raise _refused(promotion, "names no weekday, or one that is not 0 to 6")
    if not (0 <= hours.from_minute < MINUTES_A_DAY and 1 <= hours.until_minute <= MINUTES_A_DAY):
        raise _refused(promotion, "names a minute that no day has")
    if hours.from_minute == hours.until_minute:
        raise _refused(promotion, "starts and ends at the same minute")
    if (reward.multiple_bps == 0) == (reward.fixed_miles == 0):
        raise _refused(promotion, "has not exactly one reward")
    if reward.multiple_bps and not LEAST_MULTIPLE_BPS <= reward.multiple_bps <= MOST_MULTIPLE_BPS:
        raise _refused(promotion, "multiplies by less than 1.0001 or by more than 100")
    if not 0 <= reward.fixed_miles <= MOST_DESIRED:
        raise _refused(promotion, f"rewards below 0 or above {MOST_DESIRED} miles")
    if limits.per_member is not None and not 1 <= limits.per_member <= MOST_DESIRED:
        raise _refused(promotion, f"limits a member to less than 1 or more than {MOST_DESIRED} miles")
    if limits.budget is not None and not 1 <= limits.budget < NO_BUDGET:
        raise _refused(promotion, "has a budget below 1, or one as high as no budget at all")


def _refused(promotion: Promotion, what: str) -> PromotionNotSettleable:
    return PromotionNotSettleable(
        f"The promotion {promotion.name} {what}, which this version of the contracts does not settle."
    )
