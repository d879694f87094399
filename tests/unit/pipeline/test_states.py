"""The three tables of states, and that nothing else moves one.

given the states' names, the lines of docs/main-path.md and the tables   then they say the same
given the source of the whole package                                    then states.py alone moves a state
"""

import ast
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

import pytest

import milepost
from milepost.pipeline.states import (
    PURCHASE_MOVES,
    REPORT_MOVES,
    TX_MOVES,
    StateMoveForbidden,
    require_move,
)
from milepost.ports import PurchaseState, ReportState, TxState

PACKAGE = Path(str(milepost.__file__)).parent
PAGE = PACKAGE.parents[1] / "docs" / "main-path.md"
TABLES = {"purchase": PURCHASE_MOVES, "report": REPORT_MOVES, "tx": TX_MOVES}
# Words of the page's lines that are written otherwise in the code.
WRITTEN = {"settled, pending": "settled_pending", "settled, final": "settled_final"}


@pytest.mark.parametrize(
    ("moves", "states"), [(PURCHASE_MOVES, PurchaseState), (REPORT_MOVES, ReportState), (TX_MOVES, TxState)]
)
def test_moves__every_state__has_its_row(moves: dict[object, object], states: object) -> None:
    assert list(moves) and set(moves) == set(states)


def test_moves__final__nothing_follows() -> None:
    final = (
        PURCHASE_MOVES[PurchaseState.SETTLED_FINAL],
        REPORT_MOVES[ReportState.FINAL],
        TX_MOVES[TxState.FINAL],
    )
    assert final == (frozenset(),) * 3


def test_require_move__not_in_the_table__is_forbidden() -> None:
    with pytest.raises(StateMoveForbidden, match="What is conflicted cannot become accepted"):
        require_move(PURCHASE_MOVES, PurchaseState.CONFLICTED, PurchaseState.ACCEPTED)


def _line(noun: str) -> str:
    """A noun's line of the page, with those that go on below it, without what brackets add."""
    found = re.search(
        rf"^    {noun}: (.*(?:\n     .*)*)", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    assert found is not None, noun
    return re.sub(r"\([^)]*\)", "", found[1])


def _words(noun: str) -> list[list[str]]:
    """What the page lets follow what: one list of alternatives a step."""
    steps = _line(noun).split("->")
    words = [[" ".join(word.split()) for word in step.split("|")] for step in steps]
    return [[WRITTEN.get(word, word) for word in step] for step in words]


@pytest.mark.parametrize("noun", TABLES)
def test_moves__states_of_the_page__are_the_tables(noun: str) -> None:
    moves: Mapping[StrEnum, frozenset[StrEnum]] = TABLES[noun]
    named = [word for step in _words(noun) for word in step]
    assert sorted(named) == sorted(state.value for state in moves)


@pytest.mark.parametrize("noun", TABLES)
def test_moves__way_of_the_page__is_in_the_table(noun: str) -> None:
    moves: Mapping[StrEnum, frozenset[StrEnum]] = TABLES[noun]
    for (before, *_), alternatives in pairwise(_words(noun)):
        allowed = {state.value for source, targets in moves.items() if source == before for state in targets}
        # What stands behind a bar ends the way; from where is in the tables of docs/faults.md.
        assert alternatives[0] in allowed
    ends = [word for step in _words(noun) for word in step[1:]]
    reached = {state.value for targets in moves.values() for state in targets}
    assert set(ends) <= reached


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def test_move__anywhere_but_in_states__is_called_nowhere() -> None:
    """The stores change a state when told to; only the tables' module may tell them."""
    callers = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for call in _calls(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call.func, ast.Attribute) and call.func.attr == "move"
    }
    assert callers == {"pipeline/states.py"}


@pytest.mark.parametrize("store", ["purchases", "reports", "txs"])
def test_state__in_the_database__is_written_by_add_and_move_alone(store: str) -> None:
    tree = ast.parse((PACKAGE / "store" / f"{store}.py").read_text(encoding="utf-8"))
    writers = {
        function.name
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and _writes_state(function)
    }
    assert writers == {"add", "move"}


def _writes_state(function: ast.FunctionDef) -> bool:
    values = (call for call in _calls(function) if getattr(call.func, "attr", None) == "values")
    keys = (key for node in ast.walk(function) if isinstance(node, ast.Dict) for key in node.keys)
    return any(keyword.arg == "state" for call in values for keyword in call.keywords) or any(
        isinstance(key, ast.Constant) and key.value == "state" for key in keys
    )
