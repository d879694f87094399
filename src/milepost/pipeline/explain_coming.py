"""Explains each lot of a member that will lapse, or that late activity may revive: when, why, what to do.

Before it a statement was made; after it a person, a program or a calendar shows it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from milepost.domain.attribution import HeldLot
from milepost.domain.calendar import date_of, void_at
from milepost.domain.expiry import Lapse, LapseRule, lapse_of_lot
from milepost.domain.explanation import Explanation, explain
from milepost.domain.extending import ExtensionOffer, cost_of_extending
from milepost.domain.lots import Lot
from milepost.domain.programme import Programme
from milepost.domain.quantities import DayNumber, MemberId
from milepost.domain.rules import NEVER
from milepost.domain.standing_rules import Fate, StandingRules
from milepost.ports import AccountClock, LedgerAtBlock


@dataclass(frozen=True, slots=True)
class ComingLapse:
    """A lot that lapses, never lapses, or lapsed and may be revived.

    Shape: `void_at_s` and `rule` are None if it never lapses; `revivable_until` is the last day on which late
        activity revives it, None while it lives.
    Units: `void_at_s` in unix seconds.
    """

    account: MemberId
    lot: Lot
    void_at_s: int | None
    rule: LapseRule | None
    explanation: Explanation
    revivable_until: DayNumber | None


@dataclass(frozen=True, slots=True)
class Coming:
    """All that is coming, in order of last valid day; what never lapses is last.

    Shape: `differences` are sentences on last days that the rules do not give.
    """

    lapses: tuple[ComingLapse, ...]
    differences: tuple[str, ...]


def explain_coming(
    lots: Sequence[HeldLot], day: DayNumber, *, programme: Programme, ledger: LedgerAtBlock
) -> Coming:
    """Explain a member's lots on a day by the rules that stand on the ledger, announced acts included.

    Shape: the programme is the file's; its versions and late days are taken from the ledger. What lapsed for
        good is left out.
    Raises: ChainUnavailable.
    """
    rules = ledger.rules()
    standing = replace(programme, versions=rules.versions, late_days=rules.late_days)
    clocks = {account: ledger.clock_of(account) for account in dict.fromkeys(held.account for held in lots)}
    offer = ledger.extension_offer()
    lapses, differences = [], []
    for held in sorted(lots, key=lambda held: (held.lot.last_day, held.account, *held.key)):
        fate = rules.fate_of(held.lot, day)
        if fate is Fate.REVIVABLE:
            lapses.append(_revivable(held, rules))
        elif fate is Fate.LIVE:
            lapse = _judged(held.lot, clocks[held.account], standing, rules)
            differences += _difference(held, lapse)
            lapses.append(_live(held, lapse, standing, offer))
    return Coming(tuple(lapses), tuple(differences))


def _judged(lot: Lot, clock: AccountClock, standing: Programme, rules: StandingRules) -> Lapse:
    """By the current life: a live lot is bound by no other."""
    return lapse_of_lot(
        standing,
        version=lot.version,
        own_day=lot.own_day,
        deadline=clock.deadline,
        clock_version=clock.clock_version,
        tier=clock.tier,
        acts=rules.acts,
    )


def _difference(held: HeldLot, lapse: Lapse) -> list[str]:
    if lapse.last_day == held.lot.last_day:
        return []
    by_ledger, by_rules = _shown(held.lot.last_day), _shown(lapse.last_day)
    return [
        f"A lot of account {held.account} lasts to {by_ledger} by the ledger and to {by_rules} by the rules"
        " that stand there."
    ]


def _live(held: HeldLot, lapse: Lapse, standing: Programme, offer: ExtensionOffer | None) -> ComingLapse:
    words = explain(standing, lapse)
    if held.lot.last_day == NEVER:
        return ComingLapse(held.account, held.lot, None, lapse.rule, words, None)
    if offer is not None:
        words = replace(words, cost=(cost_of_extending(offer, held.lot.miles, held.lot.last_day),))
    void = void_at(held.lot.last_day, standing.utc_offset_minutes)
    return ComingLapse(held.account, held.lot, void, lapse.rule, words, None)


def _revivable(held: HeldLot, rules: StandingRules) -> ComingLapse:
    last_day, until = held.lot.last_day, DayNumber(held.lot.last_day + rules.late_days)
    words = Explanation(
        why=(
            f"These miles lapsed with the account after {_shown(last_day)} (clause 5.1). They can be neither"
            f" spent nor written off until {_shown(until)} is over (clause 5.8).",
        ),
        keeping=(
            f"A purchase made by {_shown(last_day)} that is settled by {_shown(until)} moves the deadline; if"
            " the new one covers the present day, they live again (clause 5.6).",
        ),
        cost=(),
    )
    void = void_at(last_day, rules.utc_offset_minutes)
    return ComingLapse(held.account, held.lot, void, LapseRule.ACCOUNT, words, until)


def _shown(day: DayNumber) -> str:
    return "no day" if day == NEVER else date_of(day).isoformat()
