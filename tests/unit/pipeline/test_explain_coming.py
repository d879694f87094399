"""Every coming last valid day of a member, in order, with its reasons; and what may be revived."""

from dataclasses import replace

from milepost.domain.attribution import HeldLot
from milepost.domain.calendar import Align, shown_instant
from milepost.domain.expiry import LapseRule
from milepost.domain.extending import ExtensionOffer
from milepost.domain.ledger import Ledger
from milepost.domain.programme import (
    AccountRule,
    ActivityKind,
    ActKind,
    LotAct,
    LotRule,
    Programme,
    RuleVersion,
)
from milepost.domain.rules import NEVER
from milepost.pipeline.explain_coming import Coming, explain_coming
from milepost.ports import Block
from milepost.testing import FakeLedgerBook
from tests.support.ledgers import FIRST, a_clock_programme, a_lot, a_lot_ledger, day, day_date

BLOCK = Block(7, b"b" * 32, 1_526_274_000)
SECOND = 2


def _coming(ledger: Ledger, today: str, programme: Programme | None = None) -> Coming:
    lots = [HeldLot(one, lot) for one in (FIRST, SECOND) for lot in ledger.lots_of(one)]
    book = FakeLedgerBook(ledger, lambda number: BLOCK, lambda: BLOCK).newest()
    return explain_coming(lots, day(today), programme=programme or ledger.book.programme, ledger=book)


def test_explain_coming__lots_of_two_accounts__come_in_order_of_their_day() -> None:
    ledger = a_lot_ledger(enrolled=2)
    ledger.credit(FIRST, a_lot(day("2021-05-31")), 5)
    ledger.credit(FIRST, a_lot(day("2018-05-13")), 9)
    ledger.credit(FIRST, a_lot(day("2021-03-31")), 6)
    ledger.credit(SECOND, a_lot(day("2021-04-30")), 7)
    found = _coming(ledger, "2018-05-14")
    assert [(one.account, one.lot.miles) for one in found.lapses] == [(1, 6), (2, 7), (1, 5)]
    first = found.lapses[0]
    assert first.void_at_s is not None and shown_instant(first.void_at_s) == "2021-03-31T16:00:00Z"
    assert (first.rule, first.revivable_until) == (LapseRule.LOT, None)
    assert "which is 2021-03-31" in first.explanation.why[1]
    assert "spending or extending them by 2021-03-31" in first.explanation.keeping[0]
    assert found.differences == ()


def test_explain_coming__pool__is_kept_by_activity() -> None:
    ledger = Ledger.of(a_clock_programme(), enrolled=2)
    ledger.adjust_up(FIRST, 5, today=day("2018-05-14"))
    (found,) = _coming(ledger, "2018-05-14").lapses
    assert (found.lot.last_day, found.rule) == (day("2020-05-14"), LapseRule.ACCOUNT)
    assert "Any activity from" in found.explanation.keeping[0]


def test_explain_coming__pool_that_lapsed__may_be_revived_for_so_long() -> None:
    ledger = Ledger.of(a_clock_programme(), enrolled=2)
    ledger.adjust_up(FIRST, 5, today=day("2018-05-14"))
    (found,) = _coming(ledger, "2020-05-15").lapses
    assert found.revivable_until == day("2020-07-13")
    assert found.void_at_s is not None and shown_instant(found.void_at_s) == "2020-05-14T16:00:00Z"
    assert "made by 2020-05-14 that is settled by 2020-07-13" in found.explanation.keeping[0]
    assert _coming(ledger, "2020-07-14").lapses == ()


def test_explain_coming__never_lapsing__comes_last_without_an_instant() -> None:
    versions = (RuleVersion(None, None), RuleVersion(day_date("2018-01-01"), LotRule(36, Align.DAY)))
    ledger = Ledger.of(a_clock_programme(*versions), enrolled=2)
    ledger.credit(FIRST, a_lot(NEVER), 5)
    ledger.credit(FIRST, a_lot(day("2021-05-14"), 2), 6)
    found = _coming(ledger, "2018-05-14")
    assert [(one.lot.miles, one.void_at_s is None, one.rule) for one in found.lapses] == [
        (6, False, LapseRule.LOT),
        (5, True, None),
    ]
    assert found.differences == ()


def test_explain_coming__announced_since__goes_by_the_ledgers_rules_not_the_files() -> None:
    ledger = a_lot_ledger(enrolled=2)
    file = ledger.book.programme
    ledger.announce_rule(
        RuleVersion(day_date("2019-01-01"), None, AccountRule(18, Align.DAY, ActivityKind.ACCRUAL)),
        today=day("2018-05-14"),
    )
    ledger.credit(FIRST, a_lot(day("2021-05-14")), 5)
    ledger.announce_act(
        LotAct(ActKind.GRACE, 1, day("2021-05-01"), until_day=day("2021-12-31")), today=day("2018-05-14")
    )
    found = _coming(ledger, "2018-05-14", file)
    assert [one.lot.last_day for one in found.lapses] == [day("2021-12-31")]
    assert "An announced act made that 2021-12-31" in str(found.lapses[0].explanation)
    assert found.differences == ()


def test_explain_coming__shop_with_a_price__says_what_extending_costs() -> None:
    ledger = a_lot_ledger(enrolled=2)
    ledger.credit(FIRST, a_lot(day("2021-05-14")), 94)
    ledger.credit(FIRST, a_lot(NEVER), 5)
    book = FakeLedgerBook(ledger, lambda number: BLOCK, lambda: BLOCK)
    book.offer = ExtensionOffer(
        units=2, per_miles=1, most_a_year=9, extend_days=90, symbol="TUSD", decimals=2
    )
    held = [HeldLot(FIRST, lot) for lot in ledger.lots_of(FIRST)]
    lot, never = explain_coming(
        held, day("2018-05-14"), programme=ledger.book.programme, ledger=book.newest()
    ).lapses
    assert "Extending all 94 costs 1.88 TUSD" in lot.explanation.cost[0]
    assert never.explanation.cost == ()


def test_explain_coming__ledger_says_another_day__is_a_difference() -> None:
    ledger = a_lot_ledger(enrolled=2)
    ledger.credit(FIRST, a_lot(day("2021-05-14")), 5)
    (lot,) = ledger.lots_of(FIRST)
    book = FakeLedgerBook(ledger, lambda number: BLOCK, lambda: BLOCK).newest()
    for last_day, shown in ((day("2021-05-15"), "2021-05-15"), (NEVER, "no day")):
        held = [HeldLot(FIRST, replace(lot, last_day=last_day))]
        found = explain_coming(held, day("2018-05-14"), programme=ledger.book.programme, ledger=book)
        assert found.differences == (
            f"A lot of account 1 lasts to {shown} by the ledger and to 2021-05-14 by the rules that stand"
            " there.",
        )
