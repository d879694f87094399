"""Says what a dining promotion offers, as its file states it.

The catalogue reads promotions from YAML; codec/terms.py makes PromotionTerms of them for the contract.
"""

from dataclasses import dataclass
from datetime import date

from milepost.domain.quantities import Miles, MinorUnits, OutletCode, PartnerCode

ALL_WEEKDAYS = (0, 1, 2, 3, 4, 5, 6)
"""Monday is 0."""
MINUTES_A_DAY = 1440

_NO_MILES = Miles(0)
_NO_MINIMUM = MinorUnits(0)


@dataclass(frozen=True, slots=True)
class Window:
    """Local days of the outlet, both included, less `except_days`."""

    from_day: date
    until_day: date
    except_days: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Hours:
    """Minutes of the outlet's day, half open; `until_minute` below `from_minute` passes midnight."""

    from_minute: int = 0
    until_minute: int = MINUTES_A_DAY


@dataclass(frozen=True, slots=True)
class Reward:
    """One of both is above 0: a multiple of base in basis points, the excess being the bonus, or miles."""

    multiple_bps: int = 0
    fixed_miles: Miles = _NO_MILES


@dataclass(frozen=True, slots=True)
class Limits:
    """Miles; None for no limit."""

    per_member: Miles | None = None
    budget: Miles | None = None


@dataclass(frozen=True, slots=True)
class Promotion:
    """One file. Shape: weekdays rising, Monday 0. `minimum_minor` is of the eligible amount, 0 for none."""

    name: str
    title: str
    partners: tuple[PartnerCode, ...]
    window: Window
    reward: Reward
    outlets_include: tuple[OutletCode, ...] = ()
    outlets_exclude: tuple[OutletCode, ...] = ()
    weekdays: tuple[int, ...] = ALL_WEEKDAYS
    hours: Hours = Hours()
    minimum_minor: MinorUnits = _NO_MINIMUM
    limits: Limits = Limits()
    group: str | None = None
    terms: str = ""
