"""Lives of the oracle under faults, each drawn from one seed: those that are lived every time.

`make soak` lives random ones; a seed that finds something joins the list. A failure names its seed:
`make soak SEED=…` lives it again.
"""

from pathlib import Path

import pytest

from tests.support.fault_stage import FaultStage
from tests.support.simulated_faults import Life, live

# One on each database, with reorgs and without; both mined by the clock and by itself.
NOTABLE = (
    "06" * 32,
    "03" * 32,
    "21" * 32,
    # The soak of an hour on 2026-11-22: refunds of sales that became final in the last run stayed accepted.
    "53f5a6effb122d79285e42e2115b8e310af41fde92451d33214f2a2c1fd15b28",
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
