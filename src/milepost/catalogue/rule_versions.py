"""Judges the versions of a programme's expiry rules as its file writes them, and makes the domain's of them.

programme_file.py calls it; what a version must fit of the whole programme (its tiers, how late activity may
arrive) is judged here too, with the place of the key that is wrong.
"""

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from milepost.catalogue.document import Key
from milepost.catalogue.model import FileModel, nearest
from milepost.catalogue.scalars import Day, Distinct, EmptyIfNone, refusal
from milepost.domain.calendar import MOST_MONTHS, Align
from milepost.domain.programme import AccountRule, ActivityKind, LotRule, RuleVersion

MOST_MONTHS_BY_DAY = 48
"""Longest life of a day-aligned lot, calendar months; more would keep more lots than an account may."""

MOST_LATE_DAYS = 180
"""How late an activity may arrive at most, days; more would keep lapsed miles undecided for too long."""

USUAL_LATE_DAYS = 60
"""How late where a programme says nothing, days; less where one of its account rules is shorter."""

SHORTEST_MONTH = 28
"""Days of the shortest month: a rule of n months is never shorter than n times that."""

_AlignWord = Literal["day", "month", "quarter", "year"]
_ActivityWord = Literal["accrual", "redemption", "purchase", "transfer_in", "transfer_out", "adjustment"]
_Months = Annotated[int, Field(ge=1, le=MOST_MONTHS)]


def _one_rule(value: Any) -> Any:
    if isinstance(value, list):
        raise refusal("is a list; a version has at most one rule of each kind: write {months: …, align: …}")
    return value


class _LotRule(FileModel):
    months: _Months
    align: _AlignWord

    def faults(self) -> Iterator[tuple[Key, str]]:
        if self.align == "day" and self.months > MOST_MONTHS_BY_DAY:
            most = MOST_MONTHS_BY_DAY
            yield ("months",), f"{self.months} is too many: day-aligned lots live at most {most} months"


class _AccountRule(FileModel):
    months: _Months
    align: _AlignWord
    activity: Annotated[list[_ActivityWord], Distinct]
    tiers: Annotated[list[str], EmptyIfNone, Distinct] = Field(default_factory=list)

    def faults(self) -> Iterator[tuple[Key, str]]:
        if "accrual" not in self.activity:
            yield ("activity",), "must name accrual: miles would be void on the day they are earned"

    @property
    def longest_wait(self) -> int:
        """Most days that an activity may arrive late, so that it is always fewer than the rule gives."""
        return self.months * SHORTEST_MONTH - 1


class VersionFile(FileModel):
    """One item of `versions`: from which day, and at most one rule of each kind."""

    from_: Annotated[Day | None, Field(alias="from")] = None
    lot: Annotated[_LotRule | None, BeforeValidator(_one_rule)] = None
    account: Annotated[_AccountRule | None, BeforeValidator(_one_rule)] = None


def version_faults(versions: Sequence[VersionFile], tiers: Sequence[str]) -> Iterator[tuple[Key, str]]:
    """What contradicts itself among versions that are each right, or with the programme's tiers.

    Shape: keys start at `versions`.
    """
    if versions[0].from_ is not None:
        yield ("versions", 0, "from"), "must be null: the first version holds from the beginning"
    for number in range(1, len(versions)):
        given, last = versions[number].from_, versions[number - 1].from_
        if given is None:
            yield (
                ("versions", number, "from"),
                "must name a day: only the first version holds from the beginning",
            )
        elif last is not None and given <= last:
            yield (
                ("versions", number, "from"),
                f"{given} does not follow {last}; order versions by their days",
            )
    for number, version in enumerate(versions):
        for tier in version.account.tiers if version.account else ():
            if not tiers:
                yield ("versions", number, "account", "tiers"), "binds tiers, and the programme names none"
                break
            if tier not in tiers:
                key = ("versions", number, "account", "tiers")
                yield key, f"{tier!r} is no tier of this programme; {nearest(tier, tiers)}"


def late_days_of(versions: Sequence[VersionFile], given: int | None) -> int:
    """How late activity may arrive, days: as given, else the usual or, where a rule is shorter, what fits."""
    if given is not None:
        return given
    return min([USUAL_LATE_DAYS, *_longest_waits(versions)])


def late_days_faults(versions: Sequence[VersionFile], given: int | None) -> Iterator[tuple[Key, str]]:
    """A wait that is not shorter than each account rule."""
    if given is None:
        return
    if given > (most := min(_longest_waits(versions), default=given)):
        yield (
            ("late_days",),
            f"{given} is not shorter than the shortest account rule; with it the most is {most}",
        )


def make_version(version: VersionFile, tiers: Sequence[str]) -> RuleVersion:
    """Make a version of its file; tiers become their numbers, 0 the lowest."""
    lot, account = version.lot, version.account
    return RuleVersion(
        from_day=version.from_,
        lot=None if lot is None else LotRule(lot.months, Align(lot.align)),
        account=None if account is None else _account_rule(account, tiers),
    )


def _account_rule(rule: _AccountRule, tiers: Sequence[str]) -> AccountRule:
    return AccountRule(
        months=rule.months,
        align=Align(rule.align),
        activities=reduce(or_, (ActivityKind[word.upper()] for word in rule.activity)),
        tiers=frozenset(tiers.index(tier) for tier in rule.tiers),
    )


def _longest_waits(versions: Sequence[VersionFile]) -> list[int]:
    return [version.account.longest_wait for version in versions if version.account]
