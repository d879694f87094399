"""Settles reports of every size, member, lot and kind of promotions, each from the same state.

`gas.py` runs it; `floor.py` and `parts.py` explain the figures.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bench.floor import CAPPED, EXISTING, NEW, NONE, SAME, THREE, floor_per_purchase, target_per_purchase
from bench.node import undone
from bench.programme import DAY, sharing_codes
from bench.reports import Diners, base_time
from bench.settling import BenchChain, BenchFailed, Part, Settlement
from milepost.domain.quantities import MemberId, PartnerCode

SIZES = (1, 10, 50, 200, 500)
PROMOTIONS = (NONE, THREE, CAPPED)
SHARED_SIZE = 200

_WARM_UP = 2
_LOTS_A_WORD = 4
_GRANTS = {NONE: 0, THREE: 3, CAPPED: 3}


@dataclass(frozen=True, slots=True)
class Case:
    """One row: what is settled. `partners` above 1 share the offers of `three`."""

    size: int
    member: str
    lot: str
    promotions: str
    partners: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """A case with the gas its tx used, and the floor of its report in gas a purchase."""

    case: Case
    gas: int
    floor: float

    @property
    def per_purchase(self) -> float:
        return self.gas / self.case.size

    @property
    def target(self) -> int | None:
        case = self.case
        return target_per_purchase(
            case.size, member=case.member, lot=case.lot, promotions=case.promotions, partners=case.partners
        )

    @property
    def is_met(self) -> bool | None:
        return None if self.target is None else self.gas <= self.target * self.case.size


def cases(sizes: Sequence[int] = SIZES) -> Iterator[Case]:
    """Every row in the order of the table, the fifty partners last. A new member's lot is always new."""
    for member, lot in ((EXISTING, SAME), (EXISTING, NEW), (NEW, NEW)):
        for promotions in PROMOTIONS:
            yield from (Case(size, member, lot, promotions) for size in sizes)
    if SHARED_SIZE in sizes:
        yield Case(SHARED_SIZE, EXISTING, SAME, THREE, len(sharing_codes()))


class Tables:
    """Members with a past, and reports of them: whoever a row needs dined before the first is measured."""

    def __init__(self, chain: BenchChain, most: int = max(SIZES)) -> None:
        self.chain = chain
        self._diners = Diners()
        self._seen_today = self._diners.members(most)
        self._seen_before = self._diners.members(most)
        self._unseen = self._diners.members(most)

    def prepare(self, on_report: Callable[[], None] = lambda: None) -> None:
        """Give the members their past, and let each partner and promotion be used once.

        Shape: all who dined before have a page of their limit. Those who return today have their hot lot
            today; for the others the place of their newest lot in its word of four goes round, so that a new
            lot opens a word for one member in four, as it does over the years.
        """
        for step in self._past():
            self.chain.settle(step)
            on_report()

    def parts(self, case: Case) -> list[Part]:
        """The sections of a case's report."""
        members = self._members(case)[: case.size]
        codes = sharing_codes() if case.partners > 1 else (PartnerCode(case.promotions),)
        share = case.size // len(codes)
        return [
            (code, base_time(), self._diners.entries(members[i * share : (i + 1) * share]))
            for i, code in enumerate(codes)
        ]

    def measure(self, case: Case) -> tuple[Row, Settlement]:
        """Settle one case and undo it.

        Raises: BenchFailed if not every promotion granted to every purchase.
        """
        with undone(self.chain.web3):
            settled = self.chain.settle(self.parts(case))
        if set(settled.grants) != {_GRANTS[case.promotions]}:
            raise BenchFailed(f"Of {case} the purchases have {set(settled.grants)} grants.")
        return Row(case, settled.gas, floor_per_purchase(settled.entries, member=case.member)), settled

    def _members(self, case: Case) -> list[MemberId]:
        if case.member == NEW:
            return self._unseen
        return self._seen_today if case.lot == SAME else self._seen_before

    def _past(self) -> Iterator[list[Part]]:
        codes = (PartnerCode(NONE), PartnerCode(THREE), *sharing_codes())
        warm_up = self._diners.members(_WARM_UP)
        yield [(code, base_time(), self._diners.entries(warm_up)) for code in codes]
        yield [self._capped_part(self._seen_today, days_ago=0)]
        # Whoever stands at i dined on so many days before today; each but the first day moved a lot aside.
        for days_ago in range(_LOTS_A_WORD + 1, 0, -1):
            members = [
                member for i, member in enumerate(self._seen_before) if i % _LOTS_A_WORD + 2 >= days_ago
            ]
            if members:
                yield [self._capped_part(members, days_ago=days_ago)]

    def _capped_part(self, members: Sequence[MemberId], *, days_ago: int) -> Part:
        day = DAY - timedelta(days=days_ago)
        return PartnerCode(CAPPED), base_time(day), self._diners.entries(members)
