"""Builders of the plain ledger: programmes by what matters to lots and clocks, and days by their dates."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from milepost.catalogue.loading import load_programme
from milepost.domain.account import NO_LIFE, Bucket
from milepost.domain.calendar import Align, date_of, day_number
from milepost.domain.ledger import Ledger
from milepost.domain.outcome import Outcome
from milepost.domain.programme import AccountRule, ActivityKind, LotRule, Programme, RuleVersion
from milepost.domain.quantities import DayNumber, MemberId, Miles
from milepost.domain.rules import NEVER
from milepost.domain.spending import Taken
from tests.support.deployments import a_programme


def a_lot_programme(months: int = 36, align: Align = Align.DAY, **changes: Any) -> Programme:
    """One version with one lot rule, on Hong Kong's clock."""
    return a_programme(versions=(RuleVersion(None, LotRule(months, align)),), **changes)


def a_lot_ledger(
    months: int = 36,
    align: Align = Align.DAY,
    *,
    offset_minutes: int = 480,
    enrolled: int = 0,
    **changes: Any,
) -> Ledger:
    """The ledger of such a programme."""
    programme = a_lot_programme(months, align, utc_offset_minutes=offset_minutes, **changes)
    return Ledger.of(programme, enrolled=enrolled)


def a_lot(own_day: int, version: int = 1) -> Bucket:
    """The bucket of a lot that no clock binds."""
    return Bucket(DayNumber(own_day), version, NO_LIFE)


def day(text: str) -> DayNumber:
    """A date as the ledger counts days."""
    return day_number(day_date(text))


def day_date(text: str) -> date:
    """The date itself, as versions name it."""
    return date.fromisoformat(text)


def a_clock_programme(*versions: RuleVersion, **changes: Any) -> Programme:
    """Two years by activity of every kind but adjustment, or the versions given; on Hong Kong's clock."""
    every = ~ActivityKind.ADJUSTMENT
    usual = RuleVersion(None, None, AccountRule(24, Align.DAY, every))
    return a_programme(**{"versions": versions or (usual,), "tiers": ("blue", "silver"), **changes})


FIRST = MemberId(1)


@dataclass
class Member:
    """One member of a programme, and another to give miles to; every act names its local day or second."""

    ledger: Ledger
    number: MemberId = FIRST

    def at(self, local: str) -> int:
        """The unix second of a local time such as 2009-03-15T23:59:59, of a date its noon."""
        given = datetime.fromisoformat(local if "T" in local else f"{local}T12:00:00")
        return int(given.replace(tzinfo=UTC).timestamp()) - self.ledger.utc_offset_minutes * 60

    def earn(self, miles: int, local: str, *, settled: str | None = None) -> Outcome:
        """A purchase worth so many miles, settled at once unless told otherwise."""
        now_s = self.at(settled or local)
        standing = self.ledger.standing(self.number, self.at(local), now_s=now_s)
        if standing.outcome is Outcome.CREDITED:
            self.ledger.credit(self.number, standing.bucket, Miles(miles))
        return standing.outcome

    def redeem(self, miles: int, on: str) -> Taken:
        return self.ledger.redeem(self.number, Miles(miles), today=day(on))

    def cancel(self, taken: Taken, on: str) -> None:
        self.ledger.cancel(self.number, taken, today=day(on))

    def in_tier(self, tier: int, on: str) -> None:
        self.ledger.set_tier(self.number, tier, today=day(on))

    def balance(self, local: str) -> int:
        return self.ledger.balance_at(self.number, self.at(local))

    @property
    def lots(self) -> list[tuple[int, str]]:
        """Miles and last valid day of each lot, in spending order."""
        return [(lot.miles, shown(lot.last_day)) for lot in self.ledger.lots_of(self.number)]


def shown(number: DayNumber) -> str:
    """A day as a date, or `never`."""
    return "never" if number == NEVER else date_of(number).isoformat()


def a_member(programme: Programme | str) -> Member:
    """Of a programme, or of one of the files in programmes/ by its name."""
    found = load_programme(programme) if isinstance(programme, str) else programme
    return Member(Ledger.of(found, enrolled=3))
