"""Says by the rules that stand on a ledger what became of a lot, and which lot a purchase earned into.

A ledger read at a block gives the rules; liability and statements judge its lots by them.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from milepost.domain.calendar import local_day
from milepost.domain.lots import Lot
from milepost.domain.programme import LotAct, RuleVersion
from milepost.domain.quantities import DayNumber
from milepost.domain.rules import POOL_DAY, moved_lot_day, version_number_of

_POOL_VERSION = 0


class Fate(StrEnum):
    """What became of a lot by a day."""

    LIVE = "live"
    REVIVABLE = "revivable"
    """Lapsed by the account's clock, and activity of before that may still arrive in time."""
    LAPSED = "lapsed"
    """For good; it stands in the ledger until somebody has it written off."""


class LotKey(NamedTuple):
    """Names the lots that one day's earning goes into: own day and version; POOL_DAY and 0 for the pool."""

    own_day: DayNumber
    version: int


@dataclass(frozen=True, slots=True)
class StandingRules:
    """The rules of a ledger as they stand: versions and acts announced since it was deployed among them.

    Shape: versions and acts in order of their numbers. Units: minutes east of UTC, days.
    """

    versions: tuple[RuleVersion, ...]
    acts: tuple[LotAct, ...]
    late_days: int
    utc_offset_minutes: int

    def day_of(self, instant_s: int) -> DayNumber:
        """The programme's local day at a unix second."""
        return local_day(instant_s, self.utc_offset_minutes)

    def fate_of(self, lot: Lot, day: DayNumber) -> Fate:
        """What became of a lot, as the ledger shows it on that day.

        Source: docs/programme-rules.md part 5; programmes' decision 13: an own day that is over is final.
        """
        if lot.last_day >= day:
            return Fate.LIVE
        # 0 is the last day of a life that is over for good.
        if lot.last_day == POOL_DAY or lot.last_day + self.late_days < day:
            return Fate.LAPSED
        return Fate.REVIVABLE if self._own_day_reaches(lot, day) else Fate.LAPSED

    def key_of(self, earned_at_s: int, last_day: DayNumber) -> LotKey:
        """The lots that miles earned at a unix second went into; `last_day` as their receipt has it."""
        version = version_number_of(self.versions, self.day_of(earned_at_s))
        rule = self.versions[version - 1]
        if rule.lot is None and rule.account is not None:
            return LotKey(POOL_DAY, _POOL_VERSION)
        return LotKey(last_day, version)

    def _own_day_reaches(self, lot: Lot, day: DayNumber) -> bool:
        if lot.own_day == POOL_DAY:
            return True
        return moved_lot_day(self.acts, self.versions, lot.version, lot.own_day) >= day
