"""Decides which lanes a worker should hold, of those there are, beside the others that live.

`loop` asks it now and then and takes or gives back leases accordingly; nothing here speaks to a database.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from milepost.domain.quantities import Lane
from milepost.ports import Lease

READER = "reader"


def lane_lease(lane: Lane) -> str:
    return f"lane:{lane}"


def sender_lease(address: str) -> str:
    """One process at a time sends from an address, else two would use one nonce."""
    return f"sender:{address}"


def sharing_lease(address: str) -> str:
    """Of an address whose worker takes any lane: it counts when lanes are shared out."""
    return f"sharing:{address}"


def chore_lease(name: str) -> str:
    return f"chore:{name}"


@dataclass(frozen=True, slots=True)
class Shares:
    """What a worker should take and give back now, in order."""

    take: tuple[Lane, ...] = ()
    give_back: tuple[Lane, ...] = ()


def shares(lanes: Sequence[Lane], own: Iterable[Lane], live: Sequence[Lease], holder: str) -> Shares:
    """What a worker that takes any lane should do, given all leases that live.

    Shape: each of the sharing workers gets the same number of lanes, rounded up; lanes of a worker that was
        given its lanes by name are left out of the count.
    """
    own = sorted(own)
    sharing = {lease.holder for lease in live if lease.name.startswith("sharing:")} | {holder}
    by_lane = {lease.name: lease.holder for lease in live if lease.name.startswith("lane:")}
    open_lanes = [lane for lane in lanes if by_lane.get(lane_lease(lane), holder) in sharing]
    fair = -(-len(open_lanes) // len(sharing))
    free = [lane for lane in lanes if lane_lease(lane) not in by_lane and lane not in own]
    return Shares(tuple(free[: max(fair - len(own), 0)]), tuple(own[fair:]))


def named(lanes: Sequence[Lane], own: Iterable[Lane], live: Sequence[Lease]) -> Shares:
    """What a worker that was given its lanes by name should do: take them as they come free."""
    taken = {lease.name for lease in live}
    return Shares(tuple(lane for lane in lanes if lane_lease(lane) not in taken and lane not in set(own)))
