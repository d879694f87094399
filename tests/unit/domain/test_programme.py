"""A programme that states only what it must has the defaults that the programmes' page gives."""

from datetime import date
from typing import Any

import pytest

from milepost.domain.calendar import Align
from milepost.domain.errors import ProgrammeNotSettleable
from milepost.domain.programme import (
    Acceptance,
    AccountRule,
    ActivityDay,
    ActivityKind,
    LotRule,
    Programme,
    RuleVersion,
    SpendOrder,
    SpentMiles,
)
from tests.support.deployments import a_programme

CLOCK = AccountRule(18, Align.DAY, ActivityKind.ACCRUAL)


def test_programme__only_what_it_must_state__has_the_stated_defaults() -> None:
    programme = Programme(
        name="asia-miles-2018",
        title="Asia Miles",
        utc_offset_minutes=480,
        tiers=(),
        versions=(RuleVersion(None, LotRule(36, Align.DAY)),),
        accept=Acceptance(90, 10),
        notice_days=90,
        promotion_notice_days=7,
        symbol="MILES",
    )
    assert (programme.activity_day, programme.spend) == (ActivityDay.PURCHASE, SpendOrder.SOONEST)
    assert (programme.late_days, programme.first_lapse, programme.closes_account) == (60, None, False)
    assert programme.spent_miles is SpentMiles.LATER_ACCRUALS


@pytest.mark.parametrize(
    "changes",
    [
        {"versions": (RuleVersion(None, None),)},
        {"versions": (RuleVersion(None, LotRule(36, Align.DAY)), RuleVersion(date(2020, 1, 1), None))},
        {"versions": (RuleVersion(None, LotRule(36, Align.DAY), CLOCK),)},
        {"activity_day": ActivityDay.POSTING},
        {"spend": SpendOrder.LOTS_FIRST},
        {"first_lapse": date(2008, 12, 31)},
        {"closes_account": True},
    ],
)
def test_lot_rule__more_than_one_lot_rule__is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ProgrammeNotSettleable, match="asia-miles-2018"):
        _ = a_programme(**changes).lot_rule


def test_lot_rule__one_lot_rule__is_it() -> None:
    assert a_programme().lot_rule == LotRule(36, Align.DAY)
