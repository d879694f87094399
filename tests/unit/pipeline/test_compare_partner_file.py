"""Comparing a partner's file with the chain: numbers from logs, names from the store."""

from datetime import date, timedelta
from typing import Any

import pytest

from milepost.domain.errors import StoreError
from milepost.domain.partner_books import BookComparison, BookRow, Reason
from milepost.domain.purchase import PurchaseKind
from milepost.pipeline.compare_partner_file import Period, compare_partner_file, period_of
from milepost.pipeline.read_settlements import read_settlements
from milepost.pipeline.reconcile import StoreBehind
from milepost.ports import ChainUnavailable, PartnerAct, PartnerLog
from milepost.testing import FakePartnerBook, MemoryStore
from tests.support.programme import MEMBERS, NOON_S, Oracle, submitted, three_bills
from tests.support.purchases import a_purchase

PUTIEN, TAMARIND = 1, 2
MAY_14 = Period(date(2018, 5, 14), date(2018, 5, 14))


def a_row(sale_ref: str = "A-1001", miles: int | None = 447, line: int = 2, **bill: Any) -> BookRow:
    return BookRow(line, a_purchase(sale_ref=sale_ref, **bill), None, miles)


def _settled() -> Oracle:
    oracle = Oracle()
    oracle.ingest(*three_bills())
    oracle.relayed()
    return oracle


def _compared(oracle: Oracle, *rows: BookRow, partner: int = PUTIEN, **changes: Any) -> BookComparison:
    usual: dict[str, Any] = {"book": FakePartnerBook(oracle.chain), "store": oracle.store}
    period = changes.pop("period", MAY_14)
    return compare_partner_file(rows, partner, period, **{**usual, **changes})


def test_compare_partner_file__all_alike__agree() -> None:
    # 149 base miles and 298 of the triple for the first, the member's limit for none of both.
    found = _compared(_settled(), a_row(), a_row("A-1002", line=3))
    assert (found.matched, found.differences, found.chain_miles) == (2, [], 894)


def test_compare_partner_file__each_side_lacks_one__says_where_it_is() -> None:
    oracle = _settled()
    oracle.ingest(submitted("A-1003", MEMBERS[2]))
    found = _compared(oracle, a_row(), a_row("A-1003", line=3), a_row("A-9", line=4))
    named = [(one.reason, one.sale_ref, one.detail) for one in found.differences]
    assert named == [
        (Reason.MISSING_HERE, "A-1003", "accepted"),
        (Reason.MISSING_HERE, "A-9", None),
        (Reason.MISSING_THERE, "A-1002", None),
    ]


def test_compare_partner_file__nobodys_bill__is_refused_with_its_code() -> None:
    (one,) = _compared(_settled(), a_row("B-1", 149, partner="tamarind"), partner=TAMARIND).differences
    assert (one.reason, one.detail, one.number) == (Reason.REFUSED, "unknown_member", 1)


def test_compare_partner_file__voided_weeks_later__is_refunded_since_whatever_the_days() -> None:
    oracle = _settled()
    read_settlements(oracle.store, chain=oracle.chain)
    later = a_purchase().occurred_at + timedelta(minutes=20)
    void = {"kind": PurchaseKind.VOID, "original_sale_ref": "A-1001", "occurred_at": later}
    oracle.ingest(submitted("A-1001", None, **void))
    oracle.relayed()
    found = _compared(oracle, a_row(), a_row("A-1002", line=3))
    (one,) = found.differences
    assert (one.reason, one.kind, one.chain_miles) == (Reason.REFUNDED_SINCE, PurchaseKind.VOID, -447)
    assert (found.matched, found.file_miles, found.chain_miles) == (2, 894, 447)


def test_compare_partner_file__days_outside__are_compared_only_where_the_file_names_them() -> None:
    later = Period(MAY_14.last + timedelta(days=1), MAY_14.last + timedelta(days=9))
    assert _compared(_settled(), period=later).records == 0
    assert _compared(_settled(), a_row(), period=later).matched == 1


def test_compare_partner_file__reports_of_others_and_funding__are_passed_over() -> None:
    oracle = Oracle()
    oracle.ingest(submitted("B-2", partner="tamarind"))
    oracle.relayed()
    funded = (NOON_S, PartnerLog(PUTIEN, PartnerAct.FUNDED, 5, 5))
    found = _compared(oracle, book=FakePartnerBook(oracle.chain, acts=[funded]))
    assert (found.records, found.differences) == (0, [])


def test_compare_partner_file__store_knows_no_such_report__is_refused() -> None:
    with pytest.raises(StoreBehind, match="does not have its bills"):
        _compared(_settled(), a_row(), store=MemoryStore())


def test_compare_partner_file__block_replaced__is_refused() -> None:
    oracle = _settled()
    with pytest.raises(ChainUnavailable):
        _compared(oracle, a_row(), book=FakePartnerBook(oracle.chain, changed=lambda: True))


def test_period_of__rows__is_from_the_first_day_to_the_last() -> None:
    later = a_purchase().occurred_at + timedelta(days=3)
    assert period_of([a_row(occurred_at=later), a_row()]) == Period(date(2018, 5, 14), date(2018, 5, 17))
    with pytest.raises(StoreError, match="holds no row"):
        period_of([])
