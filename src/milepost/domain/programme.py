"""Says what a programme promises its members: how long miles live and which purchases it accepts.

The catalogue reads it from YAML; deployment writes it into the contracts, where it binds.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from milepost.domain.calendar import Align


class ActivityDay(StrEnum):
    """Which day of an activity restarts an account's clock."""

    PURCHASE = "purchase"
    POSTING = "posting"


class SpendOrder(StrEnum):
    """The order in which miles are spent."""

    SOONEST = "soonest"
    LOTS_FIRST = "lots-first"


class SpentMiles(StrEnum):
    """What becomes of miles that a refund takes back but the member has spent."""

    FORGIVE = "forgive"
    LATER_ACCRUALS = "later_accruals"
    DEBT = "debt"


@dataclass(frozen=True, slots=True)
class LotRule:
    """A lot's life: calendar months from the day of earning, moved to the end of `align`."""

    months: int
    align: Align


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How old a purchase may be, and how far ahead of the chain's clock. Exactly at a limit is accepted."""

    oldest_days: int
    ahead_minutes: int


@dataclass(frozen=True, slots=True)
class Programme:
    """Units: `utc_offset_minutes` east of UTC; notices in days; `tiers` lowest first, lower case."""

    name: str
    title: str
    utc_offset_minutes: int
    tiers: tuple[str, ...]
    lot_rule: LotRule
    accept: Acceptance
    notice_days: int
    promotion_notice_days: int
    symbol: str
    activity_day: ActivityDay = ActivityDay.PURCHASE
    late_days: int = 60
    spend: SpendOrder = SpendOrder.SOONEST
    first_lapse: date | None = None
    closes_account: bool = False
    spent_miles: SpentMiles = SpentMiles.LATER_ACCRUALS
