"""The chain of every contract test: ape's in-process one, with a clock that starts on a known day.

On it, one programme, deployed once; ape takes each test's changes back.
"""

from collections.abc import Callable

import pytest
from ape.api import AccountAPI
from ape.managers.accounts import TestAccountManager
from ape.managers.chain import ChainManager
from ape.managers.networks import NetworkManager
from ape.managers.project import ProjectManager

from milepost.domain import programme as domain
from tests.support.contract_programme import Programme, deploy
from tests.support.evm import Evm
from tests.support.ledger_stage import LedgerStage, a_stage
from tests.support.own_clock import use_own_clock

# Monday 2018-05-14 00:00 UTC, in unix seconds.
START = 1_526_256_000


@pytest.fixture(scope="session", autouse=True)
def clock(networks: NetworkManager) -> int:
    """Start the chain at `START`, before any other fixture touches it; gives that date."""
    use_own_clock(networks.provider, START)
    return START


@pytest.fixture(scope="session")
def programme(
    clock: int, chain: ChainManager, project: ProjectManager, accounts: TestAccountManager
) -> Programme:
    """All contracts with three partners and a hundred members, and no promotion."""
    return deploy(chain, project, [accounts[i] for i in range(3)])


@pytest.fixture(scope="session")
def admin(programme: Programme) -> AccountAPI:
    """Gives roles; itself has none but the admin's."""
    return programme.admin


@pytest.fixture(scope="session")
def manager(programme: Programme) -> AccountAPI:
    """Holds every role but the admin's, without delay."""
    return programme.manager


@pytest.fixture(scope="session")
def relayer(programme: Programme) -> AccountAPI:
    """Brings reports to the chain; it needs no role for that."""
    return programme.relayer


@pytest.fixture(scope="session")
def wallet(accounts: TestAccountManager) -> AccountAPI:
    """A member's wallet."""
    return accounts[3]


@pytest.fixture(scope="session")
def stranger(accounts: TestAccountManager) -> AccountAPI:
    """Nobody of the programme."""
    return accounts[4]


@pytest.fixture
def stage_of(clock: int, project: ProjectManager) -> Callable[[domain.Programme | str], LedgerStage]:
    """Makes a ledger of its own on a bare EVM, of a programme or of a file in programmes/ by its name."""
    return lambda programme: a_stage(Evm(project), programme)
