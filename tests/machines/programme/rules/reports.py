"""Reports as they come: in order, out of order, again, in two cuts, signed for a former set."""

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import multiple, precondition, rule

from milepost.domain.report import Report
from tests.machines.programme.base import ProgrammeBase, in_flight
from tests.machines.programme.settling import Signed, attempt, can_settle, seal, settles, sign
from tests.machines.programme.strategies import (
    DAY,
    Bill,
    bills,
    good_bills,
    lanes,
    numbers,
    picked,
    reports_of,
)

_some_bills = reports_of(bills)
_late = st.one_of(
    st.integers(0, 80 * DAY), st.sampled_from((-601, 90 * DAY + 1, 100 * DAY, 1_000 * DAY, 1_000 * DAY + 1))
)
# The last of them lies so far back that it is void where lots live for a month.
_late_bills = st.builds(
    lambda bill, ages: [replace(bill, age_s=age_s) for age_s in (*ages, 89 * DAY)],
    good_bills,
    st.lists(_late, min_size=2, max_size=6),
)


class ReportRules(ProgrammeBase):
    """What is signed stays in flight: a replay is sending it again."""

    @rule(reports=st.lists(_some_bills, min_size=1, max_size=3), lane=lanes, target=in_flight)
    def settle_bills(self, reports: list[list[Bill]], lane: int) -> object:
        """The usual way, one after the other: sealed, signed, sent."""
        return multiple(*(self._settle(given, lane) for given in reports))

    @rule(reports=st.lists(reports_of(good_bills, 8), min_size=1, max_size=3), lane=lanes)
    def settle_good_bills(self, reports: list[list[Bill]], lane: int) -> None:
        for given in reports:
            self._settle(given, lane)

    @rule(reports=st.lists(_late_bills, min_size=1, max_size=3), lane=lanes)
    def settle_late_bills_of_one_member(self, reports: list[list[Bill]], lane: int) -> None:
        """One member several times in a section, some into lots older than the one credited last."""
        for given in reports:
            self._settle(given, lane)

    @rule(given=_some_bills, lane=lanes, target=in_flight)
    def sign_only(self, given: list[Bill], lane: int) -> Signed:
        return sign(self.twins, seal(self.twins.model, given, lane))

    @rule(signed=in_flight)
    def send(self, signed: Signed) -> None:
        """Again, too late, or in time after all: the sequence, the numbers and the set in force decide."""
        attempt(self.twins, signed)

    @rule(signed=in_flight, target=in_flight)
    def sign_again_and_send(self, signed: Signed) -> Signed:
        """As when the reporters changed: the same bytes, signed by those in force; it settles once."""
        again = sign(self.twins, signed.report_bytes)
        attempt(self.twins, again)
        assert attempt(self.twins, again) is None, "INV-3: a report settles once"
        assert attempt(self.twins, signed) is None, "INV-3: nor does it under its former signatures"
        return again

    @precondition(lambda self: can_settle(self.twins.model))
    @rule(first=_some_bills, second=_some_bills, lane=lanes, other_lane=lanes, target=in_flight)
    def send_out_of_order(self, first: list[Bill], second: list[Bill], lane: int, other_lane: int) -> object:
        """Two reports sealed one on the other, the second sent first."""
        model = self.twins.model
        earlier = seal(model, first, lane)
        later = seal(model, second, other_lane, after=earlier)
        sent = [sign(self.twins, earlier), sign(self.twins, later)]
        is_waiting = other_lane == lane or _share_a_partner(earlier, later)
        assert (attempt(self.twins, sent[1]) is None) == is_waiting, "INV-2, INV-3: nothing settles early"
        settles(self.twins, sent[0])
        assert (attempt(self.twins, sent[1]) is None) != is_waiting
        return multiple(*sent)

    @precondition(lambda self: can_settle(self.twins.model))
    @rule(
        given=reports_of(good_bills, 8),
        split=numbers,
        lane=lanes,
        longer_first=st.booleans(),
        target=in_flight,
    )
    def settle_one_of_two_cuts(self, given: list[Bill], split: int, lane: int, longer_first: bool) -> object:
        """A sequence signed with two cuts: one settles, and what only the other had goes into the next."""
        model = self.twins.model
        short = given[: picked(range(1, len(given) + 1), split)]
        cuts = [sign(self.twins, seal(model, cut, lane)) for cut in (short, given)]
        taken, refused = reversed(cuts) if longer_first else cuts
        settles(self.twins, taken)
        assert attempt(self.twins, refused) is None, "INV-3: another cut of a settled sequence"
        left = [] if longer_first else given[len(short) :]
        if left:
            settles(self.twins, sign(self.twins, seal(model, left, lane)))
        return multiple(*cuts)

    def _settle(self, given: list[Bill], lane: int) -> Signed:
        signed = sign(self.twins, seal(self.twins.model, given, lane))
        attempt(self.twins, signed)
        return signed


def _share_a_partner(one: Report, other: Report) -> bool:
    return bool({s.partner_id for s in one.sections} & {s.partner_id for s in other.sections})
