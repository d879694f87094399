"""Rebuilding a store that is older than the chain, on the shipped fakes.

given a store as it was before reports were settled, and the feeds
                                         then it knows each, and settling goes on with the next numbers
    when killed between any two units    then the next run finishes
    when run again                       then nothing is new
given a feed is missing                  then its report is named, and that and the later ones wait
given local reports in place of settled  then they are failed, and their purchases found in the settled ones
given members in another order, merged, forgotten, or enrolled since
                                         then it is refused, merged again, kept forgotten, or taken
given a bill of which another version is stored, or that is settled twice
                                         then the settled one stands, or it stops
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from milepost.codec.report_bytes import decode_report
from milepost.domain.adjustment import AdjustmentKind, AdjustmentReason
from milepost.domain.purchase import PurchaseKind, SubmittedPurchase
from milepost.domain.quantities import ReportSequence
from milepost.pipeline.build_report import ReportBuilder, cut_of
from milepost.pipeline.read_settlements import read_settlements
from milepost.pipeline.rebuild_store import MembersMismatch, RebuiltStore, rebuild_store
from milepost.pipeline.reconcile import StoreBehind, reconcile
from milepost.pipeline.relay_report import relay_report
from milepost.pipeline.restore_purchases import Rebuilding, SettledTwice
from milepost.pipeline.seal_report import seal_report, sealed_report
from milepost.pipeline.sign_report import sign_report
from milepost.pipeline.states import move_purchases
from milepost.ports import AdjustmentProposal, PurchaseState, Rejection, ReportState, Work
from milepost.testing import FakeAdjustmentDesk, MemoryMemberDirectory, MemoryStore
from tests.support.programme import DEPLOYED, MEMBERS, Oracle, submitted

FIRST = (submitted("A-1"), submitted("A-2", MEMBERS[1]))
SECOND = (submitted("A-3", MEMBERS[2]), submitted("B-1", MEMBERS[1], partner="tamarind"))
THIRD = (submitted("A-4"), submitted("B-2", "nobody", partner="tamarind"))
ALL = (*FIRST, *SECOND, *THIRD)
LATER = submitted("A-9", MEMBERS[1])


def _settle(oracle: Oracle, *bills: SubmittedPurchase) -> bytes:
    """Settle bills in a report of their own, all the way to final."""
    oracle.ingest(*bills)
    report_hash = oracle.relayed().content_hash
    read_settlements(oracle.store, chain=oracle.chain)
    return report_hash


def _settled_thrice() -> tuple[Oracle, list[bytes]]:
    oracle = Oracle()
    return oracle, [_settle(oracle, *bills) for bills in (FIRST, SECOND, THIRD)]


def _with_store(oracle: Oracle, store: MemoryStore | None = None) -> Oracle:
    """The same programme on the same chain with another store, empty unless given."""
    return replace(oracle, store=store or MemoryStore())


def _rebuild(oracle: Oracle, *feed: SubmittedPurchase | Rejection) -> RebuiltStore:
    rebuilding = Rebuilding(oracle.store, oracle.members, DEPLOYED, oracle.secrets)
    return rebuild_store(feed, rebuilding, oracle.chain)


def _assert_goes_on(oracle: Oracle) -> None:
    """The next bill is settled under the next numbers, and every sum agrees."""
    read_settlements(oracle.store, chain=oracle.chain)
    _settle(oracle, LATER)
    assert set(oracle.states()) == {"settled_final"}
    found = reconcile(oracle.store, oracle.chain)
    assert (found.difference, found.numbers) == (0, ())


def test_rebuild_store__lost_store__knows_every_report_and_goes_on() -> None:
    settled, reports = _settled_thrice()
    oracle = _with_store(settled)
    rebuilt = _rebuild(oracle, Rejection(2, "bad_amount", "No amount."), *ALL)
    assert rebuilt == RebuiltStore(tuple(reports), purchases=6, restored=6, missing=())
    with oracle.store.unit_of_work() as work, settled.store.unit_of_work() as before:
        for report_hash in reports:
            assert work.receipts.log_of(report_hash) == before.receipts.log_of(report_hash)
            assert work.reports.get(report_hash) == before.reports.get(report_hash)
        for bill in ALL:
            assert _result(work, bill) == _result(before, bill)
        assert work.receipts.totals() == before.receipts.totals()
    _assert_goes_on(oracle)


def _result(work: Work, bill: SubmittedPurchase) -> object:
    stored = work.purchases.by_key(bill.purchase.dedupe_key)
    assert stored is not None
    found = work.receipts.of_purchase(stored.purchase_id)
    assert found is not None
    return replace(found, purchase_id=0), stored.member_key


def test_rebuild_store__old_copy__takes_what_it_lacks() -> None:
    oracle = Oracle()
    first = _settle(oracle, *FIRST)
    copied = _with_store(oracle, copy.deepcopy(oracle.store))
    reports = [_settle(oracle, *SECOND), _settle(oracle, *THIRD)]
    rebuilt = _rebuild(copied, *ALL)
    assert first not in rebuilt.reports
    assert rebuilt == RebuiltStore(tuple(reports), purchases=4, restored=4, missing=())
    _assert_goes_on(copied)


def test_rebuild_store__run_again__finds_nothing_new() -> None:
    oracle = _with_store(_settled_thrice()[0])
    _rebuild(oracle, *ALL)
    assert _rebuild(oracle, *ALL) == RebuiltStore((), 0, 0, ())
    read_settlements(oracle.store, chain=oracle.chain)
    assert _rebuild(oracle, *ALL) == RebuiltStore((), 0, 0, ())


def test_rebuild_store__bills_too_old_by_now__are_stored_all_the_same() -> None:
    oracle = _with_store(_settled_thrice()[0])
    oracle.chain.advance_to(oracle.chain.now() + 400 * 86_400)
    assert _rebuild(oracle, *ALL).purchases == 6
    assert [str(answer.kind) for answer in oracle.ingest(*ALL)] == ["duplicate"] * 6


def test_rebuild_store__bills_of_no_report__are_left_to_ingest() -> None:
    oracle = _with_store(_settled_thrice()[0])
    _rebuild(oracle, *ALL, LATER)
    assert oracle.states() == {"settled_final": 6}
    assert [str(answer.kind) for answer in oracle.ingest(*ALL, LATER)] == ["duplicate"] * 6 + ["accepted"]


class KilledStore(MemoryStore):
    """A store whose process ends after so many units of work: what the last ones hold is not committed."""

    def __init__(self, kept: MemoryStore, units: int) -> None:
        self.kept, self.units = kept, units

    @contextmanager
    def unit_of_work(self) -> Iterator[Work]:
        self.units -= 1
        with self.kept.unit_of_work() as work:
            yield work
            if self.units < 0:
                raise KeyboardInterrupt


@pytest.mark.parametrize("units", range(14))
def test_rebuild_store__killed_after_any_unit__is_finished_by_the_next_run(units: int) -> None:
    settled, reports = _settled_thrice()
    kept = MemoryStore()
    killed = _with_store(settled, KilledStore(kept, units))
    with pytest.raises(KeyboardInterrupt):
        _rebuild(killed, *ALL)
    oracle = _with_store(settled, kept)
    _rebuild(oracle, *ALL)
    assert oracle.states() == {"settled_final": 6}
    assert [str(oracle.report(report_hash).state) for report_hash in reports] == ["final"] * 3
    _assert_goes_on(oracle)


def test_rebuild_store__a_bill_is_missing__is_named_and_its_report_and_later_ones_wait() -> None:
    settled, reports = _settled_thrice()
    oracle = _with_store(settled)
    rebuilt = _rebuild(oracle, *FIRST, SECOND[0], THIRD[0])
    assert rebuilt.reports == tuple(reports[:1])
    assert [(one.sequence, one.partner, one.numbers) for one in rebuilt.missing] == [
        (2, "tamarind", (1,)),
        (3, "tamarind", (2,)),
    ]
    assert oracle.states() == {"settled_final": 2, "accepted": 2}
    with pytest.raises(StoreBehind, match="Run milepost store rebuild"):
        oracle.sealed()
    with pytest.raises(StoreBehind, match="Run milepost store rebuild"):
        read_settlements(oracle.store, chain=oracle.chain)
    assert _rebuild(oracle, *SECOND, *THIRD).reports == tuple(reports[1:])
    _assert_goes_on(oracle)


def _sealed_and_more(oracle: Oracle, until: ReportState) -> bytes:
    report = seal_report(0, oracle.sealing, oracle.chain)
    assert report is not None
    if until is not ReportState.SEALED:
        sign_report(report.content_hash, oracle.store, chain=oracle.chain, reporters=oracle.reporters)
    if until in (ReportState.RELAYING, ReportState.APPLIED):
        oracle.chain.automine = until is ReportState.APPLIED
        relay_report(report.content_hash, oracle.store, chain=oracle.chain)
        oracle.chain.forget_pool()
        oracle.chain.automine = True
    return report.content_hash


@pytest.mark.parametrize(
    "until", [ReportState.SEALED, ReportState.SIGNED, ReportState.RELAYING, ReportState.APPLIED]
)
def test_rebuild_store__copy_with_another_cut_under_way__fails_it_and_finds_its_bills(
    until: ReportState,
) -> None:
    """The copy holds report 1 of two bills; the chain settled one of them and a third under that number."""
    ours = Oracle()
    ours.ingest(*FIRST)
    rival = _sealed_and_more(ours, until)
    if until is ReportState.APPLIED:
        ours.chain.reorg(1)
    theirs = _with_store(ours)
    settled = _settle(theirs, FIRST[1], SECOND[0])
    rebuilt = _rebuild(ours, *FIRST, *SECOND)
    assert (rebuilt.reports, rebuilt.restored, rebuilt.missing) == ((settled,), 1, ())
    assert ours.report(rival).failure == "another cut of its sequence was settled"
    assert ours.states() == {"settled_final": 2, "accepted": 1}
    # A-1 was not in the settled cut: it goes into the next report, under the next sequence and number.
    following = ours.sealed()
    (section,) = decode_report(following.report_bytes).sections
    assert (following.sequence, section.first_number, len(section.entries)) == (ReportSequence(2), 3, 1)


def test_rebuild_store__settled_by_a_cut_given_up_here__takes_it_back() -> None:
    """The copy gave report 1 up and sealed another one; the chain settled the one given up, and one more."""
    ours = Oracle()
    ours.ingest(*FIRST)
    ours.chain.automine = False
    given_up = ours.signed()
    relay_report(given_up.content_hash, ours.store, chain=ours.chain)
    ours.chain.refuses_reports = True
    ours.chain.mine()
    ours.chain.refuses_reports, ours.chain.automine = False, True
    relay_report(given_up.content_hash, ours.store, chain=ours.chain)
    assert ours.report(given_up.content_hash).state is ReportState.FAILED
    theirs = _with_store(ours, copy.deepcopy(ours.store))
    ours.ingest(submitted("A-0"))
    replacement = ours.sealed().content_hash
    again = theirs.relayed()
    assert again.content_hash == given_up.content_hash
    read_settlements(theirs.store, chain=theirs.chain)
    second = _settle(theirs, *SECOND)
    rebuilt = _rebuild(ours, *SECOND)
    assert rebuilt.reports == (given_up.content_hash, second)
    assert ours.report(replacement).failure == "another cut of its sequence was settled"
    assert ours.states() == {"settled_final": 4, "accepted": 1}
    _assert_goes_on(ours)


def test_rebuild_store__members_in_another_order__is_refused_with_both_ids_and_links_nothing() -> None:
    settled, _ = _settled_thrice()
    swapped = MemoryMemberDirectory((MEMBERS[1], MEMBERS[0], MEMBERS[2]))
    oracle = replace(_with_store(settled), members=swapped)
    with pytest.raises(MembersMismatch) as refused:
        _rebuild(oracle, *ALL)
    assert "Report 1 of lane 0" in str(refused.value)
    assert "member 1 for “A-1” of putien, which is member 2's here" in str(refused.value)
    assert not any(number in str(refused.value) for number in MEMBERS)
    assert oracle.states() == {"accepted": 6}
    with oracle.store.unit_of_work() as work:
        assert work.reports.in_states(*ReportState) == []


def test_rebuild_store__many_members_differ__names_five_and_counts_the_rest() -> None:
    oracle = Oracle()
    bills = [submitted(f"A-{number}") for number in range(7)]
    _settle(oracle, *bills)
    others = replace(_with_store(oracle), members=MemoryMemberDirectory(("x", "y", "z")))
    with pytest.raises(MembersMismatch, match="which is nobody's here; and 2 more"):
        _rebuild(others, *bills)


def test_rebuild_store__card_replaced_since__goes_on_once_it_is_replaced_again() -> None:
    oracle = Oracle()
    _settle(oracle, submitted("A-1"))
    oracle.members.replace(MEMBERS[0], "new card")
    new_card = submitted("A-2", "new card")
    _settle(oracle, new_card)
    lost = replace(_with_store(oracle), members=MemoryMemberDirectory(MEMBERS))
    with pytest.raises(MembersMismatch, match="milepost members replace"):
        _rebuild(lost, submitted("A-1"), new_card)
    assert lost.states() == {"settled_final": 1, "accepted": 1}
    lost.members.replace(MEMBERS[0], "new card")
    assert _rebuild(lost, submitted("A-1"), new_card).purchases == 1


def test_rebuild_store__members_merged_on_chain__lead_to_one_account_again() -> None:
    """A bill was settled for each account, and one after the merge; the restored directory knows of none."""
    oracle = Oracle()
    _settle(oracle, submitted("A-1", MEMBERS[0]), submitted("A-2", MEMBERS[1]))
    support, approver = (FakeAdjustmentDesk(oracle.chain, name) for name in ("support", "approver"))
    merge = AdjustmentProposal(AdjustmentKind.MERGE, member=1, into=2, reason=AdjustmentReason.SAME_PERSON)
    approver.approve(support.propose(merge, nonce=support.next_nonce()))
    oracle.members.merge(1, 2)
    _settle(oracle, submitted("A-3", MEMBERS[0]))
    lost = replace(_with_store(oracle), members=MemoryMemberDirectory(MEMBERS))
    bills = [submitted("A-1"), submitted("A-2", MEMBERS[1]), submitted("A-3")]
    assert _rebuild(lost, *bills).purchases == 3
    assert lost.members.heir_of(1) == 2
    assert _rebuild(lost, *bills).purchases == 0
    read_settlements(lost.store, chain=lost.chain)
    with lost.store.unit_of_work() as work:
        assert [log.adjustment.kind for log in work.adjustments.of_members([1])] == [AdjustmentKind.MERGE]


def test_rebuild_store__forgotten_member__stays_forgotten() -> None:
    oracle, _ = _settled_thrice()
    oracle.members.forget(MEMBERS[1])
    lost = _with_store(oracle)
    assert _rebuild(lost, *ALL).purchases == 6
    with lost.store.unit_of_work() as work:
        assert work.purchases.by_key(FIRST[1].purchase.dedupe_key).member_key is None
        assert work.purchases.by_key(FIRST[0].purchase.dedupe_key).member_key is not None
    assert [str(answer.kind) for answer in lost.ingest(FIRST[1])] == ["duplicate"]


def test_rebuild_store__enrolled_after_the_bill_was_settled__is_no_mismatch() -> None:
    oracle = _with_store(_settled_thrice()[0])
    enrolled = replace(oracle, members=MemoryMemberDirectory((*MEMBERS, "nobody")))
    assert _rebuild(enrolled, *ALL).purchases == 6


def test_rebuild_store__another_version_came_first__the_settled_one_stands() -> None:
    oracle = _with_store(_settled_thrice()[0])
    wrong = submitted("A-1", gross_minor=99_900, eligible_minor=99_900)
    oracle.ingest(wrong)
    assert _rebuild(oracle, *ALL).purchases == 6
    with oracle.store.unit_of_work() as work:
        assert work.purchases.by_key(wrong.purchase.dedupe_key).purchase == FIRST[0].purchase
        (conflict,) = work.purchases.conflicts()
    assert conflict.record.purchase == wrong.purchase
    assert [str(answer.kind) for answer in oracle.ingest(wrong, FIRST[0])] == ["conflict", "duplicate"]


def test_rebuild_store__rows_that_differ_in_the_member_only__takes_whom_the_chain_credited() -> None:
    oracle = _with_store(_settled_thrice()[0])
    assert _rebuild(oracle, *ALL, submitted("A-1", MEMBERS[2])).purchases == 6
    other = _with_store(oracle)
    assert _rebuild(other, submitted("A-1", MEMBERS[2]), *ALL).purchases == 6


def test_rebuild_store__a_bill_settled_twice__stops() -> None:
    """INV-2's promise of the reporters: two receipts with the same facts prove a breach to anyone."""
    oracle = Oracle()
    _settle(oracle, FIRST[0])
    _settle_again(_with_store(oracle), FIRST[0])
    with pytest.raises(SettledTwice, match="“A-1” of putien was settled twice"):
        _rebuild(oracle, FIRST[0])
    with pytest.raises(SettledTwice, match="partner number 1 in report 2 was settled twice"):
        _rebuild(_with_store(oracle), FIRST[0])


def _settle_again(oracle: Oracle, bill: SubmittedPurchase) -> None:
    """What honest reporters never do: settle a bill of report 1 in report 2, under the next number."""
    oracle.ingest(bill)
    with oracle.store.unit_of_work() as work:
        accepted = work.purchases.accepted(["putien"], most=1)
    ids = oracle.members.ids_of([accepted[0].member_key])
    report = ReportBuilder(DEPLOYED, oracle.secrets, ids).build(
        cut_of(accepted, DEPLOYED), lane=0, sequence=2, first_numbers={1: 2}
    )
    sealed = sealed_report(report)
    with oracle.store.unit_of_work() as work:
        work.reports.add(sealed, [accepted[0].purchase_id], [1])
        move_purchases(work, [1], source=PurchaseState.ACCEPTED, target=PurchaseState.REPORTED)
    sign_report(sealed.content_hash, oracle.store, chain=oracle.chain, reporters=oracle.reporters)
    relay_report(sealed.content_hash, oracle.store, chain=oracle.chain)


def _refund(sale_ref: str = "R-1") -> SubmittedPurchase:
    return submitted(sale_ref, None, kind=PurchaseKind.REFUND, original_sale_ref="A-1", eligible_minor=9_600)


def test_rebuild_store__refunds__are_linked_to_their_sales_again() -> None:
    oracle = Oracle()
    _settle(oracle, *FIRST)
    _settle(oracle, _refund())
    lost = _with_store(oracle)
    assert _rebuild(lost, *FIRST, _refund()).purchases == 3
    read_settlements(lost.store, chain=lost.chain)
    _settle(lost, _refund("R-2"))
    found = reconcile(lost.store, lost.chain)
    assert found.is_equal and found.store_reversed == 144


def test_rebuild_store__refund_that_was_not_proven_at_first__is_settled_once() -> None:
    oracle = Oracle()
    chain = oracle.chain
    _settle(oracle, *FIRST)
    chain.believes_proofs = False
    _settle(oracle, _refund())
    chain.believes_proofs = True
    # The same proof is not tried again; that of a newer receipt is.
    _settle(oracle, submitted("A-1", None, kind=PurchaseKind.VOID, revision=1))
    assert oracle.relayed().sequence == 4
    read_settlements(oracle.store, chain=chain)
    lost = _with_store(oracle)
    feed = (*FIRST, _refund(), submitted("A-1", None, kind=PurchaseKind.VOID, revision=1))
    assert _rebuild(lost, *feed).purchases == 5
    assert set(lost.states()) == {"settled_final"}
    assert reconcile(lost.store, chain).is_equal


def test_rebuild_store__nothing_settled_yet__reads_no_feed() -> None:
    def feed() -> Iterator[SubmittedPurchase]:
        raise AssertionError("there is nothing to look for")
        yield

    oracle = Oracle()
    rebuilding = Rebuilding(oracle.store, oracle.members, DEPLOYED, oracle.secrets)
    assert rebuild_store(feed(), rebuilding, oracle.chain) == RebuiltStore((), 0, 0, ())
