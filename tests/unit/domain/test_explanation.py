"""Explanations: every clause they cite stands in docs/programme-rules.md, and they say what is so."""

import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.calendar import Align, day_number
from milepost.domain.expiry import lapse_of, lapse_of_lot
from milepost.domain.explanation import explain
from milepost.domain.programme import (
    AccountRule,
    ActivityDay,
    ActivityKind,
    ActKind,
    LotAct,
    LotRule,
    Programme,
    RuleVersion,
)
from milepost.domain.quantities import DayNumber
from milepost.domain.rules import POOL_DAY
from tests.support.deployments import a_programme
from tests.support.expiry_vectors import EXPIRY_VECTORS, ROOT, ExpiryVector, local_day_of

PAGE = (ROOT / "docs/programme-rules.md").read_text(encoding="utf-8")
CLAUSES = set(re.findall(r"^\*\*(\d+\.\d+)\*\*", PAGE, flags=re.MULTILINE))
EARNING = ActivityKind.ACCRUAL
BLUE = frozenset({0})


def cited(text: str) -> set[str]:
    lists = re.findall(r"\(clauses? ([^)]*)\)", text)
    return {clause for each in lists for clause in re.findall(r"\d+\.\d+", each)}


def _day(text: str) -> DayNumber:
    return day_number(date.fromisoformat(text))


def _explained(
    *versions: RuleVersion, earned: str, last_activity: str | None = None, tier: int = 0, **changes: Any
) -> str:
    programme = a_programme(versions=versions, **{"tiers": ("blue", "silver", "gold"), **changes})
    last = None if last_activity is None else _day(last_activity)
    text = str(explain(programme, lapse_of(programme, _day(earned), last_activity=last, tier=tier)))
    assert cited(text) <= CLAUSES
    return text


def test_clauses__of_the_page__rise_without_gap_within_their_parts() -> None:
    numbers = [
        tuple(map(int, clause.split("."))) for clause in re.findall(r"^\*\*(\d+\.\d+)\*\*", PAGE, re.M)
    ]
    parts = list(map(int, re.findall(r"^## (\d+)\. ", PAGE, re.M)))
    assert parts == list(range(1, 13))
    expected = [
        (part, place) for part in parts for place in range(1, 1 + sum(one[0] == part for one in numbers))
    ]
    assert numbers == expected


def test_clauses__that_the_page_itself_cites__stand_in_it() -> None:
    cited_there = set(re.findall(r"clauses? (\d+\.\d+)", PAGE))
    assert cited_there and cited_there <= CLAUSES


@pytest.mark.parametrize("vector", EXPIRY_VECTORS, ids=str)
def test_explain__vectors_of_the_programmes__cites_clauses_that_stand(vector: ExpiryVector) -> None:
    programme = vector.rules()
    last = None if vector.last_activity is None else local_day_of(vector.last_activity, programme)
    earned = local_day_of(vector.earned, programme)
    found = explain(programme, lapse_of(programme, earned, last_activity=last, tier=vector.tier_number()))
    text = str(found)
    assert cited(text) and cited(text) <= CLAUSES
    # Every sentence of why cites one.
    assert all(re.search(r"\(clauses? \d", sentence) for sentence in found.why)
    if vector.last_valid_day is not None and vector.void_at is not None:
        assert vector.last_valid_day in text and vector.void_at in text
        assert "8.4" in cited(found.cost[0])


def test_explain__a_lot__says_the_formula_and_that_no_activity_helps() -> None:
    lot = RuleVersion(None, LotRule(36, Align.QUARTER))
    text = _explained(lot, earned="2008-02-29", last_activity="2009-01-01")
    assert "36 months after the day of earning, moved to the end of that quarter, which is 2011-03-31" in text
    assert "The activity of 2009-01-01 does not change that (clause 4.2)." in text
    assert "kept by spending or extending them by 2011-03-31 (clause 8.1)" in text
    assert "Extended on that day, they would live as miles earned then: to 2014-03-31 (clause 8.3)." in text


def test_explain__a_clamped_month__cites_the_clause_on_it() -> None:
    assert "2.2" in cited(_explained(RuleVersion(None, LotRule(24, Align.DAY)), earned="2008-02-29"))
    assert "2.2" not in cited(_explained(RuleVersion(None, LotRule(24, Align.DAY)), earned="2008-02-28"))


def test_explain__the_account__names_the_days_on_which_activity_helps() -> None:
    rule = AccountRule(12, Align.YEAR, EARNING | ActivityKind.REDEMPTION, BLUE)
    text = _explained(RuleVersion(None, None, rule), earned="2008-03-15")
    acts = "earning miles by a purchase or redeeming miles"
    assert f"Any activity from 2009-01-01 to 2009-12-31 keeps them: {acts}" in text
    assert "On 2009-12-31 itself it would move the deadline to 2010-12-31 (clause 5.1)." in text
    assert "settled within 60 days after that day (clause 5.6)" in text
    assert "So does being silver or gold by then" in text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"activity_day": ActivityDay.POSTING}, "It counts on the day it is settled"),
        ({"late_days": 1}, "settled within 1 day after that day"),
        ({"late_days": 0}, "A purchase must be settled by that day, too (clause 5.6)."),
        ({"closes_account": True}, "the programme may close the account (clause 10.3)"),
        (
            {"first_lapse": date(2010, 6, 30)},
            "but not before 2010-06-30, the first day on which anything lapses",
        ),
    ],
)
def test_explain__what_a_programme_chooses__is_said(changes: dict[str, Any], sentence: str) -> None:
    clocked = RuleVersion(None, None, AccountRule(1, Align.DAY, EARNING))
    assert sentence in _explained(clocked, earned="2008-03-15", **changes)


def test_explain__both_rules__says_that_the_earlier_day_counts() -> None:
    both = RuleVersion(None, LotRule(36, Align.DAY), AccountRule(12, Align.YEAR, EARNING, BLUE))
    text = _explained(both, earned="2011-03-15")
    assert "They also live with the account" in text and "The earlier of the two days counts" in text
    assert "though none of them outlives 2014-03-15" in text


def test_explain__a_lot_of_both_rules__is_extended_to_the_earlier_day() -> None:
    both = RuleVersion(None, LotRule(12, Align.DAY), AccountRule(36, Align.DAY, EARNING, BLUE))
    assert "to 2013-03-15, or to the account's deadline if that is earlier" in _explained(
        both, earned="2011-03-15"
    )
    assert "miles earned then: to 2013-03-15 (clause 8.3)" in _explained(both, earned="2011-03-15", tier=1)


def test_explain__an_exempt_tier__says_while_and_what_follows() -> None:
    pool = RuleVersion(None, None, AccountRule(12, Align.YEAR, EARNING, BLUE))
    text = _explained(pool, earned="2008-03-15", tier=1)
    assert "The account rule binds blue alone; while the member is silver, they do not lapse" in text
    assert "Should the tier be lost, the deadline is 2009-12-31" in text
    both = RuleVersion(None, LotRule(36, Align.DAY), AccountRule(12, Align.YEAR, EARNING, BLUE))
    assert "they lapse on their own day alone" in _explained(both, earned="2008-03-15", tier=1)


def test_explain__a_bound_lot_of_an_exempt_tier__says_what_losing_it_means() -> None:
    lost = "Should the tier be lost, the deadline is 2012-12-31 by the activity known here"
    both = RuleVersion(None, LotRule(36, Align.DAY), AccountRule(12, Align.YEAR, EARNING, BLUE))
    assert lost in _explained(both, earned="2011-03-15", tier=1)
    assert "Should the tier" not in _explained(both, earned="2011-03-15")
    short = RuleVersion(None, LotRule(12, Align.DAY), AccountRule(12, Align.YEAR, EARNING, BLUE))
    assert "Should the tier" not in _explained(short, earned="2011-03-15", tier=1)


def test_explain__an_exempt_pool_that_an_act_freed__has_no_deadline_to_fear() -> None:
    pool = RuleVersion(None, None, AccountRule(12, Align.YEAR, EARNING, BLUE))
    facts: dict[str, Any] = {"own_day": "", "version": 0, "deadline": _day("2020-12-31"), "tier": 1}
    grace = LotAct(ActKind.GRACE, 1, _day("2020-04-01"), until_day=_day("2021-06-30"))
    assert "the deadline is 2021-06-30 by the activity" in _of_a_lot(pool, acts=[grace], **facts)
    never = LotAct(ActKind.NEVER, 1, _day("2020-04-01"))
    text = _of_a_lot(pool, acts=[never], **facts)
    assert "Nothing need be done" in text and "Should the tier" not in text


def test_explain__activity_after_the_lapse__says_which_between_would_have_kept_them() -> None:
    clocked = RuleVersion(None, None, AccountRule(12, Align.YEAR, EARNING))
    between = "Activity between, from 2012-01-01 to 2012-12-31, would have kept them longer (clause 5.1)."
    facts: dict[str, Any] = {"earned": "2011-03-15", "last_activity": "2014-05-05"}
    assert between in _explained(clocked, **facts)
    bound = RuleVersion(None, LotRule(24, Align.DAY), AccountRule(12, Align.YEAR, EARNING))
    assert between in _explained(bound, **facts)


@pytest.mark.parametrize(
    "versions",
    [
        (RuleVersion(None, LotRule(12, Align.DAY)),),
        (
            RuleVersion(None, None, AccountRule(24, Align.DAY, EARNING)),
            RuleVersion(date(2011, 3, 16), None),
        ),
    ],
    ids=["a lot's own day", "no account rule since"],
)
def test_explain__activity_after_the_lapse__names_none_between_that_would_not_help(
    versions: tuple[RuleVersion, ...],
) -> None:
    text = _explained(*versions, earned="2011-03-15", last_activity="2014-05-05")
    assert "revives nothing" in text and "Activity between" not in text


def test_explain__no_rule__says_that_nothing_need_be_done() -> None:
    text = _explained(RuleVersion(None, None), RuleVersion(date(2020, 1, 1), None), earned="2008-03-15")
    assert "under version 1 of the programme's rules" in text and "they never lapse (clause 2.7)" in text
    assert "Nothing need be done to keep them." in text


@pytest.mark.parametrize(
    ("last_activity", "sentence"),
    [
        ("2008-01-01", "came before the earning, which is the later one (clause 5.1)"),
        ("2010-03-16", "came after that day: it revives nothing (clause 5.5)"),
        ("2009-06-01", "gives no later deadline, and the one that stands is not lowered (clause 3.4)"),
        ("2010-02-01", "does not count: the version then in force has no account rule (clause 5.10)"),
    ],
)
def test_explain__a_last_activity_that_moves_nothing__says_why(last_activity: str, sentence: str) -> None:
    versions = (
        RuleVersion(None, None, AccountRule(24, Align.DAY, EARNING)),
        RuleVersion(date(2009, 1, 1), None, AccountRule(1, Align.DAY, EARNING)),
        RuleVersion(date(2010, 1, 1), None),
    )
    text = _explained(*versions, earned="2008-03-15", last_activity=last_activity)
    assert sentence in text and "2010-03-15" in text
    assert "counts no activity (clause 5.10): spend them by that day" in text


@pytest.mark.parametrize(
    ("later", "anew"),
    [
        (RuleVersion(date(2010, 1, 1), None), "for good"),
        (
            RuleVersion(date(2010, 1, 1), None, AccountRule(18, Align.DAY, EARNING)),
            "with the account, to 2012-09-15 and as long as activity keeps it",
        ),
    ],
)
def test_explain__extending_under_a_later_version__lives_by_that(later: RuleVersion, anew: str) -> None:
    text = _explained(RuleVersion(None, LotRule(36, Align.DAY)), later, earned="2008-03-15")
    assert f"they would live as miles earned then: {anew} (clause 8.3)" in text


def test_explain__the_last_day_known__says_that_nothing_moves_it() -> None:
    text = _explained(RuleVersion(None, None, AccountRule(600, Align.YEAR, EARNING)), earned="2120-12-31")
    assert "Nothing moves that day: it is the last that is known (clause 1.2)." in text


def _of_a_lot(*versions: RuleVersion, own_day: str, **facts: Any) -> str:
    programme = a_programme(versions=versions, tiers=("blue", "silver"))
    usual = {"version": 1, "deadline": DayNumber(0), "clock_version": 1, **facts}
    own = _day(own_day) if own_day else POOL_DAY
    text = str(explain(programme, lapse_of_lot(programme, own_day=own, **usual)))
    assert cited(text) <= CLAUSES
    return text


LOTS = RuleVersion(None, LotRule(36, Align.MONTH))


def test_explain__a_lot_of_a_ledger__does_without_the_day_of_earning() -> None:
    text = _of_a_lot(LOTS, own_day="2020-05-31")
    assert "These miles were earned under the only version of the programme's rules (clause 3.1)." in text
    counted = "36 months after the day of earning, moved to the end of that month"
    assert f"{counted}, which is 2020-05-31 (clauses 4.1 and 2.1)" in text


@pytest.mark.parametrize(
    ("kind", "facts", "sentence"),
    [
        (ActKind.GRACE, {"until_day": _day("2020-10-01")}, "made that 2020-10-01 (clause 9.2)"),
        (ActKind.MOVE, {"months": 12}, "made that 2021-05-31 (clause 9.3)"),
        (ActKind.NEVER, {}, "they do not lapse on it any more (clause 9.4)"),
    ],
)
def test_explain__an_announced_act__is_told(kind: ActKind, facts: dict[str, Any], sentence: str) -> None:
    acts = [LotAct(kind, 1, _day("2020-04-01"), **facts)]
    assert sentence in _of_a_lot(LOTS, own_day="2020-05-31", acts=acts)
    assert "announced" not in _of_a_lot(LOTS, own_day="2020-03-31", acts=acts)


def test_explain__a_pool_of_a_ledger__names_what_its_deadline_may_rest_on() -> None:
    pool = RuleVersion(None, None, AccountRule(12, Align.YEAR, EARNING, BLUE))
    acts = [LotAct(ActKind.GRACE, 1, _day("2020-04-01"), until_day=_day("2021-06-30"))]
    text = _of_a_lot(pool, own_day="", version=0, deadline=_day("2020-12-31"), acts=acts)
    assert "in the pool of the account" in text and "by its latest activity (clause 5.1)" in text
    assert "An announced act made that 2021-06-30 (clause 9.2)." in text
    assert "Any activity from 2020-01-01 to 2021-06-30 keeps them" in text


def test_explain__a_deadline_that_a_lost_tier_gave__is_moved_by_activity_of_any_day() -> None:
    pool = RuleVersion(None, None, AccountRule(600, Align.DAY, EARNING, BLUE))
    text = _of_a_lot(pool, own_day="", version=0, deadline=_day("2020-12-31"))
    assert "Any activity from 1990-01-01 to 2020-12-31 keeps them" in text


def test_explain__a_bound_lot_that_an_act_freed__outlives_its_day_with_the_account() -> None:
    both = RuleVersion(None, LotRule(36, Align.DAY), AccountRule(12, Align.YEAR, EARNING))
    never = [LotAct(ActKind.NEVER, 1, _day("2021-06-01"))]
    facts = {"deadline": _day("2020-12-31"), "acts": never}
    assert "outlives" not in _of_a_lot(both, own_day="2021-06-01", **facts)
    assert "outlives 2021-05-31" in _of_a_lot(both, own_day="2021-05-31", **facts)


lot_rules = st.none() | st.builds(LotRule, st.integers(1, 600), st.sampled_from(Align))
account_rules = st.none() | st.builds(
    AccountRule,
    st.integers(1, 600),
    st.sampled_from(Align),
    st.integers(0, 31).map(lambda others: EARNING | ActivityKind(2 * others)),
    st.frozensets(st.integers(0, 2)),
)


@st.composite
def programmes(draw: st.DrawFn) -> Programme:
    starts = sorted(draw(st.sets(st.dates(date(1990, 1, 2), date(2120, 12, 31)), max_size=4)))
    versions = [RuleVersion(start, draw(lot_rules), draw(account_rules)) for start in (None, *starts)]
    return a_programme(
        versions=tuple(versions),
        tiers=("blue", "silver", "gold"),
        activity_day=draw(st.sampled_from(ActivityDay)),
        first_lapse=draw(st.none() | st.dates(date(1990, 1, 1), date(2120, 12, 31))),
        late_days=draw(st.integers(0, 180)),
        utc_offset_minutes=draw(st.integers(-840, 840)),
    )


@given(
    programmes(), st.integers(0, 47_846), st.none() | st.integers(0, 47_846), st.integers(0, 2), st.booleans()
)
def test_explain__any_programme_and_day__cites_clauses_that_stand(
    programme: Programme, earned: int, last: int | None, tier: int, by_activity: bool
) -> None:
    last_activity = DayNumber(last) if by_activity and last is not None else None
    lapse = lapse_of(programme, DayNumber(earned), last_activity=last_activity, tier=tier)
    text = str(explain(programme, lapse))
    assert lapse.last_day >= earned
    assert cited(text) and cited(text) <= CLAUSES
