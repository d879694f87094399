"""Shows the demo in a terminal: what is assumed, how far it is, and what came of it.

`run.py` calls it in the order of the main path; it computes nothing that is not in `facts.py`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.rule import Rule
from rich.table import Table

from milepost.demo.checks import Check
from milepost.demo.facts import DemoFacts, PromotionSums, percentile
from milepost.demo.receipt_words import receipt_words
from milepost.demo.stage import Stage
from milepost.demo.tampering import Tampering
from milepost.demo.tips import STATED_RULE
from milepost.domain.outcome import Cut

_ON_THIS_CHAIN = """\
- Chain: contracts, signatures of 3 of 5 reporters, database and receipts are the real ones. The chain runs
in this process with a clock of its own, which goes from {starts} through May 2018; a day's bills are settled
at six on the next morning. Keys and secrets are public ones that everyone knows, and the five reporters check
against one database instead of a copy each.
"""
_INDENT = (0, 0, 0, 2)


class Terminal:
    """Writes to one console; widths follow it, from 80 columns on."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def introduce(self, *, bills: int, starts: str) -> None:
        self._heading(f"Milepost: {bills} restaurant bills, from the till to a receipt that verifies")
        grid = Table.grid(padding=(0, 1))
        for paragraph in _paragraphs(STATED_RULE + _ON_THIS_CHAIN.format(starts=starts)):
            grid.add_row("•", paragraph)
        self._console.print(Padding(grid, _INDENT))

    @contextmanager
    def progress(self, title: str, *, total: int, unit: str) -> Iterator["Bar"]:
        """A bar that stays when it is full; `Bar.advance` moves it."""
        columns = (
            TextColumn(f"  {title:<9}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn(unit),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self._console, expand=True) as progress:
            yield Bar(progress, total)

    def show(self, facts: DemoFacts, stage: Stage) -> None:
        """Everything that was counted."""
        self._heading("Purchases by outcome")
        self._table(_outcomes(facts))
        self._heading("Promotions, in miles")
        self._table(_promotions(facts))
        self._note(
            "Desired is granted and what was cut. By the chain's results; it does not list a promotion that"
            " lost its group to a better one: what it desired is the reference model's, which judged every"
            " purchase too and agrees with the chain on each."
        )
        self._heading("Gas and time")
        self._table(_measures(facts))
        self._heading("One receipt, verified")
        self._table(_words(facts.tampering, stage))
        self._heading("The same receipt, one digit changed")
        self._tampering(facts.tampering)
        self._heading("Once only, and nothing left over")
        self._table(_ends(facts))

    def conclude(self, checks: list[Check], files: dict[str, Path], *, wall_s: float) -> None:
        """Say that all sums agree, and where everything is."""
        self._heading("Where it is")
        grid = _pairs()
        for what, path in files.items():
            grid.add_row(what, str(path))
        self._table(grid)
        self._console.print(
            f"\n[bold green]Done[/] in {wall_s:.1f} s. {len(checks)} sums were checked on chain, in the store"
            " and in the reference model: each is equal."
        )

    def line(self, text: str) -> None:
        self._console.print(Padding(text, _INDENT))

    def _heading(self, text: str) -> None:
        self._console.print()
        self._console.print(Rule(f"[bold]{text}[/]", align="left", style="dim"))

    def _table(self, table: Table) -> None:
        self._console.print(Padding(table, _INDENT))

    def _note(self, text: str) -> None:
        self._console.print(Padding(f"[dim]{text}[/]", _INDENT))

    def _tampering(self, tampering: Tampering) -> None:
        verdict = "[bold green]refused[/]" if tampering.is_refused else "[bold red]NOT refused[/]"
        self.line(f"base miles {tampering.before} written as {tampering.after}: {verdict}")
        for difference in tampering.differences:
            self.line(f"by the file itself: {difference}")
        answer = "there is no such receipt" if tampering.is_denied else "it is true"
        self.line(f"by the contract: {answer}")


class Bar:
    """One progress bar."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=total)

    def advance(self, count: int, description: str = "") -> None:
        self._progress.update(self._task, advance=count, description=description)


def _paragraphs(rule: str) -> list[str]:
    """The stated rule without its line ends, which are of another width than this terminal."""
    return [" ".join(part.split()) for part in rule.split("\n- ")]


def _outcomes(facts: DemoFacts) -> Table:
    table = _plain_table("outcome", "purchases")
    for outcome, count in sorted(facts.outcomes.items()):
        table.add_row(outcome.code, f"{count:,}")
    table.add_row("[bold]settled[/]", f"[bold]{facts.settled:,}[/]")
    return table


def _promotions(facts: DemoFacts) -> Table:
    table = _plain_table("promotion", "members", "awards", "desired", "granted", "cut by", "left")
    for sums in facts.promotions:
        left = "" if sums.budget_left is None else f"{sums.budget_left:,}"
        numbers = [f"{one:,}" for one in (sums.members, sums.awards, sums.desired, sums.granted)]
        table.add_row(sums.name, *numbers, _cuts(sums), left)
    totals = [
        sum(one.awards for one in facts.promotions),
        sum(one.desired for one in facts.promotions),
        sum(one.granted for one in facts.promotions),
    ]
    table.add_row("[bold]together[/]", "", *(f"[bold]{one:,}[/]" for one in totals))
    return table


def _cuts(sums: PromotionSums) -> str:
    shown = [f"{cut.code} {miles:>6,}" for cut, miles in sums.cut.items() if miles and cut is not Cut.NONE]
    return "\n".join(shown)


def _measures(facts: DemoFacts) -> Table:
    grid = _pairs()
    reports = len(facts.roots)
    grid.add_row("gas to settle", f"{facts.gas:,} in {reports} reports, one a dining day")
    grid.add_row(
        "gas a purchase",
        f"{facts.gas_per_purchase:,.0f} on this mix: {facts.settled / reports:.0f} bills a report",
    )
    p50, p95 = (percentile(facts.till_to_credit_s, percent) for percent in (50, 95))
    grid.add_row(
        "till to credit", f"p50 {p50:.2f} s, p95 {p95:.2f} s: real seconds, from accepted to verified"
    )
    return grid


def _words(tampering: Tampering, stage: Stage) -> Table:
    grid = _pairs()
    for what, value in receipt_words(tampering.receipt, stage):
        grid.add_row(what, value)
    root = f"the receipt book at {stage.deployment.addresses.receipts} says it is true"
    grid.add_row("[bold green]verified[/]", root)
    return grid


def _ends(facts: DemoFacts) -> Table:
    grid = _pairs()
    miles = f"{facts.base:,} base and {facts.bonus:,} bonus, {facts.books.credited:,} together"
    grid.add_row("miles credited", miles)
    second, found = facts.second, facts.reconciliation
    answers = ", ".join(f"{count} {kind.value}" for kind, count in second.answers.items())
    grid.add_row(
        "the files fed again",
        f"{second.read} read: {answers}; {second.settled} settled, {second.miles_credited} miles credited",
    )
    grid.add_row(
        "reconciliation",
        f"chain {found.chain:,}, store {found.store:,}: difference {found.difference}",
    )
    return grid


def _plain_table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    for column in columns:
        is_text = column in ("outcome", "promotion")
        table.add_column(column, justify="left" if is_text else "right", no_wrap=True)
    return table


def _pairs() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    return grid
