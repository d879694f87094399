"""Random rules of programmes, for tests of the ledger's model and of the contracts beside it.

Short rules are favoured, so that lots lapse and lives end within few acts.
"""

from datetime import date

from hypothesis import strategies as st

from milepost.domain.calendar import Align, date_of
from milepost.domain.programme import (
    AccountRule,
    ActivityDay,
    ActivityKind,
    LotRule,
    Programme,
    RuleVersion,
    SpendOrder,
)
from milepost.domain.quantities import DayNumber
from tests.support.deployments import a_programme

TIERS = ("blue", "silver", "gold")
_DAYS_OF_A_MONTH = 28

aligns = st.sampled_from(Align)
months = st.sampled_from((1, 2, 3, 6, 12, 18, 24, 36))
few_months = st.integers(1, 3)


@st.composite
def account_rules(draw: st.DrawFn, months: st.SearchStrategy[int]) -> AccountRule:
    """One that counts accruals, as every account rule does."""
    kinds = ActivityKind(draw(st.integers(0, 63))) | ActivityKind.ACCRUAL
    tiers = draw(st.one_of(st.just(frozenset[int]()), st.frozensets(st.integers(0, 2), min_size=1)))
    return AccountRule(draw(months), draw(aligns), kinds, tiers)


@st.composite
def rule_versions(
    draw: st.DrawFn, first_days: list[date | None], months: st.SearchStrategy[int]
) -> tuple[RuleVersion, ...]:
    """One version from each of these days."""
    lots, accounts = st.none() | st.builds(LotRule, months, aligns), st.none() | account_rules(months)
    return tuple(RuleVersion(first, draw(lots), draw(accounts)) for first in first_days)


@st.composite
def programmes(
    draw: st.DrawFn, *, around: DayNumber, most_versions: int = 3, months: st.SearchStrategy[int] = months
) -> Programme:
    """With versions that begin within two years of a day, before it or after."""
    days = draw(st.sets(st.integers(-100, 730), max_size=most_versions - 1))
    first_days: list[date | None] = [None, *(date_of(DayNumber(around + day)) for day in sorted(days))]
    versions = draw(rule_versions(first_days, months))
    shortest = min((one.account.months for one in versions if one.account), default=7)
    most_late = min(180, shortest * _DAYS_OF_A_MONTH - 1)
    return a_programme(
        versions=versions,
        tiers=TIERS,
        utc_offset_minutes=draw(st.sampled_from((480, -300, 330, 840, -840))),
        activity_day=draw(st.sampled_from((ActivityDay.PURCHASE,) * 3 + (ActivityDay.POSTING,))),
        late_days=draw(st.sampled_from((0, 1, 10, 27, 60, 180)).map(lambda days: min(days, most_late))),
        spend=draw(st.sampled_from(SpendOrder)),
        first_lapse=draw(st.sampled_from((None, None, None, date_of(DayNumber(around + 200))))),
        closes_account=draw(st.booleans()),
        notice_days=draw(st.sampled_from((1, 30, 90))),
    )
