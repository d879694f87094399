"""Shows the history in a terminal: what is assumed, how far it is, and what came of it.

`run.py` calls it in order; bars go to standard error, what was found to standard output.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from milepost.demo.checks import Check
from milepost.demo.history.play import PARTS
from milepost.demo.history.rows import STATED_RULE
from milepost.demo.screen import Screen


class HistoryTerminal(Screen):
    """What a run of the history says."""

    def introduce(self, *, purchases: int, members: int) -> None:
        self.heading(f"Milepost: {purchases:,} purchases of {members:,} members, from the till to the ledger")
        self.points(STATED_RULE)

    def show(self, found: Mapping[str, Any]) -> None:
        """The document as it is written, in words."""
        self.heading("Throughput")
        self.table(_throughput(found))
        self.heading("Gas, CPU, memory, miles")
        self.table(_figures(found))

    def conclude(self, checks: Sequence[Check], path: Path, *, wall_s: float) -> None:
        """Say that all sums agree, and where they are."""
        self.say(
            f"\n[bold green]Done[/] in {wall_s:.1f} s. {len(checks):,} sums were checked by the file, the"
            f" chain, the store and the reference model: each is equal. All of it is in {path}."
        )


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
