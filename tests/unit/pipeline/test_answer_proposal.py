"""Answering another reporter's proposal.

given a reporter whose own store was fed the same
    when a report is proposed                     then it signs the digest that it works out itself
    when it is proposed again                     then it signs the same
    when another cut of the sequence is proposed  then it signs that too
    when the reporters were changed               then it signs for the new set
given a purchase of a report that it signed
    when another sequence holds it too            then it refuses
    when that sequence settled without it         then it signs once that is final
given many cuts of a sequence that it signed
    when the same one proposes more               then it refuses, and signs for others
    when the sequence is final                    then it keeps them no longer
given a settled purchase
    when it is proposed again                     then it refuses, final or not
given a report before it that did not settle      then it waits, whether it signed that or not
given a copy that differs                         then it refuses, with both contents kept
given a directory that lacks members              then that is no disagreement
given a proposal that is not well formed          then it refuses, and never fails otherwise
"""

from dataclasses import dataclass, field, replace

import pytest

from milepost.codec.digest import report_digest
from milepost.codec.report_bytes import decode_report, encode_report
from milepost.domain.errors import MilepostError, ReportMalformed
from milepost.domain.quantities import PurchaseNumber, ReportSequence
from milepost.pipeline.answer_proposal import (
    Answering,
    CopyLacksMembers,
    ProposalRefused,
    ProposalTooEarly,
    answer_proposal,
)
from milepost.pipeline.check_report import CopyLacksPurchases, OwnCopy, ReportDisagreement
from milepost.pipeline.fail_report import fail_report
from milepost.pipeline.ingest_purchase import Ingest, ingest_many
from milepost.pipeline.read_settlements import read_settlements
from milepost.pipeline.relay_report import relay_report
from milepost.pipeline.sign_report import sign_report
from milepost.ports import Proposal, PurchaseState, StoredReport
from milepost.ports.signing import MOST_CUTS
from milepost.testing import FakeMemberLedger, FakeReporter, FixedClock, FixedSecrets
from milepost.testing.memory_members import MemoryMemberDirectory
from milepost.testing.memory_store import MemoryStore
from tests.support.programme import ACCEPT, DEPLOYED, MEMBERS, NOON_S, Oracle, submitted, three_bills

OURS = FakeReporter("reporter e")
THEIRS = FakeReporter("reporter f").address


@dataclass
class Elsewhere:
    """A reporter with a store of its own beside an oracle that proposes."""

    oracle: Oracle
    store: MemoryStore = field(default_factory=MemoryStore)
    members: MemoryMemberDirectory = field(default_factory=lambda: MemoryMemberDirectory(MEMBERS))

    @property
    def answering(self) -> Answering:
        copy = OwnCopy(self.store, self.members, DEPLOYED, FixedSecrets())
        ledger = FakeMemberLedger(self.oracle.chain.books.ledger)
        return Answering(OURS, copy, self.oracle.chain, ledger, FixedClock(NOON_S))

    def feed(self, *records: object) -> None:
        list(ingest_many(records, Ingest(self.store, self.members, ACCEPT, self.oracle.chain)))  # type: ignore[arg-type]

    def signed_cuts(self) -> list[int]:
        with self.store.unit_of_work() as work:
            return [cut.sequence for cut in work.journal.cuts_of(range(1, 10))]

    def answer(self, report: StoredReport, asked_by: str = THEIRS, **changes: object) -> bytes:
        return answer_proposal(
            replace(proposal_of(self.oracle, report), **changes), self.answering, asked_by=asked_by
        )  # type: ignore[arg-type]


def proposal_of(oracle: Oracle, report: StoredReport) -> Proposal:
    with oracle.store.unit_of_work() as work:
        ids = work.reports.purchase_ids(report.content_hash)
        stored = work.purchases.by_ids(ids)
    return Proposal(
        report.lane,
        report.sequence,
        report.report_bytes,
        tuple(stored[one].purchase.dedupe_key for one in ids),
        {section.partner_id: section.first_number for section in report.sections},
    )


def both_fed(*records: object) -> Elsewhere:
    oracle = Oracle()
    oracle.ingest(*records)
    elsewhere = Elsewhere(oracle)
    elsewhere.feed(*records)
    return elsewhere


def digest_of(elsewhere: Elsewhere, report: StoredReport, version: int = 1) -> bytes:
    chain = elsewhere.oracle.chain
    return report_digest(
        chain.chain_id, chain.settlement, reporters_version=version, report_bytes=report.report_bytes
    )


def settle(oracle: Oracle, report: StoredReport) -> None:
    sign_report(report.content_hash, oracle.store, chain=oracle.chain, reporters=oracle.reporters)
    relay_report(report.content_hash, oracle.store, chain=oracle.chain)


def give_up(oracle: Oracle, report: StoredReport) -> None:
    with oracle.store.unit_of_work() as work:
        fail_report(work, report, "a test gave it up")


def test_answer_proposal__the_copy_gives_the_same__signs_its_own_digest() -> None:
    elsewhere = both_fed(*three_bills())
    report = elsewhere.oracle.sealed()
    signature = elsewhere.answer(report)
    assert signature == OURS.sign(digest_of(elsewhere, report))
    assert elsewhere.answer(report) == signature
    assert elsewhere.signed_cuts() == [1]
    with elsewhere.store.unit_of_work() as work:
        assert work.purchases.count_by_state() == {PurchaseState.ACCEPTED: 3}


def test_answer_proposal__the_reporters_changed__signs_for_the_new_set() -> None:
    elsewhere = both_fed(*three_bills())
    report = elsewhere.oracle.sealed()
    elsewhere.answer(report)
    elsewhere.oracle.chain.set_reporters([OURS], quorum=1)
    assert elsewhere.answer(report) == OURS.sign(digest_of(elsewhere, report, version=2))


def test_answer_proposal__another_cut_of_the_sequence__is_signed_too() -> None:
    elsewhere = both_fed(*three_bills())
    first = elsewhere.oracle.sealed()
    elsewhere.answer(first)
    give_up(elsewhere.oracle, first)
    second = elsewhere.oracle.sealed(most=2)
    assert second.content_hash != first.content_hash
    assert elsewhere.answer(second) == OURS.sign(digest_of(elsewhere, second))


def test_answer_proposal__a_purchase_of_a_cut_that_a_reorg_may_bring_back__waits_until_none_can() -> None:
    """Signed for report 1, which settled as another cut: as long as that is not final, both could settle."""
    elsewhere = both_fed(*three_bills())
    oracle = elsewhere.oracle
    oracle.chain.finality = 3
    whole = oracle.sealed()
    elsewhere.answer(whole)
    give_up(oracle, whole)
    half = oracle.sealed(most=2)
    elsewhere.answer(half)
    settle(oracle, half)
    rest = oracle.sealed()
    with pytest.raises(ProposalTooEarly, match="may still settle"):
        elsewhere.answer(rest)
    for _ in range(3):
        oracle.chain.mine()
    assert elsewhere.answer(rest) == OURS.sign(digest_of(elsewhere, rest))


def test_answer_proposal__a_purchase_of_a_later_sequence_after_a_reorg__is_refused() -> None:
    """Report 1 settled and a reorg took it: what was signed for report 2 is not signed for report 1 too."""
    elsewhere = both_fed(*three_bills())
    oracle = elsewhere.oracle
    oracle.chain.finality = 3
    half = oracle.sealed(most=2)
    elsewhere.answer(half)
    settle(oracle, half)
    rest = oracle.sealed()
    elsewhere.answer(rest)
    oracle.chain.reorg(1)
    anew = Oracle(chain=oracle.chain)
    anew.ingest(*three_bills())
    with pytest.raises(ProposalRefused, match="may still settle"):
        answer_proposal(proposal_of(anew, anew.sealed()), elsewhere.answering, asked_by=THEIRS)


def test_answer_proposal__one_proposes_crosswise_to_two_reporters__neither_holds_up_the_lane() -> None:
    """Finding: each had signed report 2 with what the other one had in report 1, and signed nothing more."""
    elsewhere = both_fed(*three_bills())
    oracle = elsewhere.oracle
    other = Elsewhere(oracle)
    other.feed(*three_bills())
    half = oracle.sealed(most=2)
    elsewhere.answer(half)
    with pytest.raises(ProposalTooEarly, match="Report 1 of lane 0 is not settled"):
        elsewhere.answer(oracle.sealed())
    crosswise = Oracle()
    crosswise.ingest(*reversed(list(three_bills())))
    other_half = crosswise.sealed(most=1)
    proposed = proposal_of(crosswise, other_half)
    assert not set(proposed.keys) & set(proposal_of(oracle, half).keys)
    answer_proposal(proposed, other.answering, asked_by=THEIRS)
    with pytest.raises(ProposalTooEarly, match="Report 1 of lane 0 is not settled"):
        answer_proposal(proposal_of(crosswise, crosswise.sealed()), other.answering, asked_by=THEIRS)
    assert other.answer(half) == elsewhere.answer(half)
    settle(oracle, half)
    read_settlements(oracle.store, chain=oracle.chain)


def test_answer_proposal__a_settled_purchase_in_a_new_report__is_refused() -> None:
    elsewhere = both_fed(*three_bills())
    oracle = elsewhere.oracle
    oracle.chain.finality = 3
    report = oracle.sealed()
    settle(oracle, report)
    with pytest.raises(ProposalRefused, match="settled already"):
        elsewhere.answer(report)
    again = _moved_on(report)
    with pytest.raises(ProposalTooEarly, match="not final yet"):
        answer_proposal(
            replace(
                proposal_of(oracle, report),
                sequence=again.sequence,
                report_bytes=again.report_bytes,
                first_numbers={section.partner_id: section.first_number for section in again.sections},
            ),
            elsewhere.answering,
            asked_by=THEIRS,
        )
    for _ in range(3):
        oracle.chain.mine()
    with pytest.raises(ProposalRefused, match="settled already"):
        answer_proposal(
            replace(
                proposal_of(oracle, report),
                sequence=again.sequence,
                report_bytes=again.report_bytes,
                first_numbers={section.partner_id: section.first_number for section in again.sections},
            ),
            elsewhere.answering,
            asked_by=THEIRS,
        )


def _moved_on(report: StoredReport) -> StoredReport:
    """The same purchases once more, as the next report with the next numbers."""
    found = decode_report(report.report_bytes)
    sections = tuple(
        replace(section, first_number=PurchaseNumber(section.first_number + len(section.entries)))
        for section in found.sections
    )
    later = replace(found, sequence=ReportSequence(found.sequence + 1), sections=sections)
    stored = tuple(
        replace(one, first_number=PurchaseNumber(one.first_number + one.count)) for one in report.sections
    )
    return replace(report, sequence=later.sequence, report_bytes=encode_report(later), sections=stored)


@pytest.mark.parametrize("signed_it", [True, False])
def test_answer_proposal__the_report_before_did_not_settle__waits_for_it(signed_it: bool) -> None:
    elsewhere = both_fed(*three_bills())
    oracle = elsewhere.oracle
    first, second = oracle.sealed(most=2), oracle.sealed()
    if signed_it:
        elsewhere.answer(first)
    with pytest.raises(ProposalTooEarly, match="Report 1 of lane 0 is not settled"):
        elsewhere.answer(second)
    assert elsewhere.signed_cuts() == ([1] if signed_it else [])
    settle(oracle, first)
    elsewhere.answer(second)
    with elsewhere.store.unit_of_work() as work:
        assert work.purchases.count_by_state()[PurchaseState.SETTLED_FINAL] == 2


def _cut_with_first_number(elsewhere: Elsewhere, report: StoredReport, number: int) -> dict[str, object]:
    """The same purchases under other numbers: a proposer makes up as many of these as it likes."""
    found = decode_report(report.report_bytes)
    sections = tuple(replace(one, first_number=PurchaseNumber(number)) for one in found.sections)
    return {
        "report_bytes": encode_report(replace(found, sections=sections)),
        "first_numbers": {one.partner_id: PurchaseNumber(number) for one in report.sections},
    }


def test_answer_proposal__one_proposer_has_cut_after_cut_signed__has_so_many_and_holds_up_nobody() -> None:
    """Finding: each was kept for ever, so one reporter of the set could fill the disk of another."""
    elsewhere = both_fed(*three_bills())
    oracle = elsewhere.oracle
    report = oracle.sealed()
    for number in range(1, MOST_CUTS + 1):
        elsewhere.answer(report, **_cut_with_first_number(elsewhere, report, number))
    beyond = _cut_with_first_number(elsewhere, report, MOST_CUTS + 1)
    with pytest.raises(ProposalRefused, match=f"signed {MOST_CUTS} cuts of report 1 of lane 0 for {THEIRS}"):
        elsewhere.answer(report, **beyond)
    # One that it has is given again, and others are asked by whom they may be.
    elsewhere.answer(report)
    elsewhere.answer(report, asked_by=OURS.address, **beyond)
    assert elsewhere.signed_cuts() == [1] * (MOST_CUTS + 1)
    settle(oracle, report)
    oracle.ingest(submitted("later"))
    elsewhere.feed(submitted("later"))
    elsewhere.answer(oracle.sealed())
    assert elsewhere.signed_cuts() == [2]


def test_answer_proposal__an_invented_purchase__is_never_signed() -> None:
    elsewhere = both_fed(*three_bills())
    elsewhere.oracle.ingest(submitted("never at a till"))
    with pytest.raises(CopyLacksPurchases):
        elsewhere.answer(elsewhere.oracle.sealed())
    assert elsewhere.signed_cuts() == []


def test_answer_proposal__the_copy_differs__keeps_both_contents_once() -> None:
    elsewhere = Elsewhere(Oracle())
    elsewhere.oracle.ingest(*three_bills())
    elsewhere.feed(submitted("A-1001", eligible_minor=1), *list(three_bills())[1:])
    report = elsewhere.oracle.sealed()
    for _ in range(2):
        with pytest.raises(ReportDisagreement) as caught:
            elsewhere.answer(report)
    with elsewhere.store.unit_of_work() as work:
        (kept,) = work.journal.disagreements()
    assert elsewhere.signed_cuts() == []
    assert (kept.proposed, kept.own) == (report.report_bytes, caught.value.own_bytes)


def test_answer_proposal__members_not_imported_yet__is_no_disagreement() -> None:
    elsewhere = Elsewhere(Oracle(), members=MemoryMemberDirectory(MEMBERS[:1]))
    elsewhere.oracle.ingest(*three_bills())
    elsewhere.feed(*three_bills())
    with pytest.raises(CopyLacksMembers, match="members import --restore"):
        elsewhere.answer(elsewhere.oracle.sealed())


def test_answer_proposal__the_store_of_a_worker__is_refused() -> None:
    oracle = Oracle()
    oracle.ingest(*three_bills())
    shared = Elsewhere(oracle, store=oracle.store)  # type: ignore[arg-type]
    with pytest.raises(ProposalRefused, match="a store of its own"):
        shared.answer(oracle.sealed())


def test_answer_proposal__follows_the_chain_of_others__links_what_it_never_signed() -> None:
    elsewhere = both_fed(*three_bills())
    oracle = elsewhere.oracle
    oracle.relayed()
    read_settlements(oracle.store, chain=oracle.chain)
    more = submitted("A-2001")
    oracle.ingest(more)
    elsewhere.feed(more)
    elsewhere.answer(oracle.sealed())
    with elsewhere.store.unit_of_work() as work:
        assert work.purchases.count_by_state()[PurchaseState.SETTLED_FINAL] == 3


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"keys": ()}, ProposalRefused),
        ({"report_bytes": b"\x00"}, ReportMalformed),
        ({"sequence": 2}, ReportMalformed),
        ({"lane": 7}, ReportMalformed),
        ({"first_numbers": {}}, ReportMalformed),
    ],
)
def test_answer_proposal__not_well_formed__is_refused(
    changes: dict[str, object], error: type[MilepostError]
) -> None:
    elsewhere = both_fed(*three_bills())
    with pytest.raises(error):
        elsewhere.answer(elsewhere.oracle.sealed(), **changes)


def test_answer_proposal__names_fewer_or_too_many_purchases__is_refused() -> None:
    elsewhere = both_fed(*three_bills())
    report = elsewhere.oracle.sealed()
    keys = proposal_of(elsewhere.oracle, report).keys
    with pytest.raises(ReportMalformed, match="another number of purchases"):
        elsewhere.answer(report, keys=keys[:2])
    with pytest.raises(ProposalRefused, match="1 to 500"):
        elsewhere.answer(report, keys=keys * 200)
    with pytest.raises(ReportDisagreement):
        elsewhere.answer(report, keys=(keys[0], keys[0], keys[2]))
