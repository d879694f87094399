"""What every store promises, tested on the SQL one and on the fake in memory alike."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from milepost.domain.errors import StoreError
from milepost.domain.purchase import PurchaseKind
from milepost.ports import (
    Conflict,
    PurchaseState,
    ReportSignature,
    ReportState,
    SignedTx,
    Store,
    TxReceipt,
    TxState,
)
from tests.support.journal_promises import JOURNAL_PROMISES
from tests.support.settled_promises import SETTLED_PROMISES
from tests.support.stored import SENDER, a_record, a_report, put_report


def purchases_come_back_as_they_went_in(store: Store) -> None:
    bare = a_record("bare", terminal=None, business_date=None, channel=None, party_size=None)
    full, nobody = a_record("full"), replace(a_record("nobody"), member_key=None)
    with store.unit_of_work() as work:
        work.purchases.add([full, bare, nobody], state=PurchaseState.ACCEPTED, received_at=77)
    with store.unit_of_work() as work:
        found = work.purchases.by_keys([full.key, bare.key, nobody.key, a_record("other").key])
        assert {key: stored.purchase for key, stored in found.items()} == {
            record.key: record.purchase for record in (full, bare, nobody)
        }
        stored = found[full.key]
        assert (stored.member_key, stored.received_at) == (b"m" * 32, 77)
        assert found[nobody.key].member_key is None
        assert stored.purchase.occurred_at.isoformat() == full.purchase.occurred_at.isoformat()
        assert work.purchases.by_key(full.key) == stored
        assert work.purchases.by_key(a_record("other").key) is None
        assert work.purchases.by_ids([stored.purchase_id, 999]) == {stored.purchase_id: stored}
        known = work.purchases.known([full.key, a_record("other").key])
        assert set(known) == {full.key}
        assert known[full.key].content_hash == b"c" * 32


def a_key_is_stored_once(store: Store) -> None:
    with store.unit_of_work() as work:
        work.purchases.add([a_record()], state=PurchaseState.ACCEPTED, received_at=1)
    with pytest.raises(StoreError), store.unit_of_work() as work:
        work.purchases.add([a_record()], state=PurchaseState.ACCEPTED, received_at=2)


def a_unit_that_fails_leaves_no_trace(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.unit_of_work() as work:
        work.purchases.add([a_record()], state=PurchaseState.ACCEPTED, received_at=1)
        raise ZeroDivisionError
    with store.unit_of_work() as work:
        assert work.purchases.count_by_state() == {}


def accepted_come_in_order_of_arrival(store: Store) -> None:
    records = [a_record(f"{9 - number}") for number in range(5)]
    others = [a_record("x", partner="tamarind"), a_record("y", partner="else")]
    with store.unit_of_work() as work:
        work.purchases.add([*records, *others], state=PurchaseState.ACCEPTED, received_at=1)
        found = work.purchases.accepted(["tamarind", "putien"], most=6)
        assert [stored.purchase.sale_ref for stored in found] == ["9", "8", "7", "6", "5", "x"]
        work.purchases.move(
            [stored.purchase_id for stored in found[:4]],
            source=PurchaseState.ACCEPTED,
            target=PurchaseState.REPORTED,
        )
        assert [one.purchase.sale_ref for one in work.purchases.accepted(["putien"], most=9)] == ["5"]
        assert work.purchases.accepted([], most=9) == []
        assert work.purchases.count_by_state() == {"accepted": 3, "reported": 4}


def accepted_are_paged_by_id(store: Store) -> None:
    with store.unit_of_work() as work:
        work.purchases.add(
            [a_record(f"{number}") for number in range(3)], state=PurchaseState.ACCEPTED, received_at=1
        )
        (first,) = work.purchases.accepted(["putien"], most=1)
        rest = work.purchases.accepted(["putien"], most=9, after=first.purchase_id)
        assert [one.purchase.sale_ref for one in (first, *rest)] == ["0", "1", "2"]
        assert work.purchases.accepted(["putien"], most=9, after=rest[-1].purchase_id) == []
        occurred_at_s = first.purchase.occurred_at_s
        assert work.purchases.accepted(["putien"], most=1, occurred_by=occurred_at_s) == [first]
        assert work.purchases.accepted(["putien"], most=1, occurred_by=occurred_at_s - 1) == []


def an_accepted_purchase_takes_what_was_settled_instead(store: Store) -> None:
    settled = replace(a_record(gross_minor=70_000), member_key=b"n" * 32, content_hash=b"d" * 32)
    with store.unit_of_work() as work:
        work.purchases.add([a_record(), a_record("other")], state=PurchaseState.ACCEPTED, received_at=5)
        before = work.purchases.by_key(settled.key)
        work.purchases.supersede(before.purchase_id, settled)
        after = work.purchases.by_key(settled.key)
        assert after == replace(before, purchase=settled.purchase, member_key=b"n" * 32)
        assert work.purchases.known([settled.key])[settled.key].content_hash == b"d" * 32
        assert work.purchases.by_key(a_record("other").key).purchase == a_record("other").purchase
        work.purchases.move([after.purchase_id], source=PurchaseState.ACCEPTED, target=PurchaseState.REPORTED)
    with pytest.raises(StoreError, match="not accepted any more"), store.unit_of_work() as work:
        work.purchases.supersede(after.purchase_id, a_record())


def a_bill_is_found_by_its_reference(store: Store) -> None:
    records = [a_record("A"), a_record("A", source="till-8"), a_record("B"), a_record("A", partner="else")]
    with store.unit_of_work() as work:
        work.purchases.add(records, state=PurchaseState.ACCEPTED, received_at=1)
        found = work.purchases.of_sale("putien", "A")
        assert [stored.purchase.source for stored in found] == ["till-7", "till-8"]
        assert work.purchases.of_sale("putien", "C") == []
        assert work.purchases.sale_refs("putien", most=9) == ["B", "A", "A"]
        assert work.purchases.sale_refs("putien", most=1) == ["B"]


def amendments_are_found_with_their_bill(store: Store) -> None:
    refund, amend, void = PurchaseKind.REFUND, PurchaseKind.AMEND, PurchaseKind.VOID
    records = [
        a_record("A"),
        a_record("R-1", kind=refund, original_sale_ref="A", source="desk"),
        a_record("B"),
        a_record("A", kind=amend, revision=1),
        a_record("C", kind=void),
        a_record("R-2", kind=refund, original_sale_ref="A", partner="else"),
    ]
    with store.unit_of_work() as work:
        work.purchases.add(records, state=PurchaseState.ACCEPTED, received_at=1)
        found = work.purchases.families("putien", ["A", "C"])
        assert [stored.purchase for stored in found] == [records[i].purchase for i in (0, 1, 3, 4)]
        assert work.purchases.families("putien", ["R-1"]) == [found[1]]
        assert work.purchases.families("putien", []) == []


def purchases_move_from_the_stated_state_only(store: Store) -> None:
    with store.unit_of_work() as work:
        work.purchases.add([a_record("1"), a_record("2")], state=PurchaseState.ACCEPTED, received_at=1)
        ids = [stored.purchase_id for stored in work.purchases.accepted(["putien"], most=2)]
        work.purchases.move(ids[:1], source=PurchaseState.ACCEPTED, target=PurchaseState.REPORTED)
    with pytest.raises(StoreError, match="not accepted"), store.unit_of_work() as work:
        work.purchases.move(ids, source=PurchaseState.ACCEPTED, target=PurchaseState.REPORTED)
    with store.unit_of_work() as work:
        assert work.purchases.count_by_state() == {"accepted": 1, "reported": 1}


def conflicts_are_kept_once(store: Store) -> None:
    other = replace(a_record(gross_minor=1), content_hash=b"d" * 32)
    with store.unit_of_work() as work:
        work.purchases.add([a_record()], state=PurchaseState.ACCEPTED, received_at=1)
        first_id = work.purchases.known([a_record().key])[a_record().key].purchase_id
        work.purchases.add_conflicts([Conflict(first_id, other, 5), Conflict(first_id, other, 5)])
    with store.unit_of_work() as work:
        work.purchases.add_conflicts([Conflict(first_id, other, 9)])
        work.purchases.add_conflicts([])
        assert work.purchases.conflicts() == [Conflict(first_id, other, 5)]


def reports_come_back_with_their_purchases(store: Store) -> None:
    report = a_report()
    with store.unit_of_work() as work:
        ids = put_report(work, report)
    with store.unit_of_work() as work:
        assert work.reports.get(report.content_hash) == report
        assert work.reports.at(0, 1) == report
        assert (work.reports.get(bytes(32)), work.reports.at(0, 2), work.reports.at(1, 1)) == (None,) * 3
        assert work.reports.purchase_ids(report.content_hash) == ids
        assert work.reports.purchase_ids(bytes(32)) == []
        assert (work.reports.last_sequence(0), work.reports.last_sequence(1)) == (1, 0)
        assert work.reports.last_numbers() == {1: 11, 7: 1}


def a_sequence_has_one_report_that_did_not_fail(store: Store) -> None:
    first, second = a_report(), a_report(mark=b"s")
    with store.unit_of_work() as work:
        put_report(work, first)
    with pytest.raises(StoreError, match="has a report 1 already"), store.unit_of_work() as work:
        put_report(work, second, sale_refs=("4", "5", "6"))
    with store.unit_of_work() as work:
        work.reports.move(
            first.content_hash, source=ReportState.SEALED, target=ReportState.FAILED, failure="a reason"
        )
        assert (work.reports.last_sequence(0), work.reports.last_numbers()) == (0, {})
        put_report(work, second, sale_refs=("4", "5", "6"))
        assert work.reports.at(0, 1) == second
        assert work.reports.get(first.content_hash).failure == "a reason"
    with pytest.raises(StoreError, match="another report"), store.unit_of_work() as work:
        work.reports.move(first.content_hash, source=ReportState.FAILED, target=ReportState.SEALED)


def reports_move_from_the_stated_state_only(store: Store) -> None:
    first, second = a_report(), a_report(2, mark=b"s")
    with store.unit_of_work() as work:
        put_report(work, second)
        put_report(work, first, sale_refs=("4", "5", "6"))
        work.reports.move(first.content_hash, source=ReportState.SEALED, target=ReportState.SIGNED)
        assert work.reports.in_states(ReportState.SIGNED) == [replace(first, state=ReportState.SIGNED)]
        assert [one.sequence for one in work.reports.in_states(*ReportState)] == [1, 2]
    with pytest.raises(StoreError, match="not sealed"), store.unit_of_work() as work:
        work.reports.move(first.content_hash, source=ReportState.SEALED, target=ReportState.SIGNED)


def signatures_are_kept_by_digest_and_signer(store: Store) -> None:
    report = a_report()
    first, second, third = (bytes([number]) * 32 for number in (1, 2, 3))
    one, other = ReportSignature(first, "0xB", b"1" * 65), ReportSignature(first, "0xA", b"2" * 65)
    with store.unit_of_work() as work:
        put_report(work, report)
        for signature in (one, other, replace(one, signature=b"3" * 65), replace(one, digest=second)):
            work.reports.add_signature(report.content_hash, signature)
        assert work.reports.signatures(report.content_hash, digest=first) == [other, one]
        assert len(work.reports.signatures(report.content_hash, digest=second)) == 1
        assert work.reports.signatures(report.content_hash, digest=third) == []


def a_nonce_carries_one_report(store: Store) -> None:
    first, second = a_report(), a_report(2, mark=b"s")
    with store.unit_of_work() as work:
        put_report(work, first)
        put_report(work, second, sale_refs=("4", "5", "6"))
        assert work.txs.next_nonce(SENDER) == 0
        for tx_hash, nonce in ((b"2", 5), (b"1", 5), (b"3", 4)):
            work.txs.add(SignedTx(SENDER, nonce, tx_hash * 32, b"raw" + tx_hash), first.content_hash)
        assert (work.txs.next_nonce(SENDER), work.txs.next_nonce("0x0")) == (6, 0)
        found = work.txs.of_report(first.content_hash)
        assert [tx.signed.raw for tx in found] == [b"raw3", b"raw2", b"raw1"]
        assert work.txs.of_report(second.content_hash) == []
    with pytest.raises(StoreError, match="carries another report"), store.unit_of_work() as work:
        work.txs.add(SignedTx(SENDER, 5, b"4" * 32, b"raw"), second.content_hash)


def txs_move_and_remember_their_block(store: Store) -> None:
    report, tx_hash = a_report(), b"1" * 32
    mined = TxReceipt(tx_hash, 8, b"b" * 32, True, 123)
    with store.unit_of_work() as work:
        put_report(work, report)
        work.txs.add(SignedTx(SENDER, 0, tx_hash, b"raw"), report.content_hash)
        work.txs.move(tx_hash, source=TxState.SIGNED, target=TxState.MINED, mined=mined)
        (tx,) = work.txs.in_states(TxState.MINED)
        assert (tx.state, tx.block_number, tx.block_hash, tx.gas_used) == (TxState.MINED, 8, b"b" * 32, 123)
        assert work.txs.gas_used() == 123
        work.txs.move(tx_hash, source=TxState.MINED, target=TxState.ACCEPTED)
        (tx,) = work.txs.of_report(report.content_hash)
        assert (tx.state, tx.block_number, tx.block_hash, tx.gas_used) == (TxState.ACCEPTED, None, None, None)
        assert (work.txs.gas_used(), work.txs.in_states(TxState.MINED)) == (0, [])
    with pytest.raises(StoreError, match="not signed"), store.unit_of_work() as work:
        work.txs.move(tx_hash, source=TxState.SIGNED, target=TxState.ACCEPTED)


PROMISES: tuple[Callable[[Store], None], ...] = (
    purchases_come_back_as_they_went_in,
    a_key_is_stored_once,
    a_unit_that_fails_leaves_no_trace,
    accepted_come_in_order_of_arrival,
    accepted_are_paged_by_id,
    an_accepted_purchase_takes_what_was_settled_instead,
    a_bill_is_found_by_its_reference,
    amendments_are_found_with_their_bill,
    purchases_move_from_the_stated_state_only,
    conflicts_are_kept_once,
    reports_come_back_with_their_purchases,
    a_sequence_has_one_report_that_did_not_fail,
    reports_move_from_the_stated_state_only,
    signatures_are_kept_by_digest_and_signer,
    a_nonce_carries_one_report,
    txs_move_and_remember_their_block,
    *JOURNAL_PROMISES,
    *SETTLED_PROMISES,
)
