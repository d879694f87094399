"""The table of roles leaves out no contract that obeys the authority, and no function of one."""

from milepost.chain.contracts import CONTRACT_NAMES, artifact
from milepost.chain.roles import (
    AUTHORITY_OWNED,
    BOOK_ONLY,
    DESK_ONLY,
    FUNCTIONS,
    OPEN_TO_ALL,
    SETTLER_ONLY,
    Role,
)


def _changing(contract: str) -> list[str]:
    return [
        entry["name"]
        for entry in artifact(contract).abi
        if entry["type"] == "function" and entry["stateMutability"] in ("nonpayable", "payable")
    ]


def test_functions__contracts_with_an_authority__all_stand_in_the_table() -> None:
    obeying = {name for name in CONTRACT_NAMES if "setAuthority" in artifact(name).function_names}
    assert obeying == set(FUNCTIONS)
    # What keeps state of a programme obeys it: only the authority itself and what keeps nothing do not.
    assert {name for name in CONTRACT_NAMES if _changing(name)} - obeying == {"Authority"}


def test_functions__that_change_state__stand_in_one_table_once() -> None:
    for contract in FUNCTIONS:
        listed = [function for functions in FUNCTIONS[contract].values() for function in functions]
        for table in (SETTLER_ONLY, DESK_ONLY, BOOK_ONLY, AUTHORITY_OWNED, OPEN_TO_ALL):
            listed += table.get(contract, ())
        assert len(listed) == len(set(listed))
        # The ERC-20 face refuses without reading state, and so may be declared pure.
        assert set(_changing(contract)) - set(listed) == set()
        assert set(listed) - set(_changing(contract)) <= {"transfer", "approve", "transferFrom"}


def test_functions__every_role_but_the_admins__has_some() -> None:
    held = {role for roles in FUNCTIONS.values() for role in roles}
    assert held == set(Role) - {Role.ADMIN}
