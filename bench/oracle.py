"""Measures the oracle as a service beside its peers: `make bench-oracle`.

For SQLite and PostgreSQL: purchases accepted over HTTP, settled, from till to credit, and memory. It prints
the tables and writes build/bench-oracle.json. docs/benchmarks.md explains the figures.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from bench.http_rows import HttpSizes, measure_http
from bench.latency_rows import LatencySizes, fill_queue, measure_latency
from bench.memory_rows import MemorySizes, measure_memory
from bench.oracle_databases import KINDS, Databases, databases
from bench.oracle_programs import SERVE, WORKER, Program, ProgramFailed, running
from bench.oracle_stage import OracleStage, oracle_stage
from bench.oracle_tables import OracleFindings, document, sheets, with_tables
from bench.pace_rows import PaceSizes, measure_pace
from bench.settling_rows import measure_settling
from bench.tables import rich_table
from milepost.domain.errors import MilepostError
from scripts._compiling import ROOT

OUT = ROOT / "build" / "bench-oracle.json"
ROWS = ("http", "settling", "pace", "latency", "memory")


@dataclass(frozen=True, slots=True)
class Sizes:
    """What is measured, and how much of it; memory on the last kind of database only."""

    kinds: tuple[str, ...] = KINDS
    rows: tuple[str, ...] = ROWS
    http: HttpSizes = field(default_factory=HttpSizes)
    settled: int = 4_000
    pace: PaceSizes = field(default_factory=PaceSizes)
    latency: LatencySizes = field(default_factory=LatencySizes)
    memory: MemorySizes = field(default_factory=MemorySizes)
    members: int = 1_000


def run_bench(sizes: Sizes, *, on_part: Callable[[str], None] = lambda _: None) -> OracleFindings:
    """Measure part after part on databases and chains of its own; nothing is left behind.

    Raises: ProgramFailed; MilepostError, AnvilMissing among them.
    """
    findings = OracleFindings(machine(), [], [], [], [], [])
    for kind in sizes.kinds:
        with tempfile.TemporaryDirectory(prefix="bench-oracle-") as name:
            folder = Path(name)
            with databases(kind, folder / "databases") as found:
                _measure(found, folder, sizes, findings, on_part)
    return findings


def _measure(
    found: Databases, folder: Path, sizes: Sizes, findings: OracleFindings, on_part: Callable[[str], None]
) -> None:
    if "settling" in sizes.rows:
        on_part(f"{found.kind}: settling, and the same txs bare")
        findings.settling.append(measure_settling(found, folder, sizes.settled))
    if "pace" in sizes.rows:
        on_part(f"{found.kind}: a lane, at a block a second")
        findings.pace.append(measure_pace(found, folder / "pace", sizes.pace, members=sizes.members))
    if set(sizes.rows) <= {"settling", "pace"}:
        return
    with (
        oracle_stage(folder / "stage", found.new_url(), members=sizes.members) as stage,
        running(SERVE, stage.settings, stage.folder / "serve.txt") as server,
    ):
        _measure_worker(stage, server, sizes, findings, on_part)
        if "http" in sizes.rows:
            on_part(f"{found.kind}: purchases over HTTP, and rows of the bare writer")
            findings.http.extend(measure_http(stage, server, found, sizes.http))


def _measure_worker(
    stage: OracleStage,
    server: Program,
    sizes: Sizes,
    findings: OracleFindings,
    on_part: Callable[[str], None],
) -> None:
    """What needs a worker, which ends with it: no worker disturbs what is sent for speed alone."""
    is_latency = "latency" in sizes.rows
    is_memory = "memory" in sizes.rows and stage.database == sizes.kinds[-1]
    if not is_latency and not is_memory:
        return
    if is_latency:
        on_part(f"{stage.database}: from till to credit")
        fill_queue(stage, server, sizes.latency)
    with running(WORKER, stage.settings, stage.folder / "worker.txt") as worker:
        if is_latency:
            findings.latency.extend(measure_latency(stage, server, worker, sizes.latency))
        if is_memory:
            on_part(f"{stage.database}: memory")
            findings.memory.extend(measure_memory(stage, server, worker, sizes.memory))


def machine() -> str:
    """On what it was measured, and how busy that was with this and other work."""
    load, python = os.getloadavg()[1], platform.python_version()
    return f"{os.cpu_count()} cores ({platform.machine()}), Python {python}, load {load:.1f}"


def sizes_of(options: argparse.Namespace) -> Sizes:
    """Stated purchases are settled to the last, or as far as stated; those of a usual run for a minute."""
    memory = MemorySizes()
    if options.purchases is not None:
        memory = MemorySizes(purchases=options.purchases, worker_s=options.watch_s)
    return Sizes(kinds=tuple(options.databases), rows=tuple(options.rows), memory=memory)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 measured, aims met or not; 3 if not all could be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench.oracle", description=__doc__)
    parser.add_argument("--databases", nargs="+", choices=KINDS, default=KINDS, help="kinds of database")
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=ROWS, help="what to measure")
    parser.add_argument("--purchases", type=int, help="over which memory is measured, to the last of them")
    parser.add_argument(
        "--watch-s", type=float, help="seconds for which the worker goes on after the last of them"
    )
    parser.add_argument("--page", type=Path, help="a page of documentation whose tables to replace")
    parser.add_argument("--out", type=Path, default=OUT, help="the JSON document to write")
    options = parser.parse_args(arguments)
    notes = Console(stderr=True, highlight=False)
    try:
        findings = run_bench(sizes_of(options), on_part=lambda part: notes.print(part, markup=False))
    except (ProgramFailed, MilepostError) as error:
        notes.print(f"bench-oracle: {error}", markup=False)
        return 3
    write(findings, options.out)
    if options.page:
        page = options.page.read_text(encoding="utf-8")
        options.page.write_text(with_tables(page, findings), encoding="utf-8")
    console = Console(width=None if sys.stdout.isatty() else 140)
    for sheet in sheets(findings):
        console.print(rich_table(sheet), "")
    notes.print(f"written: {options.out}", markup=False)
    return 0


def write(findings: OracleFindings, out: Path) -> None:
    """Write the document."""
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(document(findings), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
