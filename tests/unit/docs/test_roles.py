"""docs/roles.md says what `roles.py` says: every role, its number, its functions, and nothing more."""

import re
from pathlib import Path

import pytest

from milepost.chain.contracts import artifact
from milepost.chain.roles import (
    AUTHORITY_OWNED,
    BOOK_ONLY,
    DESK_ONLY,
    FUNCTIONS,
    OPEN_TO_ALL,
    SETTLER_ONLY,
    Role,
)

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "roles.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line[:1] == "|"
]


def _quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def _row_of(role: Role) -> list[str]:
    (row,) = (row for row in ROWS if row[0] == f"`{role.label}`")
    return row


def _callers(caller: str) -> list[str]:
    (row,) = (row for row in ROWS if caller in row[0])
    return sorted(_quoted(row[1]))


def _named(table: dict[str, tuple[str, ...]]) -> list[str]:
    return sorted(f"{contract}.{function}" for contract, functions in table.items() for function in functions)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_page__each_role__has_its_functions_and_no_others(role: Role) -> None:
    wanted = [
        f"{contract}.{function}" for contract, roles in FUNCTIONS.items() for function in roles.get(role, ())
    ]
    row = _row_of(role)
    assert row[1] == str(int(role))
    assert sorted(_quoted(row[4])) == sorted(wanted)
    assert all(row[2:]), row


def test_page__admin__has_what_the_authority_lets_it_alone_do() -> None:
    """Everything of AccessManager that changes state, but what anyone calls for their own calls and roles."""
    changing = {
        entry["name"]
        for entry in artifact("Authority").abi
        if entry["type"] == "function" and entry["stateMutability"] in ("nonpayable", "payable")
    }
    own = {"schedule", "execute", "cancel", "consumeScheduledOp", "multicall", "renounceRole"}
    assert set(_quoted(_row_of(Role.ADMIN)[4])) - {"Authority"} == changing - own


@pytest.mark.parametrize(
    ("caller", "table"),
    [
        ("settler slot", SETTLER_ONLY),
        ("a desk", DESK_ONLY),
        ("promotion book slot", BOOK_ONLY),
        ("the authority", AUTHORITY_OWNED),
        ("anyone", OPEN_TO_ALL),
    ],
)
def test_page__what_no_role_may_call__is_all_there(caller: str, table: dict[str, tuple[str, ...]]) -> None:
    assert _callers(caller) == _named(table)
