"""Writes what commands answer: tables and words for people, JSON for programs, complaints aside.

Every command ends here. Standard output holds the answer alone; all else goes to standard error.
"""

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn
from rich.table import Table
from rich.text import Text

from milepost.domain.errors import CurrencyUnknown
from milepost.domain.partner import currency_exponent
from milepost.domain.quantities import DayNumber
from milepost.domain.rules import NEVER, last_day_text

_NONE = "-"
_WIDTH_OF_FILES = 120


def answers() -> Console:
    """Standard output, for the answer."""
    return _console(is_error=False)


def aside() -> Console:
    """Standard error, for progress, warnings and complaints."""
    return _console(is_error=True)


def print_json(document: Any) -> None:
    """Print the one document of a command with `--json`."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def write_answer_file(path: Path, text: str) -> None:
    """Write what a command answers to the file of its --out.

    Raises: typer.BadParameter if it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{path} cannot be written: {error.strerror}.", param_hint="--out") from None


def complain(sentence: str) -> None:
    """Say why a command does not do what it was asked to."""
    _say("error", "bold red", sentence)


def warn(sentence: str) -> None:
    """Say what is wrong although the command goes on."""
    _say("warning", "yellow", sentence)


def note(sentence: str) -> None:
    """Say what happens beside the answer, on one line whatever reads it."""
    aside().print(sentence, soft_wrap=True)


def progress() -> Progress:
    """A bar on standard error; silent where that is no terminal."""
    console = aside()
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        TaskProgressColumn(),
        console=console,
        transient=True,
        expand=True,
        disable=not console.is_terminal,
    )


def table(*columns: str, title: str | None = None) -> Table:
    """A table in the house form; a column whose name starts with > holds numbers."""
    made = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    made.header_style = "dim"
    for column in columns:
        is_number = column.startswith(">")
        made.add_column(
            column.removeprefix(">"),
            justify="right" if is_number else "left",
            no_wrap=is_number,
            overflow="fold",
        )
    return made


def facts() -> Table:
    """Names on the left, what they are on the right."""
    made = Table.grid(padding=(0, 2))
    made.add_column(style="dim", no_wrap=True)
    made.add_column(overflow="fold")
    return made


def listed(lines: Iterable[str]) -> Table:
    """Lines under one another, each with a mark before it."""
    made = Table.grid(padding=(0, 1))
    for line in lines:
        made.add_row("  -", line)
    return made


def number(value: int) -> str:
    """A whole number with its thousands apart."""
    return f"{value:,}"


def counted(value: int, one: str, many: str | None = None) -> str:
    """`1 lot`, `2 lots`."""
    return f"{number(value)} {one if value == 1 else many or one + 's'}"


def money(minor: int, currency: str) -> str:
    """Minor units as an amount; as minor units where the currency has no known ones."""
    try:
        decimals = currency_exponent(currency)
    except CurrencyUnknown:
        return f"{number(minor)} minor units of {currency}"
    if decimals == 0:
        return f"{currency} {number(minor)}"
    whole, part = divmod(minor, 10**decimals)
    return f"{currency} {number(whole)}.{part:0{decimals}d}"


def day(last_day: DayNumber) -> str | None:
    """A last valid day as a date; None for none, and where there is no last one."""
    return last_day_text(last_day)


def shown_day(last_day: DayNumber) -> str:
    """A last valid day for a person."""
    return "never" if last_day == NEVER else day(last_day) or _NONE


def _say(word: str, style: str, sentence: str) -> None:
    console = aside()
    # One line a sentence where a program reads: it wraps for people only.
    console.print(Text.assemble((f"{word}: ", style), sentence), soft_wrap=not console.is_terminal)


def _console(*, is_error: bool) -> Console:
    # Made anew each time: tests and shells may have replaced the streams.
    console = Console(stderr=is_error, highlight=False, emoji=False, markup=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _WIDTH_OF_FILES
    return console
