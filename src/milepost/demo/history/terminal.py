"""Shows the history in a terminal: what is assumed, how far it is, and what came of it.

`run.py` calls it in order; bars go to standard error, what was found to standard output.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.rule import Rule
from rich.table import Table

from milepost.demo.checks import Check
from milepost.demo.history.play import PARTS
from milepost.demo.history.rows import STATED_RULE
from milepost.demo.terminal import Bar

_INDENT = (0, 0, 0, 2)


class HistoryTerminal:
    """Writes results to `out`, bars to `bars`: none when that is no terminal."""

    def __init__(self, out: Console, bars: Console) -> None:
        self._out, self._bars = out, bars

    def introduce(self, *, purchases: int, members: int) -> None:
        self._heading(
            f"Milepost: {purchases:,} purchases of {members:,} members, from the till to the ledger"
        )
        for part in STATED_RULE.split("\n- "):
            self._out.print(Padding("• " + " ".join(part.split()), _INDENT))

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

    def show(self, found: Mapping[str, Any]) -> None:
        """The document as it is written, in words."""
        self._heading("Throughput")
        self._table(_throughput(found))
        self._heading("Gas, CPU, memory, miles")
        self._table(_figures(found))

    def conclude(self, checks: Sequence[Check], path: Path, *, wall_s: float) -> None:
        """Say that all sums agree, and where they are."""
        self._out.print(
            f"\n[bold green]Done[/] in {wall_s:.1f} s. {len(checks):,} sums were checked by the file, the"
            f" chain, the store and the reference model: each is equal. All of it is in {path}."
        )

    def _heading(self, text: str) -> None:
        self._out.print()
        self._out.print(Rule(f"[bold]{text}[/]", align="left", style="dim"))

    def _table(self, table: Table) -> None:
        self._out.print(Padding(table, _INDENT))


def _throughput(found: Mapping[str, Any]) -> Table:
    throughput = found["throughput"]
    seconds, purchases = throughput["seconds"], found["source"]["purchases"]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("part")
    for column in ("seconds", "share", "purchases a second"):
        table.add_column(column, justify="right")
    for part in (*PARTS, "clock"):
        _row(table, part, seconds[part], of=seconds["all"], purchases=purchases)
    _row(table, "[bold]end to end[/]", seconds["all"], of=seconds["all"], purchases=purchases)
    _row(table, "the same txs, bare", seconds["bare"], of=seconds["all"], purchases=purchases)
    table.caption = f"The node alone is {throughput['bare_to_end_to_end']} times as fast as the whole path."
    table.caption_justify = "left"
    return table


def _row(table: Table, name: str, seconds: float, *, of: float, purchases: int) -> None:
    rate = f"{purchases / seconds:,.0f}" if seconds else ""
    table.add_row(name, f"{seconds:,.1f}", f"{100 * seconds / of:.0f} %", rate)


def _figures(found: Mapping[str, Any]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    gas, miles, receipts = found["gas"], found["miles"], found["receipts"]
    by_report = gas["per_purchase_by_report"]
    grid.add_row("reports", f"{found['reports']:,}, the largest of {gas['most_in_a_report']:,} gas")
    grid.add_row(
        "gas a purchase",
        f"{gas['per_purchase']:,.0f}; by report p50 {by_report['p50']:,.0f}, p95 {by_report['p95']:,.0f}",
    )
    used = (f"{who.replace('_', ' ')} {seconds:,.0f}" for who, seconds in found["cpu_s"].items())
    grid.add_row("seconds of CPU", ", ".join(used))
    for who, memory in found["memory_mib"].items():
        words = ", ".join(f"{name.replace('_', ' ')} {mib:,}" for name, mib in memory.items())
        grid.add_row(f"memory of the {who}", f"MiB: {words}")
    grid.add_row(
        "miles credited",
        f"{miles['base']:,} base and {miles['bonus']:,} bonus, {miles['credited']:,} together",
    )
    grid.add_row(
        "bonus cut, in miles", ", ".join(f"{cut} {n:,}" for cut, n in found["cut"].items()) or "none"
    )
    grid.add_row(
        "receipts",
        f"{receipts['issued']:,} of random purchases issued in {receipts['issue_s']:.1f} s,"
        f" {receipts['verified']:,} verified by the contract in {receipts['verify_s']:.1f} s;"
        f" {receipts['tampered']} changed, {receipts['tampered_refused']} refused",
    )
    sums = found["reconciliation"]
    grid.add_row(
        "reconciliation",
        f"chain {sums['chain']:,}, store {sums['store']:,}: difference {sums['difference']}",
    )
    return grid
