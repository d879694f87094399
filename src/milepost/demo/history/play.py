"""Feeds the history to the oracle and lets it settle, with a clock on each part of the main path.

`feed.py` wrote the files; `facts.py` sums up what the store and the chain hold afterwards.
"""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from milepost.demo.history.meters import Laps, Memory, cpu_s
from milepost.demo.stage import Stage
from milepost.demo.tills import TillFile
from milepost.feeds.files import read_feed
from milepost.local.anvil import AnvilChain
from milepost.pipeline.ingest_purchase import AnswerKind
from milepost.ports import StoredReport
from milepost.worker import Step

PARTS = ("ingest", "seal", "sign", "relay", "read")
"""Of the main path, in its order. Moving the node's clock is no part of it."""

OnFile = Callable[[TillFile], None]
"""Hears of each file whose purchases are final."""

_ENDED_BY = {Step.SEALED: "seal", Step.SIGNED: "sign", Step.APPLIED: "relay", Step.FINAL: "read"}


@dataclass(slots=True)
class Play:
    """What came of feeding and settling: answers, reports in order of settlement, seconds, CPU, memory."""

    oracle_memory: Memory
    node_memory: Memory
    answers: Counter[AnswerKind] = field(default_factory=Counter)
    reports: list[bytes] = field(default_factory=list)
    laps: Laps = field(default_factory=Laps)
    oracle_cpu_s: float = 0.0
    node_cpu_s: float = 0.0


def play_history(
    files: Sequence[TillFile], stage: Stage, anvil: AnvilChain, *, on_file: OnFile = lambda _: None
) -> Play:
    """Ingest file after file and settle what each brought, the chain's clock following the purchases.

    Raises: whatever the steps of the main path raise.
    """
    play = Play(Memory(os.getpid()), Memory(anvil.process_id))
    play.oracle_memory.look()
    play.node_memory.look()
    oracle_cpu_s, node_cpu_s = (cpu_s(one.process_id) for one in (play.oracle_memory, play.node_memory))
    play.laps.start()
    for till_file in files:
        anvil.advance_to(till_file.settled_at)
        play.laps.lap("clock")
        # Answers are counted as they come: whoever kept them would grow with the history.
        for answer in stage.oracle.ingest(read_feed(till_file.path, stage.oracle.partners.partners)):
            play.answers[answer.kind] += 1
        play.laps.lap("ingest")
        play.reports += stage.oracle.settle_all(on_step=_lapping(play.laps)).reports
        play.laps.lap("read")
        play.oracle_memory.look()
        play.node_memory.look()
        on_file(till_file)
        play.laps.lap("clock")
    play.oracle_cpu_s = cpu_s(play.oracle_memory.process_id) - oracle_cpu_s
    play.node_cpu_s = cpu_s(play.node_memory.process_id) - node_cpu_s
    return play


def _lapping(laps: Laps) -> Callable[[Step, StoredReport], None]:
    return lambda step, _report: laps.lap(_ENDED_BY[step])
