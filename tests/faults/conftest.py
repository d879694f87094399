"""One anvil for the tier; each test gets a case of its own on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fault_stage import FaultCase, FaultStage, fault_stage


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultStage]:
    with fault_stage(tmp_path_factory.mktemp("stage")) as made:
        yield made


@pytest.fixture
def case(stage: FaultStage, tmp_path: Path) -> Iterator[FaultCase]:
    with stage.case(tmp_path) as made:
        yield made
