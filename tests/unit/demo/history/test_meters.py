"""What a run takes, by a clock that the test moves, and by this process's own memory."""

import os
import time

import pytest

from milepost.demo.history.meters import Laps, Memory, cpu_s


def test_laps__each__gives_the_time_since_the_one_before_to_its_part() -> None:
    times = iter([10.0, 11.0, 14.0, 14.5])
    laps = Laps(now=lambda: next(times))
    laps.start()
    for part in ("ingest", "seal", "ingest"):
        laps.lap(part)
    assert laps.seconds == {"ingest": 1.5, "seal": 3.0}
    assert laps.total == 4.5


def test_laps__not_started__is_an_error() -> None:
    with pytest.raises(ValueError, match="before the first began"):
        Laps().lap("ingest")


def test_cpu_s__of_this_process__rises_as_it_computes() -> None:
    before = cpu_s(os.getpid())
    while time.process_time() < before + 0.1:
        hash(before)
    assert before < cpu_s(os.getpid()) == pytest.approx(time.process_time(), abs=0.1)


def test_memory__of_this_process__rises_with_what_it_holds() -> None:
    memory = Memory(os.getpid())
    memory.look()
    held = bytearray(os.urandom(1 << 20) * 64)
    memory.look()
    assert memory.looks[1] - memory.looks[0] > 32 << 20
    assert len(held) == 64 << 20


def test_summary__of_all_looks__is_in_whole_mebibytes() -> None:
    memory = Memory(1, [mib << 20 for mib in (100, 130, *range(120, 138), 125)])
    assert memory.summary() == {"start": 100, "after_a_tenth": 120, "end": 125, "peak": 137}
