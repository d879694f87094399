"""Keeps gas, storage layout, contract size and OpenAPI where a review sees them change: `make snapshots`.

It measures the sources as they stand and compares with `snapshots/`; `--write` writes there instead. A change
is right when its author meant it: then the new snapshot is committed with it.
"""

import argparse
import difflib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.gas import run_bench
from bench.settle_rows import Case
from milepost.web.app import openapi_document
from scripts._compiling import CONTRACTS, ROOT, compile_contracts

FOLDER = ROOT / "snapshots"
COMPILED = (*CONTRACTS, "LedgerActs", "PromotionActs", "PromotionJudge")
"""What the package deploys, and the half that the ledger deploys by itself."""
GAS_SIZE = 10
"""Purchases a report: few, because a snapshot shows change and the bench shows size."""
LOT_SIZES = (1, 12, 37)
"""Lots of an account: as many as a member of a 36-month rule has at most."""


def measure() -> dict[str, str]:
    """Text of every snapshot by name of file."""
    compiled = compile_contracts()
    contracts = {name: compiled[name] for name in COMPILED}
    sizes = {
        name: len(output["evm"]["deployedBytecode"]["object"]) // 2 for name, output in contracts.items()
    }
    layouts = {name: _layout(output["storageLayout"]) for name, output in contracts.items()}
    found = run_bench((GAS_SIZE,), peers_size=1, lot_sizes=LOT_SIZES)
    gas = {_what(row.case): row.gas for row in found.rows}
    gas |= {f"{row.act}, {row.lots} lots, {row.order}": row.gas for row in found.lots}
    return {
        "contract-size.json": _text(sizes),
        "storage-layout.json": _text(layouts),
        "gas.json": _text(gas),
        **interface(),
    }


def interface() -> dict[str, str]:
    """The snapshot of the HTTP interface, which needs no compiler."""
    return {"openapi.json": _text(openapi_document())}


def differences(measured: dict[str, str], folder: Path = FOLDER) -> list[str]:
    """Lines of a unified diff from the committed snapshots to what was measured; none when they are equal."""
    lines: list[str] = []
    for name, text in measured.items():
        path = folder / name
        committed = path.read_text(encoding="utf-8") if path.exists() else ""
        lines += difflib.unified_diff(
            committed.splitlines(), text.splitlines(), f"snapshots/{name}", "measured", lineterm="", n=0
        )
    return lines


def _what(case: Case) -> str:
    return f"settle {case.size}, {case.member} members, {case.lot} lot, promotions {case.promotions}"


def _layout(layout: dict[str, Any]) -> list[str]:
    """One line a variable: slot, offset in bytes, name, type."""
    types = layout["types"] or {}
    return [
        f"slot {item['slot']} offset {item['offset']} {item['label']}: {types[item['type']]['label']}"
        for item in layout["storage"]
    ]


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, sort_keys=True) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 equal or written; 1 something changed, with the difference."""
    parser = argparse.ArgumentParser(prog="python -m scripts._snapshots", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the snapshots instead of comparing")
    options = parser.parse_args(arguments)
    measured = measure()
    if options.write:
        FOLDER.mkdir(exist_ok=True)
        for name, text in measured.items():
            (FOLDER / name).write_text(text, encoding="utf-8")
        print("snapshots: written; commit them with the change that moved them")
        return 0
    changed = differences(measured)
    print("\n".join(changed) or "snapshots: gas, storage layout, contract size and OpenAPI as committed")
    if changed:
        print("snapshots: changed. If you meant it: make snapshots-write, and commit them.", file=sys.stderr)
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
