"""What changes a sale is settled in the same run as that sale, or in the first run after it.

given a refund beside its sale                then a report of its own follows once the sale is final
given a sale that an earlier run had settled  then the run in which it becomes final settles its refund
"""

from milepost.domain.outcome import Outcome
from milepost.domain.purchase import PurchaseKind, SubmittedPurchase
from milepost.pipeline.relay_report import relay_report
from milepost.pipeline.seal_report import seal_report
from milepost.pipeline.sign_report import sign_report
from tests.support.patient_oracle import patient_oracle
from tests.support.programme import submitted, three_bills


def _refund_of(sale_ref: str, reference: str = "R-1") -> SubmittedPurchase:
    return submitted(
        reference, None, kind=PurchaseKind.REFUND, original_sale_ref=sale_ref, eligible_minor=59_600
    )


def test_settle_all__refund_in_the_file_of_its_sale__follows_once_that_is_final() -> None:
    oracle = patient_oracle()
    refund = _refund_of("A-1001")
    stray = submitted("R-2", None, kind=PurchaseKind.REFUND, original_sale_ref="C-1")
    list(oracle.ingest([stray, refund, *three_bills()]))
    settled = oracle.settle_all()
    assert (len(settled.reports), settled.purchases) == (2, 4)
    assert oracle.receipt(refund.purchase.dedupe_key).settled.outcome is Outcome.REVERSED
    assert [one.purchase.sale_ref for one in oracle.unmatched()] == ["R-2"]
    assert oracle.waiting() == []
    found = oracle.reconcile()
    assert found.is_equal and found.chain_reversed == 447


def test_settle_all__sale_of_an_earlier_run_becomes_final__settles_its_refund_in_the_same_run() -> None:
    """Found by a soak of an hour: nothing new was sealed, so the run ended with the refund accepted."""
    oracle = patient_oracle(finality=3)
    refund = _refund_of("A-1001")
    list(oracle.ingest(three_bills()))
    report = seal_report(0, oracle._sealing, oracle.chain)
    assert report is not None
    sign_report(report.content_hash, oracle.store, chain=oracle.chain, reporters=oracle._checking)
    relay_report(report.content_hash, oracle.store, chain=oracle.chain)

    list(oracle.ingest([refund]))
    settled = oracle.settle_all()

    assert settled.purchases == 4
    assert oracle.receipt(refund.purchase.dedupe_key).settled.outcome is Outcome.REVERSED
