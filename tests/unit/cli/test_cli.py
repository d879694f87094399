"""The command line as a whole; each command has a test file of its own."""

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from milepost.cli import app
from milepost.domain.errors import ChainError
from scripts._cli_page import PAGE, page

HEAVY = ("web3", "sqlalchemy", "eth_account", "pydantic", "ruamel", "rich.progress")


def test_milepost__asked_for_its_version__prints_it() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output) == (0, version("milepost") + "\n")


def test_milepost__page_of_the_docs__is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make artifacts` and commit what it writes"


def _helps(command: Any) -> Iterator[str]:
    yield command.help or ""
    for one in getattr(command, "commands", {}).values():
        yield from _helps(one)


def test_milepost__help__has_no_marks_of_line_feeds() -> None:
    """Finding: `partners --help` and the list of commands showed a backslash and an n."""
    helps = list(_helps(get_command(app)))
    assert len(helps) > 50
    assert [text for text in helps if "\\n" in text] == []


def test_milepost__imported__imports_nothing_heavy() -> None:
    """Help and mistyped words are answered at once."""
    code = f"import sys, milepost.cli; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    "words", [["nonsense"], ["statement"], ["receipt", "verify", "file"], ["--nonsense"]]
)
def test_milepost__wrong_use__exits_2_with_nothing_on_standard_output(words: list[str]) -> None:
    result = CliRunner().invoke(app, words)
    assert (result.exit_code, result.stdout) == (2, "")


def test_milepost__settings_file_missing__is_refused(tmp_path: object) -> None:
    result = CliRunner().invoke(app, ["--config", f"{tmp_path}/none.env", "statement", "M0001"])
    assert result.exit_code == 2
    assert "cannot be read" in result.stderr


def test_milepost__error_of_ours__is_one_line_and_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ChainError("The node is away: start it, and try again. " + "x" * 200)

    monkeypatch.setattr("milepost.cli.session.Session.settings", refuse)
    result = CliRunner().invoke(app, ["statement", "M0001"])
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith("error: The node is away") and result.stderr.count("\n") == 1
