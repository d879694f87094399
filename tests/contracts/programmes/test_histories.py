"""The activity rows of the programmes' page as whole histories on chain, time moved with them.

| row | test |
|---|---|
| skymiles 2007-03-15, then the last second | skymiles, active in the last minute |
| skymiles, then one second later | skymiles, active a second later |
| skymiles 2006-11-20 and 2007-06-01 | skymiles, earned before 2007 |
| onepass 2007-08-31, redemption 2009-01-10 | onepass, redemption; closable |
| onepass 2006-08-31 | onepass, leap day |
| garuda 2008-03-15, nothing in 2009 | garuda, Blue |
| garuda only 2009-01-01 | garuda, first day of a year |
| garuda, Silver | garuda, Silver |
| garuda, Silver to 2010-06-30 | garuda, Silver that falls to Blue |
| asia-miles-2020 by posting | asia miles, posting days |
"""

from collections.abc import Callable

import pytest

from milepost.domain.outcome import Outcome
from milepost.domain.programme import Programme
from tests.support.ledger_stage import CLOSED, LedgerStage
from tests.support.refusals import refuses

StageOf = Callable[[Programme | str], LedgerStage]


def ends(stage: LedgerStage, last_day: str) -> tuple[int, int]:
    """Balances of the last second of a day and of the first one after it."""
    last = stage.balance(f"{last_day}T23:59:59")
    stage.evm.set_time(stage.at(f"{last_day}T23:59:59") + 1)
    return last, int(stage.ledger.balanceAt(1, stage.at(f"{last_day}T23:59:59") + 1))


@pytest.mark.parametrize("settled", ["2009-03-16T00:00:30", "2009-03-26"])
def test_skymiles__active_in_the_last_minute__everything_lives(stage_of: StageOf, settled: str) -> None:
    """A minute late and ten days late. Before it settles nothing is alive; after it everything is."""
    stage = stage_of("skymiles")
    stage.earn(100, "2007-03-15")
    assert ends(stage, "2009-03-15") == (100, 0)
    assert stage.earn(7, "2009-03-15T23:59:00", settled=settled) is Outcome.CREDITED
    assert ends(stage, "2011-03-15") == (107, 0)


def test_skymiles__active_a_second_later__the_new_lot_alone_lives(stage_of: StageOf) -> None:
    stage = stage_of("skymiles")
    stage.earn(100, "2007-03-15")
    assert stage.earn(7, "2009-03-16T00:00:00") is Outcome.CREDITED
    assert stage.balance("2009-03-16T00:00:00") == 7
    assert ends(stage, "2011-03-16") == (7, 0)


def test_skymiles__earned_before_2007_and_after__the_old_miles_stay(stage_of: StageOf) -> None:
    stage = stage_of("skymiles")
    stage.earn(10_000, "2006-11-20")
    stage.earn(2_000, "2007-06-01")
    assert ends(stage, "2009-06-01") == (12_000, 10_000)
    assert stage.balance("2160-01-01") == 10_000


def test_onepass__redemption__does_not_count_and_the_account_is_closable(stage_of: StageOf) -> None:
    stage = stage_of("onepass")
    stage.earn(100, "2007-08-31")
    stage.redeem(10, "2009-01-10")
    assert ends(stage, "2009-02-28") == (90, 0)
    with refuses("LedgerAccountNotLapsed", member=1):
        stage.close_lapsed("2009-03-01")
    stage.close_lapsed("2009-04-30")
    assert stage.has(CLOSED)


def test_onepass__eighteen_months_to_a_leap_day__ends_on_it(stage_of: StageOf) -> None:
    stage = stage_of("onepass")
    stage.earn(100, "2006-08-31")
    assert ends(stage, "2008-02-29") == (100, 0)


@pytest.mark.parametrize(("earned", "last"), [("2008-03-15", "2009-12-31"), ("2009-01-01", "2010-12-31")])
def test_garuda__blue__lives_to_the_end_of_the_next_year(stage_of: StageOf, earned: str, last: str) -> None:
    stage = stage_of("garuda")
    stage.earn(100, earned)
    assert ends(stage, last) == (100, 0)


def test_garuda__earned_before_the_first_lapse__lives_to_it(stage_of: StageOf) -> None:
    stage = stage_of("garuda")
    stage.earn(100, "2006-05-01")
    assert ends(stage, "2008-12-31") == (100, 0)


def test_garuda__silver__never_lapses_while_silver(stage_of: StageOf) -> None:
    stage = stage_of("garuda")
    stage.in_tier(1, "2008-01-01")
    stage.earn(100, "2009-01-01")
    assert stage.balance("2160-01-01") == 100


def test_garuda__silver_that_falls_to_blue__has_that_day(stage_of: StageOf) -> None:
    """The row's own void instant is in UTC."""
    stage = stage_of("garuda")
    stage.in_tier(1, "2008-01-01")
    stage.earn(100, "2008-03-15")
    assert stage.balance("2010-06-30T23:59:59") == 100
    stage.in_tier(0, "2010-07-01")
    assert ends(stage, "2010-07-01") == (100, 0)
    assert stage.at("2010-07-01T23:59:59") + 1 == stage.at("2010-07-01T17:00:00Z")


@pytest.mark.parametrize(
    ("posted", "last"),
    [("2020-08-31", "2022-02-28"), ("2022-08-31", "2024-02-29"), ("2020-03-31", "2021-09-30")],
)
def test_asia_miles_2020__posting_day__counts_whatever_the_day_of_purchase(
    stage_of: StageOf, posted: str, last: str
) -> None:
    stage = stage_of("asia-miles-2020")
    days_before = f"{posted[:8]}01"
    stage.earn(100, days_before, settled=posted)
    assert ends(stage, last) == (100, 0)
