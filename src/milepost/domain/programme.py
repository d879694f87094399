"""Says what a programme promises its members: how long miles live and which purchases it accepts.

The catalogue reads it from YAML; deployment writes it into the contracts, where it binds;
rules.py computes by it.
"""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum, IntFlag, StrEnum

from milepost.domain.calendar import Align
from milepost.domain.quantities import DayNumber

MOST_VERSIONS = 15
"""Most versions of a programme's rules: a lot names its version in 4 bits, of which 0 is the pool's."""

MOST_ACTS = 8
"""Most acts on existing lots that a ledger takes in its life; a ninth is refused."""

MOST_MOVES = 2
"""Of them moves: each is computed for every lot that is read, and an account may have 2,048."""

_NO_DAY = DayNumber(0)


class ActivityDay(StrEnum):
    """Which day of an activity restarts an account's clock."""

    PURCHASE = "purchase"
    POSTING = "posting"


class SpendOrder(StrEnum):
    """The order in which miles are spent."""

    SOONEST = "soonest"
    LOTS_FIRST = "lots-first"


class SpentMiles(StrEnum):
    """What becomes of miles that a refund takes back but the member has spent."""

    FORGIVE = "forgive"
    LATER_ACCRUALS = "later_accruals"
    DEBT = "debt"


@dataclass(frozen=True, slots=True)
class LotRule:
    """A lot's life: calendar months from the day of earning, moved to the end of `align`."""

    months: int
    align: Align


class ActivityKind(IntFlag):
    """Acts that may restart an account's clock, with their bits on chain. A reversal never does."""

    ACCRUAL = 1
    REDEMPTION = 2
    PURCHASE = 4
    """Buying miles or paying to extend them, not a purchase at a partner's till."""
    TRANSFER_IN = 8
    TRANSFER_OUT = 16
    ADJUSTMENT = 32


@dataclass(frozen=True, slots=True)
class AccountRule:
    """An account's life: calendar months from the day of each counted activity, moved to the end of `align`.

    Shape: `tiers` numbers the tiers that the rule binds, 0 the lowest; empty is every tier.
    """

    months: int
    align: Align
    activities: ActivityKind
    tiers: frozenset[int] = frozenset()

    def binds(self, tier: int) -> bool:
        """Whether members of a tier, by its number, lapse under this rule; others are exempt."""
        return not self.tiers or tier in self.tiers


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """The rules of miles earned from a local day on, until the next version. The first is from no day.

    Shape: without a lot rule and with an account rule miles join the pool; without either they never lapse.
    """

    from_day: date | None
    lot: LotRule | None
    account: AccountRule | None = None


class ActKind(IntEnum):
    """What an announced act does to lots that exist, numbered as on chain."""

    GRACE = 1
    MOVE = 2
    NEVER = 3


@dataclass(frozen=True, slots=True)
class LotAct:
    """One announced change to the last days of `from_day` or later of lots of version `versions` and lower.

    Shape: `until_day` belongs to GRACE: none of them dies before it; `months`, of either sign, to MOVE.
    """

    kind: ActKind
    versions: int
    from_day: DayNumber
    until_day: DayNumber = _NO_DAY
    months: int = 0


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How old a purchase may be, and how far ahead of the chain's clock. Exactly at a limit is accepted."""

    oldest_days: int
    ahead_minutes: int


@dataclass(frozen=True, slots=True)
class Programme:
    """Units: `utc_offset_minutes` east of UTC; notices in days.

    Shape: `tiers` lowest first, lower case; `versions` 1 to 15, their days rise strictly, the first has none.
    """

    name: str
    title: str
    utc_offset_minutes: int
    tiers: tuple[str, ...]
    versions: tuple[RuleVersion, ...]
    accept: Acceptance
    notice_days: int
    promotion_notice_days: int
    symbol: str
    activity_day: ActivityDay = ActivityDay.PURCHASE
    late_days: int = 60
    spend: SpendOrder = SpendOrder.SOONEST
    first_lapse: date | None = None
    closes_account: bool = False
    spent_miles: SpentMiles = SpentMiles.LATER_ACCRUALS
