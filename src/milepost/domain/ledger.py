"""Keeps all members' miles by a programme's rules: the plain reference model of what MilesLedger promises.

Accruals credit it; tests compare it with the ledger, and the demo checks the chain's balances by it.
Source: docs/programme-rules.md.
"""

from dataclasses import dataclass, field

from milepost.domain.account import NO_LIFE, Account, Bucket, pool_of
from milepost.domain.calendar import local_day
from milepost.domain.clock import change_tier, record_activity, resumed
from milepost.domain.conservation import spendable
from milepost.domain.lots import NO_DAY, Lot
from milepost.domain.outcome import Outcome
from milepost.domain.programme import ActivityKind, LotAct, Programme, RuleVersion, SpentMiles
from milepost.domain.quantities import DayNumber, MemberId, Miles
from milepost.domain.rule_book import Activity, ActRefused, DayRules, RuleBook
from milepost.domain.rules import POOL_DAY, activity_day_of
from milepost.domain.spending import Taken, hand_over, in_spend_order, put_back, spend, take

MOST_DEBT = Miles((1 << 32) - 1)
"""Most miles that a member can owe, the account word's field; more is forgiven."""

_NO_MILES = Miles(0)
_NO_BUCKET = Bucket(NO_DAY, 0, NO_LIFE)


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a purchase may be credited, and where its miles go.

    Shape: `last_day` is the lot's own, for the pool its deadline then; 0 unless the outcome is CREDITED.
    """

    outcome: Outcome
    last_day: DayNumber = NO_DAY
    bucket: Bucket = _NO_BUCKET


@dataclass(slots=True)
class Ledger:
    """Members 1 to `enrolled`. What cannot be is refused by ActRefused, and leaves everything as it was.

    Units: `credited`, `reversed` and `redeemed` in miles, over all; days are local ones of the programme.
    """

    book: RuleBook
    enrolled: int = 0
    closed: set[MemberId] = field(default_factory=set)
    accounts: dict[MemberId, Account] = field(default_factory=dict)
    credited: Miles = _NO_MILES
    reversed: Miles = _NO_MILES
    redeemed: Miles = _NO_MILES

    @classmethod
    def of(cls, programme: Programme, *, enrolled: int = 0) -> "Ledger":
        """A ledger on which nothing has happened but enrolling."""
        return cls(RuleBook(programme), enrolled)

    @property
    def utc_offset_minutes(self) -> int:
        return self.book.utc_offset_minutes

    @property
    def written_off(self) -> Miles:
        """Miles that were removed because nothing could make them live again."""
        return Miles(sum(account.written_off for account in self.accounts.values()))

    def enrol(self, count: int) -> MemberId:
        """Enrol the next `count` members; the first of their ids comes back."""
        first = MemberId(self.enrolled + 1)
        self.enrolled += count
        return first

    def day_of(self, instant_s: int) -> DayNumber:
        """The local day at a unix second."""
        return local_day(instant_s, self.book.utc_offset_minutes)

    def last_day_of(self, earned_at_s: int) -> DayNumber:
        """Last valid day of miles earned at a unix second; for the pool by that activity."""
        rules = self.book.on(self.day_of(earned_at_s))
        return rules.activity.deadline if rules.own_day == POOL_DAY else rules.own_day

    # ------------------------------------------------------------ purchases

    def standing(self, member: MemberId, earned_at_s: int, *, now_s: int) -> Standing:
        """Judge a purchase as it is settled: it counts as activity unless the account is unknown or closed.

        Units: unix seconds. Of a report's purchases each is judged on what the one before left.
        """
        if not 1 <= member <= self.enrolled:
            return Standing(Outcome.UNKNOWN_MEMBER)
        if member in self.closed:
            return Standing(Outcome.CLOSED_ACCOUNT)
        earned, today = self.day_of(earned_at_s), self.day_of(now_s)
        account, rules = self.account(member), self.book.on(earned)
        own_day = rules.own_day
        if own_day != POOL_DAY and self.book.lot_day(rules.version, own_day) < today:
            return Standing(Outcome.LOT_VOID)
        is_in_time = self._record_purchase(account, earned, today)
        if rules.is_bound and not (is_in_time and account.is_alive(today, self.book)):
            return Standing(Outcome.LOT_VOID)
        return Standing(Outcome.CREDITED, self._shown_day(account, rules), _bucket_of(rules, account))

    def credit(self, member: MemberId, bucket: Bucket, miles: Miles) -> Miles:
        """Add miles to their bucket, wherever it stands, and say how many paid the member's debt instead.

        Shape: 0 miles make no lot. Debts are paid by credits only where the programme says so.
        """
        account = self.account(member)
        is_paying = self.book.programme.spent_miles is SpentMiles.LATER_ACCRUALS
        offset = Miles(min(account.debt, miles) if is_paying else 0)
        account.debt = Miles(account.debt - offset)
        account.add(bucket, Miles(miles - offset))
        self.credited = Miles(self.credited + miles)
        return offset

    # ------------------------------------------------------------ refunds

    def lot_of(self, member: MemberId, earned_at_s: int, *, now_s: int) -> tuple[Bucket, DayNumber, bool]:
        """Where the miles of a purchase went, their last day as they were earned, and whether they live.

        Which life a purchase belongs to, its day says: miles of a life that lapsed count as lapsed.
        """
        day, today = self.day_of(earned_at_s), self.day_of(now_s)
        rules, account = self.book.on(day), self.account(member)
        if not rules.is_bound:
            is_alive = self.book.lot_day(rules.version, rules.own_day) >= today
            return _bucket_of(rules, account), rules.own_day, is_alive
        former = account.former
        is_former = former is not None and day <= self.book.deadline(former.deadline)
        life = former.number if former is not None and is_former else account.current.number
        deadline = account.deadline_of(life, self.book)
        is_alive = not is_former and deadline >= today
        if rules.own_day == POOL_DAY:
            return pool_of(life), deadline, is_alive
        is_alive = is_alive and self.book.lot_day(rules.version, rules.own_day) >= today
        return Bucket(rules.own_day, rules.version, life), rules.own_day, is_alive

    def reverse(
        self, member: MemberId, bucket: Bucket, miles: Miles, *, today: DayNumber
    ) -> tuple[Miles, Miles]:
        """Take the miles of a purchase back; how many there were, and how many the member owes now.

        Shape: from the purchase's own lot, alive or lapsed; then, while that is alive, from what dies
            soonest. What is spent is owed unless the programme forgives it. It is no activity.
        """
        account = self.account(member)
        own = [one for one in account.lots if one == bucket]
        left = Miles(miles - sum(part for _, part in take(account, own, miles)))
        is_alive = account.last_day(bucket, self.book) >= today
        if left and is_alive:
            order = in_spend_order(account, self.book, is_lots_first=False)
            alive = [one for one in order if account.last_day(one, self.book) >= today]
            left = Miles(left - sum(part for _, part in take(account, alive, left)))
        is_owed = is_alive and self.book.programme.spent_miles is not SpentMiles.FORGIVE
        owed = Miles(min(left, MOST_DEBT - account.debt) if is_owed else 0)
        account.debt = Miles(account.debt + owed)
        taken = Miles(miles - left)
        self.reversed = Miles(self.reversed + taken + owed)
        return taken, owed

    def collect(self, member: MemberId, *, today: DayNumber) -> Miles:
        """Pay a member's debt out of live miles, and say how many that took. Anyone may ask for it."""
        account = self._known_account(member)
        paid = Miles(min(account.debt, account.balance_on(today, self.book)))
        spend(account, paid, self.book, today=today)
        account.debt = Miles(account.debt - paid)
        return paid

    @property
    def owed(self) -> Miles:
        """What all members owe."""
        return Miles(sum(account.debt for account in self.accounts.values()))

    def _record_purchase(self, account: Account, earned: DayNumber, today: DayNumber) -> bool:
        day = activity_day_of(self.book.programme, earned, today)
        rules = self.book.on(day)
        if rules.is_bound:
            return record_activity(account, rules.activity, self.book, today=today)
        # Around the day of a new version the purchase may have a clock where the activity's day has none.
        rules = self.book.on(earned)
        if rules.is_bound:
            activity = self.book.activity_by(rules.version, day)
            return record_activity(account, activity, self.book, today=today)
        return True

    # ------------------------------------------------------------ miles that come

    def adjust_up(self, member: MemberId, miles: Miles, *, today: DayNumber) -> DayNumber:
        """Credit miles that no purchase earned; their last valid day comes back."""
        return self._earn(self._open_account(member), miles, ActivityKind.ADJUSTMENT, today)

    def buy(self, member: MemberId, miles: Miles, *, today: DayNumber) -> DayNumber:
        """Credit miles that the member paid for; their last valid day comes back."""
        return self._earn(self._open_account(member), miles, ActivityKind.PURCHASE, today)

    def extend(self, member: MemberId, by_day: DayNumber, miles: Miles, *, today: DayNumber) -> Miles:
        """Earn up to so many miles that would lapse by a day once more today, and say how many that were.

        Shape: what lapses soonest first. Where the account's clock ends by that day it goes on from today,
            for all that it would end or for nothing.
        Raises: ActRefused if some of those would be left out.
        """
        account = self._open_account(member)
        ends_by_clock = today <= account.deadline(self.book) <= by_day
        ending = [
            bucket
            for bucket in in_spend_order(account, self.book, is_lots_first=False)
            if today <= account.last_day(bucket, self.book) <= by_day
        ]
        if ends_by_clock and sum(account.lots[bucket] for bucket in ending) > miles:
            raise ActRefused(f"More than {miles} miles of member {member} end with the account's clock.")
        extended = Miles(sum(part for _, part in take(account, ending, miles)))
        if not extended:
            return extended
        if ends_by_clock and self.book.on(today).is_bound:
            record_activity(account, self.book.on(today).activity, self.book, today=today)
        else:
            self._count(account, ActivityKind.PURCHASE, today)
        account.add(self._place(account, today), extended)
        return extended

    # ------------------------------------------------------------ miles that go

    def redeem(self, member: MemberId, miles: Miles, *, today: DayNumber) -> Taken:
        """Spend miles; what was taken from where comes back, as `cancel` takes it."""
        account = self._open_account(member)
        taken = self._spend(member, account, miles, today)
        self.redeemed = Miles(self.redeemed + miles)
        self._count(account, ActivityKind.REDEMPTION, today)
        return taken

    def cancel(self, member: MemberId, taken: Taken, *, today: DayNumber) -> None:
        """Put redeemed miles back into their lots, with their old days. The redemption's activity stays."""
        put_back(self._known_account(member), taken, self.book, today=today)
        self.redeemed = Miles(self.redeemed - sum(miles for _, miles in taken))

    def adjust_down(self, member: MemberId, miles: Miles, *, today: DayNumber) -> None:
        """Take miles back; of closed accounts too. It is no activity."""
        self._spend(member, self._known_account(member), miles, today)
        self.reversed = Miles(self.reversed + miles)

    def transfer(self, giver: MemberId, taker: MemberId, miles: Miles, *, today: DayNumber) -> None:
        """Give miles to another member: lots keep their days, the pool's join the other pool."""
        source, target = self._open_account(giver), self._open_account(taker)
        if giver == taker:
            raise ActRefused(f"Member {giver} cannot give miles to itself.")
        taken = self._spend(giver, source, miles, today)
        self._count(source, ActivityKind.TRANSFER_OUT, today)
        self._count(target, ActivityKind.TRANSFER_IN, today)
        if _has_clock(taken):
            if not self.book.on(today).is_bound and not target.is_alive(today, self.book):
                self._hand_over_clock(source, target, today)
            self._begin_life(target, today)
        hand_over(taken, target)

    def merge(self, member: MemberId, into: MemberId, *, today: DayNumber) -> Miles:
        """Move all that lives into another account, close the first, and say how much was moved."""
        source, target = self._open_account(member), self._open_account(into)
        if member == into:
            raise ActRefused(f"Member {member} cannot be merged into itself.")
        target.write_off_final(today, self.book)
        miles = source.balance_on(today, self.book)
        source.write_off_final(today, self.book)
        taken = spend(source, miles, self.book, today=today)
        if _has_clock(taken):
            self._hand_over_clock(source, target, today)
            self._begin_life(target, today)
        hand_over(taken, target)
        # What one account cannot owe of two debts was never to be had: it counts as not reversed.
        forgiven = max(target.debt + source.debt - MOST_DEBT, 0)
        target.debt, source.debt = Miles(target.debt + source.debt - forgiven), _NO_MILES
        self.reversed = Miles(self.reversed - forgiven)
        self.closed.add(member)
        return miles

    def write_off(self, member: MemberId, *, today: DayNumber) -> Miles:
        """Remove what lapsed for good, and say how many miles that were; no balance changes."""
        return self._known_account(member).write_off_final(today, self.book)

    # ------------------------------------------------------------ the programme's own acts

    def set_tier(self, member: MemberId, tier: int, *, today: DayNumber) -> None:
        """Write a member's tier, 0 the lowest. It counts from today."""
        change_tier(self._open_account(member), tier, self.book, today=today)

    def close(self, member: MemberId) -> None:
        """Close an account; what it holds lapses on its days."""
        self._open_account(member)
        self.closed.add(member)

    def close_lapsed(self, member: MemberId, *, today: DayNumber) -> None:
        """Close an account whose clock ran out for good, where the programme closes such."""
        account = self._open_account(member)
        until = account.deadline(self.book)
        is_over = until != NO_DAY and today > until + self.book.late_days
        if not self.book.programme.closes_account or not is_over or self._free(account, today):
            raise ActRefused(
                f"Member {member}'s account has not lapsed for good, or the programme closes none."
            )
        self.closed.add(member)

    def announce_rule(self, version: RuleVersion, *, today: DayNumber) -> None:
        """Add a version of the rules."""
        self.book.announce_rule(version, today=today)

    def announce_act(self, act: LotAct, *, today: DayNumber) -> None:
        """Change the last days of lots that exist."""
        self.book.announce_act(act, today=today)

    # ------------------------------------------------------------ what stands

    def account(self, member: MemberId) -> Account:
        """The account itself, empty for one that nothing has happened to."""
        found = self.accounts.get(member)
        if found is None:
            found = self.accounts[member] = Account()
        return found

    def lots_of(self, member: MemberId) -> list[Lot]:
        """All that was not written off, lapsed too: what dies soonest first."""
        account = self.accounts.get(member, Account())
        return [
            Lot(account.last_day(one, self.book), one.version, account.lots[one], one.own_day)
            for one in in_spend_order(account, self.book, is_lots_first=False)
        ]

    def lapsed(self, member: MemberId, day: DayNumber) -> Miles:
        """Miles that lapsed before a day and were not written off."""
        standing = sum(self.accounts.get(member, Account()).lots.values())
        return Miles(standing - self.balance_on(member, day))

    def balance_on(self, member: MemberId, day: DayNumber) -> Miles:
        """Miles alive on a local day of the programme, for all that was done so far."""
        return self.accounts.get(member, Account()).balance_on(day, self.book)

    def balance_at(self, member: MemberId, instant_s: int) -> Miles:
        """Miles that the member may spend at a unix second: those alive, less what is owed."""
        return self._free(self.accounts.get(member, Account()), self.day_of(instant_s))

    # ------------------------------------------------------------ in common

    def _earn(self, account: Account, miles: Miles, kind: ActivityKind, today: DayNumber) -> DayNumber:
        self._count(account, kind, today)
        bucket = self._place(account, today)
        account.add(bucket, miles)
        self.credited = Miles(self.credited + miles)
        return self._shown_day(account, self.book.on(today))

    def _shown_day(self, account: Account, rules: DayRules) -> DayNumber:
        """What a receipt says of miles earned under these rules: their own day, for the pool its deadline."""
        if rules.own_day == POOL_DAY:
            return self.book.deadline(account.current.deadline)
        return rules.own_day

    def _place(self, account: Account, today: DayNumber) -> Bucket:
        """Where miles earned today go; a life begins if they need one."""
        rules = self.book.on(today)
        if rules.is_bound:
            self._begin_life(account, today)
        return _bucket_of(rules, account)

    def _begin_life(self, account: Account, today: DayNumber) -> None:
        """Miles have come that need a life, by an act that need not count: if none is alive, one begins."""
        if not account.is_alive(today, self.book):
            record_activity(account, self.book.on(today).activity, self.book, today=today)

    def _hand_over_clock(self, source: Account, target: Account, today: DayNumber) -> None:
        # Of an exempt member the deadline may lie in the past.
        deadline = resumed(source.current.deadline, self.book, today=today)
        record_activity(target, Activity(today, deadline, source.clock_version), self.book, today=today)

    def _count(self, account: Account, kind: ActivityKind, today: DayNumber) -> None:
        if kind in self.book.on(today).activities:
            record_activity(account, self.book.on(today).activity, self.book, today=today)

    def _spend(self, member: MemberId, account: Account, miles: Miles, today: DayNumber) -> Taken:
        free = self._free(account, today)
        if miles > free:
            raise ActRefused(f"Member {member} may spend {free} miles, and {miles} are to be taken.")
        account.write_off_final(today, self.book)
        return spend(account, miles, self.book, today=today)

    def _free(self, account: Account, day: DayNumber) -> Miles:
        """What is alive and not owed."""
        return spendable(account.balance_on(day, self.book), debt=account.debt)

    def _known_account(self, member: MemberId) -> Account:
        if not 1 <= member <= self.enrolled:
            raise ActRefused(f"No member {member} is enrolled.")
        return self.account(member)

    def _open_account(self, member: MemberId) -> Account:
        account = self._known_account(member)
        if member in self.closed:
            raise ActRefused(f"The account of member {member} is closed.")
        return account


def _has_clock(taken: Taken) -> bool:
    """Whether an account's clock binds some of what was taken."""
    return any(bucket.life != NO_LIFE for bucket, _ in taken)


def _bucket_of(rules: DayRules, account: Account) -> Bucket:
    """Where miles earned under these rules go."""
    if rules.own_day == POOL_DAY:
        return pool_of(account.current.number)
    return Bucket(rules.own_day, rules.version, account.current.number if rules.is_bound else NO_LIFE)
