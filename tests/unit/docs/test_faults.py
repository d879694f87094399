"""docs/faults.md names every fault and fail point with its test, and every move of a state."""

import ast
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from types import FunctionType

import pytest

from milepost.fail_point import FailPoint
from milepost.pipeline.states import PURCHASE_MOVES, REPORT_MOVES, TX_MOVES
from tests.faults import test_adjusting, test_fail_points, test_webhooks

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
GROUPS = ("### Ingest", "### Persist, observe, sign", "### Broadcast", "### Inclusion")
NOT_TRIED = "not tried yet"
_TESTS = vars(test_fail_points) | vars(test_adjusting) | vars(test_webhooks)
STATES = {"Purchase": PURCHASE_MOVES, "Report": REPORT_MOVES, "Tx": TX_MOVES}


def _section(heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, without the head; code marks taken off."""
    text = PAGE.split(f"\n{heading}\n", 1)[1]
    table = text[text.index("\n|") + 1 :].split("\n\n", 1)[0].strip()
    return [[cell.strip().strip("`") for cell in row.strip("|").split("|")] for row in table.split("\n")[2:]]


def _killing_tests() -> dict[str, set[FailPoint]]:
    """The points at which each test kills."""
    found: dict[str, set[FailPoint]] = {}
    for name, test in _TESTS.items():
        for mark in getattr(test, "pytestmark", []) if isinstance(test, FunctionType) else []:
            if mark.name == "parametrize" and mark.args[0] == ("point", "time"):
                found[name] = {given.values[0] for given in mark.args[1]}
    return found


def test_fail_points__of_the_page__are_all_in_order_with_what_a_crash_leaves() -> None:
    rows = _section("## A process killed at every point")
    assert [(row[0], row[2]) for row in rows] == [(point.label, point.leaves) for point in FailPoint]
    assert all(row[3].endswith(".") for row in rows)


def test_fail_points__of_the_page__are_where_it_says_and_killed_at_by_its_test() -> None:
    killing = _killing_tests()
    points = {point.label: point for point in FailPoint}
    for label, place, _, _, test in _section("## A process killed at every point"):
        code = (ROOT / place).read_text(encoding="utf-8")
        assert re.search(rf"\bFailPoint\.{points[label].name}\b", code), label
        assert points[label] in killing[test], label


def _faults() -> list[list[str]]:
    return [row for heading in GROUPS for row in _section(heading)]


def test_faults__of_the_page__are_all_38_in_order_with_what_is_done_and_expected() -> None:
    assert [row[0] for row in _faults()] == [str(number) for number in range(1, 39)]
    assert all(len(row) == 5 and all(row) for row in _faults())


@pytest.mark.parametrize("row", _faults(), ids=lambda row: row[0])
def test_faults__of_the_page__name_tests_that_there_are(row: list[str]) -> None:
    named = re.findall(r"([a-z/_]+\.py)::(test_\w+)", row[4])
    assert named or row[4] == NOT_TRIED
    for file, test in named:
        body = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8")).body
        assert test in [node.name for node in body if isinstance(node, ast.FunctionDef)], f"{file}::{test}"


@pytest.mark.parametrize("noun", STATES)
def test_states__of_the_page__are_the_moves_of_the_tables(noun: str) -> None:
    moves: Mapping[StrEnum, frozenset[StrEnum]] = STATES[noun]
    listed = [(source, target) for source, target, _ in _section(f"### {noun}")]
    allowed = {(source.value, target.value) for source, targets in moves.items() for target in targets}
    assert len(listed) == len(set(listed)) and set(listed) == allowed
