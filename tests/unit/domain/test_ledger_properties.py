"""What holds of every programme: miles are conserved, order of arrival does not matter, nothing revives."""

from dataclasses import replace
from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from milepost.domain.calendar import void_at
from milepost.domain.ledger import Ledger
from milepost.domain.outcome import Outcome
from milepost.domain.programme import ActivityDay, ActKind, LotAct, Programme
from milepost.domain.quantities import DayNumber
from milepost.domain.rule_book import ActRefused
from milepost.domain.rules import NEVER
from milepost.domain.spending import Taken
from tests.support.random_rules import few_months, programmes

FIRST_DAY = DayNumber(8_000)
"""2011-11-27."""
MEMBERS = 3
MOST_LATE_IN_ANY_RULE = 27
"""Days: fewer than the shortest rule has, so that no lot is void when a purchase arrives."""

any_programme = programmes(around=FIRST_DAY)
purchases = st.lists(
    st.tuples(st.booleans(), st.integers(-3, 4), st.sampled_from((0, 0, 1, 5, 10, 27)), st.integers(1, 9)),
    min_size=2,
    max_size=8,
)
"""Whether it falls around the deadline, days from there or from the one before, days until settled, miles."""


def second_of(day: int, ledger: Ledger) -> int:
    """The first second of a local day."""
    return void_at(DayNumber(day - 1), ledger.utc_offset_minutes)


def settle(ledger: Ledger, earned: int, today: int, miles: int) -> None:
    """One purchase of the first member."""
    found = ledger.standing(1, second_of(earned, ledger), now_s=second_of(today, ledger))
    assert found.outcome is Outcome.CREDITED
    ledger.credit(1, found.bucket, miles)


@settings(max_examples=1_000)
@given(programmes(around=FIRST_DAY, months=few_months), purchases, st.integers(0, 2))
def test_standing__purchases_in_any_order_within_the_late_days__leave_the_same_lots(
    programme: Programme, given_purchases: list[tuple[bool, int, int, int]], tier: int
) -> None:
    """Decisions 10 and 12: a purchase that arrives late leaves what it would have left on its own day."""
    programme = replace(programme, activity_day=ActivityDay.PURCHASE)
    in_time, arrived = (Ledger.of(programme, enrolled=1) for _ in range(2))
    for ledger in (in_time, arrived):
        ledger.set_tier(1, tier, today=FIRST_DAY)
    day, late = int(FIRST_DAY), []
    for is_around, days, delay, miles in given_purchases:
        until = in_time.account(1).current.deadline
        day = max(day, until + days) if is_around and until != NEVER else day + abs(days)
        late.append((day + min(delay, programme.late_days, MOST_LATE_IN_ANY_RULE), day, miles))
        settle(in_time, day, day, miles)
    for today, earned, miles in sorted(late):
        settle(arrived, earned, today, miles)
    today = max(late)[0]
    alive = [[lot for lot in ledger.lots_of(1) if lot.last_day >= today] for ledger in (in_time, arrived)]
    assert alive[0] == alive[1]


acts = st.tuples(
    st.sampled_from(
        (
            "earn", "earn", "earn", "earn late", "up", "down", "buy", "extend", "redeem", "redeem", "cancel",
            "transfer", "merge", "write off", "tier", "close lapsed", "act",
        )
    ),
    st.integers(1, MEMBERS),
    st.integers(0, 60),
    st.integers(0, 400),
    st.integers(0, 2**16),
)  # fmt: skip
REVIVING = ("earn late", "cancel")


class History:
    """A ledger to which acts are done; what each may change is asserted after it."""

    def __init__(self, programme: Programme) -> None:
        self.ledger = Ledger.of(programme, enrolled=MEMBERS)
        self.today = FIRST_DAY
        self.taken: list[tuple[int, Taken]] = []

    def do(self, act: str, member: int, miles: int, pick: int) -> None:
        """Raises: ActRefused, as the ledger does."""
        ledger, today, other = self.ledger, self.today, pick % MEMBERS + 1
        if act in ("earn", "earn late"):
            self._earn(member, miles, pick % 200 if act == "earn late" else 0)
        elif act == "up":
            ledger.adjust_up(member, miles, today=today)
        elif act == "down":
            ledger.adjust_down(member, miles, today=today)
        elif act == "buy":
            ledger.buy(member, miles, today=today)
        elif act == "extend":
            ledger.extend(member, today + pick % 100, miles, today=today)
        elif act == "redeem":
            alive = {(lot.own_day, lot.version) for lot in ledger.lots_of(member) if lot.last_day >= today}
            taken = ledger.redeem(member, miles, today=today)
            assert {(bucket.own_day, bucket.version) for bucket, _ in taken} <= alive
            self.taken.append((member, taken))
        elif act == "cancel":
            if self.taken:
                of, taken = self.taken.pop(pick % len(self.taken))
                ledger.cancel(of, taken, today=today)
        elif act == "transfer":
            ledger.transfer(member, other, miles, today=today)
        elif act == "merge":
            ledger.merge(member, other, today=today)
        elif act == "write off":
            ledger.write_off(member, today=today)
        elif act == "tier":
            ledger.set_tier(member, pick % 3, today=today)
        elif act == "close lapsed":
            ledger.close_lapsed(member, today=today)
        else:
            self._announce(pick)

    def _earn(self, member: int, miles: int, late: int) -> None:
        ledger = self.ledger
        found = ledger.standing(
            member, second_of(self.today - late, ledger), now_s=second_of(self.today, ledger)
        )
        if found.outcome is Outcome.CREDITED:
            ledger.credit(member, found.bucket, miles)

    def _announce(self, pick: int) -> None:
        kind, today = ActKind(pick % 3 + 1), self.today
        months = (pick % 13 or 13) - 7 if kind is ActKind.MOVE else 0
        first = today + pick % 200
        act = LotAct(kind, 1 + pick % 3, first, first + pick % 100, months)
        self.ledger.announce_act(act, today=today)

    @property
    def in_sum(self) -> int:
        """What is in accounts and what left them."""
        ledger = self.ledger
        standing = sum(sum(account.lots.values()) for account in ledger.accounts.values())
        return standing + ledger.written_off + ledger.redeemed + ledger.reversed

    def balances(self) -> list[int]:
        return [self.ledger.balance_on(member, self.today) for member in range(1, MEMBERS + 1)]


@settings(max_examples=400)
@given(any_programme, st.lists(acts, max_size=30))
def test_acts__any_sequence__conserve_miles_and_revive_nothing(
    programme: Programme, given_acts: list[tuple[str, int, int, int, int]]
) -> None:
    """INV-1. What is alive grows by what is credited, and else by late activity and cancelling alone."""
    history = History(programme)
    for act, member, miles, days, pick in given_acts:
        before_midnight = history.balances()
        history.today = DayNumber(history.today + days)
        before, credited = history.balances(), history.ledger.credited
        assert all(now <= then for now, then in zip(before, before_midnight, strict=True))
        try:
            history.do(act, member, miles, pick)
        except ActRefused:
            assert (history.balances(), history.ledger.credited) == (before, credited)
        assert history.ledger.credited == history.in_sum
        grown = sum(history.balances()) - sum(before)
        assert act in REVIVING or grown <= history.ledger.credited - credited
        if act in ("write off", "tier", "act", "close lapsed"):
            assert history.balances() == before


@given(any_programme, st.lists(acts, max_size=20), st.randoms(use_true_random=False))
def test_balance_on__each_later_day__is_never_more(
    programme: Programme, given_acts: list[tuple[str, int, int, int, int]], random: Random
) -> None:
    history = History(programme)
    for act, member, miles, days, pick in given_acts:
        history.today = DayNumber(history.today + days)
        try:
            history.do(act, member, miles, pick)
        except ActRefused:
            continue
    assume(history.ledger.credited)
    days = [history.today, *sorted(random.randrange(history.today, NEVER) for _ in range(20)), NEVER]
    for member in range(1, MEMBERS + 1):
        balances = [history.ledger.balance_on(member, DayNumber(day)) for day in days]
        assert balances == sorted(balances, reverse=True)
        assert balances[0] == sum(
            lot.miles for lot in history.ledger.lots_of(member) if lot.last_day >= history.today
        )
