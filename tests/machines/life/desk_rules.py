"""What desks do: miles by hand, bought, extended, spent, put back, transferred; merging; and writing off."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.machines.life.base import LifeBase, members, miles, picked, picks, shifts
from tests.machines.life.seen import SEEN
from tests.machines.life.twins import Redemption
from tests.machines.life.views import final_miles, lots_on_chain, taken_from

_seldom = st.sampled_from((False, False, False, True))


class DeskRules(LifeBase):
    """Each act is taken by both or refused by both."""

    @rule(member=members, amount=miles, is_bought=st.booleans())
    def credit(self, member: int, amount: int, is_bought: bool) -> None:
        """Bought, or by hand."""
        model, today = self.twins.model, self.twins.today
        if is_bought:
            self._answer_is_equal("buy", lambda: model.buy(member, amount, today=today), member, amount)
        else:
            self._answer_is_equal(
                "adjustUp", lambda: model.adjust_up(member, amount, today=today), member, amount
            )

    @rule(member=members, amount=miles)
    def take_back(self, member: int, amount: int) -> None:
        model, today = self.twins.model, self.twins.today
        self._done("adjustDown", lambda: model.adjust_down(member, amount, today=today), member, amount)

    @rule(member=members, amount=miles, share=st.sampled_from((0, 0, 2, 1)))
    def redeem(self, member: int, amount: int, share: int) -> None:
        """An amount, or half or all there is."""
        model, today = self.twins.model, self.twins.today
        amount = model.balance_on(member, today) // share if share else amount
        expected, packed, is_taken = self._done(
            "redeem", lambda: model.redeem(member, amount, today=today), member, amount
        )
        if is_taken:
            assert taken_from(packed) == [(part, one.version, one.own_day) for one, part in expected]
            self.twins.redemptions.append(Redemption(member, packed, expected))

    @precondition(lambda self: self.twins.redemptions)
    @rule(pick=picks)
    def cancel(self, pick: int) -> None:
        model, today = self.twins.model, self.twins.today
        one = self.twins.redemptions.pop(pick % len(self.twins.redemptions))
        self._done(
            "cancelRedemption",
            lambda: model.cancel(one.member, one.taken, today=today),
            one.member,
            one.packed,
        )

    @rule(member=members, pick=picks, shift=shifts, amount=miles, is_all=st.booleans())
    def extend(self, member: int, pick: int, shift: int, amount: int, is_all: bool) -> None:
        """What ends by a day on which something ends, or a day before or after."""
        model, today = self.twins.model, self.twins.today
        days = [day for day in self.days_of_note(member) if day >= today] or [today]
        by_day = picked(days, pick) + shift
        amount = model.balance_on(member, today) if is_all else amount
        self._answer_is_equal(
            "extend", lambda: model.extend(member, by_day, amount, today=today), member, by_day, amount
        )

    @rule(member=members, into=members, amount=miles, is_all=_seldom)
    def transfer(self, member: int, into: int, amount: int, is_all: bool) -> None:
        model, today = self.twins.model, self.twins.today
        amount = model.balance_on(member, today) if is_all else amount
        self._done(
            "transferMiles", lambda: model.transfer(member, into, amount, today=today), member, into, amount
        )

    @rule(member=members, into=members, is_meant=_seldom)
    def merge(self, member: int, into: int, is_meant: bool) -> None:
        """A merged account is closed, so that it is done seldom."""
        model, today = self.twins.model, self.twins.today
        if is_meant:
            self._answer_is_equal("merge", lambda: model.merge(member, into, today=today), member, into)

    @rule(member=members, most=st.sampled_from((0, 1, 3, 65_535, 65_535)))
    def write_off(self, member: int, most: int) -> None:
        """Anyone may; no balance changes. With room for all of it nothing that is final stays."""
        twins = self.twins
        twins.ledger.writeOff(member, most)
        known = twins.model.write_off(member, today=twins.today)
        SEEN["written off"] += known > 0
        if most == 65_535:
            lots = lots_on_chain(twins)[member - 1]
            assert final_miles(twins, lots) == 0, "final miles stay after a write-off"

    # ------------------------------------------------------------ in common

    def _done(self, function: str, known: Callable[[], Any], *arguments: Any) -> tuple[Any, Any, bool]:
        found = self.twins.both(known, self.twins.desk(function, *arguments))
        SEEN[function if found[2] else f"{function} refused"] += 1
        return found

    def _answer_is_equal(self, function: str, known: Callable[[], Any], *arguments: Any) -> None:
        expected, answered, _ = self._done(function, known, *arguments)
        assert answered == expected, f"answer of {function}"
