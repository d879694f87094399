"""`milepost promotions validate`: valid files are listed, of others every problem is named."""

import json
from pathlib import Path

from tests.support.catalogue_files import write_partner, write_promotion
from tests.support.cli_stage import ROOT, run_cli


def test_validate__files_of_the_repository__are_valid() -> None:
    result = run_cli("promotions", "validate", ROOT / "promotions", "--partners", ROOT / "partners")
    assert result.exit_code == 0, result.output
    assert "harbour-weekend-triple" in result.stdout and "base x 3" in result.stdout


def test_validate__json__lists_them_in_order(tmp_path: Path) -> None:
    write_partner(tmp_path)
    file = write_promotion(tmp_path, limits={"per_member": 500, "budget": 9000})
    result = run_cli("promotions", "validate", file, "--partners", tmp_path / "putien.yaml", "--json")
    document = json.loads(result.stdout)
    assert document["valid"] is True and document["problems"] == []
    (found,) = document["promotions"]
    assert (found["reward"], found["per_member"], found["budget"]) == ("500 miles", 500, 9000)


def test_validate__something_wrong__names_file_line_and_key(tmp_path: Path) -> None:
    write_partner(tmp_path)
    file = write_promotion(tmp_path, reward={"fixed": 0}, partners=["nobody"])
    words = ("promotions", "validate", file, "--partners", tmp_path / "putien.yaml")
    result = run_cli(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{file}:" in result.stderr and "reward" in result.stderr
    document = json.loads(run_cli(*words, "--json").stdout)
    assert document["valid"] is False
    assert {problem["key"] for problem in document["problems"]} >= {"reward.fixed"}
    assert all(problem["line"] for problem in document["problems"])


def test_validate__no_partners_here__is_refused(tmp_path: Path) -> None:
    result = run_cli("promotions", "validate", tmp_path / "none.yaml", "--partners", tmp_path / "none")
    assert result.exit_code == 2 and "no such file" in result.stderr
