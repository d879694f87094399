"""Keeps what one member has: lots, the pool, the life they are in, the one before it, and the tier.

clock.py changes the lives, spending.py takes miles, ledger.py does the acts. Source: docs/programme-rules.md.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from milepost.domain.quantities import DayNumber, Miles
from milepost.domain.rule_book import RuleBook
from milepost.domain.rules import NEVER, POOL_DAY

NO_DEADLINE = DayNumber(0)
NO_LIFE = 0
"""In place of a life's number: miles that the account's clock does not bind."""
_POOL_VERSION = 0
_NO_MILES = Miles(0)


class Bucket(NamedTuple):
    """Names miles that lapse together. The pool's has POOL_DAY and version 0.

    Shape: `own_day` as the lot's own rule gave it; `life` is NO_LIFE unless the account's clock binds it.
    """

    own_day: DayNumber
    version: int
    life: int

    @property
    def is_pool(self) -> bool:
        return self.version == _POOL_VERSION


def pool_of(life: int) -> Bucket:
    """The pool of a life."""
    return Bucket(POOL_DAY, _POOL_VERSION, life)


@dataclass(slots=True)
class Life:
    """A time in which an account's clock runs: from its first activity until it lapses.

    Shape: `deadline` as activity gave it, before announced acts; 0 until the first activity. `number` from 1.
    """

    number: int
    deadline: DayNumber = NO_DEADLINE
    began: DayNumber = NO_DEADLINE


def _first_life() -> Life:
    return Life(1)


@dataclass(slots=True)
class Account:
    """One member's account.

    Shape: `clock_version` is the highest version of rules whose activity the clock counted, 0 for none;
        `heirs` says of lives that joined another which one goes on. Units: `written_off` and `debt` in miles.
    """

    tier: int = 0
    clock_version: int = 0
    current: Life = field(default_factory=_first_life)
    former: Life | None = None
    lots: dict[Bucket, Miles] = field(default_factory=dict)
    heirs: dict[int, int] = field(default_factory=dict)
    written_off: Miles = _NO_MILES
    debt: Miles = _NO_MILES

    def is_exempt(self, book: RuleBook) -> bool:
        """Whether the member's tier keeps the clock from binding."""
        return self.clock_version != 0 and not book.binds(self.clock_version, self.tier)

    def deadline(self, book: RuleBook) -> DayNumber:
        """Last valid day of the current life: 0 without activity, NEVER while exempt."""
        if self.current.deadline == NO_DEADLINE:
            return NO_DEADLINE
        return NEVER if self.is_exempt(book) else book.deadline(self.current.deadline)

    def is_alive(self, day: DayNumber, book: RuleBook) -> bool:
        """Whether the current life is alive on a day."""
        return NO_DEADLINE != self.deadline(book) >= day

    def deadline_of(self, life: int, book: RuleBook) -> DayNumber:
        """Last valid day of a life by its number; 0 for one that is over for good."""
        if life == self.current.number:
            return self.deadline(book)
        if self.former is not None and life == self.former.number:
            return book.deadline(self.former.deadline)
        return NO_DEADLINE

    def own_day(self, bucket: Bucket, book: RuleBook) -> DayNumber:
        """Last day by the lot's own rule and the acts on existing lots; NEVER for the pool."""
        return NEVER if bucket.is_pool else book.lot_day(bucket.version, bucket.own_day)

    def last_day(self, bucket: Bucket, book: RuleBook) -> DayNumber:
        """The day through which its miles live: the earlier of its own and its life's."""
        own_day = self.own_day(bucket, book)
        return own_day if bucket.life == NO_LIFE else min(own_day, self.deadline_of(bucket.life, book))

    def is_final(self, bucket: Bucket, day: DayNumber, book: RuleBook) -> bool:
        """Whether nothing can make its miles live again."""
        if self.own_day(bucket, book) < day:
            return True
        return bucket.life != NO_LIFE and day > self.deadline_of(bucket.life, book) + book.late_days

    def balance_on(self, day: DayNumber, book: RuleBook) -> Miles:
        """Miles alive on a day, for all that was done so far."""
        return Miles(sum(miles for one, miles in self.lots.items() if self.last_day(one, book) >= day))

    def add(self, bucket: Bucket, miles: Miles) -> None:
        """Add miles to those of the same bucket. 0 miles make no lot."""
        if miles:
            self.lots[bucket] = Miles(self.lots.get(bucket, 0) + miles)

    def take(self, bucket: Bucket, miles: Miles) -> None:
        """Take miles that are there out of a bucket."""
        left = Miles(self.lots.pop(bucket) - miles)
        self.add(bucket, left)

    def write_off(self, bucket: Bucket) -> Miles:
        """Remove miles that are lost for good."""
        miles = self.lots.pop(bucket)
        self.written_off = Miles(self.written_off + miles)
        return miles

    def write_off_final(self, day: DayNumber, book: RuleBook) -> Miles:
        """Remove all that nothing can make live again, and say how many miles that were."""
        final = [bucket for bucket in self.lots if self.is_final(bucket, day, book)]
        return Miles(sum(map(self.write_off, final)))
