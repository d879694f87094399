"""The oracle on the shipped fakes: from records to final settlements, also after an interruption.

given accepted purchases          then all are settled, in reports no larger than asked
given an earlier run cut short    then what it left is finished first
given a chain that takes its time then it waits, and gives up in the end without losing anything
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

import pytest

from milepost.domain.outcome import Outcome
from milepost.domain.quantities import ReportSequence
from milepost.pipeline.compare_clocks import ClocksDiffer
from milepost.pipeline.rebuild_store import ReportsNotFinal
from milepost.pipeline.reconcile import StoreBehind
from milepost.pipeline.relay_report import NonceDisplaced, relay_report
from milepost.pipeline.seal_report import seal_report
from milepost.pipeline.sign_report import ReportersBehind, counting_signatures, sign_report
from milepost.ports import Proposal, ReporterBehind, ReportTooLarge, SettlingPaused, TxState
from milepost.testing import FakeSettlementChain, MemoryStore
from milepost.worker import Oracle, Patience, ReportFailed, SettlingTooSlow, Step
from tests.support.clocks import FixedClock
from tests.support.patient_oracle import Waiting, patient_oracle
from tests.support.programme import REPORTERS, submitted, three_bills

HONG_KONG = timezone(timedelta(hours=8))


def test_settle_all__accepted_purchases__are_final_with_receipts() -> None:
    oracle = patient_oracle()
    assert [str(answer.kind) for answer in oracle.ingest(three_bills())] == ["accepted"] * 3
    steps: list[tuple[Step, ReportSequence]] = []
    settled = oracle.settle_all(on_step=lambda step, report: steps.append((step, report.sequence)))
    assert settled.purchases == 3 and len(settled.reports) == 1
    assert steps == [(step, 1) for step in Step]
    assert len(list(oracle.receipts(settled.reports))) == 3
    assert oracle.reconcile().is_equal
    assert oracle.receipt(submitted().purchase.dedupe_key).number == 1


def test_settle_all__again__settles_nothing_twice() -> None:
    oracle = patient_oracle()
    list(oracle.ingest(three_bills()))
    oracle.settle_all()
    assert [str(answer.kind) for answer in oracle.ingest(three_bills())] == ["duplicate"] * 3
    assert oracle.settle_all().purchases == 0


def test_settle_all__more_than_a_report_takes__makes_several() -> None:
    oracle = patient_oracle()
    list(oracle.ingest(submitted(f"A-{number}") for number in range(7)))
    settled = oracle.settle_all(most=3)
    assert (settled.purchases, len(settled.reports)) == (7, 3)


@pytest.mark.parametrize("until", ["sealed", "signed", "relayed"])
def test_settle_all__after_a_run_cut_short__goes_on_from_there(until: str) -> None:
    oracle = patient_oracle()
    list(oracle.ingest(three_bills()))
    report = seal_report(0, oracle._sealing, oracle.chain)
    assert report is not None
    if until != "sealed":
        sign_report(report.content_hash, oracle.store, chain=oracle.chain, reporters=oracle._checking)
    if until == "relayed":
        relay_report(report.content_hash, oracle.store, chain=oracle.chain)
    list(oracle.ingest([submitted("A-2000")]))
    settled = oracle.settle_all()
    assert settled.purchases == 4 and settled.reports[0] == report.content_hash


def test_settle_all__chain_never_mines__gives_up_and_loses_nothing() -> None:
    oracle = patient_oracle(automine=False)
    waiting = Waiting(oracle.chain, mines=False)
    slow = replace(oracle, patience=Patience(poll_s=2, timeout_s=5, sleep=waiting.sleep))
    list(slow.ingest(three_bills()))
    with pytest.raises(SettlingTooSlow, match="Report 1 of lane 0 is not mined after 5 s"):
        slow.settle_all()
    assert waiting.waits == [0.02, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2, 2]
    assert oracle.settle_all().purchases == 3


def test_settle_all__node_lost_its_pool__sends_the_same_bytes_again() -> None:
    """Found by attack: the run waited until it gave up, and only the next one sent again."""
    oracle = patient_oracle(automine=False)
    chain, waits = oracle.chain, []

    def lose_pool_then_mine(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 1:
            chain.forget_pool()
        elif sum(waits) > 10:
            chain.mine()

    list(oracle.ingest(three_bills()))
    patience = Patience(resend_s=10, timeout_s=20, sleep=lose_pool_then_mine)
    assert replace(oracle, patience=patience).settle_all().purchases == 3
    assert 11 <= sum(waits) < 12
    with oracle.store.unit_of_work() as work:
        assert [tx.signed.nonce for tx in work.txs.in_states(TxState.FINAL)] == [0]


def test_settle_all__finality_takes_blocks__waits_for_them() -> None:
    oracle = patient_oracle(automine=False, finality=3)
    list(oracle.ingest(three_bills()))
    assert oracle.settle_all().purchases == 3


def _applied_and_cut_short(*bills: str) -> Oracle:
    """An oracle whose former run ended when these bills' reports were applied, one a report, none final."""
    oracle = patient_oracle(finality=len(bills))
    for bill in bills:
        list(oracle.ingest([submitted(bill)]))
        report = seal_report(0, oracle._sealing, oracle.chain)
        assert report is not None
        sign_report(report.content_hash, oracle.store, chain=oracle.chain, reporters=oracle._checking)
        relay_report(report.content_hash, oracle.store, chain=oracle.chain)
    return oracle


@pytest.mark.parametrize("depth", [1, 2])
def test_settle_all__reorg_took_applied_reports_between_runs__sends_them_again(depth: int) -> None:
    """Found by attack: nobody looked at applied reports again, and the next ones waited for their nonces."""
    oracle = _applied_and_cut_short("A-1", "A-2")
    oracle.chain.reorg(depth)
    list(oracle.ingest([submitted("A-3")]))
    assert oracle.settle_all().purchases == 3
    assert oracle.reconcile().is_equal


def test_settle_all__reorg_while_waiting_for_finality__sends_again() -> None:
    oracle = patient_oracle(finality=2)
    chain = oracle.chain
    reorgs = iter([True])

    def reorg_once(_seconds: float) -> None:
        if next(reorgs, False):
            chain.reorg(1)
        chain.mine()

    list(oracle.ingest(three_bills()))
    steps: list[Step] = []
    settled = replace(oracle, patience=Patience(sleep=reorg_once)).settle_all(
        on_step=lambda step, _report: steps.append(step)
    )
    assert settled.purchases == 3 and steps == list(Step)
    assert oracle.reconcile().is_equal


def test_settle_all__reorg_took_a_reverted_tx__its_nonce_leaves_no_gap() -> None:
    """Found by attack: the tx after it waited for ever for the nonce that had become free."""
    oracle = patient_oracle(finality=1)
    chain = oracle.chain
    list(oracle.ingest(three_bills()))
    report = seal_report(0, oracle._sealing, chain)
    assert report is not None
    sign_report(report.content_hash, oracle.store, chain=chain, reporters=oracle._checking)
    chain.automine = False
    relay_report(report.content_hash, oracle.store, chain=chain)
    chain.refuses_reports = True
    with pytest.raises(ReportFailed):
        oracle.settle_all()
    chain.refuses_reports, chain.automine = False, True
    chain.reorg(1)
    assert oracle.settle_all().purchases == 3
    assert oracle.reconcile().is_equal


def test_settle_all__reorg_took_the_tx_that_used_our_nonce__its_nonce_leaves_no_gap() -> None:
    oracle = patient_oracle(automine=False, finality=1)
    chain = oracle.chain
    list(oracle.ingest(three_bills()))
    report = seal_report(0, oracle._sealing, chain)
    assert report is not None
    sign_report(report.content_hash, oracle.store, chain=chain, reporters=oracle._checking)
    relay_report(report.content_hash, oracle.store, chain=chain)
    chain.forget_pool()
    chain.use_nonce()
    with pytest.raises(NonceDisplaced):
        oracle.settle_all()
    chain.reorg(1)
    assert oracle.settle_all().purchases == 3
    assert oracle.reconcile().is_equal


def test_settle_all__paused__seals_and_signs_everything_and_sends_nothing() -> None:
    oracle = patient_oracle()
    chain = oracle.chain
    assert isinstance(chain, FakeSettlementChain)
    chain.is_paused = True
    list(oracle.ingest(three_bills()))
    steps: list[Step] = []
    with pytest.raises(SettlingPaused):
        oracle.settle_all(most=2, on_step=lambda step, _report: steps.append(step))
    assert steps == [Step.SEALED, Step.SIGNED, Step.SEALED, Step.SIGNED]
    # Paused still: nothing is sealed twice, and what comes in is sealed too.
    list(oracle.ingest([submitted("A-2000")]))
    with pytest.raises(SettlingPaused):
        oracle.settle_all(most=2)
    assert chain.sent == []
    chain.is_paused = False
    assert oracle.settle_all().purchases == 4
    assert len(chain.sent) == 3
    assert oracle.reconcile().is_equal


@dataclass
class Lagging:
    """A reporter elsewhere whose node settles a report some looks later than ours."""

    oracle: Oracle
    place: int
    looks: int = 2
    asked: list[ReportSequence] = field(default_factory=list)

    @property
    def address(self) -> str:
        return REPORTERS[self.place].address

    def sign(self, proposal: Proposal, *, message: bytes) -> bytes:
        self.asked.append(proposal.sequence)
        if proposal.sequence > self.oracle.chain.next_sequence(proposal.lane):
            raise ReporterBehind("its chain takes another one next")
        if proposal.sequence > 1 and self.asked.count(proposal.sequence) <= self.looks:
            raise ReporterBehind("its node is a block behind")
        return REPORTERS[self.place].sign_message(message)


def _with_elsewhere(oracle: Oracle, *, looks: int = 2) -> tuple[Oracle, list[Lagging]]:
    """One reporter here and two elsewhere, who are all needed."""
    elsewhere = [Lagging(oracle, place, looks) for place in (1, 2)]
    return replace(oracle, reporters=REPORTERS[:1], remote=elsewhere), elsewhere


def test_settle_all__reporters_nodes_are_a_block_behind__asks_them_again() -> None:
    oracle, elsewhere = _with_elsewhere(patient_oracle())
    told: list[str] = []
    oracle = replace(oracle, on_passed_over=lambda error: told.append(str(error)))
    list(oracle.ingest(submitted(f"A-{number}") for number in range(5)))
    assert oracle.settle_all(most=3).purchases == 5
    assert [one.asked for one in elsewhere] == [[1, 2, 2, 2]] * 2
    # Each reporter's sentence once a report, however often it is asked.
    assert len(told) == 1


def test_settle_all__reporters_nodes_stay_behind__ends_in_time_and_loses_nothing() -> None:
    first = patient_oracle()
    waiting = Waiting(first.chain, mines=False)
    oracle, _ = _with_elsewhere(
        replace(first, patience=Patience(behind_s=2, sleep=waiting.sleep)), looks=1_000
    )
    list(oracle.ingest(submitted(f"A-{number}") for number in range(5)))
    with pytest.raises(ReportersBehind):
        oracle.settle_all(most=3)
    assert 2 <= sum(waiting.waits) < 4
    assert first.settle_all().purchases == 5


def test_settle_all__paused_with_reporters_elsewhere__signs_one_report_a_lane() -> None:
    """They sign the next report of the chain only: the one after it waits until settling goes on."""
    oracle, elsewhere = _with_elsewhere(patient_oracle())
    chain = oracle.chain
    assert isinstance(chain, FakeSettlementChain)
    chain.is_paused = True
    list(oracle.ingest(submitted(f"A-{number}") for number in range(5)))
    for _ in range(2):
        with pytest.raises(SettlingPaused):
            oracle.settle_all(most=3)
    assert [one.asked for one in elsewhere] == [[1]] * 2
    chain.is_paused = False
    assert oracle.settle_all().purchases == 5


def test_settle_all__reporters_change_while_a_tx_is_under_way__settles_in_the_same_run() -> None:
    oracle = patient_oracle(automine=False)
    chain = oracle.chain
    assert isinstance(chain, FakeSettlementChain)
    change = iter([lambda: chain.set_reporters(REPORTERS[1:], quorum=4)])

    def wait(_seconds: float) -> None:
        next(change, lambda: None)()
        chain.mine()

    list(oracle.ingest(three_bills()))
    assert replace(oracle, patience=Patience(sleep=wait)).settle_all().purchases == 3
    assert len(set(chain.sent)) == 2
    assert oracle.reconcile().is_equal


def test_settle_all__report_takes_more_gas_than_a_tx_may__seals_fewer() -> None:
    """Finding: 400 purchases, each with a new lot word and a new page, blocked their lane for ever."""
    oracle = patient_oracle()
    assert isinstance(oracle.chain, FakeSettlementChain)
    oracle.chain.most_gas = 450_000
    list(oracle.ingest(submitted(f"A-{number}") for number in range(10)))
    sealed: list[int] = []
    settled = oracle.settle_all(
        on_step=lambda step, report: sealed.append(report.sections[0].count) if step is Step.SEALED else None
    )
    assert (settled.purchases, sealed) == (10, [10, 4, 4, 2])
    assert oracle.reconcile().is_equal


def test_settle_all__report_left_over_is_too_large__is_cut_anew() -> None:
    oracle = patient_oracle()
    assert isinstance(oracle.chain, FakeSettlementChain)
    list(oracle.ingest(submitted(f"A-{number}") for number in range(10)))
    assert seal_report(0, oracle._sealing, oracle.chain) is not None
    oracle.chain.most_gas = 450_000
    assert oracle.settle_all(most=3).purchases == 10


def test_settle_all__one_purchase_is_too_large__says_so_and_keeps_it() -> None:
    oracle = patient_oracle()
    assert isinstance(oracle.chain, FakeSettlementChain)
    oracle.chain.most_gas = 50_000
    list(oracle.ingest(three_bills()))
    with pytest.raises(ReportTooLarge, match="takes 100000 gas and a tx may use 50000: seal fewer"):
        oracle.settle_all()
    oracle.chain.most_gas = 300_000
    assert oracle.settle_all().purchases == 3


def test_settle_all__tx_reverts__says_why_and_keeps_the_purchases() -> None:
    oracle = patient_oracle(automine=False)
    chain = oracle.chain
    assert isinstance(chain, FakeSettlementChain)

    def refuse_and_mine(_seconds: float) -> None:
        chain.refuses_reports = True
        chain.mine()

    list(oracle.ingest(three_bills()))
    with pytest.raises(ReportFailed, match=r"Report 1 of lane 0 failed: .* Its purchases are kept"):
        replace(oracle, patience=Patience(sleep=refuse_and_mine)).settle_all()
    chain.refuses_reports = False
    assert oracle.settle_all().purchases == 3


def test_settle_all__chain_ahead_of_this_machine__stops_before_anything_is_sealed() -> None:
    oracle = patient_oracle()
    list(oracle.ingest(three_bills()))
    late = replace(oracle, machine=FixedClock(oracle.clock.now() - 3_600))
    with pytest.raises(ClocksDiffer, match="Set this machine's clock"):
        late.settle_all()
    assert oracle.settle_all().purchases == 3


def test_settle_all__chain_lags_behind_this_machine__settles_what_is_due_and_the_rest_later() -> None:
    chain_s = patient_oracle().clock.now()
    oracle = replace(patient_oracle(), machine=FixedClock(chain_s + 3_600))
    ahead = submitted("ahead", occurred_at=datetime.fromtimestamp(chain_s + 1_800, HONG_KONG))
    answers = list(oracle.ingest([*three_bills(), ahead]))
    assert [str(answer.kind) for answer in answers] == ["accepted"] * 4
    assert oracle.settle_all().purchases == 3
    assert [stored.purchase.sale_ref for stored in oracle.waiting()] == ["ahead"]
    oracle.chain.idle_s = 1_800
    assert oracle.waiting() == []
    settled = oracle.settle_all()
    assert settled.purchases == 1
    assert oracle.receipt(ahead.purchase.dedupe_key).settled.outcome is Outcome.CREDITED


def test_settle_all__somebody_else_sent_the_signed_report__is_read_before_more_is_sealed() -> None:
    oracle = patient_oracle()
    list(oracle.ingest(three_bills()))
    report = seal_report(0, oracle._sealing, oracle.chain)
    sign_report(report.content_hash, oracle.store, chain=oracle.chain, reporters=oracle._checking)
    _send_as_a_stranger(oracle, report.content_hash)
    oracle.chain.finality = 2
    list(oracle.ingest([submitted("A-2000")]))
    steps: list[tuple[Step, int]] = []
    settled = oracle.settle_all(on_step=lambda step, one: steps.append((step, one.sequence)))
    assert settled.purchases == 4
    assert (Step.APPLIED, 1) not in steps and (Step.FINAL, 1) in steps
    assert oracle.reconcile().is_equal


@pytest.mark.parametrize("is_signed", [True, False])
def test_settle_all__another_run_ends_in_the_middle_meanwhile__settles_its_report_too(
    is_signed: bool,
) -> None:
    """Finding: of several runs at once one waited three minutes for a report that nobody had sent."""
    oracle = patient_oracle(finality=3)
    endings = iter([True])

    def another_run(_seconds: float) -> None:
        if next(endings, False):
            list(oracle.ingest([submitted("A-2000")]))
            left = seal_report(0, oracle._sealing, oracle.chain)
            if is_signed:
                sign_report(left.content_hash, oracle.store, chain=oracle.chain, reporters=oracle._checking)
        oracle.chain.mine()

    list(oracle.ingest(three_bills()))
    settled = replace(oracle, patience=Patience(sleep=another_run)).settle_all()
    assert settled.purchases == (4 if is_signed else 3)
    assert oracle.settle_all().purchases == 4 - settled.purchases
    assert oracle.reconcile().is_equal


def _send_as_a_stranger(oracle: Oracle, content_hash: bytes) -> None:
    with oracle.store.unit_of_work() as work:
        report = work.reports.get(content_hash)
    counting = counting_signatures(report, oracle.store, chain=oracle.chain).signatures
    signatures = b"".join(one.signature for one in counting)
    raw = oracle.chain.sign_settle(report.report_bytes, signatures, nonce=99).raw
    oracle.chain._execute(raw, oracle.chain._add_block(oracle.chain.now() + 1))


def test_rebuild__empty_store__knows_all_and_settles_the_rest() -> None:
    settled = patient_oracle()
    list(settled.ingest(three_bills()))
    settled.settle_all()
    oracle = replace(settled, store=MemoryStore())
    with pytest.raises(StoreBehind):
        oracle.settle_all()
    steps: list[tuple[Step, int]] = []
    rebuilt = oracle.rebuild(three_bills(), on_step=lambda step, one: steps.append((step, one.sequence)))
    assert (rebuilt.purchases, rebuilt.missing, steps) == (3, (), [(Step.FINAL, 1)])
    list(oracle.ingest([submitted("A-2000")]))
    assert oracle.settle_all().purchases == 1
    assert oracle.reconcile().is_equal


def test_rebuild__newest_report_is_not_final__says_so_and_goes_on_later() -> None:
    settled = patient_oracle()
    list(settled.ingest(three_bills()))
    settled.settle_all()
    settled.chain.finality = 1
    oracle = replace(settled, store=MemoryStore())
    with pytest.raises(ReportsNotFinal, match="report 1 is on chain and not final yet"):
        oracle.rebuild(three_bills())
    settled.chain.mine()
    assert oracle.rebuild(three_bills()).purchases == 3
