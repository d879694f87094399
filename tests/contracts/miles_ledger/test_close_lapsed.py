"""closeLapsed: the operator's act where a programme closes what lapsed, once nothing may revive it.

given a programme that closes accounts
  when the pool lapsed and its late days are over   then it is closed; later purchases get closed_account
  when late days are not over, or something lives   then LedgerAccountNotLapsed
  when the account never had a life                 then LedgerAccountNotLapsed
given a programme that does not                     then LedgerAccountNotLapsed
given an unknown or closed account, or no role      then it is refused
"""

from collections.abc import Callable

import pytest

from milepost.domain.calendar import Align
from milepost.domain.outcome import Outcome
from milepost.domain.programme import LotRule, Programme, RuleVersion
from tests.support.ledger_stage import CLOSED, STRANGER, LedgerStage
from tests.support.ledgers import a_clock_programme, day_date
from tests.support.refusals import refuses

StageOf = Callable[[Programme | str], LedgerStage]


@pytest.fixture
def onepass(stage_of: StageOf) -> LedgerStage:
    """Deposit 2007-08-31: void after 2009-02-28, and final after the sixtieth day, 2009-04-29."""
    stage = stage_of("onepass")
    stage.earn(100, "2007-08-31")
    return stage


def test_close_lapsed__late_days_over__closes(onepass: LedgerStage) -> None:
    onepass.close_lapsed("2009-04-30T00:00:00")
    assert onepass.has(CLOSED)
    assert onepass.earn(5, "2009-05-01") is Outcome.CLOSED_ACCOUNT
    assert onepass.earn(5, "2009-02-27", settled="2009-05-01") is Outcome.CLOSED_ACCOUNT
    assert onepass.totals["credited"] == 100
    assert onepass.write_off("2009-05-01") == 100


@pytest.mark.parametrize("on", ["2009-02-28", "2009-03-01", "2009-04-29T23:59:59"])
def test_close_lapsed__may_still_be_revived__is_refused(onepass: LedgerStage, on: str) -> None:
    with refuses("LedgerAccountNotLapsed", member=1):
        onepass.close_lapsed(on)
    assert not onepass.has(CLOSED)


def test_close_lapsed__purchase_of_before_settles_first__keeps_it_open(onepass: LedgerStage) -> None:
    assert onepass.earn(5, "2009-02-28T23:59:59", settled="2009-04-29") is Outcome.CREDITED
    with refuses("LedgerAccountNotLapsed", member=1):
        onepass.close_lapsed("2009-04-30")
    assert onepass.balance("2009-04-30") == 105


def test_close_lapsed__new_life_since__is_refused(onepass: LedgerStage) -> None:
    onepass.earn(5, "2009-03-01")
    with refuses("LedgerAccountNotLapsed", member=1):
        onepass.close_lapsed("2009-05-01")


def test_close_lapsed__account_without_any_activity__is_refused(stage_of: StageOf) -> None:
    with refuses("LedgerAccountNotLapsed", member=1):
        stage_of("onepass").close_lapsed("2030-01-01")


def test_close_lapsed__lots_of_an_older_rule_alive__is_refused(stage_of: StageOf) -> None:
    onepass = stage_of("onepass").programme.versions[0]
    stage = stage_of(
        a_clock_programme(
            RuleVersion(None, LotRule(48, Align.DAY)),
            RuleVersion(day_date("2018-01-01"), None, onepass.account),
            closes_account=True,
        )
    )
    stage.earn(100, "2017-12-31")
    stage.earn(5, "2018-01-01")
    with refuses("LedgerAccountNotLapsed", member=1):
        stage.close_lapsed("2021-12-31")
    stage.close_lapsed("2022-01-01")
    assert stage.has(CLOSED)


def test_close_lapsed__programme_that_closes_none__is_refused(stage_of: StageOf) -> None:
    stage = stage_of("skymiles")
    stage.earn(100, "2007-08-31")
    with refuses("LedgerAccountNotLapsed", member=1):
        stage.close_lapsed("2030-01-01")


def test_close_lapsed__unknown_closed_or_no_role__is_refused(onepass: LedgerStage) -> None:
    for member in (0, 6):
        with refuses("LedgerMemberUnknown", member=member):
            onepass.close_lapsed("2009-05-01", member=member)
    with refuses("AccessManagedUnauthorized"):
        onepass.ledger.closeLapsed(1, sender=STRANGER)
    onepass.close_lapsed("2009-05-01")
    with refuses("LedgerAccountClosed", member=1):
        onepass.close_lapsed("2009-05-01")
