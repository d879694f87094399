"""A programme that states only what it must has the defaults that the programmes' page gives."""

from milepost.domain.calendar import Align
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
