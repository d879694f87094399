"""Keeps lots of miles by their last valid day: the plain reference model of what MilesLedger promises.

Accruals credit it; tests compare it with the ledger, and the demo checks the chain's balances by it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from milepost.domain.calendar import last_valid_day, local_day
from milepost.domain.outcome import Outcome
from milepost.domain.programme import LotRule
from milepost.domain.quantities import DayNumber, MemberId, Miles

NO_DAY = DayNumber(0)
MOST_LAST_DAY = DayNumber(65_534)
"""2169-06-05, the last day that a lot's 16 bits can name; a later one is cut to it."""
_NO_MILES = Miles(0)


@dataclass(frozen=True, slots=True)
class Lot:
    """Miles that lapse together. They may be spent through all of `last_day`."""

    last_day: DayNumber
    version: int
    miles: Miles


Lots = dict[tuple[DayNumber, int], Miles]
"""An account's miles by last day and rule version."""


def add_miles(lots: Lots, last_day: DayNumber, version: int, miles: Miles) -> None:
    """Add miles to the lot of their own last day and version. 0 miles make no lot."""
    if miles:
        lots[last_day, version] = Miles(lots.get((last_day, version), 0) + miles)


def drop_lapsed(lots: Lots, day: DayNumber) -> None:
    """Leave out what lapsed before a day, as the ledger does when it reads all lots of an account."""
    for last_day, version in [bucket for bucket in lots if bucket[0] < day]:
        del lots[last_day, version]


def take_soonest(lots: Lots, miles: Miles) -> Miles:
    """Take miles from the lots that lapse soonest; what they did not have comes back."""
    left = miles
    for bucket in sorted(lots):
        taken = min(lots[bucket], left)
        lots[bucket], left = Miles(lots[bucket] - taken), Miles(left - taken)
        if not lots[bucket]:
            del lots[bucket]
    return left


def move_all(source: Lots, target: Lots) -> Miles:
    """Move every lot with its day into another account, and say how many miles they were."""
    moved = Miles(sum(source.values()))
    for (last_day, version), miles in source.items():
        add_miles(target, last_day, version, miles)
    source.clear()
    return moved


@dataclass(slots=True)
class Ledger:
    """Members 1 to `enrolled`, each with one sum of miles a last day and rule version.

    Units: `utc_offset_minutes` east of UTC, the programme's fixed offset; `credited` and `reversed` in miles,
        over all.
    """

    rule: LotRule
    utc_offset_minutes: int
    version: int = 1
    enrolled: int = 0
    closed: set[MemberId] = field(default_factory=set)
    accounts: dict[MemberId, Lots] = field(default_factory=dict)
    credited: Miles = _NO_MILES
    reversed: Miles = _NO_MILES

    def enrol(self, count: int) -> MemberId:
        """Enrol the next `count` members; the first of their ids comes back."""
        first = MemberId(self.enrolled + 1)
        self.enrolled += count
        return first

    def last_day_of(self, earned_at_s: int) -> DayNumber:
        """Last valid day of miles earned at that unix second."""
        day = local_day(earned_at_s, self.utc_offset_minutes)
        return min(last_valid_day(day, self.rule.months, self.rule.align), MOST_LAST_DAY)

    def standing(self, member: MemberId, earned_at_s: int, *, now_s: int) -> tuple[Outcome, DayNumber]:
        """Whether a purchase of that member may be credited now, and the last day of the lot it earns into.

        Shape: the day is 0 unless the outcome is CREDITED. Units: unix seconds.
        """
        if not 1 <= member <= self.enrolled:
            return Outcome.UNKNOWN_MEMBER, NO_DAY
        if member in self.closed:
            return Outcome.CLOSED_ACCOUNT, NO_DAY
        last_day = self.last_day_of(earned_at_s)
        if last_day < local_day(now_s, self.utc_offset_minutes):
            return Outcome.LOT_VOID, NO_DAY
        return Outcome.CREDITED, last_day

    def credit(self, member: MemberId, last_day: DayNumber, miles: Miles) -> None:
        """Add miles to the lot of their own last day, wherever it stands. 0 miles make no lot."""
        add_miles(self.accounts.setdefault(member, {}), last_day, self.version, miles)
        self.credited = Miles(self.credited + miles)

    def debit(self, member: MemberId, miles: Miles, *, day: DayNumber) -> None:
        """Take miles back on a day, from the lots that lapse soonest; the caller made sure that they live."""
        drop_lapsed(self.accounts.setdefault(member, {}), day)
        take_soonest(self.accounts[member], miles)
        self.reversed = Miles(self.reversed + miles)

    def merge(self, member: MemberId, into: MemberId, *, day: DayNumber) -> Miles:
        """Move all that lives on a day into another account, close the first, and say how much was moved."""
        for account in (member, into):
            drop_lapsed(self.accounts.setdefault(account, {}), day)
        self.closed.add(member)
        return move_all(self.accounts[member], self.accounts[into])

    def lots_of(self, member: MemberId) -> list[Lot]:
        """All lots ever credited, lapsed ones too, by last day and then version."""
        return [Lot(day, version, miles) for (day, version), miles in sorted(self._lots(member))]

    def balance_on(self, member: MemberId, day: DayNumber) -> Miles:
        """Miles alive on a local day of the programme."""
        return Miles(sum(miles for (last_day, _), miles in self._lots(member) if last_day >= day))

    def balance_at(self, member: MemberId, instant_s: int) -> Miles:
        """Miles alive at a unix second."""
        return self.balance_on(member, local_day(instant_s, self.utc_offset_minutes))

    def _lots(self, member: MemberId) -> Iterable[tuple[tuple[DayNumber, int], Miles]]:
        return self.accounts.get(member, {}).items()
