"""Says what a dining promotion offers, as its file states it.

The catalogue reads promotions from YAML; codec/terms.py makes PromotionTerms of them for the contract.
"""

from dataclasses import dataclass
from datetime import date

from milepost.domain.purchase import Channel
from milepost.domain.quantities import Miles, MinorUnits, OutletCode, PartnerCode

ALL_WEEKDAYS = (0, 1, 2, 3, 4, 5, 6)
"""Monday is 0."""
MINUTES_A_DAY = 1440

_NO_MINIMUM = MinorUnits(0)


@dataclass(frozen=True, slots=True)
class Window:
    """Local days of the outlet, both included, less `except_days`, which rise."""

    from_day: date
    until_day: date
    except_days: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Hours:
    """Minutes of the outlet's day, half open; `until_minute` below `from_minute` passes midnight."""

    from_minute: int = 0
    until_minute: int = MINUTES_A_DAY


@dataclass(frozen=True, slots=True)
class Members:
    """Who gets it. Shape: tiers by name, segments by bit, rising; empty for all. `first`: so many members."""

    tiers: tuple[str, ...] = ()
    segments: tuple[int, ...] = ()
    enrolled: bool = False
    first: int | None = None


@dataclass(frozen=True, slots=True)
class PurchaseTerms:
    """What a purchase must be. `minimum_minor` is of the eligible amount, 0 for none; no channel is all."""

    minimum_minor: MinorUnits = _NO_MINIMUM
    party_size: int | None = None
    channels: tuple[Channel, ...] = ()


@dataclass(frozen=True, slots=True)
class Multiple:
    """A multiple of base in basis points; what exceeds base is the bonus."""

    multiple_bps: int


@dataclass(frozen=True, slots=True)
class Fixed:
    """Miles a purchase."""

    miles: Miles


@dataclass(frozen=True, slots=True)
class PerStep:
    """Miles for each whole step of the eligible amount."""

    step_minor: MinorUnits
    miles: Miles


@dataclass(frozen=True, slots=True)
class Step:
    """A row of a table: from this amount in minor units, or this number of outlets, on so many miles."""

    reached: int
    miles: Miles


@dataclass(frozen=True, slots=True)
class Bands:
    """Miles by the eligible amount of one purchase. Shape: rows rise in both."""

    rows: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class WindowSpend:
    """Miles by what the member spent within the window, topped up. Shape: rows rise in both."""

    rows: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class WindowOutlets:
    """Miles by how many outlets the member visited within the window, topped up. Shape: rows rise in both."""

    rows: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """A multiple or miles for each visit from the `from_visit`th on, for each `every`th, or both.

    Shape: at least one of `every` and `from_visit`; one of both rewards. Visits count by the outlet's
        calendar year if `is_yearly`, else over the whole window.
    """

    every: int | None = None
    from_visit: int | None = None
    multiple_bps: int | None = None
    miles: Miles | None = None
    is_yearly: bool = False


Reward = Multiple | Fixed | PerStep | Bands | WindowSpend | WindowOutlets | Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Miles and numbers of awards, which are purchases that were granted something; None for no limit."""

    per_purchase: Miles | None = None
    per_member: Miles | None = None
    per_member_day: Miles | None = None
    per_outlet: Miles | None = None
    awards_per_member: int | None = None
    awards_per_member_day: int | None = None
    awards: int | None = None
    budget: Miles | None = None


@dataclass(frozen=True, slots=True)
class Stacking:
    """Of a group one promotion grants. `ceiling`: most bonus miles of one purchase from all together."""

    group: str | None = None
    ceiling: Miles | None = None


@dataclass(frozen=True, slots=True)
class Funding:
    """What a partner pays into the promotion's pot, in miles."""

    partner: PartnerCode
    miles: Miles


@dataclass(frozen=True, slots=True)
class Promotion:
    """One file. Shape: weekdays rising, Monday 0; `funding` empty unless partners pay it together."""

    name: str
    title: str
    partners: tuple[PartnerCode, ...]
    window: Window
    reward: Reward
    outlets_include: tuple[OutletCode, ...] = ()
    outlets_exclude: tuple[OutletCode, ...] = ()
    weekdays: tuple[int, ...] = ALL_WEEKDAYS
    hours: Hours = Hours()
    members: Members = Members()
    purchase: PurchaseTerms = PurchaseTerms()
    limits: Limits = Limits()
    stacking: Stacking = Stacking()
    funding: tuple[Funding, ...] = ()
    terms: str = ""
