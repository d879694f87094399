"""Who takes which lanes.

given workers that take any lane     then each gets as many, rounded up, and gives back what is above
given a worker with lanes by name    then it takes those, and the others share the rest
"""

from milepost.ports import Lease
from milepost.worker.sharing import Shares, lane_lease, named, shares, sharing_lease

LANES = [0, 1, 2, 3]


def _live(sharing: str = "", **lanes: str) -> list[Lease]:
    """Leases of sharing holders, a letter each, and of lanes as `l0="a"`."""
    return [Lease(sharing_lease(f"0x{holder}"), holder, 1) for holder in sharing] + [
        Lease(lane_lease(int(name[1:])), holder, 1) for name, holder in lanes.items()
    ]


def test_shares__alone__takes_all() -> None:
    assert shares(LANES, [], _live(), "a") == Shares(take=(0, 1, 2, 3))
    assert shares(LANES, [0, 1], _live("a", l0="a", l1="a"), "a") == Shares(take=(2, 3))


def test_shares__another_came__gives_back_what_is_above_its_part() -> None:
    live = _live("ab", l0="a", l1="a", l2="a", l3="a")
    assert shares(LANES, LANES, live, "a") == Shares(give_back=(2, 3))
    assert shares(LANES, [], live, "b") == Shares()


def test_shares__another_gave_back__takes_its_part() -> None:
    assert shares(LANES, [], _live("ab", l0="a", l1="a"), "b") == Shares(take=(2, 3))


def test_shares__odd_number__is_rounded_up() -> None:
    assert shares([0, 1, 2], [0, 1], _live("ab", l0="a", l1="a"), "a") == Shares()
    assert shares([0, 1, 2], [], _live("ab", l0="a", l1="a"), "b") == Shares(take=(2,))


def test_shares__lane_of_one_who_was_given_it__is_nobody_elses_part() -> None:
    assert shares(LANES, [], _live("b", l0="a"), "b") == Shares(take=(1, 2, 3))


def test_shares__a_worker_has_died__its_lanes_are_taken() -> None:
    assert shares(LANES, [2, 3], _live("b", l2="b", l3="b"), "b") == Shares(take=(0, 1))


def test_named__free_and_taken__takes_the_free_ones() -> None:
    assert named([1, 3], [], _live("b", l1="b")) == Shares(take=(3,))
    assert named([1, 3], [1, 3], _live(l1="a", l3="a")) == Shares()
