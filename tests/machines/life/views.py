"""Reads the contract in the model's words: lots, what is final of them, and what a redemption took.

A ledger may keep what is final until someone writes it off, so of that only the sum is compared.
"""

from collections import Counter
from typing import NamedTuple

from milepost.domain.quantities import DayNumber
from milepost.domain.rules import NEVER
from tests.machines.life.twins import Twins


class Seen(NamedTuple):
    """A lot as either side shows it. Shape: days as in `Lot` of src/milepost/domain/lots.py."""

    last_day: int
    own_day: int
    version: int
    miles: int


def lots_on_chain(twins: Twins) -> list[list[Seen]]:
    """The lots of each member, lapsed ones too, in the order in which the lens shows them.

    Raises: AssertionError where it shows a lot as live that has lapsed, or the other way round.
    """
    found = twins.lens.lotsOfMany(twins.ledger, list(twins.members), twins.now_s)
    assert all(is_live == (last >= twins.today) for lots in found for _, last, _, _, is_live in lots)
    return [[Seen(last, own, version, miles) for miles, last, version, own, _ in lots] for lots in found]


def lots_of_model(twins: Twins) -> list[list[Seen]]:
    """The same of the model."""
    return [
        [Seen(lot.last_day, lot.own_day, lot.version, lot.miles) for lot in twins.model.lots_of(member)]
        for member in twins.members
    ]


def is_final(twins: Twins, lot: Seen) -> bool:
    """Whether nothing can make its miles live again."""
    book, today = twins.model.book, twins.today
    own = NEVER if lot.version == 0 else book.lot_day(lot.version, DayNumber(lot.own_day))
    return own < today or lot.last_day < min(own, today - book.late_days)


def final_miles(twins: Twins, lots: list[Seen]) -> int:
    """Miles that lapsed for good and still stand."""
    return sum(lot.miles for lot in lots if is_final(twins, lot))


def lasting(twins: Twins, lots: list[Seen]) -> list[tuple[tuple[int, int, int], int]]:
    """What is not final, in order: last day, own day and version, and the miles of it."""
    kept: Counter[tuple[int, int, int]] = Counter()
    for lot in lots:
        if not is_final(twins, lot):
            kept[lot[:3]] += lot.miles
    return list(kept.items())


def taken_from(packed: list[int]) -> list[tuple[int, int, int]]:
    """Miles, version and own day of what a redemption took: amount 40 | version 4 | life 4 | last day 16."""
    return [(word & (1 << 40) - 1, word >> 40 & 0xF, word >> 48 & 0xFFFF) for word in packed]
