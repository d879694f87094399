"""Attaching receipts to what changes a sale.

given a sale that is final                  then its refund is sealed with its newest receipt
    when it has been amended                then with that amendment's
    when several amendments wait            then one a report, by time, and revisions in order
given a sale that is not final              then its amendments wait
given no sale                               then they wait as long as it would be taken, then go without
    when it comes from another source       then it is found if it is the only one
given an amendment that was not proven      then it waits until there is a newer receipt
given another reporter's copy               then it refuses what its own purchases do not bear out
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from milepost.codec.report_bytes import decode_report, encode_report
from milepost.domain.outcome import Outcome
from milepost.domain.purchase import PurchaseKind, SubmittedPurchase
from milepost.domain.report import Attachment, Report
from milepost.pipeline.attach_receipts import AttachmentDisputed, check_attachments, sale_of
from milepost.pipeline.issue_receipt import attachment_of
from milepost.pipeline.read_settlements import read_settlements
from milepost.pipeline.reconcile import reconcile
from milepost.pipeline.relay_report import relay_report
from milepost.pipeline.seal_report import seal_report
from milepost.pipeline.sign_report import sign_report
from milepost.ports import ReportState, SettledPurchase, StoredPurchase
from milepost.testing import MemoryStore
from tests.support.programme import ACCEPT, MEMBERS, NOON_S, Oracle, submitted
from tests.support.purchases import a_purchase, an_accepted_purchase

LATER = a_purchase().occurred_at + timedelta(minutes=10)
DAY = timedelta(days=1)


def _oracle() -> Oracle:
    return Oracle()


def _refund(sale_ref: str = "R-1", *, of: str = "A-1001", eligible: int = 9_600, **changes: Any) -> Any:
    usual = {
        "kind": PurchaseKind.REFUND,
        "original_sale_ref": of,
        "occurred_at": LATER,
        "gross_minor": 61_600,
        "eligible_minor": eligible,
    }
    return submitted(sale_ref, None, **{**usual, **changes})


def _amend(revision: int, eligible: int, *, member: str | None = None, **changes: Any) -> SubmittedPurchase:
    usual = {"kind": PurchaseKind.AMEND, "revision": revision, "occurred_at": LATER}
    return submitted("A-1001", member, **{**usual, "eligible_minor": eligible, **changes})


def _void(**changes: Any) -> SubmittedPurchase:
    return submitted("A-1001", None, **{"kind": PurchaseKind.VOID, "occurred_at": LATER, **changes})


def _settle(oracle: Oracle) -> int:
    """Settle all that can be now and read it back; how many reports it took."""
    reports = 0
    while seal_report(0, oracle.sealing, oracle.chain) is not None:
        _relay(oracle)
        reports += 1
    return reports


def _relay(oracle: Oracle) -> None:
    with oracle.store.unit_of_work() as work:
        (report,) = work.reports.in_states(ReportState.SEALED)
    sign_report(report.content_hash, oracle.store, chain=oracle.chain, reporters=oracle.reporters)
    relay_report(report.content_hash, oracle.store, chain=oracle.chain)
    read_settlements(oracle.store, chain=oracle.chain)


def _settled(oracle: Oracle, submitted: SubmittedPurchase) -> SettledPurchase:
    with oracle.store.unit_of_work() as work:
        stored = work.purchases.by_key(submitted.purchase.dedupe_key)
        assert stored is not None
        settled = work.receipts.of_purchase(stored.purchase_id)
    assert settled is not None
    return settled


def _sold(*more: SubmittedPurchase) -> Oracle:
    """One sale of 596.00 that is final: 149 miles and a triple."""
    oracle = _oracle()
    oracle.ingest(submitted(), *more)
    assert _settle(oracle) == 1
    return oracle


def test_attach_receipts__refund_of_a_final_sale__takes_its_miles_back() -> None:
    oracle, refund = _sold(), _refund()
    oracle.ingest(refund)
    assert _settle(oracle) == 1
    got = _settled(oracle, refund)
    assert (got.settled.outcome, got.settled.base, got.settled.returned) == (Outcome.REVERSED, 125, 72)
    assert (got.sale_number, got.number, got.member_id, got.taken, got.owed) == (1, 2, 1, 72, 0)
    assert reconcile(oracle.store, oracle.chain).is_equal


def test_attach_receipts__sale_not_final_yet__waits_for_it() -> None:
    oracle, refund = _oracle(), _refund()
    oracle.ingest(submitted(), refund)
    report = decode_report(oracle.sealed().report_bytes)
    assert (report.purchase_count, report.attachments) == (1, None)
    assert seal_report(0, oracle.sealing, oracle.chain) is None
    _relay(oracle)
    assert _settle(oracle) == 1
    assert _settled(oracle, refund).settled.outcome is Outcome.REVERSED


def test_attach_receipts__several_of_one_sale__go_one_a_report_by_time() -> None:
    oracle = _sold()
    late = _refund("R-2", eligible=100, occurred_at=LATER + timedelta(minutes=5))
    early = _refund("R-1", eligible=9_500)
    oracle.ingest(late, early)
    assert _settle(oracle) == 2
    assert [_settled(oracle, one).number for one in (early, late)] == [2, 3]
    left = _settled(oracle, late).settled.amendment
    assert left is not None and (left.eligible_minor, left.refunded_minor) == (50_000, 9_600)


def test_attach_receipts__revisions_whose_times_are_turned__go_in_order_of_revision() -> None:
    oracle = _sold()
    first, second = _amend(1, 70_000), _amend(2, 80_000, occurred_at=LATER - timedelta(minutes=5))
    oracle.ingest(first, second)
    assert _settle(oracle) == 2
    assert [_settled(oracle, one).settled.base for one in (first, second)] == [175, 200]
    assert reconcile(oracle.store, oracle.chain).is_equal


def test_attach_receipts__void_after_a_refund__takes_the_rest_and_a_second_takes_nothing() -> None:
    oracle = _sold()
    void, again = _void(), _void(revision=1, occurred_at=LATER + timedelta(minutes=9))
    oracle.ingest(_refund(), void, again)
    assert _settle(oracle) == 3
    assert _settled(oracle, void).settled.returned == 375
    got = _settled(oracle, again)
    assert (got.settled.outcome, got.sale_number) == (Outcome.ALREADY_REFUNDED, None)


def test_attach_receipts__refund_beyond_the_bill__is_an_outcome_and_the_next_is_judged_by_the_sale() -> None:
    oracle = _sold()
    beyond, fair = _refund("R-1", eligible=60_000), _refund("R-2", occurred_at=LATER + timedelta(minutes=5))
    oracle.ingest(beyond, fair)
    assert _settle(oracle) == 2
    assert _settled(oracle, beyond).settled.outcome is Outcome.EXCEEDS_BILL
    assert _settled(oracle, fair).settled.returned == 72


def test_attach_receipts__claim__is_credited_to_who_claims() -> None:
    oracle = _oracle()
    oracle.ingest(submitted(member="nobody"))
    _settle(oracle)
    claim, refund = _amend(1, 59_600, member=MEMBERS[1]), _refund(occurred_at=LATER + DAY)
    oracle.ingest(claim)
    assert _settle(oracle) == 1
    got = _settled(oracle, claim)
    assert (got.settled.outcome, got.member_id, got.settled.credited) == (Outcome.CREDITED, 2, 447)
    oracle.chain.advance_to(NOON_S + 2 * 86_400)
    oracle.ingest(refund)
    assert _settle(oracle) == 1
    assert _settled(oracle, refund).member_id == 2
    assert reconcile(oracle.store, oracle.chain).is_equal


def test_attach_receipts__amend_with_another_member__is_sealed_for_the_sales() -> None:
    oracle, amend = _sold(), _amend(1, 70_000, member=MEMBERS[1])
    oracle.ingest(amend)
    _settle(oracle)
    assert _settled(oracle, amend).member_id == 1


def test_attach_receipts__no_sale__waits_for_it_and_then_goes_without() -> None:
    oracle, refund = _oracle(), _refund()
    oracle.ingest(refund)
    oracle.chain.advance_to(refund.purchase.occurred_at_s + ACCEPT.oldest_days * 86_400)
    assert seal_report(0, oracle.sealing, oracle.chain) is None
    oracle.chain.advance_to(refund.purchase.occurred_at_s + ACCEPT.oldest_days * 86_400 + 1)
    assert decode_report(oracle.sealed().report_bytes).attachments == (None,)
    _relay(oracle)
    assert _settled(oracle, refund).settled.outcome is Outcome.ORIGINAL_NOT_FOUND


def test_attach_receipts__waiting_ones_first__hold_up_no_sale() -> None:
    oracle = _oracle()
    oracle.ingest(_refund("R-1"), _refund("R-2"), _refund("R-3", of="B-1"), submitted())
    assert decode_report(oracle.sealed(most=1).report_bytes).purchase_count == 1


def test_attach_receipts__not_proven__comes_again_once_there_is_a_newer_receipt() -> None:
    oracle = _sold()
    refund, amend = _refund(), _amend(1, 70_000, occurred_at=LATER + timedelta(minutes=1))
    oracle.chain.believes_proofs = False
    oracle.ingest(refund)
    assert _settle(oracle) == 1
    assert _settled(oracle, refund).settled.outcome is Outcome.UNPROVEN
    assert oracle.states() == {"accepted": 1, "settled_final": 1}
    oracle.chain.believes_proofs = True
    assert seal_report(0, oracle.sealing, oracle.chain) is None
    assert reconcile(oracle.store, oracle.chain).is_equal
    oracle.ingest(amend)
    assert _settle(oracle) == 2
    assert [_settled(oracle, one).number for one in (amend, refund)] == [3, 4]
    assert _settled(oracle, refund).settled.outcome is Outcome.REVERSED


def _stored(**changes: Any) -> StoredPurchase:
    return an_accepted_purchase(**changes)


def test_sale_of__several_sources__takes_its_own_or_the_only_one() -> None:
    own, other = _stored(), replace(_stored(source="till-8"), purchase_id=2)
    refund = _refund().purchase
    desk = replace(refund, source="desk")
    assert sale_of(refund, [other, own]) == own
    assert sale_of(desk, [own]) == own
    assert sale_of(desk, [own, other]) is None
    assert sale_of(replace(refund, original_sale_ref="B-1"), [own]) is None


def _proposed(oracle: Oracle) -> tuple[Report, list[StoredPurchase]]:
    """A report of one refund, and its purchase in this copy."""
    oracle.ingest(_refund())
    report = decode_report(oracle.sealed().report_bytes)
    with oracle.store.unit_of_work() as work:
        stored = work.purchases.by_key(_refund().purchase.dedupe_key)
    assert stored is not None
    return report, [stored]


def _attached(report: Report, attachment: Attachment | None) -> bytes:
    return encode_report(replace(report, attachments=(attachment,)))


def test_check_attachments__own_copy_of_the_same__bears_it_out() -> None:
    oracle = _sold()
    report, purchases = _proposed(oracle)
    checked = check_attachments(encode_report(report), purchases, oracle.store, oracle.secrets)
    assert report.attachments is not None
    assert checked == {purchases[0].purchase_id: report.attachments[0]}


def test_check_attachments__receipt_of_another_sale__is_disputed() -> None:
    oracle = _sold(submitted("A-1002"))
    report, purchases = _proposed(oracle)
    (receipt,) = report.attachments or ()
    assert receipt is not None
    content_hash = _settled(oracle, submitted()).content_hash
    with oracle.store.unit_of_work() as work:
        log = work.receipts.log_of(content_hash)
    assert log is not None
    own, others = (attachment_of(log, position) for position in (0, 1))
    assert own == receipt
    forged = replace(receipt, entry=others.entry)
    for attachment, why in ((forged, "another purchase"), (None, "has that sale")):
        with pytest.raises(AttachmentDisputed, match=why):
            check_attachments(_attached(report, attachment), purchases, oracle.store, oracle.secrets)


def test_check_attachments__copy_without_the_sale__disputes_the_receipt() -> None:
    report, _ = _proposed(_sold())
    other = Oracle(store=MemoryStore())
    other.ingest(_refund())
    with other.store.unit_of_work() as work:
        stored = work.purchases.by_key(_refund().purchase.dedupe_key)
    with pytest.raises(AttachmentDisputed, match="no such sale"):
        check_attachments(encode_report(report), [stored], other.store, other.secrets)  # type: ignore[list-item]
    bare = check_attachments(_attached(report, None), [stored], other.store, other.secrets)  # type: ignore[list-item]
    assert list(bare.values()) == [None]
