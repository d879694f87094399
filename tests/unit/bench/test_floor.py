"""The floor is arithmetic over protocol constants: the figures here are worked out by hand."""

import pytest

from bench.floor import (
    CAPPED,
    EXISTING,
    NEW,
    NONE,
    SAME,
    THREE,
    calldata_gas,
    floor_per_purchase,
    target_per_purchase,
)

FULL_ENTRY = b"\xff" * 32


def test_calldata_gas__zero_and_other_bytes__cost_4_and_16() -> None:
    assert calldata_gas(b"") == 0
    assert calldata_gas(b"\x00\x01\x00\xff") == 4 + 16 + 4 + 16


def test_floor_per_purchase__200_full_entries__is_the_published_figure() -> None:
    """21,000 / 200 + 32 * 16 + 5,000."""
    assert floor_per_purchase([FULL_ENTRY] * 200, member=EXISTING) == 5_617


def test_floor_per_purchase__new_members__pay_a_new_slot() -> None:
    assert floor_per_purchase([FULL_ENTRY] * 200, member=NEW) == 5_617 + 17_100


def test_floor_per_purchase__zero_bytes__are_cheaper() -> None:
    """One entry: 21,000 + 3 * 4 + 29 * 16 + 5,000."""
    assert floor_per_purchase([b"\x00" * 3 + b"\xff" * 29], member=EXISTING) == 26_476


def test_floor_per_purchase__unlike_entries__is_their_mean() -> None:
    """(21,000 + 32 * 4 + 32 * 16) / 2 + 5,000."""
    assert floor_per_purchase([bytes(32), FULL_ENTRY], member=EXISTING) == 15_820


@pytest.mark.parametrize(
    ("size", "promotions", "target"),
    [
        (200, NONE, 8_000),
        (200, THREE, 10_500),
        (200, CAPPED, 10_650),
        (500, NONE, 7_600),
        (500, THREE, 10_000),
        (500, CAPPED, 10_150),
    ],
)
def test_target_per_purchase__existing_member_same_lot__is_the_published_one(
    size: int, promotions: str, target: int
) -> None:
    found = target_per_purchase(size, member=EXISTING, lot=SAME, promotions=promotions)
    assert found == target


def test_target_per_purchase__new_day__may_add_10_000() -> None:
    assert target_per_purchase(200, member=EXISTING, lot="new", promotions=NONE) == 18_000


def test_target_per_purchase__new_member__may_add_17_200_and_no_new_day() -> None:
    assert target_per_purchase(200, member=NEW, lot="new", promotions=NONE) == 25_200


def test_target_per_purchase__fifty_partners__may_add_2_500() -> None:
    found = target_per_purchase(200, member=EXISTING, lot=SAME, promotions=THREE, partners=50)
    assert found == 13_000


@pytest.mark.parametrize("size", [1, 10, 50])
def test_target_per_purchase__small_report__is_none(size: int) -> None:
    assert target_per_purchase(size, member=EXISTING, lot=SAME, promotions=NONE) is None
