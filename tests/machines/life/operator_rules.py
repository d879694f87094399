"""What the programme's operators do: tiers, closing, further versions of the rules, and acts on lots."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from milepost.chain.programme_rules import version_words
from milepost.domain.calendar import date_of
from milepost.domain.programme import ActKind, LotAct
from milepost.domain.quantities import DayNumber
from tests.machines.life.base import LifeBase, members, picked, picks, shifts
from tests.machines.life.seen import SEEN
from tests.support.random_rules import few_months, rule_versions

_MOST_DAY_ALIGNED = 48


class OperatorRules(LifeBase):
    """The admin may call all of it."""

    @rule(member=members, tier=st.integers(0, 2))
    def write_tier(self, member: int, tier: int) -> None:
        twins = self.twins
        before = twins.model.account(member).current.number
        _, _, is_taken = twins.both(
            lambda: twins.model.set_tier(member, tier, today=twins.today),
            lambda: twins.ledger.setProfile(member, tier, 0),
        )
        SEEN["tier written" if is_taken else "tier refused"] += 1
        SEEN["lapse settled by a tier"] += twins.model.account(member).current.number > before

    @rule(member=members, is_meant=st.sampled_from((False,) * 5 + (True,)))
    def close(self, member: int, is_meant: bool) -> None:
        twins = self.twins
        if is_meant:
            twins.both(lambda: twins.model.close(member), lambda: twins.ledger.close(member))

    @rule(member=members, is_meant=st.booleans())
    def close_lapsed(self, member: int, is_meant: bool) -> None:
        """Where the programme closes none, it is tried seldom."""
        twins = self.twins
        if not is_meant:
            return
        _, _, is_taken = twins.both(
            lambda: twins.model.close_lapsed(member, today=twins.today),
            lambda: twins.ledger.closeLapsed(member),
        )
        SEEN["closed after the lapse" if is_taken else "closing refused"] += 1

    @rule(data=st.data(), days=st.sampled_from((-1, 0, 1, 40)), is_meant=st.booleans())
    def announce_rule(self, data: st.DataObject, days: int, is_meant: bool) -> None:
        """A version from the first day that the notice leaves, the day before it, or later."""
        twins = self.twins
        if not is_meant:
            return
        first = date_of(DayNumber(twins.today + twins.model.book.programme.notice_days + days))
        (version,) = data.draw(rule_versions([first], few_months))
        _, _, is_taken = twins.both(
            lambda: twins.model.announce_rule(version, today=twins.today),
            lambda: twins.ledger.announceRule(version_words(version)),
        )
        SEEN["version announced" if is_taken else "version refused"] += 1

    @rule(
        kind=st.sampled_from((ActKind.GRACE,) * 3 + (ActKind.MOVE,) * 3 + (ActKind.NEVER,)),
        member=members,
        pick=picks,
        shift=shifts,
        value=st.integers(1, 200),
        version=picks,
        is_meant=st.sampled_from((False, False, True)),
    )
    def announce_act(
        self, kind: ActKind, member: int, pick: int, shift: int, value: int, version: int, is_meant: bool
    ) -> None:
        """From a day on which something lapses or beside it, or from the first day that the notice leaves."""
        twins = self.twins
        if not is_meant:
            return
        versions = version % len(twins.model.book.programme.versions) + 1
        notice = DayNumber(twins.today + twins.model.book.programme.notice_days)
        first = DayNumber(picked([*self.days_of_note(member), twins.today, notice], pick) + shift)
        months = (value % 13 or 13) - 7 or 7
        act = {
            ActKind.GRACE: LotAct(kind, versions, first, DayNumber(first + value)),
            ActKind.MOVE: LotAct(kind, versions, first, months=months),
            ActKind.NEVER: LotAct(kind, versions, first),
        }[kind]
        word = {ActKind.GRACE: first + value, ActKind.MOVE: months, ActKind.NEVER: 0}[kind]
        _, _, is_taken = twins.both(
            lambda: twins.model.announce_act(act, today=twins.today),
            lambda: twins.ledger.announceAct(kind, versions, first, word),
        )
        SEEN[kind.name if is_taken else f"{kind.name} refused"] += 1
