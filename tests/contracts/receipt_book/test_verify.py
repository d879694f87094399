"""verify, leafOf, record: a receipt is true only as it was settled.

given a settled report of several partners
  when each of its receipts is verified with its proof       then it is true
  when any word, the lane or the sequence is another          then it is false
  when the proof is empty, shortened, or another receipt's    then it is false
given a report of one purchase
  when its receipt is verified with an empty proof            then it is true
given the settler
  when it records a sequence that is not the lane's next      then ReceiptBookSequenceNotNext
"""

from dataclasses import replace

import pytest
from ape.managers.project import ProjectManager

from milepost.codec import receipt_tree
from milepost.codec.report_bytes import decode_report
from tests.support.contract_programme import PREPAID_PARTNER, Programme
from tests.support.evm import ADMIN, Evm
from tests.support.purchases import an_entry
from tests.support.receipt_words import Words, words_of
from tests.support.refusals import refuses

SETTLER = "0x00000000000000000000000000000000000000Ee"


def _settled(programme: Programme) -> tuple[list[Words], list[tuple[bytes, ...]]]:
    entries = [an_entry(member=member, facts=bytes([member]) * 16) for member in (1, 2, 0, 4)]
    done = programme.settle(
        programme.a_section(*entries), programme.a_section(an_entry(member=9), partner=PREPAID_PARTNER)
    )
    words = words_of(decode_report(done.report), done.results)
    leaves = [one.leaf for one in words]
    return words, [receipt_tree.proof(leaves, i) for i in range(len(leaves))]


def test_verify__each_receipt_of_a_report__is_true(programme: Programme) -> None:
    words, proofs = _settled(programme)
    assert len(words) == 5
    for receipt, proof in zip(words, proofs, strict=True):
        assert programme.receipts.verify(tuple(receipt), proof)
        assert bytes(programme.receipts.leafOf(tuple(receipt))) == receipt.leaf


@pytest.mark.parametrize("bit", [0, 1, 63, 64, 128, 191, 255])
@pytest.mark.parametrize("word", ["entry", "accrual", "grants", "basis", "amended"])
def test_verify__any_bit_of_a_word_changed__is_false(programme: Programme, word: str, bit: int) -> None:
    words, proofs = _settled(programme)
    changed = replace(words[1], **{word: getattr(words[1], word) ^ 1 << bit})
    assert not programme.receipts.verify(tuple(changed), proofs[1])


def test_verify__another_place_or_proof__is_false(programme: Programme) -> None:
    words, proofs = _settled(programme)
    for changed in ({"lane": 1}, {"sequence": 2}, {"sequence": 0}):
        assert not programme.receipts.verify(tuple(replace(words[1], **changed)), proofs[1])
    for proof in ((), proofs[1][:-1], proofs[0], (*proofs[1], bytes(32))):
        assert not programme.receipts.verify(tuple(words[1]), proof)


def test_verify__one_purchase__needs_no_proof(programme: Programme) -> None:
    done = programme.settle(lane=9)
    (words,) = words_of(decode_report(done.report), done.results)
    assert programme.receipts.verify(tuple(words), [])
    assert not programme.receipts.verify(tuple(replace(words, lane=0)), [])


def test_verify__no_report_there__is_false_even_for_a_root_of_0(programme: Programme) -> None:
    assert bytes(programme.receipts.rootOf(5, 1)) == bytes(32)
    assert not programme.receipts.verify((5, 1, 0, 0, 0, 0, 0), [])


@pytest.mark.parametrize("sequence", [0, 1, 3])
def test_record__not_the_next__is_refused(clock: int, project: ProjectManager, sequence: int) -> None:
    evm = Evm(project)
    book = evm.deploy("ReceiptBook", evm.deploy("Authority", ADMIN))
    book.setSettler(SETTLER)
    book.record(7, 1, b"\x01" * 32, sender=SETTLER)
    with refuses("ReceiptBookSequenceNotNext", given=sequence, expected=2):
        book.record(7, sequence, b"\x02" * 32, sender=SETTLER)
    book.record(7, 2, b"\x02" * 32, sender=SETTLER)
    assert (book.rootOf(7, 1), book.rootOf(7, 2), book.nextSequence(7)) == (b"\x01" * 32, b"\x02" * 32, 3)
