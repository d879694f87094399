"""Purchases keep coming and are settled while validators of a real chain are killed, stopped and parted.

given one of four killed or stopped    then the chain goes on, and so do the miles of those who buy
given our own validator away           then the worker says so, waits, and settles all once it is back
given our own validator parted         then its old head and the txs it takes prove nothing, and settle later
given two and two parted, or all gone  then no block is made; all settles when three are together again
"""

import pytest

from tests.support.bft_network import wait_until
from tests.support.bft_stage import BftCase, Disturbance

_LASTS_S = 8
_HALTS_IN_S = 20


def _require_going_on(fault: Disturbance) -> None:
    """Sales of the time of the fault settled in it; the node answered all the while."""
    assert fault.span is not None
    assert fault.trade.settled_since(fault.span.began, fault.span.ended)
    # A head is told a moment before its block can be read: that is asked again.
    stuck = fault.trade.said("task_stuck")
    assert all("does not know what was asked yet" in one["sentence"] for one in stuck), stuck


def test_settle__a_validator_is_killed__goes_on_and_it_catches_up(case: BftCase) -> None:
    away = case.network.validators[3]
    with case.disturbed("one of four killed") as fault:
        away.kill()
        fault.last(_LASTS_S)
        fault.end(case.newest())
        away.start()
        case.network.wait_level()
    assert fault.span is not None and fault.span.blocks > 3
    _require_going_on(fault)


def test_settle__a_validator_is_stopped__goes_on_and_it_catches_up(case: BftCase) -> None:
    away = case.network.validators[2]
    with case.disturbed("one of four stopped") as fault:
        away.stop()
        fault.last(_LASTS_S)
        fault.end(case.newest())
        away.go_on()
        case.network.wait_level()
    assert fault.span is not None and fault.span.blocks > 3
    _require_going_on(fault)


def test_settle__our_validator_is_killed__says_so_and_settles_when_it_is_back(case: BftCase) -> None:
    with case.disturbed("our validator killed") as fault:
        case.ours.kill()
        fault.last(_LASTS_S)
        fault.end(case.newest())
        case.ours.start()
        case.network.wait_level()
    stuck = fault.trade.said("task_stuck")
    assert {one["task"] for one in stuck} >= {"lane:0", "lane:1", "reader"}, stuck
    assert {one["error"] for one in stuck} == {"ChainUnavailable"}
    assert all("The node named by MILEPOST_RPC_URL" in one["sentence"] for one in stuck), stuck


def test_settle__our_validator_is_parted_from_three__settles_when_it_is_back(case: BftCase) -> None:
    """It still answers: with its old head, not syncing; and it accepts txs that nobody can mine."""
    sent = len(case.proxy.sent)
    with case.disturbed("3/1 partition, ours alone") as fault:
        case.network.links.part({0}, {1, 2, 3})
        wait_until(
            lambda: case.newest() >= (case.ours.head() or 0) + 3,
            within_s=_HALTS_IN_S,
            what=lambda: f"the three go on: {case.network.heads()}",
        )
        old, syncing = case.ours.head(), case.ours.web3.eth.syncing
        fault.last(_LASTS_S)
        assert (case.ours.head(), syncing) == (old, False)
        fault.end(case.newest())
        case.network.links.heal()
        case.network.wait_level()
    assert len(case.proxy.sent) > sent


def test_settle__two_and_two_are_parted__halts_and_settles_afterwards(case: BftCase) -> None:
    with case.disturbed("2/2 partition") as fault:
        case.network.links.part({0, 1}, {2, 3})
        fault.last(2)
        halted = case.network.heads()
        fault.last(_LASTS_S)
        assert case.network.heads() == halted and len(set(halted)) == 1
        fault.end(case.newest())
        case.network.links.heal()
        case.network.wait_level()


@pytest.mark.parametrize("relayer", ["waits", "killed"])
def test_settle__all_validators_are_killed__settles_when_they_are_back(case: BftCase, relayer: str) -> None:
    """Their pools are gone; what was mined is not."""
    with case.disturbed(f"all four killed, relayer {relayer}") as fault:
        sent = len(case.proxy.sent)
        wait_until(
            lambda: len(case.proxy.sent) > sent, within_s=_HALTS_IN_S, what=lambda: "a tx is under way"
        )
        newest = case.newest()
        if relayer == "killed":
            fault.trade.kill_worker()
        case.network.kill_all()
        if relayer == "killed":
            # As what supervises it would: there is no node to start with.
            fault.trade.start_worker()
        fault.last(_LASTS_S)
        fault.end(newest)
        case.network.start_all()
    assert bool(fault.trade.said("start_waits")) == (relayer == "killed")
