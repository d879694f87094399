"""Random rewards, conditions and limits of promotions, for programmes that are drawn by a seed."""

from random import Random
from typing import Any

from milepost.domain.promotion_terms import OutletMask, RewardKind, Row

_AMOUNTS = ((0, 5), (20_000, 60), (50_000, 200), (2**39, 2**22 - 1))
_OUTLETS = ((1, 40), (2, 90), (3, 150))


def rich_fields(pick: Random) -> dict[str, Any]:
    """Fields of terms beyond those of a plain promotion: any reward, and a few conditions and limits."""
    fields: dict[str, Any] = {"multiple_bps": 0, "fixed_miles": 0, **_reward(pick)}
    for name, values in _RARE.items():
        if pick.random() < 0.25:
            fields[name] = pick.choice(values)
    return fields


_RARE = {
    "party_size": (2,),
    "channels": (0b110,),
    "tiers": (0b1,),
    "first": (1, 2),
    "per_purchase": (60, 2**22 - 1),
    "per_member_day": (80, 2**22 - 1),
    "per_outlet": (90, 2**32 - 1),
    "awards_per_member": (1, 3),
    "awards_per_member_day": (1, 255),
    "awards": (2, 5),
    "ceiling": (90, 2**24 - 1),
}


def _reward(pick: Random) -> dict[str, Any]:
    kind = pick.choice(list(RewardKind))
    fields: dict[str, Any] = {"reward": kind}
    miles = {"fixed_miles": pick.choice((1, 100, 500))}
    multiple = {"multiple_bps": pick.choice((10_001, 25_000, 1_000_000))}
    if kind is RewardKind.PER_STEP:
        fields |= {"step": pick.choice((1, 100, 9_999)), **miles}
    elif kind is RewardKind.VISIT:
        every, from_visit = pick.choice(((2, 0), (0, 2), (2, 3)))
        fields |= {"every": every, "from_visit": from_visit, "yearly": pick.random() < 0.5}
        fields |= pick.choice((miles, multiple))
    elif kind is RewardKind.MULTIPLE:
        fields |= multiple
    elif kind is RewardKind.FIXED:
        fields |= miles
    else:
        is_outlets = kind is RewardKind.WINDOW_OUTLETS
        fields["table"] = tuple(Row(*row) for row in (_OUTLETS if is_outlets else _AMOUNTS))
        if is_outlets:
            masks = (OutletMask(partner, pick.choice((0b111, 0b100))) for partner in (1, 2, 3))
            fields |= {"listed": True, "outlets": tuple(masks)}
    return fields
