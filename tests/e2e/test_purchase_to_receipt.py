"""The main path once: a bill leaves a till as a row of CSV, and its receipt is verified by contract."""

import json
from pathlib import Path

import pytest

from milepost.chain.receipt_verifier import verify_receipt
from milepost.codec.receipt_file import read_receipt_text, receipt_differences, write_receipt_text
from milepost.demo.plan import demo_plan
from milepost.demo.stage import Stage, embedded_demo_chain, set_stage
from milepost.domain.outcome import Outcome
from milepost.domain.purchase import DedupeKey, PurchaseKind
from milepost.domain.receipt import MemberReceipt
from milepost.feeds.files import read_feed
from milepost.pipeline.ingest_purchase import AnswerKind
from milepost.pipeline.reconcile import require_reconciled

ROOT = Path(__file__).resolve().parents[2]
BILL = """\
partner,sale_ref,outlet,occurred_at,currency,gross,tip,member
harbour-grill,A-1001,pier,2018-05-12T18:10:00-04:00,USD,55.00,6.73,M0007
"""
# 2018-05-13T10:00:00Z, six on the next morning in New York.
NEXT_MORNING = 1_526_205_600


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Asia Miles of 2018 deployed, sixty members enrolled, five reporters of whom three must sign."""
    return set_stage(demo_plan(ROOT), embedded_demo_chain(), folder=tmp_path)


def verified_by_contract(receipt: MemberReceipt, stage: Stage) -> bool:
    deployment = stage.deployment
    return verify_receipt(
        receipt, stage.chain.node, receipts=deployment.addresses.receipts, chain_id=deployment.chain_id
    )


def test_purchase__from_a_till_to_its_receipt__is_credited_once_and_verifies(
    stage: Stage, tmp_path: Path
) -> None:
    oracle = stage.oracle
    till_file = tmp_path / "till.csv"
    till_file.write_text(BILL)
    stage.chain.advance_to(NEXT_MORNING)

    # The feed parses the row, and the purchase is stored once.
    (answer,) = oracle.ingest(read_feed(till_file, oracle.partners.partners))
    assert answer.kind is AnswerKind.ACCEPTED

    # Sealed, signed by three reporters, relayed, read back from a final block, and equal to the chain's sums.
    assert oracle.settle_all().purchases == 1
    require_reconciled(oracle.reconcile())

    # 48.27 earn 96 miles. On a Saturday at ten past six: 40 for a first table, triple, and double up to 100.
    key = DedupeKey("harbour-grill", "till", "A-1001", PurchaseKind.SALE, 0)
    receipt = oracle.receipt(key)
    assert receipt.settled.outcome is Outcome.CREDITED
    assert (receipt.settled.base, receipt.settled.bonus) == (96, 40 + 192 + 96)
    assert stage.ledger.balance_at(receipt.entry.member, NEXT_MORNING) == 96 + 40 + 192 + 96

    # The member has the file alone, and the contract says that it is true.
    text = write_receipt_text(receipt)
    as_given = read_receipt_text(text)
    assert receipt_differences(as_given) == []
    assert verified_by_contract(as_given, stage)

    # With one digit changed, the file contradicts itself and the contract has no such receipt.
    changed = read_receipt_text(json.dumps({**json.loads(text), "base_miles": 97}))
    assert "leaf" in receipt_differences(changed)[0]
    assert not verified_by_contract(changed, stage)

    # The till sends its file again: nothing is credited twice.
    (again,) = oracle.ingest(read_feed(till_file, oracle.partners.partners))
    assert again.kind is AnswerKind.DUPLICATE
    assert oracle.settle_all().purchases == 0
    assert stage.settlement.ledger_credited() == 96 + 40 + 192 + 96
