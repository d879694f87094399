"""The vectors that other languages read are what the codec writes today, and the codec reads them back."""

import json

import pytest

from milepost.codec import receipt_tree
from milepost.codec.report_bytes import decode_report, encode_report
from milepost.codec.results import decode_results, encode_results
from tests.vectors import generate

VECTORS = json.loads(generate.PATH.read_text(encoding="utf-8"))


def test_vectors__generated_again__equal_the_file() -> None:
    """If it differs by intent, run `python -m tests.vectors.generate` and write a decision record."""
    assert generate.text() == generate.PATH.read_text(encoding="utf-8")


@pytest.mark.parametrize("vector", VECTORS["reports"], ids=lambda vector: vector["name"])
def test_vectors__bytes_and_results_read__written_the_same(vector: dict) -> None:
    report_bytes, results = (bytes.fromhex(vector[key][2:]) for key in ("bytes", "results"))
    assert encode_report(decode_report(report_bytes)) == report_bytes
    assert encode_results(decode_results(results)) == results
    assert decode_report(report_bytes).purchase_count == len(decode_results(results))


@pytest.mark.parametrize("vector", VECTORS["reports"], ids=lambda vector: vector["name"])
def test_vectors__each_proof__leads_to_the_root(vector: dict) -> None:
    for receipt in vector["receipts"]:
        proof = [bytes.fromhex(sibling[2:]) for sibling in receipt["proof"]]
        leaf, root = bytes.fromhex(receipt["leaf"][2:]), bytes.fromhex(vector["root"][2:])
        assert receipt_tree.verify(leaf, proof, root)
