"""Writes docs/cli.md from the help of the commands: `make artifacts`.

One source, so that the page cannot say another thing than `--help`; a test compares them.
"""

from pathlib import Path

import typer
from typer.cli import get_docs_for_click
from typer.main import get_command

from milepost.cli import app

PAGE = Path(__file__).resolve().parent.parent / "docs" / "cli.md"
_HEAD = """<!-- Written by `make artifacts` from the help of the commands: change that, not this page. -->

"""


def page() -> str:
    """The text of docs/cli.md."""
    command = get_command(app)
    return (
        _HEAD + get_docs_for_click(obj=command, ctx=typer.Context(command), name="milepost").rstrip() + "\n"
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
