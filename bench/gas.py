"""Measures the gas of settling beside its peers and the floor: `make bench-gas`.

It compiles the sources, starts anvil, deploys, settles every row from the same state, prints the tables and
writes build/bench-gas.json. docs/benchmarks.md explains the figures.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from bench.compiling import compiled_artifacts
from bench.lot_rows import SIZES as LOT_SIZES
from bench.lot_rows import measure_lots
from bench.node import AnvilMissing, anvil, client_version
from bench.offer_rows import SIZES as OFFER_SIZES
from bench.offer_rows import measure_offers
from bench.offers import OFFERS
from bench.parts import EXPLAINED, explain, fixed_gas
from bench.parts import SIZE as EXPLAINED_SIZE
from bench.peers import SIZE as PEERS_SIZE
from bench.peers import measure_peers
from bench.programme import DEPLOYED_AT, bench_programme
from bench.refund_rows import OFFERS as REFUNDED
from bench.refund_rows import SIZES as REFUND_SIZES
from bench.refund_rows import measure_refunds
from bench.settle_rows import SIZES, Tables, cases
from bench.settling import BenchChain, BenchFailed
from bench.tables import TX_CAP, Findings, document, markdown, rich_table, sheets, with_tables
from scripts._compiling import ROOT, CompileFailed

OUT = ROOT / "build" / "bench-gas.json"


def run_bench(
    sizes: Sequence[int] = SIZES,
    *,
    peers_size: int = PEERS_SIZE,
    lot_sizes: tuple[int, ...] = LOT_SIZES,
    progress: Progress | None = None,
) -> Findings:
    """Measure everything on a fresh anvil.

    Shape: parts are explained if 200 is among the sizes.
    Raises: CompileFailed, AnvilMissing, BenchFailed.
    """
    progress = progress or Progress(disable=True)
    task = progress.add_task("compile the contracts", total=None)
    artifacts = compiled_artifacts()
    measured = list(cases(sizes))
    explained = EXPLAINED if EXPLAINED_SIZE in sizes else ()

    def now(what: str, total: int | None = None) -> None:
        progress.update(task, description=what, total=total, completed=0)

    def done() -> None:
        progress.advance(task)

    with anvil(DEPLOYED_AT) as web3:
        now("deploy")
        chain = BenchChain(web3, artifacts, done)
        now("let members dine before")
        tables = Tables(chain, most=max(sizes))
        tables.prepare(done)
        now("settle every row", len(measured))
        rows = []
        for case in measured:
            rows.append(tables.measure(case)[0])
            done()
        now("settle rich offers", len(OFFERS) * len(OFFER_SIZES))
        offers = measure_offers(chain, on_row=done)
        now("refund bills", len(REFUNDED) * len(REFUND_SIZES))
        refunds = measure_refunds(chain, on_row=done)
        now("find where the gas goes", len(explained))
        parts = [part for case in explained for part in explain(tables, case)]
        now("mint the peers' tokens")
        peers = measure_peers(chain, peers_size, done)
        now("spend and write off lots", 2 * len(lot_sizes))
        lots = measure_lots(chain, bench_programme(), sizes=lot_sizes, on_row=done)
        node = client_version(web3)
    now("done", 1)
    done()
    return Findings(node, rows, peers, parts, fixed_gas(rows), lots, offers, refunds)


def write(findings: Findings, out: Path) -> dict[str, Any]:
    """Write the document, a row a line, and return it."""
    found = document(findings)
    lines = [f"  {json.dumps(key)}: {_value(value)}" for key, value in found.items()]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 measured, targets met or not; 3 if nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench.gas", description=__doc__)
    parser.add_argument("--markdown", action="store_true", help="print the tables in Markdown")
    parser.add_argument("--page", type=Path, help="a page of documentation whose tables to replace")
    parser.add_argument("--out", type=Path, default=OUT, help="the JSON document to write")
    options = parser.parse_args(arguments)
    notes = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=notes) as progress:
            findings = run_bench(progress=progress)
    except (CompileFailed, AnvilMissing, BenchFailed) as error:
        notes.print(f"bench-gas: {error}", markup=False)
        return 3
    write(findings, options.out)
    if options.page:
        page = options.page.read_text(encoding="utf-8")
        options.page.write_text(with_tables(page, findings), encoding="utf-8")
    if options.markdown:
        print("\n".join(map(markdown, sheets(findings))))
    else:
        console = Console(width=None if sys.stdout.isatty() else 120)
        for sheet in sheets(findings):
            console.print(rich_table(sheet), "")
    missed = [row for row in findings.rows if row.is_met is False]
    aimed = [row for row in findings.rows if row.is_met is not None]
    notes.print(
        f"{len(aimed) - len(missed)} of {len(aimed)} targets met; † above {TX_CAP:,} gas, the cap of EIP-7825"
    )
    notes.print(f"written: {options.out}", markup=False)
    return 0


def _value(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(f"    {json.dumps(row)}" for row in value) + "\n  ]"
    return json.dumps(value)


if __name__ == "__main__":
    sys.exit(main())
