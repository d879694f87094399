"""Shows what a gas bench found: tables for a terminal or in Markdown, and the JSON document.

`gas.py` prints and writes what these return. Source of the document's shape: docs/benchmarks.md.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from bench.lot_rows import LotRow
from bench.offer_rows import OfferRow
from bench.parts import GasPart
from bench.peers import PeerRow
from bench.programme import QUORUM, REPORTER_COUNT
from bench.refund_rows import TARGET, RefundRow
from bench.settle_rows import Row
from milepost.codec.entry import ENTRY_SIZE
from scripts._compiling import solidity_config

VERSION = 1
TX_CAP = 16_777_216
"""Gas one tx may use on chains with EIP-7825; such rows are marked."""

TABLES_BEGIN = "<!-- tables of make bench-gas: begin -->"
TABLES_END = "<!-- tables of make bench-gas: end -->"

Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """All of one run. Units: `fixed` in gas a report, by promotions."""

    node: str
    rows: Sequence[Row]
    peers: Sequence[PeerRow]
    parts: Sequence[GasPart]
    fixed: dict[str, int]
    lots: Sequence[LotRow] = ()
    offers: Sequence[OfferRow] = ()
    refunds: Sequence[RefundRow] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: text columns first, then columns of numbers."""

    title: str
    text_columns: Cells
    number_columns: Cells
    lines: tuple[Cells, ...]


def document(findings: Findings) -> dict[str, Any]:
    """The document of build/bench-gas.json: the agreed keys, then `settle_shared`, `fixed` and `parts`."""
    config = solidity_config()
    alone = [row for row in findings.rows if row.case.partners == 1]
    shared = [row for row in findings.rows if row.case.partners > 1]
    return {
        "version": VERSION,
        "solc": config["version"],
        "optimizer_runs": config["optimization_runs"],
        "via_ir": config["via_ir"],
        "evm_version": config["evm_version"],
        "node": findings.node,
        "quorum": [QUORUM, REPORTER_COUNT],
        "bytes_per_purchase": ENTRY_SIZE,
        "settle": [_settle_entry(row) for row in alone],
        "peers": [_peer_entry(row) for row in findings.peers],
        "settle_shared": [{"partners": row.case.partners, **_settle_entry(row)} for row in shared],
        "fixed": findings.fixed,
        "lots": [
            {"act": row.act, "lots": row.lots, "order": row.order, "gas": row.gas, "erc_7818": row.peer}
            for row in findings.lots
        ],
        "offers": [
            {
                "offers": row.offers,
                "size": row.size,
                "gas": row.gas,
                "per_purchase": round(row.per_purchase, 1),
            }
            for row in findings.offers
        ],
        "refunds": [
            {
                "offers": row.offers,
                "size": row.size,
                "gas": row.gas,
                "per_refund": round(row.per_refund, 1),
                "target": TARGET,
                "met": row.per_refund <= TARGET,
            }
            for row in findings.refunds
        ],
        "parts": [
            {
                "promotions": part.promotions,
                "part": part.part,
                "gas": part.gas,
                "per_purchase": round(part.per_purchase, 1),
            }
            for part in findings.parts
        ],
    }


def sheets(findings: Findings) -> Iterator[Sheet]:
    """The tables in the order in which they are read."""
    yield Sheet(
        "Gas of a settled report, 3 of 5 reporters, everything on",
        ("member", "lot", "promotions"),
        ("purchases", "gas", "a purchase", "target", "met", "floor", "ratio"),
        tuple(map(_settle_line, findings.rows)),
    )
    yield Sheet(
        "Plain ERC-20 mints beside it: no rules, lots, receipts, sequence or quorum",
        ("peer", "way", "member"),
        ("mints", "gas", "a mint"),
        tuple(
            (row.peer, row.way, row.member, f"{row.size}", f"{row.gas:,}", f"{row.per_purchase:,.0f}")
            for row in findings.peers
        ),
    )
    yield Sheet(
        "Rich offers: existing members, same lot",
        ("offers",),
        ("purchases", "gas", "a purchase"),
        tuple(
            (row.offers, f"{row.size}", f"{row.gas:,}", f"{row.per_purchase:,.0f}") for row in findings.offers
        ),
    )
    yield Sheet(
        f"Refunds of whole bills: existing members, same lot; target {TARGET:,} a refund",
        ("offers",),
        ("refunds", "gas", "a refund"),
        tuple(
            (row.offers, f"{row.size}", f"{row.gas:,}", f"{row.per_refund:,.0f}") for row in findings.refunds
        ),
    )
    kinds = list(dict.fromkeys(part.promotions for part in findings.parts))
    yield Sheet(
        "Where the gas of 200 purchases goes: existing members, same lot, gas a purchase",
        ("part",),
        tuple(kinds),
        tuple(_part_lines(findings.parts, kinds)),
    )
    yield Sheet(
        "What a report costs before its first purchase",
        ("promotions",),
        ("gas",),
        tuple((promotions, f"{gas:,}") for promotions, gas in findings.fixed.items()),
    )
    yield Sheet(
        "One account: an act that takes, drops or reads all its lots, one tx",
        ("act", "order"),
        ("lots", "gas", "ERC-7818", "ratio"),
        tuple(map(_lot_line, findings.lots)),
    )


def _lot_line(row: LotRow) -> Cells:
    peer = (f"{row.peer:,}", f"{row.gas / row.peer:.2f}") if row.peer else ("", "")
    return (row.act, row.order, f"{row.lots:,}", f"{row.gas:,}", *peer)


def rich_table(sheet: Sheet) -> Table:
    """A sheet for a terminal."""
    table = Table(title=sheet.title, title_justify="left")
    for column in sheet.text_columns:
        table.add_column(column)
    for column in sheet.number_columns:
        table.add_column(column, justify="right")
    for line in sheet.lines:
        table.add_row(*line)
    return table


def markdown(sheet: Sheet) -> str:
    """A sheet as docs/benchmarks.md holds it."""
    columns = (*sheet.text_columns, *sheet.number_columns)
    rules = ("---",) * len(sheet.text_columns) + ("--:",) * len(sheet.number_columns)
    lines = (columns, rules, *sheet.lines)
    return f"### {sheet.title}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def with_tables(page: str, findings: Findings) -> str:
    """A page of documentation with its tables replaced by those of a run.

    Raises: ValueError if the page has not both marks, each on a line of its own.
    """
    before, first, rest = page.partition(f"{TABLES_BEGIN}\n")
    _, last, after = rest.partition(f"{TABLES_END}\n")
    if not first or not last:
        raise ValueError(
            f"The page lacks the lines {TABLES_BEGIN} and {TABLES_END}: put them where tables go."
        )
    return f"{before}{first}\n" + "\n".join(map(markdown, sheets(findings))) + f"\n{last}{after}"


def _settle_entry(row: Row) -> dict[str, Any]:
    case = row.case
    return {
        "size": case.size,
        "member": case.member,
        "lot": case.lot,
        "promotions": case.promotions,
        "gas": row.gas,
        "per_purchase": round(row.per_purchase, 1),
        "target": row.target,
        "met": row.is_met,
        "floor": round(row.floor, 1),
        "ratio": round(row.per_purchase / row.floor, 3),
    }


def _peer_entry(row: PeerRow) -> dict[str, Any]:
    return {
        "peer": row.peer,
        "way": row.way,
        "size": row.size,
        "member": row.member,
        "gas": row.gas,
        "per_purchase": round(row.per_purchase, 1),
    }


def _settle_line(row: Row) -> Cells:
    case = row.case
    promotions = case.promotions if case.partners == 1 else f"{case.promotions}, {case.partners} partners"
    return (
        case.member,
        case.lot,
        promotions,
        f"{case.size}",
        f"{row.gas:,}" + (" †" if row.gas > TX_CAP else ""),
        f"{row.per_purchase:,.0f}",
        "" if row.target is None else f"{row.target:,}",
        {None: "", True: "yes", False: "no"}[row.is_met],
        f"{row.floor:,.0f}",
        f"{row.per_purchase / row.floor:.2f}",
    )


def _part_lines(parts: Sequence[GasPart], kinds: Sequence[str]) -> Iterator[Cells]:
    found = {(part.part, part.promotions): part.per_purchase for part in parts}
    for name in dict.fromkeys(part.part for part in parts):
        yield (name, *(f"{found[name, kind]:,.0f}" for kind in kinds))
    yield ("all", *(f"{sum(p.per_purchase for p in parts if p.promotions == kind):,.0f}" for kind in kinds))
