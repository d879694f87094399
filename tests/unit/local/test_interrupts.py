"""Signals while a process is started, and while all of them end.

given a block that holds interrupts
    when a signal comes inside           then the block is done first, and then it comes
    when another thread runs it          then nothing is held, and nothing fails
    when it starts a process             then that one has its signals as usual
given a command that is interrupted once
    when a second signal comes           then it disturbs no ending
"""

import signal
import subprocess
import sys
from collections.abc import Iterator
from threading import Thread

import pytest

from milepost.local.interrupts import held_interrupts, interrupt_once

BOTH = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    former = {number: signal.getsignal(number) for number in BOTH}
    yield
    for number, handler in former.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", BOTH)
def test_held_interrupts__a_signal_inside__comes_after_the_block(number: signal.Signals) -> None:
    """Finding: a signal between the start of a process and its being known left that process for ever."""
    interrupt_once()
    done = []
    with pytest.raises(KeyboardInterrupt), held_interrupts():
        signal.raise_signal(number)
        done.append(number)
    assert done == [number]


def test_held_interrupts__another_thread__changes_nothing() -> None:
    interrupt_once()
    found: list[object] = []

    def run() -> None:
        with held_interrupts():
            found.append(signal.getsignal(signal.SIGTERM))

    thread = Thread(target=run)
    thread.start()
    thread.join()
    assert found == [signal.getsignal(signal.SIGTERM)]


def test_held_interrupts__a_process_started_inside__ends_by_a_signal() -> None:
    with held_interrupts():
        process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    process.terminate()
    assert process.wait(30) == -signal.SIGTERM
    assert process.stdin is not None
    process.stdin.close()


def test_interrupt_once__a_second_signal__disturbs_no_ending() -> None:
    """Finding: a second Ctrl-C cut the ending short, which then said that everything had ended."""
    interrupt_once()
    ended = []
    with pytest.raises(KeyboardInterrupt):
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            for number in BOTH:
                signal.raise_signal(number)
            ended.append("all")
    assert ended == ["all"]
