"""One deployed chain a module, taken back after each test."""

from collections.abc import Iterator

import pytest

from tests.support.deployments import DeployedChain, deployed_chain


@pytest.fixture(scope="module")
def _deployed() -> DeployedChain:
    return deployed_chain()


@pytest.fixture
def chain(_deployed: DeployedChain) -> Iterator[DeployedChain]:
    """The plan of `a_plan()` deployed; what a test does to it is undone."""
    tester = _deployed.web3.provider.ethereum_tester
    snapshot = tester.take_snapshot()
    yield _deployed
    tester.revert_to_snapshot(snapshot)
