"""The picture: bands that add up to what was earned, drawn the same each time, a panel for each programme."""

from pathlib import Path
from typing import Any

import pytest

from milepost.demo.lives.picture import bands, draw

EARNED, REDEEMED, LAPSED = [100, 50, 0, 0], [0, 30, 0, 0], [0, 0, 0, 70]


def _programme(name: str) -> dict[str, Any]:
    months = [
        {"month": f"1997-0{n}", "earned": earned, "redeemed": redeemed, "lapsed": lapsed, "live": live}
        for n, (earned, redeemed, lapsed, live) in enumerate(
            zip(EARNED, REDEEMED, LAPSED, [100, 120, 120, 50], strict=True), start=1
        )
    ]
    return {
        "programme": name,
        "rule": "two months from earning, to the month's end",
        "first_day": "1997-01-01",
        "by_month": months,
        "miles": {"earned": 150, "redeemed": 30, "lapsed": 70, "live": 50},
    }


def _document(*names: str) -> dict[str, Any]:
    return {
        "source": {"members": 2, "purchases": 3},
        "months": {"watched": 4, "of_purchases": 2},
        "award_miles": 30,
        "programmes": [_programme(name) for name in names],
    }


def test_bands__of_a_programme__add_up_to_what_was_earned_so_far() -> None:
    parts = bands(_programme("ana"))
    assert list(parts) == ["live", "redeemed", "lapsed"]
    assert [sum(all_at_once) for all_at_once in zip(*parts.values(), strict=True)] == [0, 100, 150, 150, 150]
    assert parts["lapsed"] == [0, 0, 0, 0, 70]


@pytest.mark.parametrize(
    "names", [["ana"], ["ana", "enrich", "onepass", "garuda", "skymiles", "jpprivilege"]]
)
def test_draw__twice__writes_the_same_picture(names: list[str], tmp_path: Path) -> None:
    first, second = tmp_path / "first.svg", tmp_path / "second.svg"
    draw(_document(*names), first)
    draw(_document(*names), second)
    assert first.read_bytes() == second.read_bytes()
    assert first.read_text().lstrip().startswith("<?xml")
