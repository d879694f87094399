"""`make demo` on the first bills: shown, written, and the same in every run."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from milepost.demo.run import DemoPaths, run_demo

ROOT = Path(__file__).resolve().parents[3]
BILLS = 40
# What a machine is slower or faster at; all else is the same in two runs.
TIMES = ("till_to_credit_s", "wall_s")


def _run(build: Path, width: int) -> tuple[str, dict[str, Any]]:
    shown = io.StringIO()
    paths = DemoPaths(ROOT, build)
    run_demo(paths, Console(file=shown, width=width), most_bills=BILLS)
    return shown.getvalue(), json.loads(paths.result.read_text())


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, dict[str, Any]]]:
    """Two runs one after the other in the same place, at 80 and at 100 columns."""
    build = tmp_path_factory.mktemp("build")
    return [_run(build, width) for width in (80, 100)]


def test_run_demo__twice__has_the_same_roots_receipts_and_miles(
    runs: list[tuple[str, dict[str, Any]]],
) -> None:
    first, second = ({key: value for key, value in run.items() if key not in TIMES} for _, run in runs)
    assert first["chain"]["roots"] and first["receipts"]["digest"]
    assert first == second


def test_run_demo__its_file__has_the_keys_of_the_interface(runs: list[tuple[str, dict[str, Any]]]) -> None:
    facts = runs[0][1]
    assert list(facts) == [
        "version", "source", "chain", "purchases", "outcomes", "miles", "reports", "gas", "promotions",
        "till_to_credit_s", "receipts", "second_feed", "reconciliation", "wall_s",
    ]  # fmt: skip
    assert facts["version"] == 1
    assert facts["source"] == {"file": "examples/tips.csv", "bills": BILLS}
    assert facts["chain"]["kind"] == "eth-tester" and facts["chain"]["starts_at"] == "2018-04-20T00:00:00Z"
    assert facts["purchases"] == {
        "read": BILLS, "accepted": BILLS, "duplicate": 0, "conflict": 0, "rejected": 0, "settled": BILLS,
    }  # fmt: skip
    assert set(facts["promotions"][0]) == {
        "promotion", "members", "awards", "desired", "granted", "cut", "budget_left",
    }  # fmt: skip
    assert {"per_member", "budget"} <= set(facts["promotions"][0]["cut"])
    receipts = {key: facts["receipts"][key] for key in ("issued", "verified", "tampered", "tampered_refused")}
    assert receipts == {"issued": BILLS, "verified": BILLS, "tampered": 1, "tampered_refused": 1}
    assert facts["second_feed"] == {"read": BILLS, "accepted": 0, "duplicate": BILLS, "miles_credited": 0}
    miles = facts["miles"]
    assert miles["base"] + miles["bonus"] == miles["credited"] > 0
    assert facts["reconciliation"] == {
        "chain": miles["credited"],
        "store": miles["credited"],
        "difference": 0,
    }
    assert (
        facts["gas"]["total"] > 0 and 0 < facts["till_to_credit_s"]["p50"] <= facts["till_to_credit_s"]["p95"]
    )


def test_run_demo__in_the_terminal__shows_what_the_file_says(runs: list[tuple[str, dict[str, Any]]]) -> None:
    for shown, facts in runs:
        for words in (
            "Real, from the file", "Assumed", f"{BILLS}/{BILLS} bills", "difference 0", "refused",
            f"{BILLS} duplicate; 0 settled", "demo.json", "Done in",
            f"{facts['gas']['total']:,}", f"{facts['miles']['credited']:,}",
        ):  # fmt: skip
            assert words in shown
        for promotion in facts["promotions"]:
            assert promotion["promotion"] in shown


@pytest.mark.parametrize("place", [0, 1])
def test_run_demo__at_80_and_100_columns__no_line_is_longer(
    runs: list[tuple[str, dict[str, Any]]], place: int
) -> None:
    width = (80, 100)[place]
    lines = runs[place][0].splitlines()
    assert max(map(len, lines)) <= width
    assert not [line for line in lines if "…" in line]
