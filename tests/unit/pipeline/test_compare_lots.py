"""Lots against what is known to have moved them: by lot where it can be replayed, else by account."""

from collections import Counter

from milepost.domain.adjustment import AdjustmentKind
from milepost.domain.attribution import HeldLot
from milepost.domain.conservation import Flow
from milepost.domain.ledger import Ledger
from milepost.domain.outcome import Outcome
from milepost.domain.programme import ActKind, LotAct
from milepost.domain.receipt import Settled
from milepost.pipeline.compare_lots import ComparedLots, compare_lots
from milepost.ports import AppliedLog, Block, SettledLog, SettledPurchase
from milepost.testing import FakeLedgerBook
from tests.support.ledgers import FIRST, a_clock_programme, a_lot, a_lot_ledger, day
from tests.support.stored import an_applied

BLOCK = Block(7, b"b" * 32, 1_526_274_000)
TODAY = day("2018-05-14")
LAST_DAY = day("2021-05-14")
SECOND = 2


def _book(ledger: Ledger) -> FakeLedgerBook:
    return FakeLedgerBook(ledger, lambda number: BLOCK, lambda: BLOCK)


def _purchase(
    miles: int, last_day: int = LAST_DAY, member: int = FIRST
) -> tuple[SettledPurchase, SettledLog]:
    settled = Settled(Outcome.CREDITED, miles, last_day)
    log = SettledLog(0, 1, b"", b"", b"", 3, b"b" * 32, b"t" * 32)
    return SettledPurchase(1, b"c" * 32, 0, 1, 1, member, settled), log


def _adjusted(number: int, kind: AdjustmentKind, miles: int, **changes: object) -> AppliedLog:
    return an_applied(number, kind, miles=miles, **{"member": FIRST, **changes})


def _compared(book: FakeLedgerBook, *adjustments: AppliedLog, earned: int = 100) -> list[str]:
    return [*_found(book, *adjustments, earned=earned).differences]


def _found(book: FakeLedgerBook, *adjustments: AppliedLog, earned: int = 100) -> ComparedLots:
    ledger = book.ledger
    accounts = [FIRST, SECOND]
    return compare_lots(
        accounts,
        [HeldLot(one, lot) for one in accounts for lot in ledger.lots_of(one)],
        purchases=[_purchase(earned)],
        adjustments=adjustments,
        book=book.newest(),
        since=TODAY,
        time_of=lambda _block: BLOCK.timestamp,
    )


def _plain(miles: int) -> FakeLedgerBook:
    ledger = a_lot_ledger(enrolled=2)
    ledger.credit(FIRST, a_lot(LAST_DAY), miles)
    return _book(ledger)


def test_compare_lots__each_on_its_own_day__names_the_lot() -> None:
    assert _compared(_plain(100)) == []
    assert _compared(_plain(99)) == [
        "The lot of account 1 that lasts to 2021-05-14 holds 99 miles on chain, and its purchases and"
        " adjustments leave 100."
    ]


def test_compare_lots__lot_of_a_later_version__names_the_rule() -> None:
    book = _plain(100)
    book.ledger.credit(FIRST, a_lot(LAST_DAY + 1, 2), 5)
    assert "under rule 2 holds 5 miles" in _compared(book)[0]


def test_compare_lots__lapsed_and_written_off__is_not_compared() -> None:
    book = _plain(100)
    book.ledger.credit(FIRST, a_lot(TODAY - 1), 5)
    assert _compared(book) == []


def test_compare_lots__something_redeemed__compares_the_account() -> None:
    book = _plain(70)
    book.flows[FIRST] = Counter({Flow.REDEEMED: 30})
    assert _compared(book) == []
    book.flows[FIRST] = Counter({Flow.REDEEMED: 29})
    assert _compared(book) == [
        "Account 1 holds 70 miles in lots, and its flows leave 71: 100 earned by purchases, 29 redeemed."
    ]


def test_compare_lots__adjusted_and_merged_beside_a_redemption__count_once() -> None:
    book = _plain(100 - 30 + 8 - 3)
    book.flows = {FIRST: Counter({Flow.REDEEMED: 30, Flow.RECEIVED: 5, Flow.GIVEN: 5})}
    debit, credit = AdjustmentKind.DEBIT, AdjustmentKind.CREDIT
    merge = _adjusted(3, AdjustmentKind.MERGE, 5, member=SECOND, into=FIRST)
    found = _found(book, _adjusted(1, debit, 3), _adjusted(2, credit, 8), merge)
    assert (found.differences, found.beside) == ((), Counter({Flow.REDEEMED: 30}))


def test_compare_lots__given_away__compares_the_account() -> None:
    book = _plain(90)
    book.flows = {FIRST: Counter({Flow.GIVEN: 10}), SECOND: Counter({Flow.RECEIVED: 10})}
    book.ledger.credit(SECOND, a_lot(LAST_DAY), 10)
    assert _compared(book) == []


def test_compare_lots__pool_or_announced_acts__compares_the_account() -> None:
    """The days of a pool's receipts are not those it has now, and an act moves a lot's."""
    ledger = Ledger.of(a_clock_programme(), enrolled=2)
    ledger.adjust_up(FIRST, 100, today=TODAY)
    assert _compared(_book(ledger)) == []
    assert "flows leave 101" in _compared(_book(ledger), earned=101)[0]
    book = _plain(100)
    book.ledger.announce_act(LotAct(ActKind.NEVER, 1, TODAY), today=TODAY)
    assert _compared(book) == []
