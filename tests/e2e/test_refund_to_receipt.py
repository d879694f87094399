"""The main path of a refund once: from rows of CSV to receipts that the contract calls true."""

from dataclasses import replace
from pathlib import Path

import pytest

from milepost.chain.receipt_verifier import ReceiptVerifier
from milepost.demo.plan import demo_plan
from milepost.demo.stage import Stage, embedded_demo_chain, set_stage
from milepost.domain.outcome import Outcome
from milepost.domain.purchase import DedupeKey, PurchaseKind
from milepost.domain.receipt import MemberReceipt
from milepost.feeds.files import read_feed
from milepost.pipeline.reconcile import require_reconciled

ROOT = Path(__file__).resolve().parents[2]
# A Saturday dinner, a third of it given back next morning and at last the rest; a claim of nobody's bill.
ROWS = """\
partner,kind,sale_ref,original_sale_ref,revision,outlet,occurred_at,currency,gross,tip,member
harbour-grill,SALE,A-1001,,,pier,2018-05-12T18:10:00-04:00,USD,55.00,6.73,M0007
harbour-grill,SALE,A-1002,,,pier,2018-05-12T19:10:00-04:00,USD,20.00,0,M9999
harbour-grill,REFUND,R-1,A-1001,,pier,2018-05-13T05:00:00-04:00,USD,20.00,0,
harbour-grill,VOID,A-1001,,,pier,2018-05-13T05:30:00-04:00,USD,,,
harbour-grill,AMEND,A-1002,,1,pier,2018-05-12T19:10:00-04:00,USD,20.00,0,M0008
"""
# 2018-05-13T10:00:00Z, six on the next morning in New York.
NEXT_MORNING = 1_526_205_600


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return set_stage(demo_plan(ROOT), embedded_demo_chain(), folder=tmp_path)


def _receipt(stage: Stage, sale_ref: str, kind: PurchaseKind, revision: int = 0) -> MemberReceipt:
    return stage.oracle.receipt(DedupeKey("harbour-grill", "till", sale_ref, kind, revision))


def test_refund__from_a_till_to_its_receipt__takes_back_once_and_verifies(
    stage: Stage, tmp_path: Path
) -> None:
    oracle, deployment = stage.oracle, stage.deployment
    verifier = ReceiptVerifier(stage.chain.node, deployment.addresses.receipts, deployment.chain_id)
    till_file = tmp_path / "till.csv"
    till_file.write_text(ROWS)
    stage.chain.advance_to(NEXT_MORNING)
    list(oracle.ingest(read_feed(till_file, oracle.partners.partners)))

    # The sales settle first; then one report a round, each change with the newest receipt of its sale.
    settled = oracle.settle_all()
    assert (settled.purchases, len(settled.reports)) == (5, 3)
    require_reconciled(oracle.reconcile())

    sale = _receipt(stage, "A-1001", PurchaseKind.SALE)
    refund = _receipt(stage, "R-1", PurchaseKind.REFUND)
    void = _receipt(stage, "A-1001", PurchaseKind.VOID)
    claim = _receipt(stage, "A-1002", PurchaseKind.AMEND, 1)
    # 48.27 earned 96; 28.27 are left of it, and judged again so are the bonuses of that evening.
    assert (refund.settled.outcome, refund.settled.base) == (Outcome.REVERSED, 56)
    earned = sale.settled.base + sale.settled.bonus
    assert refund.settled.base + refund.settled.bonus + refund.settled.returned == earned
    assert refund.settled.returned + void.settled.returned == earned
    assert (void.settled.base, void.settled.bonus) == (0, 0)
    assert stage.ledger.balance_at(sale.entry.member, NEXT_MORNING) == 0
    assert claim.settled.outcome is Outcome.CREDITED and claim.settled.base == 40
    assert stage.ledger.balance_at(claim.entry.member, NEXT_MORNING) == claim.settled.credited > 0

    # Each stays true; of a sale one is the newest.
    receipts = [sale, refund, void, claim]
    assert all(map(verifier.is_true, receipts))
    assert list(map(verifier.is_newest, receipts)) == [False, False, True, True]
    assert refund.settled.amendment is not None
    more = replace(refund.settled.amendment, returned=refund.settled.amendment.returned + 1)
    assert not verifier.is_true(replace(refund, settled=replace(refund.settled, amendment=more)))

    # The till sends its file again: nothing is taken back twice.
    list(oracle.ingest(read_feed(till_file, oracle.partners.partners)))
    assert oracle.settle_all().purchases == 0
