"""What partners wrote stands between marks in the sentences of errors, and nowhere else in what is logged."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.quoting import HIDDEN, quoted, without_quoted

SOURCES = Path(__file__).parents[3] / "src" / "milepost"
# Commands, and what they simulate, speak to the person who asked and log nothing; feeds answer the partner.
_SAY_IT = ("catalogue", "cli", "demo", "feeds", "simulation")
_NO_ERRORS = {
    # Answers to the partner that sent the reference.
    "pipeline/ingest_purchase.py",
    # What `milepost partners try` says and asks: the reference is of its own making.
    "bootstrap/trial.py",
    # The lines that `milepost up` prints to be tried.
    "local/machine.py",
    "web/till.py",
}
_PARTNERS_WORDS = {"sale_ref", "original_sale_ref"}


@given(st.text(), st.text(alphabet=st.characters(exclude_characters="“”")))
def test_without_quoted__any_text_between_marks__leaves_nothing_of_it(text: str, around: str) -> None:
    assert without_quoted(f"{around}{quoted(text)}{around}") == f"{around}{HIDDEN}{around}"


def test_without_quoted__cut_off_within__leaves_nothing_from_there_on() -> None:
    assert without_quoted("The bill “Mrs. Ch") == f"The bill {HIDDEN}"


def test_quoted__one_within_another__is_hidden_whole() -> None:
    assert without_quoted(quoted(f"the bill {quoted('A-1')} is settled") + ".") == f"{HIDDEN}."


def _shown(tree: ast.AST) -> Iterator[ast.FormattedValue]:
    """Every value that an f-string shows, but for those that are quoted."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FormattedValue) and not (
            isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Name)
            and node.value.func.id == "quoted"
        ):
            yield node


def _names(value: ast.AST) -> set[str]:
    return {
        node.attr if isinstance(node, ast.Attribute) else node.id
        for node in ast.walk(value)
        if isinstance(node, ast.Attribute | ast.Name)
    }


@pytest.mark.parametrize(
    "source",
    [
        path.relative_to(SOURCES).as_posix()
        for path in sorted(SOURCES.rglob("*.py"))
        if path.relative_to(SOURCES).parts[0] not in _SAY_IT
        and path.relative_to(SOURCES).as_posix() not in _NO_ERRORS
    ],
)
def test_sentences__that_show_a_bills_reference__quote_it(source: str) -> None:
    tree = ast.parse((SOURCES / source).read_text(encoding="utf-8"))
    assert [node.lineno for node in _shown(tree) if _names(node.value) & _PARTNERS_WORDS] == []
