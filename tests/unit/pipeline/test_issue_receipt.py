"""Issuing a receipt: of a settled purchase it verifies; of others there is none."""

from dataclasses import replace

import pytest

from milepost.codec.receipt_leaf import leaf_of
from milepost.codec.receipt_tree import verify
from milepost.domain.errors import StoreError
from milepost.pipeline.issue_receipt import PurchaseNotSettled, PurchaseUnknown, issue_receipt, issue_receipts
from milepost.pipeline.read_settlements import read_settlements
from tests.support.programme import Oracle, submitted, three_bills


def _settled() -> tuple[Oracle, bytes]:
    oracle = Oracle()
    oracle.ingest(*three_bills())
    content_hash = oracle.relayed().content_hash
    read_settlements(oracle.store, chain=oracle.chain)
    return oracle, content_hash


def test_issue_receipt__settled__verifies_against_the_root_and_names_the_chain() -> None:
    oracle, _ = _settled()
    bill = submitted("A-1002")
    receipt = issue_receipt(bill.purchase.dedupe_key, oracle.issuing)
    assert (receipt.chain_id, receipt.receipts) == (oracle.chain.chain_id, oracle.chain.receipts)
    assert (receipt.purchase, receipt.number, receipt.entry.member) == (bill.purchase, 2, 2)
    assert receipt.leaf == leaf_of(receipt)
    assert verify(receipt.leaf, receipt.proof, oracle.chain._facts.logs[0].root)


def test_issue_receipt__one_digit_changed__verifies_no_more() -> None:
    oracle, _ = _settled()
    receipt = issue_receipt(submitted().purchase.dedupe_key, oracle.issuing)
    forged = replace(receipt, settled=replace(receipt.settled, base=receipt.settled.base + 1))
    assert not verify(leaf_of(forged), forged.proof, oracle.chain._facts.logs[0].root)


def test_issue_receipts__a_report__gives_all_in_order() -> None:
    oracle, content_hash = _settled()
    receipts = list(issue_receipts(content_hash, oracle.issuing))
    assert [(one.partner_id, one.number) for one in receipts] == [(1, 1), (1, 2), (2, 1)]
    assert all(verify(one.leaf, one.proof, oracle.chain._facts.logs[0].root) for one in receipts)
    assert receipts[0] == issue_receipt(submitted().purchase.dedupe_key, oracle.issuing)


def test_issue_receipt__never_sent__is_unknown() -> None:
    with pytest.raises(PurchaseUnknown, match="no SALE “A-1001” of putien from source “till-7”"):
        issue_receipt(submitted().purchase.dedupe_key, Oracle().issuing)


def test_issue_receipt__not_final__has_none_yet() -> None:
    oracle = Oracle()
    oracle.ingest(submitted())
    with pytest.raises(PurchaseNotSettled, match="is accepted"):
        issue_receipt(submitted().purchase.dedupe_key, oracle.issuing)


def test_issue_receipts__not_settled__is_an_error() -> None:
    oracle = Oracle()
    oracle.ingest(submitted())
    with pytest.raises(StoreError, match="no settlement of report"):
        list(issue_receipts(oracle.sealed().content_hash, oracle.issuing))
