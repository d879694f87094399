"""Writes docs/errors.md from the docstrings of the errors: `make artifacts`.

One source, so that the page cannot say another thing than the code; a test compares them.
"""

import importlib
import inspect
import pkgutil
from pathlib import Path

import milepost
from milepost.chain.contract_errors import ContractError
from milepost.domain.errors import MilepostError

PAGE = Path(__file__).resolve().parent.parent / "docs" / "errors.md"
_HEAD = """# Errors

What happened, what to do, who acts, and the exit code of a command that ends with it. Written by
`make artifacts` from the docstrings: change those, not this page. Messages say the same with the values in;
code acts on the class, never on a message.
"""
_COLUMNS = "| error | what happened, what to do | acts | exit |\n|---|---|---|--:|\n"


def page() -> str:
    """The text of docs/errors.md."""
    found = error_classes()
    ours = [error for error in found if not issubclass(error, ContractError)]
    contracts = [error for error in found if issubclass(error, ContractError)]
    return (
        f"{_HEAD}\n## Milepost\n\n{_COLUMNS}{_rows(ours)}\n## Contracts\n\n"
        "Named as in Solidity, whose arguments `arguments` holds.\n\n"
        f"{_COLUMNS}{_rows(contracts)}"
    )


def error_classes() -> list[type[MilepostError]]:
    """Every error of the package, by name."""
    for module in pkgutil.walk_packages(milepost.__path__, "milepost."):
        # Migrations run inside Alembic's environment only.
        if not module.name.startswith("milepost.store.migrations"):
            importlib.import_module(module.name)
    found = set(_below(MilepostError))
    return sorted((error for error in found if error.__module__.startswith("milepost.")), key=_name)


def _below(error: type[MilepostError]) -> list[type[MilepostError]]:
    return [error, *(below for child in error.__subclasses__() for below in _below(child))]


def _rows(errors: list[type[MilepostError]]) -> str:
    return "".join(
        f"| `{_name(error)}` | {_said(error)} | {error.who_acts.value} | {error.exit_code} |\n"
        for error in errors
    )


def _said(error: type[MilepostError]) -> str:
    return " ".join((inspect.cleandoc(error.__doc__ or "")).split()).replace("|", "\\|")


def _name(error: type[MilepostError]) -> str:
    return error.__name__


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
