"""Replaying lots of which each lapses on its own day."""

from milepost.domain.lots import add_miles, drop_lapsed, move_all, take_soonest


def test_take_soonest__more_than_there_is__says_what_was_short() -> None:
    lots = {(9_000, 1): 5, (9_001, 1): 6}
    assert (take_soonest(lots, 20), lots) == (9, {})


def test_take_soonest__part_of_a_lot__leaves_the_rest() -> None:
    lots = {(9_001, 1): 6, (9_000, 1): 5}
    assert (take_soonest(lots, 7), lots) == (0, {(9_001, 1): 4})


def test_add_miles__none__makes_no_lot() -> None:
    lots: dict[tuple[int, int], int] = {}
    add_miles(lots, 9_000, 1, 0)
    assert lots == {}


def test_drop_lapsed__last_day_and_the_day_before__keeps_the_first() -> None:
    lots = {(9_000, 1): 5, (8_999, 1): 6}
    drop_lapsed(lots, 9_000)
    assert lots == {(9_000, 1): 5}


def test_move_all__lots_of_two_accounts__join_by_day_and_version() -> None:
    source, target = {(9_000, 1): 5, (9_000, 2): 1}, {(9_000, 1): 7}
    assert move_all(source, target) == 6
    assert (source, target) == ({}, {(9_000, 1): 12, (9_000, 2): 1})
