"""MilesLens beside a clock: pools, bound lots and lives, as they stand at any instant.

given lots and a pool
  when lots are asked for           then they come soonest first, the pool as one of version and own day 0
  when an instant ahead is asked    then what has lapsed by then stands as lapsed
  when what expires by a day is asked then pool and lots that do are counted, what never lapses is not
given a former life                 then its pool stands beside the present one, not live
given an account's clock            then it says deadline, exemption and until when late activity may come
given several members               then each answer is as for one
"""

from collections.abc import Callable

from milepost.domain.programme import Programme
from tests.support.ledger_stage import SECOND, LedgerStage
from tests.support.ledgers import day

StageOf = Callable[[Programme | str], LedgerStage]


def test_lots_at__lots_and_pool__soonest_first(stage_of: StageOf) -> None:
    stage = stage_of("asia-miles-2020")
    stage.earn(100, "2019-06-01")
    stage.earn(50, "2019-12-31")
    stage.earn(10, "2020-03-31")
    found = stage.lens.lotsAt(stage.ledger, 1, stage.at("2020-03-31"))
    assert [tuple(lot) for lot in found] == [
        (10, day("2021-09-30"), 0, 0, True),
        (100, day("2022-06-01"), 1, day("2022-06-01"), True),
        (50, day("2022-12-31"), 1, day("2022-12-31"), True),
    ]
    later = stage.lens.lotsAt(stage.ledger, 1, stage.at("2022-06-02"))
    assert [lot[4] for lot in later] == [False, False, True]


def test_lots_at__bound_lots__have_both_days(stage_of: StageOf) -> None:
    stage = stage_of("garuda-2011")
    stage.earn(100, "2011-03-15")
    found = stage.lens.lotsAt(stage.ledger, 1, stage.at("2011-03-15"))
    assert [tuple(lot) for lot in found] == [(100, day("2012-12-31"), 2, day("2014-03-15"), True)]


def test_lots_at__former_life__stands_beside_the_present_one(stage_of: StageOf) -> None:
    stage = stage_of("skymiles")
    stage.earn(100, "2007-03-15")
    stage.earn(7, "2009-03-16")
    found = stage.lens.lotsAt(stage.ledger, 1, stage.at("2009-03-16"))
    assert [tuple(lot) for lot in found] == [
        (100, day("2009-03-15"), 0, 0, False),
        (7, day("2011-03-16"), 0, 0, True),
    ]


def test_expiring_by__pool_and_lots__are_counted_to_the_day(stage_of: StageOf) -> None:
    stage = stage_of("skymiles")
    stage.earn(1_000, "2006-11-20")
    stage.earn(100, "2007-03-15")
    now = stage.at("2007-03-15")
    days = ("2009-03-14", "2009-03-15", "2169-06-05")
    found = [stage.lens.expiringBy(stage.ledger, 1, now, day(local)) for local in days]
    assert found == [0, 100, 100]
    assert stage.lens.expiringBy(stage.ledger, 1, now, 65_535) == 100


def test_clock_at__each_stand__is_told(stage_of: StageOf) -> None:
    stage = stage_of("garuda")
    stage.earn(100, "2008-03-15")

    def clock(local: str) -> tuple[int, bool, int, int]:
        return tuple(stage.lens.clockAt(stage.ledger, 1, stage.at(local)))  # type: ignore[return-value]

    end = day("2009-12-31")
    assert clock("2009-12-31T23:59:59") == (end, False, 0, 0)
    assert clock("2010-01-01T00:00:00") == (end, False, 0, end + 60)
    assert clock("2010-03-02") == (end, False, 0, 0)
    stage.earn(7, "2010-01-10")
    assert clock("2010-01-10") == (day("2011-12-31"), False, end, end + 60)
    stage.in_tier(1, "2010-01-11")
    assert clock("2010-01-11") == (65_535, True, end, end + 60)
    assert clock("2010-03-02") == (65_535, True, end, 0)


def test_lots_of_many__several_members__are_each_as_alone(stage_of: StageOf) -> None:
    stage = stage_of("asia-miles-2020")
    stage.earn(100, "2019-06-01")
    stage.earn(10, "2020-03-31", member=SECOND)
    now = stage.at("2020-03-31")
    found = stage.lens.lotsOfMany(stage.ledger, [1, SECOND, 3], now)
    alone = [stage.lens.lotsAt(stage.ledger, member, now) for member in (1, SECOND, 3)]
    assert [[tuple(lot) for lot in lots] for lots in found] == [
        [tuple(lot) for lot in lots] for lots in alone
    ]
    assert stage.lens.balancesAt(stage.ledger, [1, SECOND, 3], now) == (100, 10, 0)
