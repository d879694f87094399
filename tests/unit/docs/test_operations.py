"""docs/operations.md: each command line of it is one that the command has, with options that it knows.

Every command of `milepost governance` stands there, too.
"""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from milepost.cli import app

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
LINES = [line.split("#")[0].strip() for line in PAGE.splitlines() if re.match(r" {4}milepost ", line)]


def _command_of(words: list[str]) -> tuple[Any, list[str]]:
    found: Any = get_command(app)
    while isinstance(found, TyperGroup):
        found, words = found.commands[words[0]], words[1:]
    return found, words


@pytest.mark.parametrize("line", LINES)
def test_page__each_command_line__is_taken_by_the_command(line: str) -> None:
    command, words = _command_of(shlex.split(line)[1:])
    assert not isinstance(command, TyperGroup)
    # Places such as SECOND stand for addresses, which the command checks when it runs.
    command.make_context("milepost", words, resilient_parsing=False)


def test_page__governance__stands_there_whole() -> None:
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    governance = group.commands["governance"]
    assert isinstance(governance, TyperGroup)
    shown = {shlex.split(line)[2] for line in LINES if line.startswith("milepost governance")}
    assert shown == set(governance.commands)
