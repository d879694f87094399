"""The command killed again and again at random moments, between other faults, by a seed.

A moment is the place of a request among all that go to the node, before the node gets it or after its answer,
and a few milliseconds. Faults stop, then R1 to R6 hold. A failure names its seed: put it into NOTABLE.
"""

import os
from random import Random
from secrets import randbits
from time import sleep

import pytest

from tests.support.command_process import CommandProcess
from tests.support.fault_depth import IS_FULL
from tests.support.fault_proxy import Call, Fate
from tests.support.fault_stage import FaultCase
from tests.support.relay_promises import require_promises

# One of each way: with reorgs or not, mined by itself or by the clock. Seeds that find something join them.
NOTABLE = (0, 3, 4, 10)
# Lives drawn from a seed are lived besides: test_simulation.py.
_FRESH = 5 if IS_FULL else 2
# A deep run tries so many times as many, and no more than fifty times.
_DEEP = min(max(int(os.environ.get("MILEPOST_DEEP", "1")), 1), 50)
# Processes that share the tests must find the same ones: they have the name of their run in common.
_DRAW = Random(os.environ.get("PYTEST_XDIST_TESTRUNUID") or randbits(64))
SEEDS = [*NOTABLE, *(_DRAW.getrandbits(32) for _ in range(_FRESH * _DEEP))]
# A run that nothing ends asks the node a little more often than this.
_REQUESTS_A_RUN = 100
_MOST_KILLS = 4


def _kill_at(process: CommandProcess, case: FaultCase, chance: Random) -> None:
    place = case.proxy.requests + chance.randint(1, _REQUESTS_A_RUN)
    is_before, after_s = chance.random() < 0.5, chance.random() * 0.03

    def before(request: Call) -> Fate:
        if is_before and request.place == place:
            process.kill()
            return Fate.LOST_BEFORE
        return Fate.PASSES

    def after(request: Call) -> None:
        if not is_before and request.place == place:
            sleep(after_s)
            process.kill()

    case.proxy.before, case.proxy.after = before, after


def _disturb_chain(case: FaultCase, chance: Random) -> None:
    """Between two runs: nothing, a lost pool, or a reorg of blocks that are not final."""
    act = chance.choice(("nothing", "pool", "reorg"))
    if act == "pool":
        case.rpc("anvil_dropAllTransactions")
    elif act == "reorg":
        case.reorg(chance.randint(1, 3))


@pytest.mark.parametrize("seed", SEEDS)
def test_settle__killed_at_random_moments__keeps_every_promise(case: FaultCase, seed: int) -> None:
    chance = Random(seed)
    # Where every block is final at once none may be replaced.
    has_reorgs = chance.random() < 0.5
    settings = {"finality": "finalized" if has_reorgs else "instant"}
    case.rpc("evm_setAutomine", chance.random() < 0.5)
    for _ in range(chance.randint(1, _MOST_KILLS)):
        with case.mining(0.3):
            process = case.start_settling(**settings)
            _kill_at(process, case, chance)
            process.wait()
        if has_reorgs:
            _disturb_chain(case, chance)
    case.proxy.stop_faults()
    with case.mining(0.3):
        case.settle_to_the_end(**settings)
    require_promises(case)
