"""One anvil for the folder; each test gets workers of its own over either database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fault_stage import FaultStage, fault_stage
from tests.support.worker_stage import WorkerStage


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultStage]:
    with fault_stage(tmp_path_factory.mktemp("stage")) as made:
        yield made


@pytest.fixture
def workers(
    stage: FaultStage, tmp_path: Path, database_kind: str, request: pytest.FixtureRequest
) -> Iterator[WorkerStage]:
    server = request.getfixturevalue("postgresql") if database_kind == "postgresql" else None
    with stage.case(tmp_path, server=server) as case:
        made = WorkerStage(case)
        try:
            yield made
        finally:
            made.kill_all()
