"""Reads a programme: how long miles live, what is accepted, how much notice is given.

Its rules and periods are written into the contracts by deployment; feeds take the acceptance from it.
Source: docs/programme-rules.md part 11, a programme as a file.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from milepost.catalogue.document import Key, read_document
from milepost.catalogue.model import FileModel, judge
from milepost.catalogue.rule_versions import (
    MOST_LATE_DAYS,
    VersionFile,
    late_days_faults,
    late_days_of,
    make_version,
    version_faults,
)
from milepost.catalogue.scalars import Day, Distinct, EmptyIfNone, Name, Title, UtcOffset
from milepost.domain.programme import (
    MOST_VERSIONS,
    Acceptance,
    ActivityDay,
    Programme,
    SpendOrder,
    SpentMiles,
)

MOST_NOTICE_DAYS = 3_650
"""Longest notice, days; ten years is a slip of the pen, and more would block every change."""

DEFAULT_SYMBOL = "MILES"


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
        # With an account rule that any wait and any closing fits: nothing is to be said of a stand-in.
        "versions": [{"account": {"months": 600, "align": "day", "activity": ["accrual"]}}],
        "notice_days": 1,
    }
    # The tiers of an account rule are names of the programme's.
    rests_on: ClassVar[Mapping[str, str]] = {"tiers": "tiers"}

    programme: Name
    title: Title
    utc_offset: UtcOffset
    tiers: Annotated[list[Name], EmptyIfNone, Field(max_length=16), Distinct] = Field(default_factory=list)
    activity_day: Literal["purchase", "posting"] = "purchase"
    late_days: Annotated[int, Field(ge=0, le=MOST_LATE_DAYS)] | None = None
    spend: Literal["soonest", "lots-first"] = "soonest"
    first_lapse: Day | None = None
    versions: Annotated[list[VersionFile], Field(min_length=1, max_length=MOST_VERSIONS)]
    closes_account: bool = False
    notice_days: Annotated[int, Field(ge=0, le=MOST_NOTICE_DAYS)]
    promotion_notice_days: Annotated[int, Field(ge=0, le=MOST_NOTICE_DAYS)] | None = None
    symbol: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{0,10}$")] = DEFAULT_SYMBOL
    refunds: _Refunds = _Refunds()
    accept: _Accept = _Accept()

    def faults(self) -> Iterator[tuple[Key, str]]:
        yield from version_faults(self.versions, self.tiers)
        yield from late_days_faults(self.versions, self.late_days)
        if self.notice_days == 0:
            yield ("notice_days",), "0 gives none, and an announced act may shorten lots; the least is 1"
        if self.closes_account and not any(version.account for version in self.versions):
            yield ("closes_account",), "needs an account rule: without one no account ever lapses"


def read_programme(path: Path) -> Programme:
    """Read one programme file.

    Raises: CatalogueError with every problem of the file.
    """
    file = judge(read_document(path), _ProgrammeFile).accepted()
    notice = file.notice_days if file.promotion_notice_days is None else file.promotion_notice_days
    return Programme(
        name=file.programme,
        title=file.title,
        utc_offset_minutes=file.utc_offset,
        tiers=tuple(file.tiers),
        versions=tuple(make_version(version, file.tiers) for version in file.versions),
        accept=Acceptance(file.accept.oldest_days, file.accept.ahead_minutes),
        notice_days=file.notice_days,
        promotion_notice_days=notice,
        symbol=file.symbol,
        activity_day=ActivityDay(file.activity_day),
        late_days=late_days_of(file.versions, file.late_days),
        spend=SpendOrder(file.spend),
        first_lapse=file.first_lapse,
        closes_account=file.closes_account,
        spent_miles=SpentMiles(file.refunds.spent_miles),
    )
