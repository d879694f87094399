"""Sums of what is outstanding: by month, tier and funder, and what lapsed."""

from milepost.domain.attribution import HeldLot, Parcel
from milepost.domain.calendar import Align
from milepost.domain.liability import Liability, Shares, month_of
from milepost.domain.lots import Lot
from milepost.domain.programme import AccountRule, ActivityKind, RuleVersion
from milepost.domain.rules import NEVER
from milepost.domain.standing_rules import StandingRules
from tests.support.ledgers import day

TODAY = day("2020-06-15")
RULES = StandingRules(
    (RuleVersion(None, None, AccountRule(18, Align.DAY, ActivityKind.ACCRUAL)),), (), 60, 480
)
GRILL, DINER = 7, 8
ANNA, BEN = 1, 2


def parcel(last_day: int, miles: int, funder: int | None = GRILL, account: int = ANNA) -> Parcel:
    return Parcel(HeldLot(account, Lot(last_day, 0, miles, 0)), funder, miles)


def test_add__live_miles__count_by_month_tier_and_funder() -> None:
    found = Liability(TODAY)
    found.add([parcel(day("2021-02-28"), 10), parcel(day("2021-02-01"), 5, None)], RULES, {})
    found.add([parcel(day("2020-06-15"), 3, DINER, BEN), parcel(NEVER, 2, GRILL, BEN)], RULES, {BEN: 2})
    assert list(found.by_month().items()) == [((2020, 6), 3), ((2021, 2), 15), (None, 2)]
    assert found.months[(2021, 2), None] == 5
    assert found.tiers == {0: Shares(15), 2: Shares(5)}
    assert found.funders == {GRILL: Shares(12), None: Shares(5), DINER: Shares(3)}
    assert found.total == Shares(20)


def test_add__lapsed_miles__have_no_month() -> None:
    found = Liability(TODAY)
    found.add([parcel(TODAY - 1, 10), parcel(TODAY - 100, 4)], RULES, {})
    assert found.by_month() == {}
    assert found.total == Shares(live=0, revivable=10, lapsed=4) == found.funders[GRILL]
    assert found.total.held == 14


def test_month_of__days_of_the_calendar__is_their_month() -> None:
    assert month_of(day("2020-12-31")) == (2020, 12)
    assert month_of(NEVER) is None
