"""The chain of every contract test: ape's in-process one, with a clock that starts on a known day."""

import pytest
from ape.managers.networks import NetworkManager

from tests.support.own_clock import use_own_clock

# Monday 2018-05-14 00:00 UTC, in unix seconds.
START = 1_526_256_000


@pytest.fixture(scope="session", autouse=True)
def clock(networks: NetworkManager) -> int:
    """Start the chain at `START`, before any other fixture touches it; gives that date."""
    use_own_clock(networks.provider, START)
    return START
