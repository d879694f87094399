"""Every vector of tests/vectors/promotions-v1.json through `milepost promotions simulate`."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.catalogue_files import write_yaml
from tests.support.cli_stage import ROOT, run_cli
from tests.support.feed_rows import csv_of

CASES = {
    case["name"]: case
    for case in json.loads((ROOT / "tests" / "vectors" / "promotions-v1.json").read_text(encoding="utf-8"))[
        "cases"
    ]
}


@pytest.mark.parametrize("name", CASES)
def test_simulate__a_case_of_the_vectors__gives_what_is_expected(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    purchases, members = tmp_path / "vectors.csv", tmp_path / "members.csv"
    purchases.write_bytes(csv_of(*(one["row"] for one in case["purchases"])))
    members.write_bytes(csv_of(*case["members"]))
    done = run_cli(
        "promotions", "simulate", "--programme", ROOT / "programmes" / f"{case['programme']}.yaml",
        "--partners", *(ROOT / "partners" / f"{code}.yaml" for code in case["partners"]),
        "--promotions", *promotion_files(case, tmp_path), "--purchases", purchases,
        "--members", members, "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    for wanted, one in zip(case["purchases"], found["purchases"], strict=True):
        assert {key: one[key] for key in wanted["expect"]} == wanted["expect"], one["sale_ref"]
    assert_sums(found)


def promotion_files(case: dict[str, Any], folder: Path) -> list[Path]:
    """In the order of publishing: files of promotions/, or written out in the case."""
    return [
        ROOT / "promotions" / f"{one}.yaml"
        if isinstance(one, str)
        else write_yaml(folder / f"{one['promotion']}.yaml", one)
        for one in case["promotions"]
    ]


def assert_sums(found: dict[str, Any]) -> None:
    """What a promotion granted is what partners pay, what its days say, and what its budget lacks."""
    for one in found["promotions"]:
        assert (
            one["granted"]
            == sum(share["miles"] for share in one["partners"])
            == sum(day["granted"] for day in one["days"])
        )
        if one["budget"] is not None:
            assert one["budget_left"] == one["budget"] - one["granted"]
        assert one["desired"] - one["granted"] == sum(one["cut"].values())
