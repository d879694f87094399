"""What became of a lot by the rules that stand, and which lots a purchase earned into."""

import pytest

from milepost.domain.calendar import Align, void_at
from milepost.domain.lots import Lot
from milepost.domain.programme import (
    AccountRule,
    ActivityKind,
    ActKind,
    LotAct,
    LotRule,
    RuleVersion,
)
from milepost.domain.rules import NEVER, POOL_DAY
from milepost.domain.standing_rules import Fate, LotKey, StandingRules
from tests.support.ledgers import day, day_date

LOT, ACCOUNT = LotRule(36, Align.DAY), AccountRule(18, Align.DAY, ActivityKind.ACCRUAL)
TODAY = day("2020-06-15")


def rules(*versions: RuleVersion, acts: tuple[LotAct, ...] = ()) -> StandingRules:
    return StandingRules(
        versions or (RuleVersion(None, LOT, ACCOUNT),), acts, late_days=60, utc_offset_minutes=480
    )


def lot(last_day: int, *, own_day: int = POOL_DAY, version: int = 0) -> Lot:
    return Lot(last_day, version, 5, own_day)


@pytest.mark.parametrize(
    ("last_day", "fate"),
    [
        (TODAY, Fate.LIVE),
        (NEVER, Fate.LIVE),
        (TODAY - 1, Fate.REVIVABLE),
        (TODAY - 60, Fate.REVIVABLE),
        (TODAY - 61, Fate.LAPSED),
    ],
)
def test_fate_of__pool__may_be_revived_while_activity_may_be_late(last_day: int, fate: Fate) -> None:
    assert rules().fate_of(lot(last_day), TODAY) is fate


def test_fate_of__bound_lot_lapsed_by_the_clock__may_be_revived_while_its_own_day_lasts() -> None:
    by_clock = lot(TODAY - 1, own_day=TODAY, version=1)
    assert rules().fate_of(by_clock, TODAY) is Fate.REVIVABLE
    assert rules().fate_of(by_clock, TODAY + 1) is Fate.LAPSED


def test_fate_of__own_day_moved_by_an_act__lasts_as_moved() -> None:
    grace = LotAct(ActKind.GRACE, 1, TODAY - 10, until_day=TODAY)
    by_clock = lot(TODAY - 2, own_day=TODAY - 1, version=1)
    assert rules().fate_of(by_clock, TODAY) is Fate.LAPSED
    assert rules(acts=(grace,)).fate_of(by_clock, TODAY) is Fate.REVIVABLE


def test_fate_of__lot_of_a_life_long_over__is_lapsed_for_good() -> None:
    assert rules().fate_of(lot(0, own_day=TODAY + 5, version=1), day("1990-01-15")) is Fate.LAPSED


def test_key_of__by_the_version_of_the_local_day__is_a_lot_or_the_pool() -> None:
    new_year = day_date("2020-01-01")
    found = rules(
        RuleVersion(None, LOT),
        RuleVersion(new_year, None, ACCOUNT),
        RuleVersion(day_date("2021-01-01"), LOT, ACCOUNT),
        RuleVersion(day_date("2022-01-01"), None),
    )
    midnight = void_at(day("2019-12-31"), 480)
    assert found.key_of(midnight - 1, 12_000) == LotKey(12_000, 1)
    assert found.key_of(midnight, 12_000) == LotKey(POOL_DAY, 0)
    assert found.key_of(void_at(day("2020-12-31"), 480), 12_500) == LotKey(12_500, 3)
    assert found.key_of(void_at(day("2021-12-31"), 480), NEVER) == LotKey(NEVER, 4)
