"""States the one simple behaviour that every programme meets: who redeems, when, and how much.

`life.py` asks it on the first day of each quarter.
"""

from collections.abc import Iterable
from typing import Protocol

from milepost.domain.quantities import MemberId, Miles

AWARD = Miles(250)
"""What one redemption costs, about 125 dollars of dining at these partners."""

STATED_HABIT = f"""\
- Redeeming: members with an even number redeem one award of {AWARD} miles at noon of the first day of each
  quarter, the programme's clock, whenever they have that many alive. Members with an odd number never do.
- Tiers: nobody has any; where a programme names tiers, everyone stays in the lowest.
- After the purchases: nobody buys, extends, transfers, or dines any more. Three years later all is read.
"""


class Balances(Protocol):
    """Knows what a member has alive. Units: unix seconds."""

    def balance_at(self, member: MemberId, instant_s: int) -> Miles: ...


def who_redeems(members: Iterable[MemberId], balances: Balances, *, at: int) -> list[MemberId]:
    """The members that redeem one AWARD at that time, in the order given. Units: `at` in unix seconds."""
    return [member for member in members if member % 2 == 0 and balances.balance_at(member, at) >= AWARD]
