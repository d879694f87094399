"""Comparing a partner's books with the chain.

given a row and its record         then equal amounts and miles agree, and anything else is named
    when the record got no miles   then it is refused with the code, unless the row counts none
    when it was refunded since     then that is named, or agrees where the row is net of it
given only one of both             then it is missing on the other side
given one of both twice            then it counts twice
given any books                    then the differences explain what the sums differ by
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.outcome import Outcome
from milepost.domain.partner_books import (
    BookComparison,
    BookDifference,
    BookRow,
    ChainRecord,
    Reason,
    compare_books,
    explained,
)
from milepost.domain.purchase import PurchaseKind
from tests.support.purchases import a_purchase


def a_row(line: int = 2, miles: int | None = 447, source: str | None = None, **bill: Any) -> BookRow:
    return BookRow(line, a_purchase(**bill), source, miles)


def a_record(
    number: int = 1, miles: int = 447, outcome: Outcome = Outcome.CREDITED, of: int = 0, **bill: Any
) -> ChainRecord:
    purchase = a_purchase(**bill)
    return ChainRecord(purchase, number, of or number, purchase.eligible_minor, outcome, miles)


def a_refund(
    number: int = 2, miles: int = -149, outcome: Outcome = Outcome.REVERSED, of: int = 1, **bill: Any
) -> ChainRecord:
    usual = {"kind": PurchaseKind.REFUND, "sale_ref": "R-1", "original_sale_ref": "A-1001"}
    return a_record(number, miles, outcome, of=of, **{**usual, "eligible_minor": 19_600, **bill})


def a_refund_row(miles: int | None = 149, **bill: Any) -> BookRow:
    usual = {"kind": PurchaseKind.REFUND, "sale_ref": "R-1", "original_sale_ref": "A-1001"}
    return a_row(3, miles, **{**usual, "eligible_minor": 19_600, **bill})


def _compared(rows: list[BookRow], records: list[ChainRecord], state: str | None = None) -> BookComparison:
    found = compare_books(rows, records, state_of=lambda _: state)
    assert explained(found)
    return found


def _only(found: BookComparison) -> BookDifference:
    (one,) = found.differences
    return one


def _reasons(found: BookComparison) -> list[Reason]:
    return [one.reason for one in found.differences]


def test_compare_books__all_alike__agree() -> None:
    found = _compared([a_row(), a_refund_row()], [a_record(), a_refund()])
    assert (found.matched, found.differences) == (2, [])
    assert (found.file_miles, found.chain_miles) == (298, 298)


def test_compare_books__row_states_no_miles__only_amounts_are_compared() -> None:
    found = _compared([a_row(miles=None)], [a_record()])
    assert (found.matched, found.file_miles) == (1, 447)


def test_compare_books__amount_or_miles_differ__are_named_with_both() -> None:
    amount = _only(_compared([a_row(eligible_minor=60_000, miles=450)], [a_record()]))
    assert (amount.reason, amount.lines, amount.number) == (Reason.AMOUNT_DIFFERS, (2,), 1)
    assert (amount.file_minor, amount.chain_minor) == (60_000, 59_600)
    assert (amount.file_miles, amount.chain_miles) == (450, 447)
    miles = _only(_compared([a_row(miles=450)], [a_record()]))
    assert (miles.reason, miles.detail) == (Reason.MILES_DIFFER, None)
    cut = _only(_compared([a_row()], [a_record(miles=3, outcome=Outcome.CUT_BY_PREPAID)]))
    assert (cut.reason, cut.detail) == (Reason.MILES_DIFFER, "cut_by_prepaid")
    refund = _only(_compared([a_row(), a_refund_row(100)], [a_record(), a_refund()]))
    assert (refund.file_miles, refund.chain_miles) == (-100, -149)


def test_compare_books__a_void__has_no_amount_to_compare() -> None:
    void = {"kind": PurchaseKind.VOID, "sale_ref": "A-1001", "original_sale_ref": "A-1001"}
    row, record = a_row(3, 447, eligible_minor=0, **void), a_record(2, -447, Outcome.REVERSED, of=1, **void)
    assert _compared([a_row(), row], [a_record(), record]).matched == 2


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN_MEMBER, Outcome.SUSPENDED_PARTNER, Outcome.TOO_OLD])
def test_compare_books__got_no_miles__is_refused_with_its_code(outcome: Outcome) -> None:
    record = a_record(miles=0, outcome=outcome)
    assert _only(_compared([a_row()], [record])).detail == outcome.code
    assert _reasons(_compared([a_row(miles=None)], [record])) == [Reason.REFUSED]
    assert _compared([a_row(miles=0)], [record]).matched == 1


def test_compare_books__refunded_since__is_named_or_agrees_net_of_it() -> None:
    since = _compared([a_row()], [a_record(), a_refund()])
    assert (_reasons(since), since.matched) == ([Reason.REFUNDED_SINCE], 1)
    assert (_only(since).sale_ref, _only(since).number, _only(since).chain_miles) == ("R-1", 2, -149)
    net = _compared([a_row(miles=298)], [a_record(), a_refund()])
    assert (net.matched, net.differences, net.file_miles) == (1, [], 298)
    # With the refund in the file too, 298 is no net figure.
    both = _compared([a_row(miles=298), a_refund_row()], [a_record(), a_refund()])
    assert _reasons(both) == [Reason.MILES_DIFFER]


def test_compare_books__refund_that_did_nothing__is_no_difference_unless_the_file_has_it() -> None:
    nothing = a_refund(miles=0, outcome=Outcome.ALREADY_REFUNDED)
    assert _compared([a_row()], [a_record(), nothing]).differences == []
    assert _only(_compared([a_row(), a_refund_row()], [a_record(), nothing])).detail == "already_refunded"


def test_compare_books__unproven_and_settled_again__counts_once() -> None:
    records = [a_record(), a_refund(2, 0, Outcome.UNPROVEN), a_refund(3)]
    assert _compared([a_row(), a_refund_row()], records).differences == []


@pytest.mark.parametrize("state", [None, "accepted", "conflicted"])
def test_compare_books__not_settled__is_missing_here(state: str | None) -> None:
    one = _only(_compared([a_row()], [], state))
    assert (one.reason, one.detail, one.number, one.file_miles) == (Reason.MISSING_HERE, state, None, 447)


def test_compare_books__not_in_the_file__is_missing_there() -> None:
    found = _compared([], [a_record(), a_record(2, 0, Outcome.TOO_OLD, sale_ref="A-2"), a_refund(3, of=9)])
    assert _reasons(found) == [Reason.MISSING_THERE] * 3
    assert [one.detail for one in found.differences] == [None, "too_old", None]


def test_compare_books__row_twice__the_second_counts_twice() -> None:
    found = _compared([a_row(), a_row(5)], [a_record()])
    assert (_only(found).reason, _only(found).lines, found.matched) == (Reason.COUNTED_TWICE, (2, 5), 1)
    assert (found.file_miles, found.chain_miles) == (894, 447)


def test_compare_books__two_sources_on_chain__one_counts_twice_unless_the_file_has_both() -> None:
    twice = [a_record(), a_record(2, source="office")]
    one = _only(_compared([a_row()], twice))
    assert (one.reason, one.lines, one.number) == (Reason.COUNTED_TWICE, (), 2)
    named = [a_row(2, source="office"), a_row(3, source="till-7")]
    assert _compared(named, twice).differences == []
    assert _reasons(_compared([a_row(source="till-9")], [a_record()])) == [
        Reason.MISSING_HERE,
        Reason.COUNTED_TWICE,
    ]


_ROWS = st.builds(
    lambda line, ref, miles, kind: a_row(
        line,
        miles,
        sale_ref=f"A-{ref}",
        kind=kind,
        original_sale_ref=None if kind is PurchaseKind.SALE else "A-1",
    ),
    st.integers(2, 99),
    st.integers(1, 3),
    st.none() | st.sampled_from([0, 100, 149, 447]),
    st.sampled_from(PurchaseKind),
)
_RECORDS = st.builds(
    lambda number, ref, miles, kind, outcome, source: a_record(
        number,
        (-miles if kind in (PurchaseKind.REFUND, PurchaseKind.VOID) else miles)
        if outcome in (Outcome.CREDITED, Outcome.REVERSED)
        else 0,
        outcome,
        of=0 if kind is PurchaseKind.SALE else 1,
        sale_ref=f"A-{ref}",
        kind=kind,
        source=source,
    ),
    st.integers(1, 9),
    st.integers(1, 3),
    st.sampled_from([0, 100, 149, 447]),
    st.sampled_from(PurchaseKind),
    st.sampled_from([Outcome.CREDITED, Outcome.REVERSED, Outcome.UNPROVEN, Outcome.TOO_OLD]),
    st.sampled_from(["till-7", "till-8"]),
)


def test_compare_books__a_refund__is_net_of_nothing() -> None:
    """Finding: its miles were taken without their sign for what an amendment left of it."""
    change = {"kind": PurchaseKind.AMEND, "sale_ref": "A-2", "original_sale_ref": "A-1001"}
    records = [a_refund(1, of=1), a_record(2, 298, of=1, **change)]
    assert _reasons(_compared([a_refund_row()], records)) == [Reason.REFUNDED_SINCE]


# A partner's numbers on chain are each given once.
@given(st.lists(_ROWS, max_size=8), st.lists(_RECORDS, max_size=8, unique_by=lambda record: record.number))
def test_compare_books__any_books__differences_explain_the_sums(
    rows: list[BookRow], records: list[ChainRecord]
) -> None:
    found = _compared(rows, records)
    assert found.matched <= len(rows)
