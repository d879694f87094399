"""`milepost promotions simulate`: JSON that programs read, tables that managers read, and refusals."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.support.catalogue_files import write, write_partner, write_programme, write_promotion
from tests.support.cli_stage import run_cli
from tests.support.simulations import a_bill, write_bills

DINNER = {"promotion": "dinner", "reward": {"fixed": 300}, "limits": {"budget": 500}}
TRIPLE = {"promotion": "triple", "reward": {"multiple": "3"}}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a programme, a partner who pays 0.10 a mile, two drafts, three bills of two members."""
    write_programme(tmp_path)
    write_partner(tmp_path / "partners", cost_per_mile="0.10")
    write_promotion(tmp_path / "promotions", "dinner.yaml", **DINNER)
    write_promotion(tmp_path / "promotions", "triple.yaml", **TRIPLE)
    write_bills(
        tmp_path,
        a_bill("1", "800.00"),
        a_bill("2", "400.00", member="M-2"),
        a_bill("3", "400.00", occurred_at="2021-05-04T12:00:00+08:00"),
    )
    return tmp_path


def simulate(files: Path, *words: object, promotions: tuple[str, ...] = ("promotions",)) -> Result:
    return run_cli(
        "promotions", "simulate", "--programme", files / "sample.yaml", "--partners", files / "partners",
        "--promotions", *(files / one for one in promotions), "--purchases", files / "past.csv", *words,
    )  # fmt: skip


def document(files: Path, *words: object, **options: Any) -> dict[str, Any]:
    result = simulate(files, *words, "--json", **options)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_simulate__json__has_the_shape_of_the_interface(files: Path) -> None:
    found = document(files)
    first = found["purchases"][0]
    assert (first["sale_ref"], first["member"], first["outcome"]) == ("1", "M-1", "credited")
    assert (first["base_miles"], first["bonus_miles"]) == (200, 700)
    assert first["promotions"] == [
        {"promotion": "dinner", "desired": 300, "granted": 300, "cut_by": None},
        {"promotion": "triple", "desired": 400, "granted": 400, "cut_by": None},
    ]
    third = found["purchases"][2]["promotions"][0]
    assert third == {"promotion": "dinner", "desired": 300, "granted": 0, "cut_by": "budget"}
    dinner, triple = found["promotions"]
    assert list(dinner)[:6] == ["promotion", "members", "awards", "desired", "granted", "budget_left"]
    assert (dinner["members"], dinner["awards"], dinner["desired"], dinner["granted"]) == (2, 2, 900, 500)
    assert (dinner["budget_left"], dinner["cut"], dinner["ended_on"]) == (0, {"budget": 400}, "2021-05-03")
    assert (triple["budget_left"], triple["granted"]) == (None, 800)
    assert found["rejected"] == []


def test_simulate__cost__is_that_of_each_partner(files: Path) -> None:
    found = document(files)
    assert found["promotions"][0]["partners"] == [
        {"partner": "putien", "miles": 500, "cost": "50.00", "currency": "HKD"}
    ]
    (partner,) = found["partners"]
    assert (partner["base_miles"], partner["bonus_miles"], partner["cost"]) == (400, 1_300, "170.00")


def test_simulate__table__says_who_was_reached_and_when_the_budget_ended(files: Path) -> None:
    shown = simulate(files).stdout
    assert "Tried 3 purchases of 2021-05-03 to 2021-05-04" in shown and "2 members" in shown
    assert "0  2021-05-03" in shown and "HKD 170.00" in shown and "█" in shown


def test_simulate__refused_row__is_listed_and_exits_1(files: Path) -> None:
    write_bills(files, a_bill("1", "800.00"), a_bill("2", "1.00", outlet="nowhere"))
    result = simulate(files, "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert len(found["purchases"]) == 1
    (row,) = found["rejected"]
    assert (row["line"], row["code"]) == (3, "unknown_outlet") and "nowhere" in row["sentence"]
    assert "unknown_outlet" in result.stderr


def test_simulate__two_drafts__stand_side_by_side(files: Path) -> None:
    options: dict[str, Any] = {"promotions": ("promotions/dinner.yaml",)}
    against = ("--against", files / "promotions" / "triple.yaml")
    found = document(files, *against, **options)
    assert [one["promotion"] for one in found["against"]["promotions"]] == ["triple"]
    assert found["baseline"]["promotions"] == []
    assert found["differs_from_against"]["bonus_miles"] == 500 - 800
    granted = {one["promotion"]: one["granted"] for one in found["differs_from_against"]["promotions"]}
    assert granted == {"dinner": 500, "triple": -800}
    assert "Beside the draft it is held against" in simulate(files, *against, **options).stdout


def test_simulate__baseline__goes_on_beside_the_draft_and_is_replaced_by_its_name(files: Path) -> None:
    baseline = ("--baseline", files / "promotions" / "triple.yaml")
    found = document(files, *baseline, promotions=("promotions/dinner.yaml",))
    assert [one["promotion"] for one in found["promotions"]] == ["triple", "dinner"]
    assert found["differs_from_baseline"]["bonus_miles"] == 500
    write_promotion(files / "new", "triple.yaml", **TRIPLE | {"reward": {"multiple": "5"}})
    replaced = document(files, *baseline, promotions=("new/triple.yaml",))
    assert [one["granted"] for one in replaced["promotions"]] == [1_600]
    assert replaced["differs_from_baseline"]["bonus_miles"] == 800


def test_simulate__draft_that_does_not_go_with_what_stands__is_refused(files: Path) -> None:
    for place in range(4):
        write_promotion(files / "standing", f"{place}.yaml", **DINNER | {"promotion": f"standing-{place}"})
    result = simulate(files, "--baseline", files / "standing")
    assert result.exit_code == 2 and "groups" in result.stderr


def test_simulate__chart__is_drawn_and_other_formats_are_refused(files: Path) -> None:
    chart = files / "budgets.svg"
    assert simulate(files, "--chart", chart).exit_code == 0
    assert "<svg" in chart.read_text(encoding="utf-8")
    assert simulate(files, "--chart", files / "budgets.pdf").exit_code == 2


def test_simulate__bad_draft_or_no_file__exits_2_with_nothing_on_standard_output(files: Path) -> None:
    write_promotion(files / "bad", reward={"fixed": 0})
    refused = simulate(files, "--json", promotions=("bad",))
    assert (refused.exit_code, refused.stdout) == (2, "")
    (files / "past.csv").unlink()
    assert simulate(files).exit_code == 2


def test_simulate__no_purchases__says_so(files: Path) -> None:
    write_bills(files, a_bill("1", "1.00"))
    (files / "past.csv").write_text((files / "past.csv").read_text().splitlines()[0] + "\n")
    assert "Nothing to try" in simulate(files).stdout
    assert document(files)["purchases"] == []


def test_simulate__file_from_new_to_old__is_said_to_be_out_of_order(files: Path) -> None:
    write_bills(files, a_bill("1", "1.00"), a_bill("2", "1.00", occurred_at="2020-05-03T12:00:00+08:00"))
    result = simulate(files)
    assert result.exit_code == 0 and "1 too_old" in result.stdout and "sort it by time" in result.stderr


def test_simulate__members_without_a_time__are_said_to_count_as_enrolled(files: Path) -> None:
    write_promotion(files / "enrolled", members={"enrolled": True})
    members = write(files / "members.csv", "member,enrolled_at\nM-1,2021-05-04T00:00:00+08:00\nM-2,\n")
    result = simulate(files, "--members", members, "--json", promotions=("enrolled",))
    granted = [bool(one["promotions"]) for one in json.loads(result.stdout)["purchases"]]
    assert granted == [False, True, True]
    assert "1 member of" in result.stderr and "without enrolled_at" in result.stderr


def test_simulate__refund_lowers_a_sum__takes_back_what_another_bill_got(files: Path) -> None:
    limits = {"budget": 900}
    reward = {"window_spend": [{"from": "1000.00", "miles": 500}]}
    write_promotion(files / "sums", reward=reward, limits=limits)
    refund = {"kind": "REFUND", "original_sale_ref": "1", "occurred_at": "2021-05-03T15:00:00+08:00"}
    later = {"occurred_at": "2021-05-03T14:00:00+08:00"}
    write_bills(files, a_bill("1", "600.00"), a_bill("2", "400.00", **later), a_bill("R", "600.00", **refund))
    found = document(files, promotions=("sums",))
    assert [one["bonus_miles"] for one in found["purchases"]] == [0, 500, 0]
    (promotion,) = found["promotions"]
    assert (promotion["granted"], promotion["budget_left"]) == (0, 900)
    assert found["partners"][0]["bonus_miles"] == 0


def test_simulate__refund_then_sale_of_one_report__may_use_the_miles_that_came_back(files: Path) -> None:
    """A partner without miles left once stopped its reports, as it was charged before it was given back."""
    write_partner(files / "partners", pays={"prepaid": 100})
    refund = {"kind": "REFUND", "original_sale_ref": "1", "occurred_at": "2021-05-03T15:00:00+08:00"}
    later = {"occurred_at": "2021-05-03T16:00:00+08:00"}
    write_bills(files, a_bill("1", "400.00"), a_bill("R", "400.00", **refund), a_bill("2", "400.00", **later))
    found = document(files)
    assert [one["base_miles"] for one in found["purchases"]] == [100, 0, 100]
    assert found["reports"] == 2
