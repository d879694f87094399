"""Replays what credited, debited and merged some accounts, in order of the chain, to say what lots they have.

A statement hands over what the store knows of a member; what comes out must be what the ledger holds.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

from milepost.domain.adjustment import Adjustment, AdjustmentKind
from milepost.domain.lots import Lots, add_miles, drop_lapsed, move_all, take_soonest
from milepost.domain.quantities import DayNumber, MemberId, Miles
from milepost.ports import AppliedLog, SettledLog, SettledPurchase

RULE_VERSION = 1
"""The version of the one lot rule that ledgers have so far."""

_Place = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Explained:
    """The lots that each account should have; `differences` are sentences on what cannot have been."""

    accounts: Mapping[MemberId, Lots]
    differences: tuple[str, ...]


def explain_lots(
    purchases: Iterable[tuple[SettledPurchase, SettledLog]],
    adjustments: Iterable[AppliedLog],
    *,
    day_of: Callable[[int], DayNumber],
    time_of: Callable[[int], int],
) -> Explained:
    """Replay purchases and adjustments of some accounts.

    Shape: purchases with the log of their report; any order. `day_of` gives the programme's day of a unix
        second, `time_of` the unix second of a block. A debit takes what lapses soonest as of its day, and it
        and a merge leave out what had lapsed. A refund takes from the lot of its own sale, then the soonest.
    """
    accounts: dict[MemberId, Lots] = {}
    differences: list[str] = []
    settled: Iterable[tuple[_Place, SettledPurchase | Adjustment]] = (
        ((log.block_number, log.log_index, one.position), one) for one, log in purchases
    )
    decided = (((log.block_number, log.log_index, 0), log.adjustment) for log in adjustments)
    for (block, _, _), act in sorted(chain(settled, decided), key=lambda placed: placed[0]):
        if isinstance(act, SettledPurchase):
            lots = _account(accounts, act.member_id)
            miles = Miles(act.settled.credited - act.settled.debt_offset)
            add_miles(lots, act.settled.last_day, RULE_VERSION, miles)
            if act.taken:
                differences += _take_back(act, lots, day_of(time_of(block)))
        else:
            differences += _adjust(accounts, act, day_of)
    return Explained(accounts, tuple(differences))


def _take_back(refund: SettledPurchase, lots: Lots, day: DayNumber) -> list[str]:
    own = (refund.settled.last_day, RULE_VERSION)
    from_own = min(lots.get(own, 0), refund.taken)
    add_miles(lots, *own, Miles(-from_own))
    if lots.get(own) == 0:
        del lots[own]
    rest = Miles(refund.taken - from_own)
    if rest:
        drop_lapsed(lots, day)
        rest = take_soonest(lots, rest)
    if not rest:
        return []
    return [
        f"Purchase {refund.number} of partner {refund.partner_id} took back {refund.taken} miles, and what is"
        f" known before it accounts for {refund.taken - rest}."
    ]


def _adjust(
    accounts: dict[MemberId, Lots], adjustment: Adjustment, day_of: Callable[[int], DayNumber]
) -> list[str]:
    lots = _account(accounts, adjustment.member)
    if adjustment.kind is AdjustmentKind.CREDIT:
        add_miles(lots, adjustment.last_day, RULE_VERSION, adjustment.miles)
        return []
    day = day_of(adjustment.decided_at)
    drop_lapsed(lots, day)
    if adjustment.kind is AdjustmentKind.MERGE:
        target = _account(accounts, adjustment.into)
        drop_lapsed(target, day)
        known = move_all(lots, target)
    else:
        known = Miles(adjustment.miles - take_soonest(lots, adjustment.miles))
    if known == adjustment.miles:
        return []
    did = "moved" if adjustment.kind is AdjustmentKind.MERGE else "took back"
    return [
        f"Adjustment {adjustment.adjustment_id} {did} {adjustment.miles} miles, and purchases and adjustments"
        f" before it account for {known}."
    ]


def _account(accounts: dict[MemberId, Lots], member_id: MemberId) -> Lots:
    return accounts.setdefault(member_id, {})
