"""Says whose purchases the miles of a lot come from, when some of it is spent: the oldest went first.

Stating the liability asks it for each member; docs/liability.md states the rule for people.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from milepost.domain.lots import Lot
from milepost.domain.quantities import DayNumber, MemberId, Miles, PartnerId
from milepost.domain.rules import POOL_DAY
from milepost.domain.standing_rules import LotKey


@dataclass(frozen=True, slots=True)
class HeldLot:
    """A lot, and the account that holds it."""

    account: MemberId
    lot: Lot

    @property
    def key(self) -> LotKey:
        return LotKey(self.lot.own_day, self.lot.version)


@dataclass(frozen=True, slots=True)
class Funding:
    """Miles that came into a lot, and the partner that funded them; None for the programme itself.

    Shape: `last_day` as the receipt says it: of the pool, the deadline of then.
    """

    key: LotKey
    last_day: DayNumber
    funder: PartnerId | None
    miles: Miles


@dataclass(frozen=True, slots=True)
class Parcel:
    """The part of a lot that one funder answers for; None is the programme."""

    held: HeldLot
    funder: PartnerId | None
    miles: Miles


_Place = tuple[LotKey, int]


def attribute(lots: Iterable[HeldLot], fundings: Iterable[Funding]) -> Iterator[Parcel]:
    """Split what is left in some accounts' lots among those that funded it.

    Shape: lots of one member: the account that goes on and those merged into it; fundings in order of the
        chain. Of each lot the oldest funding is spent first, so what is left is of the newest. What no
        funding explains is the programme's: bought, extended or given by another member. Each pool has the
        fundings of its own life. The parcels of a lot are its miles.
    """
    by_key: dict[LotKey, list[HeldLot]] = {}
    for held in lots:
        by_key.setdefault(held.key, []).append(held)
    for same in by_key.values():
        same.sort(key=lambda held: held.lot.last_day)
    left = _newest_last(by_key, fundings)
    for key, same in by_key.items():
        # The newest funding is of what lapses last.
        for index in reversed(range(len(same))):
            yield from _split(same[index], left.get((key, _stack_of(key, index)), []))


def _newest_last(
    by_key: Mapping[LotKey, Sequence[HeldLot]], fundings: Iterable[Funding]
) -> dict[_Place, list[tuple[PartnerId | None, Miles]]]:
    """Fundings by the lots they went into; those of lots that are gone are left out."""
    last_days = {key: [held.lot.last_day for held in same] for key, same in by_key.items()}
    found: dict[_Place, list[tuple[PartnerId | None, Miles]]] = {}
    for funding in fundings:
        known = last_days.get(funding.key)
        if known is None:
            continue
        # A deadline only rises: of a pool it was never later than it is now, but for an exempt member's.
        index = min(bisect_left(known, funding.last_day), len(known) - 1)
        place = (funding.key, _stack_of(funding.key, index))
        found.setdefault(place, []).append((funding.funder, funding.miles))
    return found


def _stack_of(key: LotKey, index: int) -> int:
    """Pools are told apart by their life; lots of one own day share what was earned with that day."""
    return index if key.own_day == POOL_DAY else 0


def _split(held: HeldLot, stack: list[tuple[PartnerId | None, Miles]]) -> Iterator[Parcel]:
    """Take a lot's miles from a stack of fundings, the newest first; what is used leaves the stack."""
    missing = held.lot.miles
    while missing and stack:
        funder, miles = stack.pop()
        used = Miles(min(missing, miles))
        missing = Miles(missing - used)
        if used < miles:
            stack.append((funder, Miles(miles - used)))
        yield Parcel(held, funder, used)
    if missing:
        yield Parcel(held, None, missing)
