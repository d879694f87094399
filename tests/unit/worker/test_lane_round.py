"""One round of one lane, over the fakes: as far as it gets without waiting.

given purchases and a chain that mines at once    then they are applied, a report a round
given a tx that is not mined                      then the round ends there, and it goes again after a while
given a report that is too large for a tx         then fewer are sealed
"""

from dataclasses import replace

import pytest

from milepost.ports import ReportState, ReportTooLarge
from milepost.testing import FakeSettlementChain
from milepost.worker import Oracle, Patience, ReportFailed
from milepost.worker.lane_round import LaneRound
from tests.support.patient_oracle import fake_oracle
from tests.support.programme import submitted, three_bills


def _oracle(*, resend_s: int = 10) -> Oracle:
    return fake_oracle(lambda _chain: Patience(resend_s=resend_s))


def _states(oracle: Oracle) -> list[ReportState]:
    with oracle.store.unit_of_work() as work:
        return [report.state for report in work.reports.in_states(*ReportState)]


def _chain(oracle: Oracle) -> FakeSettlementChain:
    assert isinstance(oracle.chain, FakeSettlementChain)
    return oracle.chain


def test_run__purchases_accepted__are_applied_a_report_a_round() -> None:
    oracle = _oracle()
    list(oracle.ingest(submitted(f"A-{number}") for number in range(5)))
    lane = LaneRound(oracle, 0, most=3)
    assert lane.run() and _states(oracle) == [ReportState.APPLIED]
    assert lane.run() and len(_states(oracle)) == 2
    assert not lane.run()
    assert oracle.read().purchases == 5
    assert oracle.reconcile().is_equal


def test_run__nothing_accepted__does_not_ask_the_chain() -> None:
    oracle = _oracle()
    _chain(oracle).is_down = True
    assert not LaneRound(oracle, 0).run()


def test_run__tx_is_not_mined__ends_there_and_sends_again_after_a_while() -> None:
    oracle = _oracle(resend_s=10)
    chain = _chain(oracle)
    chain.automine = False
    list(oracle.ingest(three_bills()))
    lane = LaneRound(oracle, 0)
    assert not lane.run() and _states(oracle) == [ReportState.RELAYING]
    chain.forget_pool()
    assert not lane.run()
    assert len(chain.sent) == 1
    hasty = LaneRound(replace(oracle, patience=Patience(resend_s=0)), 0)
    assert not hasty.run()
    assert len(chain.sent) == 2 and len(set(chain.sent)) == 1
    chain.mine()
    assert not lane.run() and _states(oracle) == [ReportState.APPLIED]


def test_is_under_way__from_sending_until_mined__as_the_lane_is_then_looked_at_sooner() -> None:
    oracle = _oracle()
    chain = _chain(oracle)
    chain.automine = False
    lane = LaneRound(oracle, 0)
    assert not lane.run() and not lane.is_under_way
    list(oracle.ingest(three_bills()))
    assert not lane.run() and lane.is_under_way
    assert not lane.run() and lane.is_under_way
    chain.mine()
    assert not lane.run() and not lane.is_under_way


def test_run__reorg_took_an_applied_report__sends_it_again() -> None:
    oracle = _oracle(resend_s=0)
    chain = _chain(oracle)
    chain.finality = 2
    list(oracle.ingest(three_bills()))
    lane = LaneRound(oracle, 0)
    assert lane.run()
    chain.reorg(1)
    lane.run()
    assert _states(oracle) == [ReportState.APPLIED]


def test_run__report_too_large__seals_fewer_and_grows_again() -> None:
    oracle = _oracle()
    _chain(oracle).most_gas = 450_000
    list(oracle.ingest(submitted(f"A-{number}") for number in range(10)))
    lane = LaneRound(oracle, 0)
    for _ in range(9):
        lane.run()
    assert oracle.read().purchases == 10
    assert lane.most > 4


def test_run__one_purchase_too_large__says_so() -> None:
    oracle = _oracle()
    _chain(oracle).most_gas = 50_000
    list(oracle.ingest([submitted("A-1")]))
    with pytest.raises(ReportTooLarge):
        LaneRound(oracle, 0).run()


def test_run__tx_reverts__says_why_and_seals_anew() -> None:
    oracle = _oracle()
    chain = _chain(oracle)
    chain.automine = False
    list(oracle.ingest(three_bills()))
    lane = LaneRound(oracle, 0)
    lane.run()
    chain.refuses_reports = True
    chain.mine()
    with pytest.raises(ReportFailed, match="Its purchases are kept"):
        lane.run()
    chain.refuses_reports, chain.automine = False, True
    assert lane.run() and oracle.read().purchases == 3
