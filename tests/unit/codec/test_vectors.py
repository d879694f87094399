"""The vectors that other languages read are what the codec writes today, and the codec reads them back."""

import json

import pytest

from milepost.codec import receipt_tree
from milepost.codec.receipt_leaf import leaf, settled_words
from milepost.codec.report_bytes import decode_report, encode_report
from milepost.codec.results import decode_results, decode_sections, encode_results
from tests.vectors import generate

VECTORS = json.loads(generate.PATH.read_text(encoding="utf-8"))


def test_vectors__generated_again__equal_the_file() -> None:
    """If it differs by intent, run `python -m tests.vectors.generate` and write a decision record."""
    assert generate.text() == generate.PATH.read_text(encoding="utf-8")


@pytest.mark.parametrize("vector", VECTORS["reports"], ids=lambda vector: vector["name"])
def test_vectors__bytes_and_results_read__written_the_same(vector: dict) -> None:
    report_bytes, results = (bytes.fromhex(vector[key][2:]) for key in ("bytes", "results"))
    assert encode_report(decode_report(report_bytes)) == report_bytes
    report = decode_report(report_bytes)
    assert encode_results(decode_sections(results, report)) == results
    assert report.purchase_count == len(decode_results(results, report))


@pytest.mark.parametrize("vector", VECTORS["reports"], ids=lambda vector: vector["name"])
def test_vectors__bytes_and_results__give_every_leaf(vector: dict) -> None:
    report = decode_report(bytes.fromhex(vector["bytes"][2:]))
    settled = decode_results(bytes.fromhex(vector["results"][2:]), report)
    words = [settled_words(placed, one) for placed, one in zip(report.placed(), settled, strict=True)]
    names = ("entry", "accrual", "grants", "basis", "amended")
    for receipt, own in zip(vector["receipts"], words, strict=True):
        assert tuple(int(receipt[name], 16) for name in names) == own
        assert receipt["leaf"] == "0x" + leaf(*own).hex()


@pytest.mark.parametrize("vector", VECTORS["reports"], ids=lambda vector: vector["name"])
def test_vectors__each_proof__leads_to_the_root(vector: dict) -> None:
    for receipt in vector["receipts"]:
        proof = [bytes.fromhex(sibling[2:]) for sibling in receipt["proof"]]
        leaf, root = bytes.fromhex(receipt["leaf"][2:]), bytes.fromhex(vector["root"][2:])
        assert receipt_tree.verify(leaf, proof, root)
