"""Lives of accounts under each programme's rules and under random ones: the contract beside the plain model.

Every step is an act of a member, desk, operator or anyone, or time passing; after it lots, clocks, balances
and totals of both are equal. Days favour month ends, leap days, last days, deadlines and ends of late days.
"""

from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machines.depth import DEPTH, TIMES
from tests.machines.life.desk_rules import DeskRules
from tests.machines.life.earning_rules import EarningRules
from tests.machines.life.invariants import Invariants
from tests.machines.life.seen import SEEN
from tests.machines.life.time_rules import TimeRules

FILES = sorted(path.stem for path in (Path(__file__).parents[3] / "programmes").glob("*.yaml"))
_RUNS_OF_A_FILE, _RUNS_OF_RANDOM_RULES = 12, 200


class LifeMachine(EarningRules, DeskRules, TimeRules, Invariants):
    """All rule families over one pair of twins."""


@pytest.mark.parametrize("name", FILES)
def test_life__programme_file__contract_and_model_agree(name: str) -> None:
    machine = type(f"LifeOf{name.title().replace('-', '')}", (LifeMachine,), {"name": name})
    run_state_machine_as_test(machine, settings=settings(DEPTH, max_examples=_RUNS_OF_A_FILE * TIMES))


def test_life__random_rules__contract_and_model_agree() -> None:
    run_state_machine_as_test(
        LifeMachine, settings=settings(DEPTH, max_examples=_RUNS_OF_RANDOM_RULES * TIMES)
    )


def test_life__all_runs__reached_every_branch() -> None:
    """Or the agreement above says little. Runs last, in the order of this file."""
    outcomes = ("CREDITED", "UNKNOWN_MEMBER", "CLOSED_ACCOUNT", "LOT_VOID")
    lives = ("began again", "joined", "an older life lost", "lapse settled by a tier")
    acts = ("redeem", "extend", "adjustDown", "transferMiles", "merge")
    taken = (*acts, "buy", "adjustUp", "cancelRedemption", "written off", "closed after the lapse")
    refused = (f"{act} refused" for act in acts)
    rules = ("tier written", "version announced", "version refused", "GRACE", "MOVE", "NEVER")
    assert not [one for one in (*outcomes, *lives, *taken, *refused, *rules) if not SEEN[one]]
