"""Compares the chain's clock, by which purchases are judged, with this machine's: one of them may be off.

Before it a till dated a purchase; ingesting asks here how far ahead it may lie, settling whether to go on.
Source: docs/decisions/0014-judge-purchases-by-the-chains-clock.md
"""

from milepost.domain.calendar import SECONDS_A_DAY, shown_instant
from milepost.domain.errors import ChainError
from milepost.domain.programme import Acceptance
from milepost.ports import Clock

MOST_LAG_S = SECONDS_A_DAY
"""A chain further behind this machine lives in a time of its own, as those of the demo and of tests do."""


class ClocksDiffer(ChainError):
    """The chain's time lies ahead of this machine's. The operator sets the clock that is wrong."""

    def __init__(self, *, chain_s: int, machine_s: int, accept: Acceptance) -> None:
        super().__init__(
            f"The chain says it is {shown_instant(chain_s)}, this machine {shown_instant(machine_s)}: they"
            f" differ by more than the {accept.ahead_minutes} minutes that the programme allows. Set this"
            " machine's clock, or the node's if that is the wrong one, then run this again; nothing is lost."
        )


def latest_instant(chain_s: int, machine: Clock | None, accept: Acceptance) -> int:
    """The time up to which a purchase may lie, but for the programme's minutes ahead.

    Shape: the chain's time, or this machine's where the chain lags behind it by less than `MOST_LAG_S`: such
        purchases are true, and wait until the chain is there. Without a machine the chain alone tells.
    Units: unix seconds.
    Raises: ClocksDiffer if the chain is ahead by more than the programme's minutes.
    """
    if machine is None:
        return chain_s
    machine_s = machine.now()
    if chain_s - machine_s > accept.ahead_minutes * 60:
        raise ClocksDiffer(chain_s=chain_s, machine_s=machine_s, accept=accept)
    return machine_s if 0 < machine_s - chain_s <= MOST_LAG_S else chain_s
