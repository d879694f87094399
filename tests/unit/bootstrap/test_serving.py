"""The chain's time as the server holds it, and what it makes of a node that is slow or gone."""

from dataclasses import dataclass
from threading import Event

import pytest

from milepost.bootstrap.serving import HeldChainClock
from milepost.ports import ChainUnavailable
from milepost.testing import FixedClock


@dataclass
class ChainTime:
    """A chain's clock that can be slow, or give no answer."""

    now_s: int
    is_gone: bool = False

    def __post_init__(self) -> None:
        self.answers = Event()
        self.answers.set()

    def now(self) -> int:
        assert self.answers.wait(20)
        if self.is_gone:
            raise ChainUnavailable("the node is gone")
        return self.now_s


def measured(clock: HeldChainClock) -> None:
    """Wait until what the clock asked was answered."""
    assert clock._asking is not None
    clock._asking.exception(20)


def test_now__chain_answers__is_its_time_moved_by_this_machines() -> None:
    chain, machine = ChainTime(1_000), FixedClock(5_000)
    clock = HeldChainClock(chain, machine, every_s=100)
    assert clock.now() == 1_000
    machine.now_s += 7
    assert clock.now() == 1_007


def test_now__chain_never_answered__raises() -> None:
    with pytest.raises(ChainUnavailable):
        HeldChainClock(ChainTime(0, is_gone=True), FixedClock(5_000)).now()


def test_ask__nobody_asked_for_long__the_chain_has_answered_when_it_returns() -> None:
    """Finding: after two idle minutes `/readyz` was 503, of a node that did well, and 200 a moment later."""
    chain = ChainTime(1_000)
    clock = HeldChainClock(chain, FixedClock(5_000), every_s=0)
    clock.now()
    clock._answered_at -= 131
    clock.ask(20)
    assert clock.silent_s < 100
    chain.answers.clear()
    clock._answered_at -= 131
    clock.ask(0.01)
    assert clock.silent_s > 130
    chain.answers.set()


def test_now__chain_slow_then_gone__goes_by_what_it_said_last() -> None:
    chain, machine = ChainTime(1_000), FixedClock(5_000)
    clock = HeldChainClock(chain, machine, every_s=0)
    assert clock.now() == 1_000
    chain.answers.clear()
    chain.now_s = 1_500
    assert [clock.now(), clock.now()] == [1_000, 1_000]
    chain.answers.set()
    measured(clock)
    assert clock.now() == 1_500
    chain.is_gone = True
    measured(clock)
    assert clock.now() == 1_500
    measured(clock)
    assert clock.now() == 1_500
