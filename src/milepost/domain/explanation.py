"""Says in plain words why miles lapse on their day, by which clause, and what would keep them alive.

Every sentence cites the clauses of docs/programme-rules.md that it rests on. The expiry command shows
it, and a statement can for each lot.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from milepost.domain.calendar import Align, date_of, day_number, shown_instant, void_at
from milepost.domain.expiry import Lapse, LapseRule
from milepost.domain.programme import (
    AccountRule,
    ActivityDay,
    ActivityKind,
    ActKind,
    LotAct,
    LotRule,
    Programme,
)
from milepost.domain.quantities import DayNumber
from milepost.domain.rules import (
    LATEST_DAY,
    NEVER,
    POOL_DAY,
    clock_day_of,
    last_day,
    moved_deadline,
    moved_lot_day,
    own_day_of,
    version_number_of,
    version_of,
)

_ACTS = {
    ActivityKind.ACCRUAL: "earning miles by a purchase",
    ActivityKind.REDEMPTION: "redeeming miles",
    ActivityKind.PURCHASE: "buying miles",
    ActivityKind.TRANSFER_IN: "receiving miles from another member",
    ActivityKind.TRANSFER_OUT: "giving miles to another member",
    ActivityKind.ADJUSTMENT: "being credited miles by hand",
}
_UNITS = {Align.MONTH: "month", Align.QUARTER: "quarter", Align.YEAR: "year"}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Plain sentences: why the miles die on their day, what keeps them alive, and what that costs."""

    why: tuple[str, ...]
    keeping: tuple[str, ...]
    cost: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join((*self.why, *self.keeping, *self.cost))


def explain(programme: Programme, lapse: Lapse) -> Explanation:
    """Explain a lapse that was found under that programme, as if read on a day when the miles are alive.

    Shape: days as `YYYY-MM-DD`, by the programme's clock.
    """
    why = (*_why(programme, lapse), *_of_the_last_activity(programme, lapse))
    if lapse.last_day == NEVER:
        return Explanation(why, tuple(_keeping_for_good(lapse)), ())
    by_lot = lapse.rule is LapseRule.LOT
    keeping = _keeping_a_lot(programme, lapse) if by_lot else _keeping_an_account(programme, lapse)
    cost = "What buying and extending cost stands in the programme's shop on chain (clause 8.4)."
    return Explanation(why, tuple(keeping), (cost,))


def _why(programme: Programme, lapse: Lapse) -> Iterator[str]:
    yield _version_sentence(programme, lapse)
    lot, clock = lapse.lot_rule(programme), lapse.clock_rule(programme)
    if lot is not None:
        yield f"They have a day of their own: {_own(programme, lot, lapse)}."
        yield from _acts_on(lapse.own_day, lapse.acts, lambda acts: _moved_lot(programme, lapse, *acts))
    if clock is not None and lapse.is_exempt:
        yield _exempt(programme, clock, lapse)
    elif lapse.deadline is not None:
        account = "also live with the account" if lot else "live with the account"
        yield f"They {account}, whose deadline is {_clocked(programme, lapse, lapse.deadline)}."
        yield from _acts_on(lapse.deadline, lapse.acts, partial(moved_deadline, deadline=lapse.deadline))
        if lot is not None:
            yield "The earlier of the two days counts (clause 2.6)."
    if lapse.last_day != NEVER:
        yield (
            f"So they can be spent until 24:00 of {_day(lapse.last_day)} by the programme's clock, "
            f"{_offset(programme)}, and are void from {_void(programme, lapse.last_day)} (clause 2.4)."
        )


def _version_sentence(programme: Programme, lapse: Lapse) -> str:
    under = f"version {lapse.version} of the programme's rules"
    if len(programme.versions) == 1:
        under = "the only version of the programme's rules"
    if lapse.own_day == POOL_DAY and lapse.earned is None:
        return "These miles are in the pool of the account: they have no day of their own (clause 1.5)."
    on = "" if lapse.earned is None else f" on {_day(lapse.earned)},"
    earned = f"These miles were earned{on} under {under} (clause 3.1)"
    if lapse.own_day == NEVER and lapse.deadline is None:
        return f"{earned}, which has no rule for them: they never lapse (clause 2.7)."
    return f"{earned}."


def _own(programme: Programme, rule: LotRule, lapse: Lapse) -> str:
    words = "the day of earning"
    if lapse.earned is not None:
        return _found(programme, rule, lapse.earned, words, first_clause="4.1")
    return f"{_counted(rule, words)}, which is {_day(lapse.own_day)} (clauses 4.1 and 2.1)"


def _clocked(programme: Programme, lapse: Lapse, deadline: DayNumber) -> str:
    if lapse.anchor is None:
        return f"{_day(deadline)} by its latest activity (clause 5.1) or by a tier that was lost (clause 6.3)"
    # Only an activity under an account rule is an anchor.
    rule = version_of(programme, lapse.anchor).account
    assert rule is not None
    return _found(programme, rule, lapse.anchor, f"the activity of {_day(lapse.anchor)}", first_clause="5.1")


def _acts_on(
    day: DayNumber, acts: Sequence[LotAct], moved: Callable[[Sequence[LotAct]], DayNumber]
) -> Iterator[str]:
    """What each announced act made of the day; acts that did not touch it are left out.

    Shape: `moved` gives the day after the first acts in order.
    """
    for place, act in enumerate(acts, start=1):
        before, day = day, moved(acts[:place])
        if day == NEVER and before != NEVER:
            yield "By an announced act they do not lapse on it any more (clause 9.4)."
        elif day != before:
            clause = "9.2" if act.kind is ActKind.GRACE else "9.3"
            yield f"An announced act made that {_day(day)} (clause {clause})."


def _moved_lot(programme: Programme, lapse: Lapse, *acts: LotAct) -> DayNumber:
    return moved_lot_day(acts, programme.versions, lapse.version, lapse.own_day)


def _counted(rule: LotRule | AccountRule, anchor: str) -> str:
    """`36 months after the day of earning, moved to the end of that month`."""
    counted = f"{rule.months} {'month' if rule.months == 1 else 'months'} after {anchor}"
    unit = _UNITS.get(rule.align)
    return counted if unit is None else f"{counted}, moved to the end of that {unit}"


def _found(
    programme: Programme, rule: LotRule | AccountRule, anchor: DayNumber, words: str, *, first_clause: str
) -> str:
    """`36 months after the day of earning, moved to the end of that month, which is … (clauses …)`."""
    clauses = [first_clause, "2.1"]
    found = last_day(rule.months, rule.align, anchor)
    if rule.align is not Align.DAY:
        clauses.append("2.3")
    elif date_of(found).day != date_of(anchor).day and found != LATEST_DAY:
        clauses.append("2.2")
    if found == LATEST_DAY:
        clauses.append("1.2")
    which = f"which is {_day(found)}"
    if programme.first_lapse is not None and date_of(found) < programme.first_lapse:
        which = f"but not before {programme.first_lapse}, the first day on which anything lapses"
        clauses.append("2.5")
    return f"{_counted(rule, words)}, {which} (clauses {_listed(clauses)})"


def _exempt(programme: Programme, clock: AccountRule, lapse: Lapse) -> str:
    held = f"while the member is {_tiers(programme, [lapse.tier])}"
    what = "they do not lapse" if lapse.own_day == POOL_DAY else "they lapse on their own day alone"
    return f"The account rule binds {_tiers(programme, clock.tiers)} alone; {held}, {what} (clause 6.1)."


def _of_the_last_activity(programme: Programme, lapse: Lapse) -> Iterator[str]:
    if lapse.last_activity is None or lapse.last_activity == lapse.anchor:
        return
    activity = f"The activity of {_day(lapse.last_activity)}"
    if lapse.is_too_late:
        yield f"{activity} came after that day: it revives nothing (clause 5.5)."
        yield from _between(programme, lapse)
    elif lapse.deadline is None:
        yield f"{activity} does not change that (clause 4.2)."
    elif lapse.earned is not None and lapse.last_activity < lapse.earned:
        yield f"{activity} came before the earning, which is the later one (clause 5.1)."
    elif version_of(programme, lapse.last_activity).account is None:
        yield f"{activity} does not count: the version then in force has no account rule (clause 5.10)."
    else:
        yield f"{activity} gives no later deadline, and the one that stands is not lowered (clause 3.4)."


def _between(programme: Programme, lapse: Lapse) -> Iterator[str]:
    """What activity would have kept miles that lapsed with the account, if any would."""
    since = _first_to_help(programme, lapse)
    if lapse.rule is LapseRule.ACCOUNT and since <= lapse.last_day:
        yield (
            f"Activity between, from {_day(since)} to {_day(lapse.last_day)}, would have kept them "
            "longer (clause 5.1)."
        )


def _keeping_a_lot(programme: Programme, lapse: Lapse) -> Iterator[str]:
    by = _day(lapse.last_day)
    yield (
        "No activity moves the day of a lot (clause 4.2): "
        f"these miles are kept by spending or extending them by {by} (clause 8.1)."
    )
    anew = _earned_anew(programme, lapse)
    yield f"Extended on that day, they would live as miles earned then: {anew} (clause 8.3)."
    yield from _should_the_tier_be_lost(lapse)


def _earned_anew(programme: Programme, lapse: Lapse) -> str:
    """To which day miles extended on the last day live."""
    day, account = lapse.last_day, version_of(programme, lapse.last_day).account
    own_day = own_day_of(programme, day)
    if own_day == POOL_DAY:
        return f"with the account, to {_day(clock_day_of(programme, day))} and as long as activity keeps it"
    if own_day == NEVER:
        return "for good"
    is_bound = account is not None and account.binds(lapse.tier)
    return f"to {_day(own_day)}" + (", or to the account's deadline if that is earlier" if is_bound else "")


def _keeping_an_account(programme: Programme, lapse: Lapse) -> Iterator[str]:
    rule, by = version_of(programme, lapse.last_day).account, _day(lapse.last_day)
    if lapse.last_day == LATEST_DAY:
        yield "Nothing moves that day: it is the last that is known (clause 1.2)."
    elif rule is None:
        yield f"The version in force on {by} counts no activity (clause 5.10): spend them by that day."
    else:
        yield from _keeping_by_activity(programme, lapse, rule)
        yield f"Paying to extend them by {by} keeps them too (clause 8.3)."
    clock = lapse.clock_rule(programme)
    others = [tier for tier in range(len(programme.tiers)) if clock is not None and not clock.binds(tier)]
    if others:
        yield f"So does being {_tiers(programme, others)} by then, while that is held (clause 6.1)."
    if programme.closes_account:
        yield "Once they have lapsed, the programme may close the account (clause 10.3)."


def _keeping_by_activity(programme: Programme, lapse: Lapse, rule: AccountRule) -> Iterator[str]:
    since, by = _day(_first_to_help(programme, lapse)), _day(lapse.last_day)
    yield f"Any activity from {since} to {by} keeps them: {_acts(rule)} (clauses 5.2 and 5.5)."
    until = _day(clock_day_of(programme, lapse.last_day))
    own_day = NEVER if lapse.own_day == POOL_DAY else _moved_lot(programme, lapse, *lapse.acts)
    own = "" if own_day == NEVER else f", though none of them outlives {_day(own_day)}"
    yield f"On {by} itself it would move the deadline to {until}{own} (clause 5.1)."
    if programme.activity_day is ActivityDay.POSTING:
        yield "It counts on the day it is settled, not on the day of a purchase (clause 5.3)."
    elif programme.late_days:
        late = f"{programme.late_days} {'day' if programme.late_days == 1 else 'days'}"
        yield f"A purchase made in time counts if it is settled within {late} after that day (clause 5.6)."
    else:
        yield "A purchase must be settled by that day, too (clause 5.6)."


def _first_to_help(programme: Programme, lapse: Lapse) -> DayNumber:
    """The first day from which on activity of every day, to the last, moves the deadline.

    Under one version a later activity never gives an earlier day, so each version is searched by halves.
    """
    first, versions = DayNumber(lapse.last_day + 1), programme.versions
    for version in reversed(versions[: version_number_of(versions, lapse.last_day)]):
        start = DayNumber(0) if version.from_day is None else day_number(version.from_day)
        days = range(start, first)
        helpless = bisect_right(days, lapse.last_day, key=lambda day: clock_day_of(programme, DayNumber(day)))
        first = DayNumber(start + helpless)
        if helpless:
            break
    return first


def _keeping_for_good(lapse: Lapse) -> Iterator[str]:
    if lapse.deadline is None or not lapse.is_exempt or moved_deadline(lapse.acts, lapse.deadline) == NEVER:
        yield "Nothing need be done to keep them."
    yield from _should_the_tier_be_lost(lapse)


def _should_the_tier_be_lost(lapse: Lapse) -> Iterator[str]:
    """The deadline that waits behind an exemption, where it comes before the day that counts now."""
    if lapse.deadline is None or not lapse.is_exempt:
        return
    deadline = moved_deadline(lapse.acts, lapse.deadline)
    if deadline < lapse.last_day:
        yield (
            f"Should the tier be lost, the deadline is {_day(deadline)} by the activity known here, "
            "or the day of the change if that is later (clause 6.3)."
        )


def _acts(rule: AccountRule) -> str:
    return _listed([words for kind, words in _ACTS.items() if kind in rule.activities], "or")


def _tiers(programme: Programme, tiers: Iterable[int]) -> str:
    return _listed([programme.tiers[tier] for tier in sorted(tiers)], "or")


def _listed(words: list[str], last: str = "and") -> str:
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _day(day: DayNumber) -> str:
    return date_of(day).isoformat()


def _void(programme: Programme, day: DayNumber) -> str:
    return shown_instant(void_at(day, programme.utc_offset_minutes))


def _offset(programme: Programme) -> str:
    hours, minutes = divmod(abs(programme.utc_offset_minutes), 60)
    return f"UTC{'-' if programme.utc_offset_minutes < 0 else '+'}{hours:02}:{minutes:02}"
