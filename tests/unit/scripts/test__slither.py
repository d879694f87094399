"""A finding of slither needs an answer in docs/security.md, and an answer needs a finding."""

from typing import Any

import pytest

from scripts._slither import HEADING, complaints, place_of

CONTRACT = {"type": "contract", "name": "MilesLedger", "type_specific_fields": {}}
FUNCTION = {"type": "function", "name": "credit", "type_specific_fields": {"parent": CONTRACT}}
VARIABLE = {"type": "variable", "name": "total", "type_specific_fields": {"parent": FUNCTION}}
NODE = {"type": "node", "name": "total += miles", "type_specific_fields": {"parent": FUNCTION}}
OF_CONSTANTS = FUNCTION | {"name": "slitherConstructorConstantVariables"}
CONSTANT = {"type": "node", "name": "MOST = 0xff", "type_specific_fields": {"parent": OF_CONSTANTS}}


def a_finding(*elements: dict[str, Any], check: str = "timestamp") -> dict[str, Any]:
    return {"check": check, "elements": list(elements), "description": "what slither says\n"}


def a_page(places: str) -> str:
    before = "# Page\n\n| `timestamp` | `Elsewhere.f` | |\n\n"
    return f"{before}{HEADING}\n\n| `timestamp` | {places} | why |\n\n## After\n"


@pytest.mark.parametrize(
    ("elements", "place"),
    [
        ((FUNCTION, NODE), "MilesLedger.credit"),
        ((VARIABLE,), "MilesLedger.credit.total"),
        ((NODE,), "MilesLedger.credit"),
        ((OF_CONSTANTS, CONSTANT), "MilesLedger.MOST"),
        ((CONTRACT,), "MilesLedger"),
    ],
)
def test_place_of__any_element__is_the_function_or_variable(
    elements: tuple[dict[str, Any], ...], place: str
) -> None:
    assert place_of(a_finding(*elements)) == ("timestamp", place)


def test_complaints__each_finding_answered__has_none() -> None:
    found = [a_finding(FUNCTION), a_finding(FUNCTION), a_finding(VARIABLE)]
    assert complaints(found, a_page("`MilesLedger.credit` (2) `MilesLedger.credit.total`")) == []


def test_complaints__new_finding__says_what_slither_says() -> None:
    (line,) = complaints([a_finding(FUNCTION), a_finding(VARIABLE)], a_page("`MilesLedger.credit`"))
    assert line == "not answered: `timestamp` at `MilesLedger.credit.total`\nwhat slither says\n"


def test_complaints__second_finding_where_one_is_answered__is_not_answered() -> None:
    found = [a_finding(FUNCTION), a_finding(FUNCTION)]
    assert len(complaints(found, a_page("`MilesLedger.credit`"))) == 2


def test_complaints__finding_of_another_detector__is_not_answered() -> None:
    lines = complaints([a_finding(FUNCTION, check="calls-loop")], a_page("`MilesLedger.credit`"))
    assert [line.splitlines()[0] for line in lines] == [
        "not answered: `calls-loop` at `MilesLedger.credit`",
        "answered and no longer found: `timestamp` at `MilesLedger.credit`",
    ]
