"""One anvil for the tier; each test gets a case of its own on it.

A killed process loses nothing that it wrote to a file, wherever that is: so databases lie in memory where the
system has a folder for that, and no commit waits for a disk. A power cut is not tried.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.databases import PostgresqlServer
from tests.support.fault_depth import CASE_KINDS
from tests.support.fault_stage import FaultCase, FaultStage, fault_stage

_IN_MEMORY = Path("/dev/shm")


@pytest.fixture(scope="session")
def memory() -> Iterator[Path]:
    """A folder in memory, or the system's usual one."""
    with TemporaryDirectory(prefix="milepost-", dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def stage(memory: Path) -> Iterator[FaultStage]:
    folder = memory / "stage"
    folder.mkdir()
    with fault_stage(folder) as made:
        yield made


@pytest.fixture
def folder(memory: Path) -> Iterator[Path]:
    """A test's own, empty."""
    with TemporaryDirectory(dir=memory) as made:
        yield Path(made)


@pytest.fixture(params=CASE_KINDS)
def case_server(request: pytest.FixtureRequest) -> PostgresqlServer | None:
    """The server of PostgreSQL for a case that runs on it, none for one on SQLite."""
    return request.getfixturevalue("postgresql") if request.param == "postgresql" else None


@pytest.fixture
def case(stage: FaultStage, folder: Path, case_server: PostgresqlServer | None) -> Iterator[FaultCase]:
    """Three members on the ledger; on SQLite, in the full form on PostgreSQL too."""
    with stage.case(folder, server=case_server) as made:
        yield made


@pytest.fixture
def bare_case(stage: FaultStage, folder: Path, case_server: PostgresqlServer | None) -> Iterator[FaultCase]:
    """The same without any member."""
    with stage.case(folder, has_members=False, server=case_server) as made:
        yield made


@pytest.fixture
def sqlite_case(stage: FaultStage, folder: Path) -> Iterator[FaultCase]:
    """For what only a database in a file can have."""
    with stage.case(folder) as made:
        yield made


@pytest.fixture
def postgresql_case(stage: FaultStage, folder: Path, postgresql: PostgresqlServer) -> Iterator[FaultCase]:
    """For what is tried on PostgreSQL in the short form too."""
    with stage.case(folder, server=postgresql) as made:
        yield made
