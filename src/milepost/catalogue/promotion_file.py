"""Reads a promotion: all keys of the format, of which the contracts settle some and the others are refused.

promotion_checks.py then holds it against the partners; codec/terms.py numbers it for the PromotionBook.
Source: the format of a promotion file.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from milepost.catalogue.document import Document, Key
from milepost.catalogue.model import FileModel, Verdict, judge
from milepost.catalogue.scalars import (
    Day,
    DecimalText,
    Distinct,
    EmptyIfNone,
    Minute,
    Name,
    OutletName,
    Title,
    Unsettled,
    Weekday,
    to_units,
)
from milepost.domain.promotion import ALL_WEEKDAYS, MINUTES_A_DAY, Hours, Limits, Promotion, Reward, Window
from milepost.domain.promotion_terms import NO_BUDGET
from milepost.domain.quantities import Miles, MinorUnits, OutletCode, PartnerCode
from milepost.domain.receipt import MOST_DESIRED

MOST_BUDGET = NO_BUDGET - 1
"""Largest budget, miles; the number above it stands for none."""
MOST_MULTIPLE_BPS = 1_000_000
"""Largest multiple of base, 100 times, in basis points; a larger one is refused."""
MULTIPLE_DECIMALS = 4
"""A multiple is kept in basis points."""

_Outlets = Annotated[list[OutletName], EmptyIfNone, Distinct]


class _OutletsIn(FileModel):
    include: _Outlets = Field(default_factory=list)
    exclude: _Outlets = Field(default_factory=list)

    def faults(self) -> Iterator[tuple[Key, str]]:
        for place, code in enumerate(self.exclude):
            if code in self.include:
                yield ("exclude", place), f"{code!r} is also included; keep it in one of both"


class _Window(FileModel):
    from_: Annotated[Day, Field(alias="from")]
    until: Day
    except_: Annotated[Unsettled, Field(alias="except")] = None

    def faults(self) -> Iterator[tuple[Key, str]]:
        if self.until < self.from_:
            yield ("until",), f"{self.until} is before from, {self.from_}; both days are included"


class _Hours(FileModel):
    from_: Annotated[Minute, Field(alias="from")]
    until: Minute

    def faults(self) -> Iterator[tuple[Key, str]]:
        if self.from_ == self.until:
            yield ("until",), "equals from; leave hours out for all day"
        if self.from_ == MINUTES_A_DAY:
            yield ("from",), "24:00 is the end of the day; write 00:00"


class _Members(FileModel):
    tiers: Unsettled = None
    segments: Unsettled = None
    enrolled: Unsettled = None
    first: Unsettled = None


class _Purchase(FileModel):
    minimum: DecimalText | None = None
    party_size: Unsettled = None
    channels: Unsettled = None


class _Reward(FileModel):
    multiple: DecimalText | None = None
    fixed: Annotated[int, Field(ge=1, le=MOST_DESIRED)] | None = None
    per_step: Unsettled = None
    bands: Unsettled = None
    window_spend: Unsettled = None
    window_outlets: Unsettled = None
    visit: Unsettled = None

    def faults(self) -> Iterator[tuple[Key, str]]:
        if self.multiple is None and self.fixed is None:
            yield (), "holds no reward; write one of multiple and fixed"
        if self.multiple is not None and self.fixed is not None:
            yield (), "holds two rewards; keep one of multiple and fixed"
        if self.multiple is None:
            return
        try:
            bps = self.multiple_bps()
        except ValueError as error:
            yield ("multiple",), str(error)
            return
        if not 10_000 < bps <= MOST_MULTIPLE_BPS:
            yield ("multiple",), f"{self.multiple} must be above 1 and at most {MOST_MULTIPLE_BPS // 10_000}"

    def multiple_bps(self) -> int:
        """The multiple in basis points, 0 for none; ValueError if it is finer than one."""
        return to_units(self.multiple, MULTIPLE_DECIMALS) if self.multiple is not None else 0


class _Limits(FileModel):
    per_purchase: Unsettled = None
    per_member: Annotated[int, Field(ge=1, le=MOST_DESIRED)] | None = None
    per_member_day: Unsettled = None
    per_outlet: Unsettled = None
    awards_per_member: Unsettled = None
    awards_per_member_day: Unsettled = None
    awards: Unsettled = None
    budget: Annotated[int, Field(ge=1, le=MOST_BUDGET)] | None = None


class _Stacking(FileModel):
    group: Name | None = None
    ceiling: Unsettled = None


class PromotionFile(FileModel):
    """A promotion file whose keys are each right; it still has to be held against the partners."""

    stand_ins: ClassVar[Mapping[str, object]] = {
        "promotion": "unnamed",
        "window": {"from": "1990-01-01", "until": "1990-01-01"},
        "reward": {"fixed": 1},
    }

    promotion: Name
    title: Title | None = None
    partners: Annotated[list[Name], Field(min_length=1), Distinct]
    outlets: _OutletsIn | None = None
    window: _Window
    weekdays: Annotated[list[Weekday], EmptyIfNone, Distinct] = Field(default_factory=list)
    hours: _Hours | None = None
    members: _Members | None = None
    purchase: _Purchase | None = None
    reward: _Reward
    limits: _Limits | None = None
    stacking: _Stacking | None = None
    terms: Annotated[str, Field(min_length=1, max_length=200)] | None = None

    @property
    def minimum(self) -> str | None:
        """The least eligible amount as written; its units depend on the partners' currency."""
        return self.purchase.minimum if self.purchase else None


def judge_promotion(document: Document) -> Verdict[PromotionFile]:
    """Judge a promotion's document on its own; the partners it names are not looked at."""
    return judge(document, PromotionFile)


def make_promotion(file: PromotionFile, *, minimum_minor: int, terms: str) -> Promotion:
    """Make a promotion of its file.

    Units: `minimum_minor` in minor units of its partners' currency. `terms`: the full text, empty for none.
    """
    reward, limits, outlets = file.reward, file.limits or _Limits(), file.outlets or _OutletsIn()
    return Promotion(
        name=file.promotion,
        title=file.title or file.promotion,
        partners=tuple(PartnerCode(code) for code in file.partners),
        window=Window(file.window.from_, file.window.until),
        reward=Reward(reward.multiple_bps(), Miles(reward.fixed or 0)),
        outlets_include=tuple(OutletCode(code) for code in outlets.include),
        outlets_exclude=tuple(OutletCode(code) for code in outlets.exclude),
        weekdays=tuple(sorted(file.weekdays)) or ALL_WEEKDAYS,
        hours=_hours(file.hours),
        minimum_minor=MinorUnits(minimum_minor),
        limits=Limits(_miles(limits.per_member), _miles(limits.budget)),
        group=file.stacking.group if file.stacking else None,
        terms=terms,
    )


def _hours(hours: _Hours | None) -> Hours:
    if hours is None:
        return Hours()
    # Until 00:00 is until the end of the day: the contract writes that as 1,440.
    return Hours(hours.from_, hours.until or MINUTES_A_DAY)


def _miles(number: int | None) -> Miles | None:
    return None if number is None else Miles(number)
