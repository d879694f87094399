"""announceAct: what a programme may do to miles that exist: grace, a move by months, or never.

given lots, and an account with a deadline
  when grace is announced      then no last day from its day on is before that day, and no other changes
  when a move is announced     then last days move by months, aligned by the lot's rule, not to before it
  when never is announced      then what still lives from its day on does not lapse
  when an act names versions   then lots of later ones stay; deadlines follow grace and never all the same
  when a lot has lapsed        then no act revives it
  when several are announced   then they apply in their order, as in the reference model
  when an act changes the order of lots of different versions then spending follows it
given an act
  when it begins before today, or shortens within the notice then RulesNoticeTooShort with the earliest day
  when kind, versions or value make no act                   then RulesActInvalid
  when it is the ninth                                       then RulesTooMany, whatever else is wrong
given no role                                                then it is refused
stories: Garuda's grace of 2020, Enrich's cut of 2015; Southwest's change is in test_announce_rule.py
"""

from collections.abc import Callable
from random import Random

import pytest

from milepost.domain.calendar import Align, date_of
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
from milepost.domain.rules import moved_lot_day, own_day_of
from tests.support.ledger_stage import SECOND, STRANGER, LedgerStage
from tests.support.ledgers import a_clock_programme, a_lot_programme, day, day_date
from tests.support.refusals import refuses

StageOf = Callable[[Programme | str], LedgerStage]
GRACE, MOVE, NEVER = ActKind.GRACE, ActKind.MOVE, ActKind.NEVER
ACCRUAL = ActivityKind.ACCRUAL


# ---------------------------------------------------------------- the stories


def test_announce_act__garudas_grace_of_2020__works(stage_of: StageOf) -> None:
    """Announced on 14 April 2020: what would lapse until the end of June lives half a year longer."""
    stage = stage_of("garuda-2011")
    stage.in_tier(1, "2015-01-01")
    stage.in_tier(1, "2015-01-01", member=SECOND)
    for miles, local in ((1, "2017-04-13"), (2, "2017-04-14"), (4, "2017-06-30"), (8, "2018-03-01")):
        stage.earn(miles, local)
    stage.announce_act(GRACE, "2020-04-14", since="2020-04-14", value=day("2020-12-31"), versions=2)
    # The first lapsed a day before; the last has later days of its own.
    assert stage.lots("2020-04-14") == [(2, "2020-12-31"), (4, "2020-12-31"), (8, "2021-03-01")]
    assert stage.balance("2020-12-31T23:59:59") == 14
    assert stage.balance("2021-01-01T00:00:00") == 8
    stage.redeem(3, "2020-12-31")
    assert stage.lots("2020-12-31") == [(3, "2020-12-31"), (8, "2021-03-01")]


def test_announce_act__grace_and_a_blue_members_deadline__moves_too(stage_of: StageOf) -> None:
    stage = stage_of("garuda-2011")
    stage.earn(100, "2019-05-01")
    stage.announce_act(GRACE, "2020-04-14", since="2020-04-14", value=day("2021-06-30"), versions=1)
    assert stage.lots("2020-04-14") == [(100, "2021-06-30")]
    # The raw deadline stays: what the year gives later is counted from the year.
    stage.earn(1, "2021-06-30")
    assert stage.lots("2021-06-30") == [(100, "2022-05-01"), (1, "2022-12-31")]


def test_announce_act__enrichs_cut_of_2015__is_refused(stage_of: StageOf) -> None:
    """From the end of the third year to the end of the thirty-sixth month, for miles earned already.

    It was told in July 2014 for January 2015 to lots that end in 2015; an act without notice is refused. With
    notice it still could not be said: all miles of 2012 are one lot, and only the day of earning parts them.
    """
    stage = stage_of("enrich")
    stage.earn(10, "2012-01-10")
    stage.earn(20, "2012-05-10")
    stage.earn(40, "2012-12-10")
    for months in (-11, -7, -1):
        earliest = day("2014-11-01") + 90
        with refuses("RulesNoticeTooShort", fromDay=day("2015-01-01"), earliest=earliest):
            stage.announce_act(MOVE, "2014-11-01", since="2015-01-01", value=months)
    for kind in (0, 4, 255):
        with refuses("RulesActInvalid", kind=kind):
            stage.announce_act(kind, "2014-11-01", since="2015-05-31", value=36)
    assert stage.lots("2014-11-01") == [(70, "2015-12-31")]
    # What can be said keeps them together, aligned to the year as their rule is, none to before its day.
    stage.announce_act(MOVE, "2014-07-01", since="2015-05-31", value=-7)
    assert stage.lots("2014-07-01") == [(70, "2015-12-31")]


# ---------------------------------------------------------------- what an act does


def test_announce_act__move__is_aligned_and_never_before_its_day(stage_of: StageOf) -> None:
    stage = stage_of(a_lot_programme(36, Align.MONTH))
    for miles, local in ((1, "2015-03-10"), (2, "2015-04-10"), (4, "2015-09-10"), (8, "2016-02-10")):
        stage.earn(miles, local)
    stage.announce_act(MOVE, "2017-12-01", since="2018-04-30", value=-4)
    assert stage.lots("2017-12-01") == [
        (1, "2018-03-31"),
        (2, "2018-04-30"),
        (4, "2018-05-31"),
        (8, "2018-10-31"),
    ]


def test_announce_act__move_forward__needs_no_notice_and_clamps(stage_of: StageOf) -> None:
    stage = stage_of(a_lot_programme(36))
    stage.earn(1, "2015-02-27")
    stage.earn(2, "2015-02-28")
    stage.earn(4, "2015-03-31")
    stage.announce_act(MOVE, "2018-02-28T23:59:59", since="2018-02-28", value=1)
    assert stage.lots("2018-02-28") == [(2, "2018-03-28"), (4, "2018-04-30")]


def test_announce_act__move__leaves_pool_and_deadline(stage_of: StageOf) -> None:
    both = RuleVersion(None, LotRule(36, Align.DAY), AccountRule(24, Align.DAY, ACCRUAL))
    stage = stage_of(a_clock_programme(both))
    stage.earn(1, "2015-02-27")
    stage.announce_act(MOVE, "2015-03-01", since="2016-01-01", value=-6)
    assert stage.clock("2015-03-01") == ("2017-02-27", False)
    assert stage.lots("2015-03-01") == [(1, "2017-02-27")]
    stage.earn(1, "2015-12-01")
    assert stage.lots("2015-12-01") == [(1, "2017-08-27"), (1, "2017-12-01")]


def test_announce_act__never__holds_from_its_day_for_lots_and_deadlines(stage_of: StageOf) -> None:
    stage = stage_of(
        a_clock_programme(
            RuleVersion(None, LotRule(36, Align.DAY)),
            RuleVersion(day_date("2016-01-01"), None, AccountRule(24, Align.DAY, ACCRUAL)),
        )
    )
    stage.earn(1, "2015-02-27")
    stage.earn(2, "2015-02-28")
    stage.earn(4, "2016-02-28")
    stage.announce_act(NEVER, "2018-02-28", since="2018-02-28")
    assert stage.lots("2018-02-28") == [(2, "never"), (4, "never")]
    assert stage.balance("2169-01-01") == 6


@pytest.mark.parametrize("versions", [1, 2, 3])
def test_announce_act__versions__later_ones_stay(stage_of: StageOf, versions: int) -> None:
    stage = stage_of(
        a_clock_programme(
            RuleVersion(None, LotRule(36, Align.DAY)),
            RuleVersion(day_date("2015-01-02"), LotRule(36, Align.DAY)),
            RuleVersion(day_date("2015-01-03"), LotRule(36, Align.DAY)),
        )
    )
    for number in (1, 2, 3):
        stage.earn(number, f"2015-01-0{number}")
    stage.announce_act(GRACE, "2018-01-01", since="2018-01-01", value=day("2019-01-01"), versions=versions)
    ends = dict(stage.lots("2018-01-01"))
    assert ends == {n: "2019-01-01" if n <= versions else f"2018-01-0{n}" for n in (1, 2, 3)}


def test_announce_act__order_of_versions_changes__spending_follows(stage_of: StageOf) -> None:
    stage = stage_of(
        a_clock_programme(
            RuleVersion(None, LotRule(36, Align.DAY)),
            RuleVersion(day_date("2015-02-01"), LotRule(36, Align.DAY)),
        )
    )
    for miles, local in ((1, "2015-01-01"), (2, "2015-02-01"), (4, "2015-02-02"), (8, "2015-02-03")):
        stage.earn(miles, local)
    stage.announce_act(GRACE, "2018-01-01", since="2018-01-01", value=day("2018-02-02"))
    assert stage.lots("2018-01-01") == [
        (2, "2018-02-01"),
        (1, "2018-02-02"),
        (4, "2018-02-02"),
        (8, "2018-02-03"),
    ]
    stage.redeem(3, "2018-01-01")
    assert stage.lots("2018-01-01") == [(4, "2018-02-02"), (8, "2018-02-03")]


def test_announce_act__lapsed_yesterday__is_not_revived(stage_of: StageOf) -> None:
    stage = stage_of("onepass")
    stage.earn(100, "2008-01-31")
    stage.announce_act(GRACE, "2009-08-01T00:00:00", since="2009-08-01", value=day("2010-08-01"))
    stage.announce_act(NEVER, "2009-08-01T00:00:00", since="2009-08-01")
    assert (stage.balance("2009-08-01"), stage.write_off("2009-09-30")) == (0, 100)


@pytest.mark.parametrize("seed", range(6))
def test_announce_act__eight_of_any_kind__are_the_reference_models(stage_of: StageOf, seed: int) -> None:
    pick = Random(seed)
    align = list(Align)[seed % 4]
    programme = a_clock_programme(
        RuleVersion(None, LotRule(36, align)),
        RuleVersion(day_date("2015-07-01"), LotRule(30, Align.DAY)),
        notice_days=1,
    )
    stage = stage_of(programme)
    earned = [DayNumber(day("2015-01-01") + one) for one in range(0, 365, 11)]
    for one in earned:
        stage.earn(1, date_of(one).isoformat())
    acts = []
    for kind in pick.sample((MOVE, MOVE, *(GRACE,) * 6), 8):
        since = DayNumber(pick.randint(day("2016-01-03"), day("2019-01-01")))
        until, months = DayNumber(since + pick.randint(0, 400)), pick.choice((-14, -3, -1, 1, 2, 25))
        act = LotAct(kind, pick.randint(1, 2), since, until, months if kind is MOVE else 0)
        acts.append(act)
        stage.announce_act(
            kind,
            "2016-01-01",
            since=date_of(since).isoformat(),
            value=months if kind is MOVE else until,
            versions=act.versions,
        )
    expected = sorted(
        moved_lot_day(acts, programme.versions, 1 + (one >= day("2015-07-01")), own_day_of(programme, one))
        for one in earned
    )
    found = [(lot[1], lot[0]) for lot in stage.lens.lotsOf(stage.ledger, 1)]
    assert [last for last, miles in found for _ in range(miles)] == expected
    with refuses("RulesTooMany", most=8):
        stage.announce_act(9, "2016-01-01", since="2000-01-01")


# ---------------------------------------------------------------- what is refused


def test_announce_act__third_move__is_one_too_many(stage_of: StageOf) -> None:
    """Each is computed for every lot that is read: with eight the largest account stopped a report."""
    stage = stage_of("rapid-rewards")
    for months in (1, 2):
        stage.announce_act(MOVE, "2016-01-01", since="2017-01-01", value=months)
    with refuses("RulesTooMany", most=2):
        stage.announce_act(MOVE, "2016-01-01", since="2017-01-01", value=3)
    stage.announce_act(NEVER, "2016-01-01", since="2017-01-01")


@pytest.mark.parametrize(("kind", "value"), [(GRACE, 20_000), (MOVE, 1), (NEVER, 0)])
def test_announce_act__before_today__is_refused(stage_of: StageOf, kind: int, value: int) -> None:
    stage = stage_of("rapid-rewards")
    today = day("2018-01-01")
    with refuses("RulesNoticeTooShort", fromDay=today - 1, earliest=today):
        stage.announce_act(kind, "2018-01-01T00:00:00", since="2017-12-31", value=value)
    stage.announce_act(kind, "2018-01-01T23:59:59", since="2018-01-01", value=value)


def test_announce_act__shortens__begins_after_the_notice(stage_of: StageOf) -> None:
    stage = stage_of("rapid-rewards")
    earliest = day("2018-01-01") + 90
    with refuses("RulesNoticeTooShort", fromDay=earliest - 1, earliest=earliest):
        stage.announce_act(MOVE, "2018-01-01", since=date_of(DayNumber(earliest - 1)).isoformat(), value=-1)
    stage.announce_act(MOVE, "2018-01-01", since=date_of(DayNumber(earliest)).isoformat(), value=-1)


@pytest.mark.parametrize(
    ("kind", "versions", "value"),
    [
        (0, 1, 0),
        (4, 1, 0),
        (GRACE, 0, 20_000),
        (GRACE, 2, 20_000),
        (GRACE, 1, day("2018-01-31")),
        (GRACE, 1, -1),
        (GRACE, 1, 65_535),
        (GRACE, 1, 2**31 - 1),
        (MOVE, 1, 0),
        (MOVE, 1, 601),
        (MOVE, 1, -601),
        (MOVE, 1, -(2**31)),
        (NEVER, 1, 1),
        (NEVER, 1, -1),
        (NEVER, 0, 0),
    ],
)
def test_announce_act__makes_no_act__is_refused(
    stage_of: StageOf, kind: int, versions: int, value: int
) -> None:
    stage = stage_of("rapid-rewards")
    with refuses("RulesActInvalid", kind=kind, versions=versions, value=value):
        stage.announce_act(kind, "2018-01-01", since="2018-02-01", value=value, versions=versions)


@pytest.mark.parametrize(("kind", "value"), [(GRACE, 65_534), (MOVE, 600), (MOVE, -600)])
def test_announce_act__at_its_bounds__is_taken(stage_of: StageOf, kind: int, value: int) -> None:
    stage = stage_of("rapid-rewards")
    stage.earn(5, "2017-01-01")
    stage.announce_act(kind, "2018-01-01", since="2018-06-01", value=value)
    expected = {65_534: "2169-06-05", 600: "2069-01-01", -600: "2018-06-01"}[value]
    assert stage.lots("2018-01-01") == [(5, expected)]


def test_announce_act__no_role__is_refused(stage_of: StageOf) -> None:
    with refuses("AccessManagedUnauthorized", caller=STRANGER):
        stage_of("rapid-rewards").ledger.announceAct(NEVER, 1, 60_000, 0, sender=STRANGER)
