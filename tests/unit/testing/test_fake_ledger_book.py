"""A ledger to be read whole, in memory: it answers as the model of all accounts does."""

from collections import Counter
from dataclasses import replace

import pytest

from milepost.domain.conservation import Flow
from milepost.domain.ledger import Ledger
from milepost.domain.standing_rules import Fate
from milepost.ports import AccountClock, Block, ChainUnavailable
from milepost.testing import FakeLedgerBook
from tests.support.ledgers import FIRST, a_clock_programme, a_lot, a_lot_ledger, day

BLOCK = Block(7, b"b" * 32, 1_526_274_000)


def _book(ledger: Ledger) -> FakeLedgerBook:
    return FakeLedgerBook(ledger, lambda number: replace(BLOCK, number=number), lambda: BLOCK)


def test_fake_ledger_book__credited__tells_lots_balances_and_totals() -> None:
    ledger = a_lot_ledger(enrolled=2)
    ledger.credit(FIRST, a_lot(10_000), 5)
    ledger.credit(FIRST, a_lot(10_360), 6)
    book = _book(ledger).newest()
    (anna, ben) = book.accounts([1, 2])
    assert (anna.balance, [lot.miles for lot in anna.lots], ben.lots) == (6, [5, 6], ())
    assert (book.totals().enrolled, book.totals().credited, book.totals().held) == (2, 11, 11)
    assert [book.rules().fate_of(lot, 10_360) for lot in anna.lots] == [Fate.LAPSED, Fate.LIVE]


def test_fake_ledger_book__written_off__is_in_its_history() -> None:
    ledger = a_lot_ledger(enrolled=1)
    ledger.credit(FIRST, a_lot(10_000), 5)
    ledger.write_off(FIRST, today=10_360)
    book = _book(ledger)
    book.flows[FIRST] = Counter({Flow.GIVEN: 1})
    history = book.at(3).history()
    assert history.flows == {FIRST: Counter({Flow.GIVEN: 1, Flow.WRITTEN_OFF: 5})}
    assert (history.tiers, history.heirs) == ({FIRST: 0}, {})


def test_fake_ledger_book__clock__is_the_accounts() -> None:
    ledger = Ledger.of(a_clock_programme(), enrolled=1)
    book = _book(ledger).newest()
    assert book.clock_of(FIRST) == AccountClock(0, 0, 0, 0)
    ledger.adjust_up(FIRST, 5, today=day("2018-05-14"))
    ledger.adjust_up(FIRST, 5, today=day("2020-05-15"))
    ledger.set_tier(FIRST, 1, today=day("2020-05-15"))
    assert book.clock_of(FIRST) == AccountClock(day("2022-05-15"), 1, day("2020-05-14"), 1)


def test_fake_ledger_book__block_replaced__says_so() -> None:
    book = _book(a_lot_ledger())
    found = book.at(7)
    found.require_unchanged()
    book.block = lambda number: replace(BLOCK, block_hash=b"x" * 32)
    with pytest.raises(ChainUnavailable, match="Block 7 was replaced"):
        found.require_unchanged()
