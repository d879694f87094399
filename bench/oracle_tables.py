"""Writes the figures of the bench of the oracle as a document and as tables.

`oracle.py` measured them; docs/benchmarks.md holds the tables.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from bench.http_rows import AIM as HTTP_AIM
from bench.http_rows import HttpRow
from bench.latency_rows import LatencyRow
from bench.memory_rows import MemoryRow
from bench.pace_rows import PaceRow
from bench.settling_rows import AIM as SETTLING_AIM
from bench.settling_rows import SettlingRow
from bench.tables import Sheet, markdown

VERSION = 1

TABLES_BEGIN = "<!-- tables of make bench-oracle: begin -->"
TABLES_END = "<!-- tables of make bench-oracle: end -->"


@dataclass(frozen=True, slots=True)
class OracleFindings:
    """All of one run. Shape: `machine` says on what it was taken."""

    machine: str
    http: list[HttpRow]
    settling: list[SettlingRow]
    pace: list[PaceRow]
    latency: list[LatencyRow]
    memory: list[MemoryRow]


def document(findings: OracleFindings) -> dict[str, Any]:
    """The document of build/bench-oracle.json; a row's names and units are those of its class."""
    return {
        "version": VERSION,
        "machine": findings.machine,
        "http": [
            {**_rounded(row), "ratio": round(row.ratio, 2), "aim": HTTP_AIM, "met": row.ratio <= HTTP_AIM}
            for row in findings.http
        ],
        "settling": [
            {
                **_rounded(row),
                "ratio": round(row.ratio, 2),
                "relaying_ratio": round(row.relaying_ratio, 2),
                "aim": SETTLING_AIM,
                "met": row.ratio >= SETTLING_AIM,
            }
            for row in findings.settling
        ],
        "pace": [
            {**_rounded(row), "ratio": round(row.ratio, 2), "aim": SETTLING_AIM, "met": row.is_met}
            for row in findings.pace
        ],
        "latency": [_rounded(row) for row in findings.latency],
        "memory": [_rounded(row) for row in findings.memory],
    }


def sheets(findings: OracleFindings) -> Iterator[Sheet]:
    """The tables in the order in which they are read."""
    yield Sheet(
        "Purchases accepted a second over HTTP, beside the same server that only writes the row",
        ("database",),
        ("a request", "purchases", "connections", "milepost serve", "bare writer", "times as fast"),
        tuple(map(_http_line, findings.http)),
    )
    yield Sheet(
        "Purchases settled a second, beside the same signed txs sent bare",
        ("database",),
        ("purchases", "reports", "settling", "of it relaying", "bare", "settling : bare", "relaying : bare"),
        tuple(map(_settling_line, findings.settling)),
    )
    yield Sheet(
        "Purchases of one lane settled a second at a block a second, beside the same signed txs sent bare",
        ("database",),
        ("purchases", "reports", "milepost worker", "bare", "worker : bare"),
        tuple(map(_pace_line, findings.pace)),
    )
    yield Sheet(
        "From till to credit, in seconds",
        ("database",),
        ("share of the top rate", "purchases a second", "purchases", "p50", "p95", "p99"),
        tuple(map(_latency_line, findings.latency)),
    )
    yield Sheet(
        "Memory, in MiB",
        ("database", "program"),
        ("purchases", "start", "end", "peak", "KiB a thousand purchases"),
        tuple(map(_memory_line, findings.memory)),
    )


def with_tables(page: str, findings: OracleFindings) -> str:
    """A page of documentation with its tables replaced by those of a run.

    Raises: ValueError if the page has not both marks, each on a line of its own.
    """
    before, first, rest = page.partition(f"{TABLES_BEGIN}\n")
    _, last, after = rest.partition(f"{TABLES_END}\n")
    if not first or not last:
        raise ValueError(
            f"The page lacks the lines {TABLES_BEGIN} and {TABLES_END}: put them where tables go."
        )
    tables = "\n".join(map(markdown, sheets(findings)))
    return f"{before}{first}\nTaken on {findings.machine}.\n\n{tables}\n{last}{after}"


def _rounded(row: Any) -> dict[str, Any]:
    return {
        name: round(value, 3) if isinstance(value, float) else value for name, value in asdict(row).items()
    }


def _http_line(row: HttpRow) -> tuple[str, ...]:
    return (
        row.database,
        f"{row.size:,}",
        f"{row.purchases:,}",
        f"{row.connections}",
        f"{row.per_s:,.0f}",
        f"{row.bare_per_s:,.0f}",
        f"{row.ratio:.2f}",
    )


def _settling_line(row: SettlingRow) -> tuple[str, ...]:
    rates = (f"{rate:,.0f}" for rate in (row.per_s, row.relaying_per_s, row.bare_per_s))
    ratios = (f"{row.ratio:.2f}", f"{row.relaying_ratio:.2f}")
    return (row.database, f"{row.purchases:,}", f"{row.reports}", *rates, *ratios)


def _pace_line(row: PaceRow) -> tuple[str, ...]:
    rates = (f"{rate:,.0f}" for rate in (row.per_s, row.bare_per_s))
    return (row.database, f"{row.purchases:,}", f"{row.reports}", *rates, f"{row.ratio:.2f}")


def _latency_line(row: LatencyRow) -> tuple[str, ...]:
    waited = (f"{seconds:.2f}" for seconds in (row.p50_s, row.p95_s, row.p99_s))
    return (row.database, f"{row.share} %", f"{row.rate:,.0f}", f"{row.purchases:,}", *waited)


def _memory_line(row: MemoryRow) -> tuple[str, ...]:
    looks = (f"{mib:.0f}" for mib in (row.start_mib, row.end_mib, row.peak_mib))
    return (row.database, row.program, f"{row.purchases:,}", *looks, f"{row.slope:.1f}")
