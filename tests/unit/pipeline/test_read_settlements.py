"""Reading settlements.

given logs in final blocks                         then purchases and report are final, with what each got
    when read again                                then nothing is new
    when blocks are not final yet                  then they are not read
    when someone else's tx settled it              then it is final all the same
    when it had failed here                        then it is taken back, and what replaced it is void
given the root is not the rebuilt one, results are missing, the report is not ours, a final block changed
                                                   then it stops, and nothing is stored
given adjustments, also between reports            then those in final blocks are kept, each once
given the node lags                                then it stops, and goes on later
"""

from dataclasses import replace

import pytest

from milepost.codec.report_bytes import decode_report, encode_report
from milepost.domain.adjustment import AdjustmentKind, AdjustmentReason
from milepost.domain.outcome import Outcome
from milepost.pipeline import read_settlements as step
from milepost.pipeline.read_settlements import read_settlements
from milepost.pipeline.reconcile import ReconciliationError
from milepost.pipeline.relay_report import relay_report, watch_report
from milepost.pipeline.sign_report import counting_signatures
from milepost.ports import (
    AdjustmentProposal,
    ChainUnavailable,
    ReportState,
    SettledLog,
    SettledPurchase,
    TxState,
)
from milepost.testing import FakeAdjustmentDesk
from tests.support.programme import MEMBERS, Oracle, submitted, three_bills


def _applied() -> tuple[Oracle, bytes]:
    oracle = Oracle()
    oracle.ingest(*three_bills())
    return oracle, oracle.relayed().content_hash


def _settled(oracle: Oracle) -> list[SettledPurchase]:
    with oracle.store.unit_of_work() as work:
        found = [work.receipts.of_purchase(purchase_id) for purchase_id in (1, 2, 3)]
    return [one for one in found if one is not None]


def test_read_settlements__final__purchases_know_what_they_got() -> None:
    oracle, content_hash = _applied()
    read = read_settlements(oracle.store, chain=oracle.chain)
    assert (read.reports, read.purchases, read.up_to) == ((content_hash,), 3, oracle.chain.block(1))
    assert oracle.report(content_hash).state is ReportState.FINAL
    assert oracle.states() == {"settled_final": 3}
    first, second, third = _settled(oracle)
    # 596.00 at 1 mile for 4.00, and twice that as bonus.
    assert (first.settled.base, first.settled.bonus) == (149, 298)
    assert (first.partner_id, first.number, second.number, third.partner_id) == (1, 1, 2, 2)
    assert (third.settled.outcome, third.member_id) == (Outcome.UNKNOWN_MEMBER, 0)
    with oracle.store.unit_of_work() as work:
        (tx,) = work.txs.of_report(content_hash)
        assert (tx.state, tx.gas_used, work.txs.gas_used()) == (TxState.FINAL, 100_000, 100_000)
        assert [one.purchase_id for one in work.receipts.of_members([2])] == [2]
        assert work.receipts.totals().credited == 2 * 447


def test_read_settlements__again__finds_nothing_new() -> None:
    oracle, _ = _applied()
    read_settlements(oracle.store, chain=oracle.chain)
    assert read_settlements(oracle.store, chain=oracle.chain).reports == ()


def test_read_settlements__nothing_settled__only_the_cursor_moves() -> None:
    oracle = Oracle()
    assert read_settlements(oracle.store, chain=oracle.chain).up_to is None
    oracle.chain.advance_to(oracle.chain.now() + 60)
    assert read_settlements(oracle.store, chain=oracle.chain).up_to == oracle.chain.block(1)


def test_read_settlements__not_final_yet__waits() -> None:
    oracle, content_hash = _applied()
    oracle.chain.finality = 2
    assert read_settlements(oracle.store, chain=oracle.chain).reports == ()
    oracle.chain.mine()
    oracle.chain.mine()
    assert read_settlements(oracle.store, chain=oracle.chain).reports == (content_hash,)


def test_read_settlements__many_blocks__are_read_in_units(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step, "BLOCKS_A_UNIT", 2)
    oracle, first = _applied()
    for _ in range(5):
        oracle.chain.mine()
    oracle.ingest(submitted("A-2000"))
    second = oracle.relayed().content_hash
    assert read_settlements(oracle.store, chain=oracle.chain).reports == (first, second)


def test_read_settlements__never_seen_mined__is_final_from_the_log() -> None:
    oracle = Oracle()
    oracle.ingest(*three_bills())
    content_hash = oracle.signed().content_hash
    oracle.chain.automine = False
    relay_report(content_hash, oracle.store, chain=oracle.chain)
    oracle.chain.mine()
    read_settlements(oracle.store, chain=oracle.chain)
    assert oracle.report(content_hash).state is ReportState.FINAL
    assert oracle.states() == {"settled_final": 3}


def _settled_by_a_stranger(oracle: Oracle, content_hash: bytes) -> None:
    report = oracle.report(content_hash)
    counting = counting_signatures(report, oracle.store, chain=oracle.chain).signatures
    raw = oracle.chain.sign_settle(
        report.report_bytes, b"".join(one.signature for one in counting), nonce=99
    ).raw
    oracle.chain._execute(raw, oracle.chain._add_block(oracle.chain.now() + 1))


def test_read_settlements__sent_by_a_stranger__is_final_all_the_same() -> None:
    oracle = Oracle()
    oracle.ingest(*three_bills())
    content_hash = oracle.signed().content_hash
    _settled_by_a_stranger(oracle, content_hash)
    read_settlements(oracle.store, chain=oracle.chain)
    assert oracle.report(content_hash).state is ReportState.FINAL


@pytest.mark.parametrize("has_replacement", [True, False])
def test_read_settlements__failed_here_and_settled_after_all__is_taken_back(has_replacement: bool) -> None:
    oracle = Oracle()
    oracle.ingest(*three_bills())
    content_hash = oracle.signed().content_hash
    oracle.chain.automine = False
    relay_report(content_hash, oracle.store, chain=oracle.chain)
    oracle.chain.refuses_reports = True
    oracle.chain.mine()
    oracle.chain.refuses_reports = False
    watch_report(content_hash, oracle.store, chain=oracle.chain)
    replacement = None
    if has_replacement:
        oracle.ingest(submitted("A-0500"))
        replacement = oracle.sealed().content_hash
    _settled_by_a_stranger(oracle, content_hash)
    read_settlements(oracle.store, chain=oracle.chain)
    assert oracle.report(content_hash).state is ReportState.FINAL
    if replacement is not None:
        assert oracle.report(replacement).failure == "another cut of its sequence was settled"
    assert oracle.states() == {"settled_final": 3, **({"accepted": 1} if has_replacement else {})}


def test_read_settlements__reverted_then_in_after_a_reorg__is_final() -> None:
    oracle = Oracle()
    oracle.ingest(*three_bills())
    content_hash = oracle.signed().content_hash
    oracle.chain.automine = False
    relay_report(content_hash, oracle.store, chain=oracle.chain)
    oracle.chain.refuses_reports = True
    oracle.chain.mine()
    oracle.chain.refuses_reports = False
    watch_report(content_hash, oracle.store, chain=oracle.chain)
    oracle.chain.reorg(1)
    oracle.chain.automine = True
    oracle.chain.send(oracle.chain.sent[0])
    read_settlements(oracle.store, chain=oracle.chain)
    assert oracle.states() == {"settled_final": 3}


def _tampered(oracle: Oracle, **changes: object) -> None:
    (log,) = oracle.chain._facts.logs
    oracle.chain._facts.logs[:] = [replace(log, **changes)]


def _other_report(oracle: Oracle) -> bytes:
    log: SettledLog = oracle.chain._facts.logs[0]
    return encode_report(replace(decode_report(log.report_bytes), sequence=9))


@pytest.mark.parametrize(
    ("tamper", "sentence"),
    [
        (lambda oracle: _tampered(oracle, root=bytes(32)), "no receipt of it would verify"),
        (lambda oracle: _tampered(oracle, results=b""), "not of its 3 purchases"),
        (lambda oracle: _tampered(oracle, report_bytes=_other_report(oracle)), "never sealed"),
    ],
)
def test_read_settlements__contradiction__stops_and_stores_nothing(tamper: object, sentence: str) -> None:
    oracle, content_hash = _applied()
    tamper(oracle)
    with pytest.raises(ReconciliationError, match=sentence):
        read_settlements(oracle.store, chain=oracle.chain)
    assert oracle.report(content_hash).state is ReportState.APPLIED
    assert _settled(oracle) == []
    with oracle.store.unit_of_work() as work:
        assert work.receipts.read_up_to() is None


def test_read_settlements__a_final_block_changed__stops() -> None:
    oracle, _ = _applied()
    read_settlements(oracle.store, chain=oracle.chain)
    oracle.chain.reorg(1)
    with pytest.raises(ReconciliationError, match="it was called final and changed"):
        read_settlements(oracle.store, chain=oracle.chain)


def test_read_settlements__log_without_tx_receipt__concludes_nothing() -> None:
    oracle, content_hash = _applied()
    kept = dict(oracle.chain._facts.receipts)
    oracle.chain._facts.receipts.clear()
    with pytest.raises(ChainUnavailable, match="it lags"):
        read_settlements(oracle.store, chain=oracle.chain)
    oracle.chain._facts.receipts.update(kept)
    assert read_settlements(oracle.store, chain=oracle.chain).reports == (content_hash,)


def test_read_settlements__same_member_thrice__limit_binds_across() -> None:
    oracle = Oracle()
    oracle.ingest(*(submitted(f"{number}", MEMBERS[0]) for number in range(3)))
    oracle.relayed()
    read_settlements(oracle.store, chain=oracle.chain)
    assert [one.settled.bonus for one in _settled(oracle)] == [298, 102, 0]


def _adjust(oracle: Oracle, kind: AdjustmentKind = AdjustmentKind.CREDIT, miles: int = 70) -> int:
    desk = FakeAdjustmentDesk(oracle.chain, "support")
    proposal = AdjustmentProposal(kind, 2, AdjustmentReason.GOODWILL, miles=miles)
    number = desk.propose(proposal, nonce=desk.next_nonce())
    FakeAdjustmentDesk(oracle.chain, "approver").approve(number)
    return number


def test_read_settlements__adjustments_between_reports__are_kept_in_the_same_unit() -> None:
    oracle, _ = _applied()
    numbers = [_adjust(oracle), _adjust(oracle, AdjustmentKind.DEBIT, 30)]
    read = read_settlements(oracle.store, chain=oracle.chain)
    assert (len(read.reports), read.up_to) == (1, oracle.chain.final_block())
    assert read_settlements(oracle.store, chain=oracle.chain).reports == ()
    with oracle.store.unit_of_work() as work:
        logs = work.adjustments.of_members([2])
        totals = work.adjustments.totals()
    assert [log.adjustment.adjustment_id for log in logs] == numbers
    assert logs == oracle.chain.applied_since(0)
    assert (totals.credits, totals.debits) == (70, 30)


def test_read_settlements__an_adjustment_in_no_final_block__is_not_read() -> None:
    oracle = Oracle()
    number = _adjust(oracle)
    oracle.chain.finality = 1
    read_settlements(oracle.store, chain=oracle.chain)
    with oracle.store.unit_of_work() as work:
        assert work.adjustments.get(number) is None
    oracle.chain.reorg(1)
    oracle.chain.mine()
    read_settlements(oracle.store, chain=oracle.chain)
    with oracle.store.unit_of_work() as work:
        assert work.adjustments.get(number) is None


def test_read_settlements__another_process_was_quicker__keeps_an_adjustment_once() -> None:
    oracle = Oracle()
    number = _adjust(oracle)
    with oracle.store.unit_of_work() as work:
        (log,) = oracle.chain.applied_since(0)
        work.adjustments.add(log)
    read_settlements(oracle.store, chain=oracle.chain)
    with oracle.store.unit_of_work() as work:
        assert work.adjustments.get(number) == log
