"""Makes up the purchases of the bench: seeded, so that every run settles the same bytes.

Amounts, times and parties are those of a day at a chain of restaurants; facts are random, as a hash is.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from bench.programme import DAY, EXCLUDED_OUTLET
from milepost.domain.purchase import PurchaseKind
from milepost.domain.quantities import MemberId, MinorUnits, OutletNumber
from milepost.domain.report import Entry

ENROLLED = 3_000_000
"""Members of the programme; those of the bench are drawn from all of them."""
OPENS_S, CLOSES_S = 11 * 3600, 23 * 3600
"""Seconds of the local day between which bills are paid."""
HONG_KONG_S = 8 * 3600
BILL_MINOR = (20_000, 90_000)
"""Bills of 200 to 900 Hong Kong dollars."""
MOST_GUESTS = 8
DINE_IN = 1


@dataclass
class Diners:
    """Draws members and their purchases. Shape: no member is drawn twice."""

    seed: int = 1
    _random: random.Random = field(init=False)
    _drawn: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def members(self, count: int) -> list[MemberId]:
        """Members of whom no one was drawn before, in no order."""
        found: list[MemberId] = []
        while len(found) < count:
            member = self._random.randint(1, ENROLLED)
            if member not in self._drawn:
                self._drawn.add(member)
                found.append(MemberId(member))
        return found

    def entries(self, members: Sequence[MemberId]) -> tuple[Entry, ...]:
        """One purchase a member, in order of time, members in random order."""
        shuffled = self._random.sample(members, len(members))
        times = sorted(self._random.randrange(CLOSES_S - OPENS_S) for _ in members)
        return tuple(self._entry(member, seconds) for member, seconds in zip(shuffled, times, strict=True))

    def _entry(self, member: MemberId, seconds: int) -> Entry:
        return Entry(
            member=member,
            eligible_minor=MinorUnits(self._random.randint(*BILL_MINOR)),
            seconds=seconds,
            outlet=OutletNumber(self._random.randrange(EXCLUDED_OUTLET)),
            kind=PurchaseKind.SALE,
            offset_choice=0,
            channel=DINE_IN,
            party=self._random.randint(1, MOST_GUESTS),
            facts=self._random.randbytes(16),
        )


def base_time(day: date = DAY) -> int:
    """When the restaurants open on a day, unix seconds."""
    midnight = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    return midnight - HONG_KONG_S + OPENS_S
