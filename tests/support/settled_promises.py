"""What every store promises of what has settled: results, adjustments, and how far the chain was read."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from milepost.domain.adjustment import AdjustmentKind
from milepost.domain.errors import StoreError
from milepost.domain.outcome import Outcome
from milepost.domain.receipt import Amendment, Basis, Settled
from milepost.ports import Block, CreditedPurchase, SettledPurchase, Store
from tests.support.purchases import a_purchase
from tests.support.stored import a_log, a_report, a_settled, an_applied, put_report


def results_come_back_and_add_up(store: Store) -> None:
    report = a_report()
    with store.unit_of_work() as work:
        assert (work.receipts.totals().purchases, work.receipts.totals().credited) == (0, 0)
        ids = put_report(work, report)
        settled = a_settled(report, ids)
        work.receipts.add(report.content_hash, a_log(report), settled)
    with store.unit_of_work() as work:
        assert [work.receipts.of_purchase(purchase_id) for purchase_id in ids] == settled
        assert work.receipts.of_purchase(999) is None
        assert work.receipts.of_members([4]) == settled[:2]
        assert work.receipts.log_of(report.content_hash) == a_log(report)
        assert work.receipts.credited_to([4, 0], up_to=2) == []
        assert work.receipts.credited_to([4, 0], up_to=3) == [
            CreditedPurchase((3, 2, position), 1, 4, 700, 1_234, a_purchase().occurred_at_s, 10 + position)
            for position in (0, 1)
        ]
        assert work.receipts.log_of(bytes(32)) is None
        totals = work.receipts.totals()
        assert (totals.purchases, totals.credited, totals.reversed_) == (3, 1_400, 0)
        assert work.receipts.last_numbers() == {1: 11, 7: 1}


def amendments_results_come_back_and_add_up(store: Store) -> None:
    first, second = a_report(), a_report(2, mark=b"s")
    amendment = Amendment(10, 500, 100, 1_526_000_000, 3, 0x2C8, returned=40)
    with store.unit_of_work() as work:
        ids = put_report(work, first)
        sold = a_settled(first, ids)
        work.receipts.add(first.content_hash, a_log(first), sold)
        put_report(work, second, sale_refs=("4", "5", "6"))
        unproven = replace(
            sold[2],
            content_hash=second.content_hash,
            position=0,
            number=2,
            settled=Settled(Outcome.UNPROVEN, 0, 0),
            sale_number=None,
        )
        refunded = SettledPurchase(
            ids[1],
            second.content_hash,
            1,
            1,
            12,
            4,
            replace(
                sold[0].settled,
                outcome=Outcome.REVERSED,
                counted=0b101,
                debt_offset=6,
                amendment=amendment,
                basis=Basis(1, 400, 7),
            ),
            sale_number=10,
            taken=30,
            owed=9,
        )
        raised = replace(
            refunded,
            purchase_id=ids[0],
            position=2,
            number=13,
            settled=replace(refunded.settled, amendment=replace(amendment, returned=0, added=50)),
            taken=0,
            owed=0,
        )
        work.receipts.add(second.content_hash, replace(a_log(second), block_number=4), [unproven, refunded])
        assert work.receipts.newest_of_sales(1, [10, 11, 12]) == {10: refunded, 11: sold[1]}
    third = a_report(3, mark=b"q")
    with store.unit_of_work() as work:
        put_report(work, third, sale_refs=("7", "8", "9"))
        raised = replace(raised, content_hash=third.content_hash)
        work.receipts.add(third.content_hash, replace(a_log(third), block_number=5), [raised])
    with store.unit_of_work() as work:
        assert work.receipts.of_purchase(ids[2]) == unproven
        found = work.receipts.of_purchase(ids[1])
        assert found == refunded and found.settled.basis == Basis(1, 400, 7)
        assert work.receipts.newest_of_sales(1, [10, 11, 12]) == {10: raised, 11: sold[1]}
        assert work.receipts.newest_of_sales(7, [10]) == {}
        assert work.receipts.newest_of_sales(1, []) == {}
        assert work.receipts.of_members([4]) == [sold[0], sold[1], refunded, raised]
        flowed = work.receipts.credited_to([4], up_to=9)
        assert [(one.miles, one.occurred_at_s, one.sale_number) for one in flowed] == [
            (700, a_purchase().occurred_at_s, 10),
            (700, a_purchase().occurred_at_s, 11),
            (0, 1_526_000_000, 10),
            (50, 1_526_000_000, 10),
        ]
        back = flowed[2]
        assert (back.returned, back.taken, back.owed, back.debt_offset) == (40, 30, 9, 6)
        totals = work.receipts.totals()
        assert (totals.purchases, totals.credited, totals.reversed_) == (6, 1_450, 39)


def adjustments_come_back_and_add_up(store: Store) -> None:
    debit, merge = AdjustmentKind.DEBIT, AdjustmentKind.MERGE
    logs = [
        an_applied(1),
        an_applied(2, debit, miles=(1 << 40) - 1),
        an_applied(3, merge, member=7, into=4, miles=1 << 41),
        an_applied(4, miles=20, last_day=11_000, member=9),
    ]
    with store.unit_of_work() as work:
        totals = work.adjustments.totals()
        assert (totals.credits, totals.debits) == (0, 0)
        for log in reversed(logs):
            work.adjustments.add(log)
    with store.unit_of_work() as work:
        assert [work.adjustments.get(number) for number in (1, 2, 3, 4)] == logs
        assert work.adjustments.get(5) is None
        assert work.adjustments.of_members([4]) == logs[:3]
        assert work.adjustments.of_members([7, 9]) == logs[2:]
        totals = work.adjustments.totals()
        assert (totals.credits, totals.debits) == (520, (1 << 40) - 1)
    with pytest.raises(StoreError), store.unit_of_work() as work:
        work.adjustments.add(logs[0])


def a_number_settles_once(store: Store) -> None:
    first, second = a_report(), a_report(2, mark=b"s")
    with store.unit_of_work() as work:
        work.receipts.add(first.content_hash, a_log(first), a_settled(first, put_report(work, first)))
    with pytest.raises(StoreError), store.unit_of_work() as work:
        ids = put_report(work, second, sale_refs=("4", "5", "6"))
        work.receipts.add(second.content_hash, a_log(second), a_settled(second, ids))


def the_cursor_moves(store: Store) -> None:
    first, second = Block(5, b"5" * 32, 100), Block(9, b"9" * 32, 200)
    with store.unit_of_work() as work:
        assert work.receipts.read_up_to() is None
        work.receipts.set_read_up_to(first)
        work.receipts.set_read_up_to(second)
    with store.unit_of_work() as work:
        assert work.receipts.read_up_to() == second


SETTLED_PROMISES: tuple[Callable[[Store], None], ...] = (
    results_come_back_and_add_up,
    amendments_results_come_back_and_add_up,
    adjustments_come_back_and_add_up,
    a_number_settles_once,
    the_cursor_moves,
)
