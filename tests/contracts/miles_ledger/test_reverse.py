"""reverse and collect: miles of amended purchases come back, and what is spent is forgiven or owed.

given a purchase's lot
  when it is the newest, in a ring in order, or out of order   then its miles come from it, wherever it stands
  when it is of the pool, of this life or the former           then they come from that pool
  when it is spent                                             then they come from what dies soonest
  when it has lapsed                                           then what stands comes back, no other lot pays
  when nothing is left                                         then the rest is forgiven or owed by the rules
  when the member is closed or was merged                      then it is the same
then it is no activity, totals add up, and MilesReversed tells
given a debt
  when anyone collects it       then live miles pay, as many as there are
  when it is merged             then it goes along
given another caller than the settler   then it is refused
"""

from collections.abc import Callable

import pytest

from milepost.domain.calendar import Align
from milepost.domain.programme import AccountRule, ActivityKind, LotRule, Programme, RuleVersion, SpentMiles
from tests.support.ledger_stage import DESK, FIRST, SECOND, SETTLER, STRANGER, LedgerStage
from tests.support.ledgers import a_clock_programme, a_lot_programme, day, day_date
from tests.support.refusals import refuses

StageOf = Callable[[Programme | str], LedgerStage]
ACCRUAL = ActivityKind.ACCRUAL
TWO_YEARS = AccountRule(24, Align.DAY, ACCRUAL)
MOST_DEBT = 2**32 - 1
MOST_LOTS = 1_461
MOST_GAS = 1_500_000
"""Far below a tx's 16,777,216, and below what a full ring costs a sale."""
GRACE, MOVE = 1, 2
UNSORTED = 4


def holds(stage: LedgerStage, on: str) -> None:
    """INV-1, where nothing lapsed that still stands."""
    totals = {"owed": 0, **stage.totals}
    live = sum(stage.balance(on, member=member) + stage.debt(member=member) for member in range(1, 6))
    gone = totals["redeemed"] + totals["reversed"] + totals["writtenOff"]
    assert totals["credited"] + totals["owed"] == live + gone
    assert stage.ledger.totalSupply() == live


def test_reverse__newest_lot__gives_its_miles_back(stage_of: StageOf) -> None:
    stage = stage_of(a_lot_programme(36))
    stage.earn(100, "2018-05-01")
    stage.earn(50, "2018-05-02")
    assert stage.take_back(30, "2018-05-02", "2018-06-01") == {"taken": 30, "owed": 0}
    assert stage.lots("2018-06-01") == [(100, "2021-05-01"), (20, "2021-05-02")]
    assert stage.take_back(20, "2018-05-02", "2018-06-01") == {"taken": 20, "owed": 0}
    assert stage.lots("2018-06-01") == [(100, "2021-05-01")]
    assert stage.totals == {"credited": 150, "reversed": 50, "redeemed": 0, "writtenOff": 0}
    holds(stage, "2018-06-01")


@pytest.mark.parametrize("count", [2, 5, 9, 30])
def test_reverse__older_lot_of_a_ring__is_found_by_its_day(stage_of: StageOf, count: int) -> None:
    for wanted in range(count):
        stage = stage_of(a_lot_programme(36))
        for i in range(count):
            stage.earn(10 + i, f"2018-05-{i + 1:02}")
        found = stage.take_back(10 + wanted, f"2018-05-{wanted + 1:02}", "2018-06-01")
        assert found == {"taken": 10 + wanted, "owed": 0}
        kept = [(10 + i, f"2021-05-{i + 1:02}") for i in range(count) if i != wanted]
        assert stage.lots("2018-06-01") == kept
        stage.redeem(sum(miles for miles, _ in kept), "2018-06-01")
        holds(stage, "2018-06-01")


def test_reverse__lots_out_of_order__are_searched_from_the_newest(stage_of: StageOf) -> None:
    stage = stage_of(a_lot_programme(36))
    days = [9, 3, 7, 1, 8, 2, 6]
    for i in days:
        stage.earn(10 * i, f"2018-05-0{i}", settled="2018-05-20")
    assert stage.take_back(10, "2018-05-01", "2018-06-01") == {"taken": 10, "owed": 0}
    assert stage.take_back(25, "2018-05-09", "2018-06-01") == {"taken": 25, "owed": 0}
    kept = [(10 * i, f"2021-05-0{i}") for i in sorted(days) if i not in (1, 9)]
    assert stage.lots("2018-06-01") == [*kept, (65, "2021-05-09")]
    holds(stage, "2018-06-01")


def test_reverse__spent_lot__is_paid_by_what_dies_soonest(stage_of: StageOf) -> None:
    stage = stage_of(a_lot_programme(36))
    stage.earn(10, "2018-05-01")
    stage.earn(20, "2018-05-02")
    stage.earn(40, "2018-05-03")
    stage.redeem(10, "2018-06-01")
    assert stage.take_back(25, "2018-05-03", "2018-06-02") == {"taken": 25, "owed": 0}
    assert stage.take_back(25, "2018-05-03", "2018-06-02") == {"taken": 25, "owed": 0}
    assert stage.lots("2018-06-02") == [(10, "2021-05-02")]
    stage.earn(7, "2018-06-02")
    assert stage.take_back(10, "2018-05-01", "2018-06-02") == {"taken": 10, "owed": 0}
    assert stage.lots("2018-06-02") == [(7, "2021-06-02")]
    holds(stage, "2018-06-02")


def test_reverse__more_lots_than_64__looks_at_the_first_64(stage_of: StageOf) -> None:
    stage = stage_of(a_lot_programme(36, spent_miles=SpentMiles.DEBT))
    days = [f"2018-{month:02}-{day_:02}" for month in (1, 2, 3) for day_ in range(1, 29)]
    for local in days:
        stage.earn(1, local)
    stage.redeem(10, "2018-04-01")
    assert stage.take_back(70, "2018-01-01", "2018-04-01") == {"taken": 65, "owed": 5}
    # 64 of the ring and the newest one, which stands outside it.
    assert stage.balance("2018-04-01") == 84 - 10 - 65 - 5
    assert stage.collect("2018-04-02") == 5
    holds(stage, "2018-04-02")


def test_reverse__lot_that_lapsed__is_no_business_of_other_lots(stage_of: StageOf) -> None:
    stage = stage_of(a_lot_programme(1, spent_miles=SpentMiles.DEBT))
    stage.earn(10, "2018-05-01")
    stage.earn(40, "2018-05-20")
    assert stage.take_back(30, "2018-05-01", "2018-06-10") == {"taken": 10, "owed": 0}
    assert stage.take_back(30, "2018-05-01", "2018-06-10") == {"taken": 0, "owed": 0}
    assert stage.lots("2018-06-10") == [(40, "2018-06-20")]


@pytest.mark.parametrize(
    ("setting", "owed"), [(SpentMiles.FORGIVE, 0), (SpentMiles.LATER_ACCRUALS, 60), (SpentMiles.DEBT, 60)]
)
def test_reverse__spent_miles__are_forgiven_or_owed(
    stage_of: StageOf, setting: SpentMiles, owed: int
) -> None:
    stage = stage_of(a_lot_programme(36, spent_miles=setting))
    stage.earn(100, "2018-05-01")
    stage.redeem(60, "2018-05-02")
    assert stage.take_back(100, "2018-05-01", "2018-05-03") == {"taken": 40, "owed": owed}
    assert (stage.debt(), stage.balance("2018-05-03")) == (owed, 0)
    assert stage.totals["reversed"] == 40 + owed
    stage.earn(25, "2018-05-04")
    assert stage.balance("2018-05-04") == (0 if owed else 25)


def test_reverse__debt_of_its_most__stays_there(stage_of: StageOf) -> None:
    stage = stage_of(a_lot_programme(36, spent_miles=SpentMiles.DEBT))
    for _ in range(2):
        assert stage.take_back(2**31, "2018-05-01", "2018-05-03")["taken"] == 0
    assert stage.debt() == MOST_DEBT == stage.totals["owed"]
    assert stage.take_back(2**31, "2018-05-01", "2018-05-03") == {"taken": 0, "owed": 0}


def test_reverse__pool__comes_from_it_and_is_no_activity(stage_of: StageOf) -> None:
    stage = stage_of(a_clock_programme(RuleVersion(None, None, TWO_YEARS)))
    stage.earn(100, "2018-05-01")
    stage.earn(50, "2018-06-01")
    clock = stage.clock("2018-07-01")
    assert stage.amended_standing("2018-05-01") >> 40 & 1 == 0
    assert stage.take_back(120, "2018-05-01", "2018-07-01") == {"taken": 120, "owed": 0}
    assert stage.balance("2018-07-01") == 30
    assert stage.clock("2018-07-01") == clock == ("2020-06-01", False)
    holds(stage, "2018-07-01")


def test_reverse__pool_of_a_life_that_is_over__leaves_the_present_one_alone(stage_of: StageOf) -> None:
    stage = stage_of(a_clock_programme(RuleVersion(None, None, TWO_YEARS), late_days=30))
    stage.earn(100, "2018-05-01")
    stage.earn(50, "2020-05-10")
    assert stage.balance("2020-05-11") == 50
    assert stage.amended_standing("2018-05-01") >> 40 & 1 == 1
    assert stage.take_back(120, "2018-05-01", "2020-05-11") == {"taken": 100, "owed": 0}
    assert stage.balance("2020-05-11") == 50
    # Late activity finds nothing to revive.
    stage.earn(1, "2020-04-20", settled="2020-05-12")
    assert stage.balance("2020-05-12") == 51


def test_reverse__bound_lot_of_a_former_life__is_told_from_the_present_ones(stage_of: StageOf) -> None:
    bound = RuleVersion(None, LotRule(36, Align.YEAR), AccountRule(3, Align.DAY, ACCRUAL))
    stage = stage_of(a_clock_programme(bound, late_days=60))
    stage.earn(100, "2018-01-10")
    stage.earn(50, "2018-05-10")
    assert stage.lots("2018-05-11") == [(50, "2018-08-10")]
    assert stage.take_back(80, "2018-01-10", "2018-05-11") == {"taken": 80, "owed": 0}
    assert stage.lots("2018-05-11") == [(50, "2018-08-10")]
    assert stage.take_back(30, "2018-05-10", "2018-05-11") == {"taken": 30, "owed": 0}
    assert stage.lots("2018-05-11") == [(20, "2018-08-10")]


def test_reverse__soonest_is_the_pool__pays_before_later_lots(stage_of: StageOf) -> None:
    stage = stage_of(
        a_clock_programme(
            RuleVersion(None, LotRule(36, Align.DAY)), RuleVersion(day_date("2018-06-01"), None, TWO_YEARS)
        )
    )
    stage.earn(10, "2018-05-01")
    stage.earn(100, "2018-05-02")
    stage.earn(30, "2018-06-01")
    stage.redeem(10, "2018-06-02")
    assert stage.lots("2018-06-02") == [(20, "2020-06-01"), (10, "2021-05-01"), (100, "2021-05-02")]
    assert stage.take_back(25, "2018-05-01", "2018-06-02") == {"taken": 25, "owed": 0}
    assert stage.lots("2018-06-02") == [(5, "2020-06-01"), (100, "2021-05-02")]
    holds(stage, "2018-06-02")


def test_reverse__closed_account__gives_back_all_the_same(stage_of: StageOf) -> None:
    stage = stage_of(a_lot_programme(36, spent_miles=SpentMiles.DEBT))
    stage.earn(100, "2018-05-01")
    stage.ledger.close(1)
    assert stage.amended_standing("2018-05-01") >> 40 & 1 == 1
    assert stage.take_back(100, "2018-05-01", "2018-05-02") == {"taken": 100, "owed": 0}


def test_open__amended_purchase__names_its_lot_and_counts_as_nothing(stage_of: StageOf) -> None:
    stage = stage_of(a_lot_programme(36, Align.MONTH))
    stage.earn(100, "2018-05-01")
    before = stage.ledger.accountWord(1)
    stage.move_to("2021-05-31T23:59:59")
    standing = stage.amended_standing("2018-05-01")
    assert (standing & 0xFF, standing >> 8 & 0xFF, standing >> 40 & 1) == (9, 1, 0)
    assert standing >> 16 & 0xFFFF == (day_date("2021-05-31") - day_date("1990-01-01")).days
    stage.move_to("2021-06-01T00:00:00")
    assert stage.amended_standing("2018-05-01") >> 40 & 1 == 1
    assert stage.ledger.accountWord(1) == before


def test_merge__debt__goes_along(stage_of: StageOf) -> None:
    stage = stage_of(a_lot_programme(36, spent_miles=SpentMiles.DEBT))
    stage.earn(100, "2018-05-01")
    stage.redeem(60, "2018-05-02")
    stage.take_back(100, "2018-05-01", "2018-05-03")
    stage.earn(25, "2018-05-03")
    stage.merge("2018-05-04")
    assert (stage.debt(), stage.debt(member=SECOND), stage.totals["owed"]) == (0, 60, 60)
    stage.earn(40, "2018-05-04", member=SECOND)
    assert stage.balance("2018-05-04", member=SECOND) == 5
    assert stage.collect("2018-05-05", member=SECOND) == 60
    assert (stage.debt(member=SECOND), stage.balance("2018-05-05", member=SECOND)) == (0, 5)
    holds(stage, "2018-05-05")


def test_merge__debts_of_more_than_one_account_can_owe__forgives_the_rest(stage_of: StageOf) -> None:
    """The rest once vanished from what is owed, and stood in what was reversed all the same."""
    stage = stage_of(a_lot_programme(36, spent_miles=SpentMiles.DEBT))
    for member in (FIRST, SECOND):
        stage.take_back(2**31 + 50, "2018-05-01", "2018-05-03", member=member)
    stage.merge("2018-05-04")
    assert (stage.debt(), stage.debt(member=SECOND)) == (0, MOST_DEBT)
    # Nothing was ever credited: what was reversed is what is owed.
    assert (stage.totals["owed"], stage.totals["reversed"]) == (MOST_DEBT, MOST_DEBT)


def test_collect__nothing_to_take__says_nothing(stage_of: StageOf) -> None:
    stage = stage_of(a_lot_programme(36, spent_miles=SpentMiles.DEBT))
    stage.take_back(10, "2018-05-01", "2018-05-03")
    assert stage.collect("2018-05-05") == 0
    assert (stage.debt(), list(stage.ledger.emitted("DebtCollected"))) == (10, [])


def test_collect__fewer_live_than_owed__takes_what_there_is(stage_of: StageOf) -> None:
    stage = stage_of(a_lot_programme(36, spent_miles=SpentMiles.DEBT))
    stage.earn(100, "2018-05-01")
    stage.redeem(100, "2018-05-02")
    stage.take_back(100, "2018-05-01", "2018-05-03")
    assert stage.collect("2018-05-03") == 0
    stage.earn(30, "2018-05-04")
    assert stage.collect("2018-05-04") == 30
    (event,) = stage.ledger.emitted("DebtCollected")
    assert event == {"member": 1, "miles": 30}
    assert (stage.debt(), stage.totals["owed"], stage.ledger.totalSupply()) == (70, 70, 0)


def test_credit__part_that_pays_debt__leaves_the_rest(stage_of: StageOf) -> None:
    stage = stage_of(a_lot_programme(36))
    stage.earn(100, "2018-05-01")
    stage.redeem(100, "2018-05-02")
    stage.take_back(100, "2018-05-01", "2018-05-03")
    bucket = stage.ledger.open((1 << 216 | stage.at("2018-05-03") << 136).to_bytes(32, "big"), sender=SETTLER)
    lot = int.from_bytes(bucket, "big") >> 8 & 0xFFFFFF
    word = 60 << 137 | 1 << 64 | 80 << 24 | lot
    stage.ledger.credit(word.to_bytes(32, "big"), sender=SETTLER)
    assert (stage.debt(), stage.totals["owed"], stage.totals["credited"]) == (40, 40, 180)
    assert stage.lots("2018-05-03") == [(20, "2021-05-03")]
    word = 40 << 137 | 1 << 64 | 40 << 24 | lot
    stage.ledger.credit(word.to_bytes(32, "big"), sender=SETTLER)
    assert (stage.debt(), stage.lots("2018-05-03")) == (0, [(20, "2021-05-03")])
    holds(stage, "2018-05-03")


@pytest.mark.parametrize("caller", [STRANGER, DESK])
def test_reverse__another_caller__is_refused(stage_of: StageOf, caller: str) -> None:
    stage = stage_of(a_lot_programme(36))
    with refuses("SettlerUnauthorized", caller=caller):
        stage.ledger.reverse(b"", sender=caller)


@pytest.mark.parametrize("member", [0, 6])
def test_collect__unknown_member__is_refused(stage_of: StageOf, member: int) -> None:
    with refuses("LedgerMemberUnknown", member=member):
        stage_of(a_lot_programme(36)).ledger.collect(member, sender=STRANGER)


@pytest.mark.parametrize("is_mixed", [False, True])
def test_reverse__account_of_the_most_lots_and_acts__is_bounded(stage_of: StageOf, is_mixed: bool) -> None:
    """Four years of earning daily, all eight acts announced: a refund reads 128 lots, never all."""
    stage = stage_of(a_lot_programme(48, spent_miles=SpentMiles.DEBT))
    first = stage.at("2014-06-02")
    stage.move_to("2018-05-31")
    days = list(range(MOST_LOTS))
    if is_mixed:
        days = [day * 457 % MOST_LOTS for day in days]
    for at in range(0, MOST_LOTS, 200):
        stage.settle(*((FIRST, 100, first + day * 86_400) for day in days[at : at + 200]))
    for _ in range(2):
        stage.announce_act(MOVE, "2018-05-31", since="2020-01-01", value=1)
    for _ in range(6):
        stage.announce_act(GRACE, "2018-05-31", since="2020-01-01", value=day("2020-01-02"))
    assert stage.has(UNSORTED) is is_mixed
    earned = "2018-05-30" if not is_mixed else "2016-01-01"
    standing = stage.amended_standing(earned)
    word = FIRST << 64 | 5_000 << 24 | standing >> 8 & 0xFFFFFF
    stage.ledger.reverse(word.to_bytes(32, "big"), sender=SETTLER, gas=MOST_GAS)
    (event,) = stage.ledger.emitted("MilesReversed")
    assert (event["taken"], event["owed"]) == (5_000, 0)
    holds(stage, "2018-05-31")
