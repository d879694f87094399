"""monitoring/: each figure that it names is one that a process shows, and each link leads to a heading."""

import json
import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from milepost.observability.measures import all_names

ROOT = Path(__file__).resolve().parents[3]
PAGE = "docs/operations.md"


def _yaml(name: str) -> Any:
    return YAML(typ="safe").load((ROOT / "monitoring" / name).read_text(encoding="utf-8"))


def _rules() -> list[dict[str, Any]]:
    return [rule for group in _yaml("alerts.yml")["groups"] for rule in group["rules"]]


def _expressions_of_board() -> list[str]:
    board = json.loads((ROOT / "monitoring" / "dashboard.json").read_text(encoding="utf-8"))
    return [target["expr"] for panel in board["panels"] for target in panel["targets"]]


def _names_in(expressions: list[str]) -> set[str]:
    return set(re.findall(r"\bmilepost_[a-z_]+", " ".join(expressions)))


def test_monitoring__figures_it_names__are_shown() -> None:
    rules, board = [rule["expr"] for rule in _rules()], _expressions_of_board()
    assert rules and board
    assert _names_in(rules) | _names_in(board) <= all_names()


def test_alerts__each__has_a_severity_and_a_heading_to_go_to() -> None:
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles}
    for rule in _rules():
        assert rule["labels"]["severity"] in ("warning", "critical")
        page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
        assert (page, anchor in anchors) == (PAGE, True), rule["alert"]


def test_alerts__names__are_each_given_once() -> None:
    names = [rule["alert"] for rule in _rules()]
    assert len(set(names)) == len(names)


def test_prometheus__its_rules__are_the_file_beside_it() -> None:
    found = _yaml("prometheus.yml")
    assert found["rule_files"] == ["alerts.yml"]
    assert {job["job_name"] for job in found["scrape_configs"]} == {
        "milepost-serve",
        "milepost-worker",
        "milepost-reporter",
    }
