"""Reads a promotion: all keys of the format but the reward's, which promotion_rewards.py holds.

promotion_amounts.py turns its amounts into minor units, promotion_checks.py holds it against the partners,
and codec/terms.py numbers it for the PromotionBook. Source: the format of a promotion file.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from milepost.catalogue.document import Document, Key
from milepost.catalogue.model import FileModel, Verdict, judge
from milepost.catalogue.promotion_rewards import RewardFile
from milepost.catalogue.scalars import (
    ChannelName,
    Day,
    DecimalText,
    Distinct,
    EmptyIfNone,
    Minute,
    Name,
    OutletName,
    Segment,
    Title,
    Weekday,
)
from milepost.domain.promotion import MINUTES_A_DAY
from milepost.domain.promotion_maxima import (
    MOST_AWARDS,
    MOST_AWARDS_A_DAY,
    MOST_AWARDS_A_MEMBER,
    MOST_BUDGET,
    MOST_CEILING,
    MOST_EXCEPT_DAYS,
)
from milepost.domain.receipt import MOST_DESIRED
from milepost.domain.report import MOST_PARTY

Miles22 = Annotated[int, Field(ge=1, le=MOST_DESIRED)]
Count32 = Annotated[int, Field(ge=1, le=MOST_AWARDS)]
_Outlets = Annotated[list[OutletName], EmptyIfNone, Distinct]


class OutletsIn(FileModel):
    include: _Outlets = Field(default_factory=list)
    exclude: _Outlets = Field(default_factory=list)

    def faults(self) -> Iterator[tuple[Key, str]]:
        for place, code in enumerate(self.exclude):
            if code in self.include:
                yield ("exclude", place), f"{code!r} is also included; keep it in one of both"


class WindowFile(FileModel):
    from_: Annotated[Day, Field(alias="from")]
    until: Day
    except_: Annotated[
        list[Day], EmptyIfNone, Field(alias="except", max_length=MOST_EXCEPT_DAYS), Distinct
    ] = Field(default_factory=list)

    def faults(self) -> Iterator[tuple[Key, str]]:
        if self.until < self.from_:
            yield ("until",), f"{self.until} is before from, {self.from_}; both days are included"
            return
        for place, day in enumerate(self.except_):
            if not self.from_ <= day <= self.until:
                yield ("except", place), f"{day} lies outside the window; leave it out"


class HoursFile(FileModel):
    from_: Annotated[Minute, Field(alias="from")]
    until: Minute

    def faults(self) -> Iterator[tuple[Key, str]]:
        if self.from_ == self.until:
            yield ("until",), "equals from; leave hours out for all day"
        if self.from_ == MINUTES_A_DAY:
            yield ("from",), "24:00 is the end of the day; write 00:00"


class MembersFile(FileModel):
    tiers: Annotated[list[Name], EmptyIfNone, Distinct] = Field(default_factory=list)
    segments: Annotated[list[Segment], EmptyIfNone, Distinct] = Field(default_factory=list)
    enrolled: bool | None = None
    first: Count32 | None = None


class PurchaseFile(FileModel):
    minimum: DecimalText | None = None
    party_size: Annotated[int, Field(ge=1, le=MOST_PARTY)] | None = None
    channels: Annotated[list[ChannelName], EmptyIfNone, Distinct] = Field(default_factory=list)


class LimitsFile(FileModel):
    per_purchase: Miles22 | None = None
    per_member: Miles22 | None = None
    per_member_day: Miles22 | None = None
    per_outlet: Count32 | None = None
    awards_per_member: Annotated[int, Field(ge=1, le=MOST_AWARDS_A_MEMBER)] | None = None
    awards_per_member_day: Annotated[int, Field(ge=1, le=MOST_AWARDS_A_DAY)] | None = None
    awards: Count32 | None = None
    budget: Annotated[int, Field(ge=1, le=MOST_BUDGET)] | None = None


class StackingFile(FileModel):
    group: Name | None = None
    ceiling: Annotated[int, Field(ge=1, le=MOST_CEILING)] | None = None


class FundingFile(FileModel):
    partner: Name
    miles: Annotated[int, Field(ge=1, le=MOST_BUDGET)]


class PromotionFile(FileModel):
    """A promotion file whose keys are each right; it still has to be held against the partners."""

    stand_ins: ClassVar[Mapping[str, object]] = {
        "promotion": "unnamed",
        "window": {"from": "1990-01-01", "until": "1990-01-01"},
        "reward": {"fixed": 1},
    }
    # What partners pay together is held against the budget, weekdays against the window.
    rests_on: ClassVar[Mapping[str, str]] = {"funding": "limits", "weekdays": "window"}

    promotion: Name
    title: Title | None = None
    partners: Annotated[list[Name], Field(min_length=1), Distinct]
    outlets: OutletsIn | None = None
    window: WindowFile
    weekdays: Annotated[list[Weekday], EmptyIfNone, Distinct] = Field(default_factory=list)
    hours: HoursFile | None = None
    members: MembersFile | None = None
    purchase: PurchaseFile | None = None
    reward: RewardFile
    limits: LimitsFile | None = None
    stacking: StackingFile | None = None
    funding: Annotated[list[FundingFile], EmptyIfNone] = Field(default_factory=list)
    terms: Annotated[str, Field(min_length=1, max_length=200)] | None = None

    def faults(self) -> Iterator[tuple[Key, str]]:
        # The first day found is enough: it stands among the first few, however long the window is.
        if next(self._days(), None) is None:
            key: Key = ("weekdays",) if self.weekdays else ("window", "except")
            yield key, "leaves no day of the window in"
        yield from self._funding_faults()

    def _days(self) -> Iterator[date]:
        """The window's days that are in."""
        for number in range((self.window.until - self.window.from_).days + 1):
            day = self.window.from_ + timedelta(days=number)
            if day not in self.window.except_ and (not self.weekdays or day.weekday() in self.weekdays):
                yield day

    def _funding_faults(self) -> Iterator[tuple[Key, str]]:
        codes = [share.partner for share in self.funding]
        for place, code in enumerate(codes):
            if code in codes[:place]:
                yield ("funding", place, "partner"), f"{code!r} stands twice; add its miles up"
        paid, budget = sum(share.miles for share in self.funding), self.limits and self.limits.budget
        if self.funding and paid != budget:
            said = budget or "not said"
            yield ("funding",), f"pays {paid} miles in all, and limits.budget is {said}; make them equal"

    @property
    def minimum(self) -> str | None:
        """The least eligible amount as written; its units depend on the partners' currency."""
        return self.purchase.minimum if self.purchase else None


def judge_promotion(document: Document) -> Verdict[PromotionFile]:
    """Judge a promotion's document on its own; the partners it names are not looked at."""
    return judge(document, PromotionFile)
