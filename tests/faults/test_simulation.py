"""Lives of the oracle under faults, each drawn from one seed: those that are lived every time.

`make soak` lives random ones; a seed that finds something joins the list. A failure names its seed:
`make soak SEED=…` lives it again.
"""

from pathlib import Path

import pytest

from tests.support.fault_stage import FaultStage
from tests.support.simulated_faults import Life, live

# By the worker and by settle, on each database, with reorgs and without; mined by the clock and by itself.
NOTABLE = (
    "06" * 32,
    "03" * 32,
    "21" * 32,
    # The soak of 2026-11-22: refunds of sales that became final in the last run stayed accepted.
    "4a8edd0005d68fb85d91e63567bbc2c78599a0f87317b7683f2e7773059ff5ad",
)


@pytest.mark.parametrize("seed", NOTABLE)
def test_live__known_seed__keeps_every_promise(
    stage: FaultStage, folder: Path, request: pytest.FixtureRequest, seed: str
) -> None:
    life = Life.drawn(bytes.fromhex(seed))
    server = request.getfixturevalue("postgresql") if life.database == "postgresql" else None
    with stage.case(folder, server=server) as case:
        live(life, case)


def test_drawn__same_seed__is_the_same_life() -> None:
    lives = [Life.drawn(bytes.fromhex(seed)) for seed in NOTABLE]
    assert lives == [Life.drawn(bytes.fromhex(seed)) for seed in NOTABLE]
    assert {life.database for life in lives} == {"sqlite", "postgresql"}
    assert {life.has_reorgs for life in lives} == {True, False}
    assert {life.by_worker for life in lives} == {True, False}
