"""Says what a promotion offers in the PromotionBook's own words: the twin of IPromotionBook.Terms.

codec/terms.py makes these from a promotion's file; domain/accrual.py judges by them as the contracts do.
"""

from dataclasses import dataclass
from enum import IntEnum

from milepost.domain.quantities import DayNumber, Miles, MinorUnits, PartnerId

NO_BUDGET = (1 << 48) - 1
"""The budget of a promotion that has none."""
NOT_STOPPED = (1 << 48) - 1
"""The end, in unix seconds, of a promotion that was not stopped."""

_NONE = Miles(0)
_NO_STEP = MinorUnits(0)


class RewardKind(IntEnum):
    """What a promotion rewards, numbered as in the contract."""

    MULTIPLE = 0
    FIXED = 1
    PER_STEP = 2
    BANDS = 3
    WINDOW_SPEND = 4
    WINDOW_OUTLETS = 5
    VISIT = 6


@dataclass(frozen=True, slots=True)
class OutletMask:
    """Where a promotion applies at one partner: bit n of `mask` stands for outlet n."""

    partner: PartnerId
    mask: int


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a reward's table: `miles` from a value of `at_least` on.

    Units: minor units for BANDS and WINDOW_SPEND, outlets for WINDOW_OUTLETS.
    """

    at_least: int
    miles: Miles


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionTerms:
    """The twin of IPromotionBook.Terms, field for field and in its order, to be passed as a tuple.

    Units: days since 1990-01-01, minutes of the outlet's day, minor units, miles; the interface says
        what they mean. 0 and () are none, of `channels`, `tiers` and `segments` all.
    """

    first_day: DayNumber
    last_day: DayNumber
    from_minute: int
    until_minute: int
    weekdays: int
    minimum: MinorUnits
    party_size: int = 0
    channels: int = 0
    tiers: int = 0
    segments: int = 0
    enrolled: bool = False
    first: int = 0
    group: int
    reward: RewardKind
    multiple_bps: int = 0
    fixed_miles: Miles = _NONE
    step: MinorUnits = _NO_STEP
    every: int = 0
    from_visit: int = 0
    yearly: bool = False
    table: tuple[Row, ...] = ()
    per_purchase: Miles = _NONE
    per_member: Miles = _NONE
    per_member_day: Miles = _NONE
    per_outlet: Miles = _NONE
    awards_per_member: int = 0
    awards_per_member_day: int = 0
    awards: int = 0
    ceiling: Miles = _NONE
    funded: bool = False
    listed: bool = False
    outlets: tuple[OutletMask, ...] = ()
    except_days: tuple[DayNumber, ...] = ()
