"""Reads a programme: how long miles live, what is accepted, how much notice is given.

Its rule and periods are written into the contracts by deployment; feeds take the acceptance from it.
Source: the format of a programme file, of which the contracts settle one lot rule so far.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from milepost.catalogue.document import Key, read_document
from milepost.catalogue.model import FileModel, judge
from milepost.catalogue.scalars import Day, Distinct, EmptyIfNone, Name, Title, Unsettled, UtcOffset
from milepost.domain.calendar import MOST_MONTHS, Align
from milepost.domain.programme import Acceptance, LotRule, Programme, RuleVersion, SpentMiles

MOST_MONTHS_BY_DAY = 48
"""Longest life of a day-aligned lot, calendar months; more would keep more lots than an account may."""

MOST_NOTICE_DAYS = 3_650
"""Longest notice, days; ten years is a slip of the pen, and more would block every change."""

DEFAULT_SYMBOL = "MILES"

_UNSETTLED = "is not settled by this version of the contracts"


class _LotRule(FileModel):
    months: Annotated[int, Field(ge=1, le=MOST_MONTHS)]
    align: Literal["day", "month", "quarter", "year"]

    def faults(self) -> Iterator[tuple[Key, str]]:
        if self.align == "day" and self.months > MOST_MONTHS_BY_DAY:
            most = MOST_MONTHS_BY_DAY
            yield ("months",), f"{self.months} is too many: day-aligned lots live at most {most} months"


class _Version(FileModel):
    from_: Annotated[Day | None, Field(alias="from")] = None
    lot: _LotRule | None = None
    account: Unsettled = None


class _Refunds(FileModel):
    spent_miles: Literal["forgive", "later_accruals", "debt"] = "later_accruals"


class _Accept(FileModel):
    oldest_days: Annotated[int, Field(ge=1, le=3_650)] = 90
    ahead_minutes: Annotated[int, Field(ge=0, le=1_440)] = 10


class _ProgrammeFile(FileModel):
    stand_ins: ClassVar[Mapping[str, object]] = {
        "programme": "unnamed",
        "title": "unnamed",
        "utc_offset": "+00:00",
        "versions": [{"lot": {"months": 1, "align": "day"}}],
        "notice_days": 0,
    }

    programme: Name
    title: Title
    utc_offset: UtcOffset
    tiers: Annotated[list[Name], EmptyIfNone, Field(max_length=16), Distinct] = Field(default_factory=list)
    activity_day: Literal["purchase", "posting"] = "purchase"
    late_days: Annotated[int, Field(ge=0, le=180)] = 60
    spend: Literal["soonest", "lots-first"] = "soonest"
    first_lapse: Day | None = None
    versions: Annotated[list[_Version], Field(min_length=1)]
    closes_account: bool = False
    notice_days: Annotated[int, Field(ge=0, le=MOST_NOTICE_DAYS)]
    promotion_notice_days: Annotated[int, Field(ge=0, le=MOST_NOTICE_DAYS)] | None = None
    symbol: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{0,10}$")] = DEFAULT_SYMBOL
    refunds: _Refunds = _Refunds()
    accept: _Accept = _Accept()

    def faults(self) -> Iterator[tuple[Key, str]]:
        first = self.versions[0]
        if first.from_ is not None:
            yield ("versions", 0, "from"), "must be null: the first version holds from the beginning"
        if first.lot is None:
            yield (
                ("versions", 0, "lot"),
                f"a programme without a lot rule {_UNSETTLED}; add lot: {{months, align}}",
            )
        for number, version in enumerate(self.versions[1:], start=1):
            if version.lot and first.lot:
                yield ("versions", number, "lot"), "is a second lot rule; a programme has at most one"
            else:
                yield ("versions", number), f"a second version {_UNSETTLED}; keep the first"
        yield from self._unsettled_settings()

    def _unsettled_settings(self) -> Iterator[tuple[Key, str]]:
        if self.activity_day != "purchase":
            yield ("activity_day",), f"{self.activity_day!r} {_UNSETTLED}; write purchase"
        if self.spend != "soonest":
            yield ("spend",), f"{self.spend!r} {_UNSETTLED}; write soonest"
        if self.first_lapse is not None:
            yield ("first_lapse",), f"{_UNSETTLED}; write null"
        if self.closes_account:
            yield ("closes_account",), f"true {_UNSETTLED}; write false"


def read_programme(path: Path) -> Programme:
    """Read one programme file.

    Raises: CatalogueError with every problem of the file.
    """
    file = judge(read_document(path), _ProgrammeFile).accepted()
    lot = file.versions[0].lot
    # The model refuses a programme without one.
    assert lot is not None
    notice = file.notice_days if file.promotion_notice_days is None else file.promotion_notice_days
    return Programme(
        name=file.programme,
        title=file.title,
        utc_offset_minutes=file.utc_offset,
        tiers=tuple(file.tiers),
        versions=(RuleVersion(None, LotRule(lot.months, Align(lot.align))),),
        accept=Acceptance(file.accept.oldest_days, file.accept.ahead_minutes),
        notice_days=file.notice_days,
        promotion_notice_days=notice,
        symbol=file.symbol,
        late_days=file.late_days,
        spent_miles=SpentMiles(file.refunds.spent_miles),
    )
