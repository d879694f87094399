"""settle: what a refund brings is not true, not the newest, or not its own.

given a sale that was settled
  when a refund brings nothing                               then original_not_found, in version 1 unproven
  when no root stands where its receipt is said to           then unproven
  when a bit of a word or of its proof differs               then unproven
  when the sale was amended since, or earlier in the report  then unproven, until it brings the newest
  when it is another partner's or another member's           then receipt_not_true
  when it is of an entry that is no SALE and changed nothing then receipt_not_true
  when the refund's facts are the receipt's                  then already_refunded
  when it returns more than is left, or amends below what was refunded  then exceeds_bill
  then nothing changes but the numbers, and no head is written
"""

from dataclasses import replace

import pytest

from milepost.codec.report_bytes import encode_report
from milepost.domain.outcome import Outcome
from milepost.domain.report import Attachment, Entry, Report
from tests.support.contract_programme import OPEN_PARTNER, PREPAID_PARTNER, Programme
from tests.support.refunding import (
    a_refund,
    a_sale,
    a_void,
    amend,
    an_amend,
    attached,
    signed_as_it_is,
)
from tests.support.refusals import refuses

FLIPPED = 1 << 77


def _outcome(programme: Programme, entry: Entry, attachment: Attachment | None, **where: int) -> Outcome:
    """Of one entry that must change nothing."""
    before = (programme.ledger.accountWord(1), programme.ledger.totals())
    done = amend(programme, [entry], [attachment], **where)
    (result,) = done.results
    assert (programme.ledger.accountWord(1), programme.ledger.totals()) == before
    assert result.amendment is None
    assert bytes(programme.receipts.headOf(OPEN_PARTNER, 1)) == bytes(32)
    assert (result.base, result.grants, result.last_day) == (0, (), 0)
    return result.outcome


def test_settle__refund_of_a_purchase_nobody_knows__is_original_not_found(programme: Programme) -> None:
    assert _outcome(programme, a_refund(100), None) is Outcome.ORIGINAL_NOT_FOUND


def test_settle__refund_in_a_report_of_version_1__is_unproven(programme: Programme) -> None:
    done = programme.settle(programme.a_section(a_sale(), a_refund(100)))
    assert [one.outcome for one in done.results] == [Outcome.CREDITED, Outcome.UNPROVEN]


@pytest.mark.parametrize("where", [{"lane": 1}, {"sequence": 0}, {"sequence": 2}, {"sequence": 3}])
def test_settle__no_such_report__is_unproven(programme: Programme, where: dict[str, int]) -> None:
    receipt = attached(programme.settle(programme.a_section(a_sale())))
    assert _outcome(programme, a_refund(100), replace(receipt, **where)) is Outcome.UNPROVEN


@pytest.mark.parametrize("word", ["entry", "accrual", "grants", "basis", "amended"])
def test_settle__word_forged__is_unproven(programme: Programme, word: str) -> None:
    done = programme.settle(programme.a_section(a_sale(), a_sale(member=2), a_sale(member=3)))
    receipt = attached(done, 2)
    forged = replace(receipt, **{word: getattr(receipt, word) ^ FLIPPED})
    assert _outcome(programme, a_refund(100, member=3), forged) is Outcome.UNPROVEN


def test_settle__proof_of_another_place__is_unproven(programme: Programme) -> None:
    done = programme.settle(programme.a_section(*(a_sale(member=i) for i in (1, 2, 3))))
    for proof in ((), attached(done, 1).proof, (*attached(done, 0).proof, bytes(32)), (bytes(32),) * 32):
        assert _outcome(programme, a_refund(9), replace(attached(done), proof=proof)) is Outcome.UNPROVEN


def test_settle__receipt_of_another_partner__is_not_true(programme: Programme) -> None:
    receipt = attached(programme.settle(programme.a_section(a_sale())))
    found = _outcome(programme, a_refund(100), receipt, partner=PREPAID_PARTNER)
    assert found is Outcome.RECEIPT_NOT_TRUE


@pytest.mark.parametrize("member", [0, 2, 101])
def test_settle__receipt_of_another_member__is_not_true(programme: Programme, member: int) -> None:
    receipt = attached(programme.settle(programme.a_section(a_sale())))
    assert _outcome(programme, a_refund(100, member=member), receipt) is Outcome.RECEIPT_NOT_TRUE
    assert _outcome(programme, an_amend(100, member=member), receipt) is Outcome.RECEIPT_NOT_TRUE


@pytest.mark.parametrize("refused", [Outcome.UNPROVEN, Outcome.ORIGINAL_NOT_FOUND, Outcome.EXCEEDS_BILL])
def test_settle__receipt_of_a_refund_that_changed_nothing__is_not_true(
    programme: Programme, refused: Outcome
) -> None:
    sale = attached(programme.settle(programme.a_section(a_sale(100))))
    forged = replace(sale, basis=sale.basis ^ FLIPPED)
    brought = {Outcome.UNPROVEN: forged, Outcome.ORIGINAL_NOT_FOUND: None, Outcome.EXCEEDS_BILL: sale}
    done = amend(programme, [a_refund(101)], [brought[refused]])
    assert [one.outcome for one in done.results] == [refused]
    assert _outcome(programme, a_refund(50), attached(done)) is Outcome.RECEIPT_NOT_TRUE


def test_settle__facts_of_the_receipt_again__is_already_refunded(programme: Programme) -> None:
    sale = a_sale()
    receipt = attached(programme.settle(programme.a_section(sale)))
    assert _outcome(programme, a_refund(100, facts=sale.facts), receipt) is Outcome.ALREADY_REFUNDED


def test_settle__more_than_the_bill__exceeds_it(programme: Programme) -> None:
    receipt = attached(programme.settle(programme.a_section(a_sale(40_000))))
    assert _outcome(programme, a_refund(40_001), receipt) is Outcome.EXCEEDS_BILL
    assert _outcome(programme, a_refund(2**40 - 1), receipt) is Outcome.EXCEEDS_BILL


@pytest.mark.parametrize(
    ("cut", "more"), [(1, b""), (40, b""), (0, b"\x00"), (0, bytes(32)), (171, b""), (171, b"\x21")]
)
def test_settle__attachment_cut_or_gone_on__is_refused_by_name(
    programme: Programme, cut: int, more: bytes
) -> None:
    receipt = attached(programme.settle(programme.a_section(a_sale())))
    section = programme.a_section(a_void())
    report = encode_report(Report(0, 2, (section,), (receipt,)))
    spoiled = report[: len(report) - cut] + more
    for refused in (programme.settlement.check, programme.settlement.settle):
        with refuses("SettlementAttachmentMalformed"):
            refused(spoiled, signed_as_it_is(programme, spoiled), sender=programme.relayer)


@pytest.mark.parametrize("siblings", [33, 34, 254])
def test_settle__too_many_siblings__is_refused_by_name(programme: Programme, siblings: int) -> None:
    receipt = attached(programme.settle(programme.a_section(a_sale())))
    report = encode_report(Report(0, 2, (programme.a_section(a_void()),), (receipt,)))
    at = 15 + 15 + 32
    spoiled = report[:at] + bytes([siblings]) + report[at + 1 :] + bytes(32 * siblings)
    with refuses("SettlementAttachmentMalformed", position=at):
        programme.settlement.settle(spoiled, signed_as_it_is(programme, spoiled), sender=programme.relayer)


def test_settle__report_of_version_2_with_sales_alone__settles(programme: Programme) -> None:
    done = amend(programme, [a_sale()], [])
    assert [one.outcome for one in done.results] == [Outcome.CREDITED]
    assert done.report[0] == 2
