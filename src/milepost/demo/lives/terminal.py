"""Shows in a terminal what became of every programme's miles.

`run.py` calls it in order; bars go to standard error, what was found to standard output.
"""

from collections.abc import Mapping
from pathlib import Path
from textwrap import wrap
from typing import Any

from rich.table import Table

from milepost.demo.history.rows import STATED_RULE
from milepost.demo.lives.document import STATED_METHOD
from milepost.demo.lives.habit import STATED_HABIT
from milepost.demo.lives.places import stated_days
from milepost.demo.screen import Screen

_THOUSAND = 1_000
_LETTERS = 8
"""Of a line above a narrow column: ten of them have room in 80 columns."""


class LivesTerminal(Screen):
    """What a run of the lives says."""

    def introduce(self, *, purchases: int, members: int, programmes: int) -> None:
        """Say what is real and what is assumed."""
        self.heading(f"Milepost: what becomes of miles in {programmes} programmes")
        self.say(f"  {purchases:,} purchases of {members:,} members, through each of them.")
        self.points(STATED_RULE + stated_days() + STATED_HABIT + STATED_METHOD)

    def show(self, found: Mapping[str, Any]) -> None:
        """The document as it is written, in two tables."""
        self.heading("What became of the miles")
        self.table(_sums(found))
        self.heading("Miles lapsed by month, in thousands")
        self.table(_by_month(found))

    def conclude(self, found: Mapping[str, Any], *, document: Path, picture: Path) -> None:
        """Say that all sums agree, where they are, and how long it took."""
        self.say(
            f"\n[bold green]Done[/] in {found['wall_s']:.1f} s. {found['checks']:,} sums were checked by the"
            f" file, the ledgers and the reference model: each is equal. All of it is in {document}, its"
            f" picture in {picture}."
        )


def _sums(found: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("programme", no_wrap=True)
    table.add_column("first day", no_wrap=True)
    for column in ("moved", "earned", "redeemed", "lapsed", "alive"):
        table.add_column(column, justify="right", no_wrap=True)
    for one in found["programmes"]:
        table.add_row(
            one["programme"],
            one["first_day"],
            f"{one['moved_days']:,}",
            *(f"{one['miles'][what]:,}" for what in ("earned", "redeemed", "lapsed", "live")),
        )
    months = found["months"]
    table.caption = (
        f"Moved: by days from the file's. Alive: {months['watched']} months after the first day, after"
        f" {months['of_purchases']} months of purchases and three years without any."
    )
    table.caption_justify = "left"
    return table


def _by_month(found: Mapping[str, Any]) -> Table:
    programmes = found["programmes"]
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("month", justify="right")
    for one in programmes:
        words = wrap(one["programme"].replace("-", " "), _LETTERS)
        table.add_column("\n".join(words), justify="right", no_wrap=True)
    for number, months in enumerate(zip(*(one["by_month"] for one in programmes), strict=True), start=1):
        if any(month["lapsed"] for month in months):
            table.add_row(str(number), *(_thousands(month["lapsed"]) for month in months))
    table.caption = "Month 1 is that of the first day. A dot: none; 0: fewer than 500 miles."
    table.caption_justify = "left"
    return table


def _thousands(miles: int) -> str:
    """Rounded half up."""
    return f"{(miles + _THOUSAND // 2) // _THOUSAND:,}" if miles else "·"
