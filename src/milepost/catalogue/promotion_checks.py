"""Holds promotions against the partners they name: codes, outlets, and what one partner may offer at once.

Last check of the catalogue; the PromotionBook keeps the same limits when deployment composes offer sets.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from milepost.catalogue.document import Key, key_text
from milepost.catalogue.model import nearest
from milepost.catalogue.problems import CatalogueError, Problem
from milepost.domain.partner import Partner
from milepost.domain.promotion import Promotion, WindowOutlets
from milepost.domain.promotion_maxima import MOST_OUTLET_MASKS, MOST_OUTLETS_COUNTED

MOST_OFFERS = 16
"""Most promotions in a partner's offer set; more would make a report too dear to settle."""
MOST_GROUPS = 4
"""Most exclusive groups in an offer set, an ungrouped promotion being its own; a receipt has four grants."""


def check_promotions(
    promotions: Sequence[Promotion], partners: Sequence[Partner], *, tiers: Sequence[str] | None = None
) -> None:
    """Check promotions, in the order in which they will be published, against the partners.

    Shape: `tiers` are the programme's; None: tiers are not looked at.
    Raises: CatalogueError naming the promotion in place of file and line: an unknown partner, outlet or tier,
        no outlet left, more outlets than a promotion can name or count, a name used twice, or more than 16
        promotions or 4 groups at one partner.
    """
    found = [
        Problem(promotions[n].name, 0, key_text(key), why)
        for n, key, why in faults(promotions, partners, tiers=tiers)
    ]
    if found:
        raise CatalogueError(found)


def faults(
    promotions: Sequence[Promotion], partners: Sequence[Partner], *, tiers: Sequence[str] | None = None
) -> Iterator[tuple[int, Key, str]]:
    """Each fault as the promotion's place in the sequence, the key, and the reason."""
    by_code = {str(partner.code): partner for partner in partners}
    for place, promotion in enumerate(promotions):
        for number, code in enumerate(promotion.partners):
            if code not in by_code:
                yield place, ("partners", number), f"no partner {code!r}; {nearest(code, by_code)}"
        named = [by_code[code] for code in promotion.partners if code in by_code]
        for key, reason in _outlet_faults(promotion, named) if len(named) == len(promotion.partners) else ():
            yield place, key, reason
        for number, share in enumerate(promotion.funding):
            if share.partner not in by_code:
                reason = f"no partner {share.partner!r}; {nearest(share.partner, by_code)}"
                yield place, ("funding", number, "partner"), reason
        for number, tier in enumerate(promotion.members.tiers if tiers is not None else ()):
            if tier not in (tiers or ()):
                reason = f"the programme has no tier {tier!r}; {nearest(tier, tiers or ())}"
                yield place, ("members", "tiers", number), reason
    yield from _repeated_names(promotions)
    yield from _crowded_partners(promotions)


def _outlet_faults(promotion: Promotion, partners: Sequence[Partner]) -> Iterator[tuple[Key, str]]:
    codes = {str(outlet.code): None for partner in partners for outlet in partner.outlets}
    unknown = False
    for key, listed in (("include", promotion.outlets_include), ("exclude", promotion.outlets_exclude)):
        for number, code in enumerate(listed):
            if code not in codes:
                unknown = True
                yield ("outlets", key, number), f"no outlet {code!r} at its partners; {nearest(code, codes)}"
    left = set(promotion.outlets_include or codes) - set(promotion.outlets_exclude)
    if not left and not unknown:
        yield ("outlets",), "leaves no outlet in"
    named = {*promotion.outlets_include, *promotion.outlets_exclude}
    masked = sum(any(outlet.code in named for outlet in partner.outlets) for partner in partners)
    if masked > MOST_OUTLET_MASKS:
        yield ("outlets",), f"names outlets at {masked} partners; the most is {MOST_OUTLET_MASKS}"
    counted = sum(outlet.code in left for partner in partners for outlet in partner.outlets)
    if isinstance(promotion.reward, WindowOutlets) and counted > MOST_OUTLETS_COUNTED:
        yield (
            ("reward", "window_outlets"),
            f"counts {counted} outlets; the most is {MOST_OUTLETS_COUNTED}: include or exclude some",
        )


def _repeated_names(promotions: Sequence[Promotion]) -> Iterator[tuple[int, Key, str]]:
    seen: set[str] = set()
    for place, promotion in enumerate(promotions):
        if promotion.name in seen:
            yield place, ("promotion",), f"the name {promotion.name!r} is taken by an earlier promotion"
        seen.add(promotion.name)


def _crowded_partners(promotions: Sequence[Promotion]) -> Iterator[tuple[int, Key, str]]:
    offers: dict[str, int] = defaultdict(int)
    groups: dict[str, set[str]] = defaultdict(set)
    for place, promotion in enumerate(promotions):
        group = (
            f"group {promotion.stacking.group}" if promotion.stacking.group else f"promotion {promotion.name}"
        )
        for number, code in enumerate(promotion.partners):
            offers[code] += 1
            groups[code].add(group)
            if offers[code] > MOST_OFFERS:
                yield (
                    place,
                    ("partners", number),
                    f"{code} would have {offers[code]} promotions; the most is {MOST_OFFERS}",
                )
            if len(groups[code]) > MOST_GROUPS:
                given = len(groups[code])
                reason = (
                    f"{code} would have {given} groups, ungrouped ones counted; the most is {MOST_GROUPS}"
                )
                yield place, ("partners", number), reason
