"""The day on which miles lapse: the shared vectors, and what no programme of ours has."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.domain.calendar import Align, date_of, day_number, shown_instant, void_at
from milepost.domain.expiry import Lapse, LapseRule, lapse_of, lapse_of_lot
from milepost.domain.outcome import Outcome
from milepost.domain.programme import (
    AccountRule,
    ActivityKind,
    ActKind,
    LotAct,
    LotRule,
    Programme,
    RuleVersion,
)
from milepost.domain.quantities import DayNumber
from milepost.domain.rules import NEVER, POOL_DAY
from tests.support.deployments import a_programme
from tests.support.expiry_vectors import EXPIRY_VECTORS, ExpiryVector, local_day_of
from tests.support.ledgers import a_member
from tests.support.random_rules import programmes

EARNING = ActivityKind.ACCRUAL


@pytest.mark.parametrize("vector", EXPIRY_VECTORS, ids=str)
def test_lapse_of__vectors_of_the_programmes__agree(vector: ExpiryVector) -> None:
    programme = vector.rules()
    last = None if vector.last_activity is None else local_day_of(vector.last_activity, programme)
    earned = local_day_of(vector.earned, programme)
    lapse = lapse_of(programme, earned, last_activity=last, tier=vector.tier_number())
    assert date_of(lapse.earned).isoformat() == vector.earned_day
    if vector.last_valid_day is None:
        assert (lapse.last_day, lapse.rule) == (NEVER, None)
        return
    assert (date_of(lapse.last_day).isoformat(), lapse.rule) == (vector.last_valid_day, vector.rule)
    assert shown_instant(void_at(lapse.last_day, programme.utc_offset_minutes)) == vector.void_at


def _day(text: str) -> DayNumber:
    return day_number(date.fromisoformat(text))


def _lapse(*versions: RuleVersion, earned: str, last_activity: str | None = None, **changes: Any) -> Lapse:
    programme = a_programme(versions=versions, tiers=("blue", "silver"))
    last = None if last_activity is None else _day(last_activity)
    return lapse_of(programme, _day(earned), last_activity=last, **changes)


def test_lapse_of__both_rules_give_the_same_day__names_the_lot() -> None:
    both = RuleVersion(None, LotRule(12, Align.YEAR), AccountRule(12, Align.YEAR, EARNING))
    lapse = _lapse(both, earned="2020-03-01")
    assert (lapse.last_day, lapse.rule) == (_day("2021-12-31"), LapseRule.LOT)


def test_lapse_of__a_shorter_account_rule_later__does_not_lower_the_deadline() -> None:
    longer = RuleVersion(None, None, AccountRule(24, Align.DAY, EARNING))
    shorter = RuleVersion(date(2020, 1, 1), None, AccountRule(6, Align.DAY, EARNING))
    lapse = _lapse(longer, shorter, earned="2019-12-31", last_activity="2020-02-01")
    assert (lapse.last_day, lapse.anchor, lapse.clock_version) == (_day("2021-12-31"), _day("2019-12-31"), 2)


def test_lapse_of__activity_under_a_version_without_account_rule__counts_for_nothing() -> None:
    clocked = RuleVersion(None, None, AccountRule(24, Align.DAY, EARNING))
    lapse = _lapse(
        clocked, RuleVersion(date(2020, 1, 1), None), earned="2019-12-31", last_activity="2020-02-01"
    )
    assert (lapse.last_day, lapse.clock_version, lapse.is_too_late) == (_day("2021-12-31"), 1, False)


def test_lapse_of__activity_moves_an_exempt_account_to_a_rule_that_binds__lapses_by_it() -> None:
    exempting = RuleVersion(None, None, AccountRule(12, Align.DAY, EARNING, frozenset({0})))
    binding = RuleVersion(date(2020, 1, 1), None, AccountRule(12, Align.DAY, EARNING))
    free = _lapse(exempting, binding, earned="2015-01-01", tier=1)
    assert (free.last_day, free.rule, free.is_exempt) == (NEVER, None, True)
    bound = _lapse(exempting, binding, earned="2015-01-01", last_activity="2020-01-01", tier=1)
    assert (bound.last_day, bound.rule) == (_day("2021-01-01"), LapseRule.ACCOUNT)


def test_lapse_of__activity_on_the_last_day_and_the_day_after__rescues_and_does_not() -> None:
    clocked = RuleVersion(None, None, AccountRule(12, Align.DAY, EARNING))
    kept = _lapse(clocked, earned="2019-03-01", last_activity="2020-03-01")
    assert (kept.last_day, kept.is_too_late) == (_day("2021-03-01"), False)
    lapsed = _lapse(clocked, earned="2019-03-01", last_activity="2020-03-02")
    assert (lapsed.last_day, lapsed.is_too_late) == (_day("2020-03-01"), True)


@given(st.integers(0, 47_000), st.integers(0, 2_000), st.integers(0, 1))
def test_lapse_of__any_later_activity__never_takes_miles_away(earned: int, later: int, tier: int) -> None:
    versions = (
        RuleVersion(None, LotRule(36, Align.DAY), AccountRule(12, Align.YEAR, EARNING, frozenset({0}))),
        RuleVersion(date(2020, 1, 1), None, AccountRule(18, Align.DAY, EARNING)),
    )
    programme = a_programme(versions=versions, tiers=("blue", "silver"))
    alone = lapse_of(programme, DayNumber(earned), tier=tier)
    kept = lapse_of(programme, DayNumber(earned), last_activity=DayNumber(earned + later), tier=tier)
    if not alone.is_exempt:
        assert alone.last_day <= kept.last_day


POOLED = RuleVersion(None, None, AccountRule(12, Align.YEAR, EARNING, frozenset({0})))
BOTH = RuleVersion(date(2011, 1, 1), LotRule(36, Align.DAY), AccountRule(12, Align.YEAR, EARNING))
FREE = RuleVersion(date(2020, 1, 1), LotRule(36, Align.DAY))
GRACE = LotAct(ActKind.GRACE, 3, DayNumber(1), until_day=_day("2014-06-30"))


def _lot(version: int, own_day: str, deadline: str | None = "2012-12-31", **changes: Any) -> Lapse:
    usual: dict[str, Any] = {
        "own_day": _day(own_day) if own_day else POOL_DAY,
        "deadline": _day(deadline) if deadline else DayNumber(0),
        "clock_version": 2,
        **changes,
    }
    programme = a_programme(versions=(POOLED, BOTH, FREE), tiers=("blue", "silver"))
    return lapse_of_lot(programme, version=version, **usual)


@pytest.mark.parametrize(
    ("lapse", "last_day", "rule"),
    [
        (_lot(2, "2014-03-15"), "2012-12-31", LapseRule.ACCOUNT),
        (_lot(2, "2012-12-31"), "2012-12-31", LapseRule.LOT),
        (_lot(3, "2023-03-15"), "2023-03-15", LapseRule.LOT),
        (_lot(0, ""), "2012-12-31", LapseRule.ACCOUNT),
        (_lot(0, "", clock_version=1, tier=1), None, None),
        (_lot(0, "", None), None, None),
        (_lot(2, "2014-03-15", clock_version=1, tier=1), "2014-03-15", LapseRule.LOT),
        (_lot(2, "2014-03-15", clock_version=3), "2012-12-31", LapseRule.ACCOUNT),
        (_lot(2, "2014-03-15", acts=[GRACE]), "2014-06-30", LapseRule.LOT),
        (_lot(0, "", acts=[GRACE]), "2014-06-30", LapseRule.ACCOUNT),
    ],
)
def test_lapse_of_lot__as_a_ledger_keeps_it__is_judged_by_both_days(
    lapse: Lapse, last_day: str | None, rule: LapseRule | None
) -> None:
    assert lapse.rule is rule
    assert lapse.last_day == (NEVER if last_day is None else _day(last_day))


AROUND = _day("2015-06-15")


@settings(max_examples=400)
@given(
    programmes(around=AROUND),
    st.integers(AROUND - 200, AROUND + 900),
    st.none() | st.integers(0, 900),
    st.integers(0, 2),
)
def test_lapse_of__any_programme__is_what_the_ledger_model_keeps(
    programme: Programme, earned: int, later: int | None, tier: int
) -> None:
    """The command and the ledger come to the same day by different ways: by formula, and by a history."""
    member = a_member(programme)
    member.in_tier(tier, "1990-01-01")
    first = date_of(DayNumber(earned)).isoformat()
    assert member.earn(1, first) is Outcome.CREDITED
    last = None if later is None else DayNumber(earned + later)
    if last is not None:
        # A purchase that earns nothing is an activity all the same.
        member.earn(0, date_of(last).isoformat())
    lapse = lapse_of(programme, DayNumber(earned), last_activity=last, tier=tier)
    assert [lot.last_day for lot in member.ledger.lots_of(member.number)] == [lapse.last_day]
