"""Compares both twins after every step: lots, totals, clocks, and balances now and on later days."""

from itertools import chain

from hypothesis.stateful import invariant

from milepost.domain.rules import NEVER
from tests.machines.life.base import LATEST, LifeBase
from tests.machines.life.views import Seen, final_miles, lasting, lots_of_model, lots_on_chain


class Invariants(LifeBase):
    """`steps` turns through members, and through days on which balances are compared."""

    steps = 0

    @invariant()
    def twins_are_equal(self) -> None:
        self.steps += 1
        found, known = lots_on_chain(self.twins), lots_of_model(self.twins)
        for member, theirs, ours in zip(self.twins.members, found, known, strict=True):
            assert lasting(self.twins, theirs) == lasting(self.twins, ours), f"lots of member {member}"
        self._miles_are_conserved(list(chain(*found)), list(chain(*known)))
        self._clock_is_equal(self.steps % len(found) + 1)
        self._balances_are_equal(self.steps % len(found) + 1)
        now_s, ledger = self.twins.now_s, self.twins.ledger
        assert ledger.dayOf(now_s) == self.twins.today, "INV-7: today"
        assert ledger.lastDayOf(now_s) == self.twins.model.last_day_of(now_s), "INV-7: last day"

    def _miles_are_conserved(self, found: list[Seen], known: list[Seen]) -> None:
        """INV-1: credited + owed = standing + reversed + redeemed + written off; what is final may stand."""
        twins, model, totals = self.twins, self.twins.model, self.twins.ledger.totals()
        assert (totals.credited, totals.reversed, totals.redeemed, totals.owed) == (
            model.credited,
            model.reversed,
            model.redeemed,
            model.owed,
        ), "INV-1: totals"
        gone = totals.reversed + totals.redeemed + totals.writtenOff
        assert totals.credited + totals.owed == sum(lot.miles for lot in found) + gone, "INV-1"
        lost = final_miles(twins, found) + totals.writtenOff
        assert lost == final_miles(twins, known) + model.written_off, "INV-1: lapsed for good"

    def _clock_is_equal(self, member: int) -> None:
        twins, book = self.twins, self.twins.model.book
        account = twins.model.account(member)
        former = 0 if account.former is None else book.deadline(account.former.deadline)
        found = twins.lens.clockAt(twins.ledger, member, twins.now_s)
        assert (found[0], found[2]) == (account.deadline(book), former), f"clock of member {member}"
        assert found[1] == account.is_exempt(book), f"exemption of member {member}"

    def _balances_are_equal(self, member: int) -> None:
        """Now, in the last second of a day of note and in the first after it; and what lapses by that day."""
        twins, model = self.twins, self.twins.model
        days = [day for day in self.days_of_note(member) if twins.today <= day < LATEST] or [twins.today]
        day = days[self.steps // len(twins.members) % len(days)]
        last_s = max(self.second_of(day, is_last=True), twins.now_s)
        for instant in (twins.now_s, last_s, last_s + 1):
            found = list(twins.lens.balancesAt(twins.ledger, list(twins.members), instant))
            assert found == [model.balance_at(one, instant) for one in twins.members], "balances"
        until = model.balance_on(member, min(day + 1, NEVER))
        expiring = twins.lens.expiringBy(twins.ledger, member, twins.now_s, day)
        assert expiring == model.balance_on(member, twins.today) - until, "miles that lapse by a day"
