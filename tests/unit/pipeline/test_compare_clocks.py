"""Comparing the chain's clock with this machine's.

given no machine's clock            then the chain's time is the latest
given the chain is ahead            then up to the programme's minutes it is, beyond it stops
given the chain lags                then the machine's is, but for a chain in a time of its own
"""

import pytest

from milepost.domain.errors import WhoActs
from milepost.pipeline.compare_clocks import MOST_LAG_S, ClocksDiffer, latest_instant
from tests.support.clocks import FixedClock
from tests.support.programme import ACCEPT, NOON_S


def test_latest_instant__no_machine__is_the_chains() -> None:
    assert latest_instant(NOON_S, None, ACCEPT) == NOON_S


@pytest.mark.parametrize(
    ("machine_s", "latest_s"),
    [
        (NOON_S, NOON_S),
        (NOON_S - 600, NOON_S),
        (NOON_S + 3_600, NOON_S + 3_600),
        (NOON_S + MOST_LAG_S, NOON_S + MOST_LAG_S),
        # The chain of the demo, whose year is long past.
        (NOON_S + MOST_LAG_S + 1, NOON_S),
    ],
)
def test_latest_instant__chain_not_too_far_ahead__is_the_later_unless_in_its_own_time(
    machine_s: int, latest_s: int
) -> None:
    assert latest_instant(NOON_S, FixedClock(machine_s), ACCEPT) == latest_s


@pytest.mark.parametrize("machine_s", [NOON_S - 601, NOON_S - 3_600, 0])
def test_latest_instant__chain_too_far_ahead__stops_and_says_both_times(machine_s: int) -> None:
    with pytest.raises(
        ClocksDiffer, match=r"The chain says it is 2018-05-14T05:00:00Z, this machine"
    ) as stop:
        latest_instant(NOON_S, FixedClock(machine_s), ACCEPT)
    assert "Set this machine's clock" in str(stop.value)
    assert (stop.value.exit_code, stop.value.who_acts) == (3, WhoActs.OPERATOR)
