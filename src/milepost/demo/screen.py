"""Writes a long run's headings, paragraphs and tables to one stream and its progress bars to another.

The terminals of the history and of the lives say by it what was found.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.rule import Rule
from rich.table import Table

from milepost.demo.terminal import Bar

_INDENT = (0, 0, 0, 2)


class Screen:
    """Writes results to `out`, bars to `bars`: none when that is no terminal."""

    def __init__(self, out: Console, bars: Console) -> None:
        self._out, self._bars = out, bars

    @contextmanager
    def progress(self, title: str, *, total: int, unit: str) -> Iterator[Bar]:
        """A bar that stays when it is full; nothing when nobody watches."""
        columns = (
            TextColumn(f"  {title:<10}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn(unit),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
        )
        watched = self._bars.is_terminal
        with Progress(*columns, console=self._bars, expand=True, disable=not watched) as progress:
            yield Bar(progress, total)

    def heading(self, text: str) -> None:
        """An empty line and a rule with a title."""
        self._out.print()
        self._out.print(Rule(f"[bold]{text}[/]", align="left", style="dim"))

    def points(self, text: str) -> None:
        """Paragraphs that begin with a dash, each as a point; what stands before them too."""
        for part in text.split("\n- "):
            self._out.print(Padding("• " + " ".join(part.removeprefix("- ").split()), _INDENT))

    def say(self, text: str) -> None:
        """A line of its own, as long as it is."""
        self._out.print(text)

    def table(self, table: Table) -> None:
        """A table, moved in."""
        self._out.print(Padding(table, _INDENT))
