"""Shows lots as the ledger does, and replays those of programmes in which each lot lapses on its own day.

Statements read lots from the ledger, and compare them with what purchases and adjustments leave.
"""

from dataclasses import dataclass

from milepost.domain.quantities import DayNumber, Miles

NO_DAY = DayNumber(0)
MOST_LAST_DAY = DayNumber(65_534)
"""2169-06-05, the last day that a lot's 16 bits can name; a later one is cut to it."""


@dataclass(frozen=True, slots=True)
class Lot:
    """Miles that lapse together. They may be spent through all of `last_day`, 65535 if they never lapse.

    Shape: `own_day` is what the lot's own rule gave it; the pool has 0, and version 0. An account's clock and
        announced acts may make `last_day` another.
    """

    last_day: DayNumber
    version: int
    miles: Miles
    own_day: DayNumber


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
