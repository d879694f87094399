"""A tiny run of the bench of the oracle, as processes on anvil: every figure is there, beside its peer."""

import json
from typing import Any

import pytest

from bench.http_rows import HttpSizes
from bench.latency_rows import LatencySizes, rate_between
from bench.memory_rows import MemorySizes, slope_of
from bench.oracle import Sizes, run_bench, write
from bench.oracle_databases import SQLITE
from bench.oracle_programs import ProgramFailed
from bench.oracle_tables import TABLES_BEGIN, TABLES_END, OracleFindings, with_tables
from bench.pace_rows import PaceSizes
from scripts._compiling import ROOT

TINY = Sizes(
    kinds=(SQLITE,),
    http=HttpSizes(singles=20, batches=1, batch=50),
    settled=10,
    pace=PaceSizes(reports=2),
    latency=LatencySizes(queue=500, seconds=0.3, shares=(80,)),
    memory=MemorySizes(purchases=250, worker_s=60, batch=250),
    members=5,
)


@pytest.fixture(scope="module")
def findings() -> OracleFindings:
    return run_bench(TINY)


@pytest.fixture(scope="module")
def written(findings: OracleFindings, tmp_path_factory: pytest.TempPathFactory) -> Any:
    out = tmp_path_factory.mktemp("bench") / "build" / "bench-oracle.json"
    write(findings, out)
    return json.loads(out.read_text(encoding="utf-8"))


def test_run_bench__http__single_and_batched_stand_beside_the_bare_writer(written: Any) -> None:
    assert [row["size"] for row in written["http"]] == [1, 50]
    assert all(row["per_s"] > 0 and row["bare_per_s"] > 0 and row["ratio"] > 0 for row in written["http"])


def test_run_bench__settling__stands_beside_the_bare_replay(written: Any) -> None:
    (row,) = written["settling"]
    assert row["purchases"] == 10
    assert 0 < row["per_s"] < row["relaying_per_s"]
    assert row["ratio"] == pytest.approx(row["per_s"] / row["bare_per_s"], abs=0.01)


def test_run_bench__pace__stands_beside_the_same_txs_sent_bare(written: Any) -> None:
    (row,) = written["pace"]
    assert row["reports"] == 2
    assert row["per_s"] > 0
    # A report a block at most, and a block a second.
    assert 0 < row["bare_per_s"] <= row["purchases"]


def test_run_bench__till_to_credit__has_a_row_a_share(written: Any) -> None:
    assert [row["share"] for row in written["latency"]] == [80]
    assert all(0 < row["p50_s"] <= row["p95_s"] <= row["p99_s"] for row in written["latency"])
    assert all(
        row["rate"] == pytest.approx(row["top_rate"] * row["share"] / 100, abs=0.01)
        for row in written["latency"]
    )


def test_run_bench__memory__is_of_both_programs(written: Any) -> None:
    assert [(row["program"], row["purchases"]) for row in written["memory"]] == [
        ("serve", 250),
        ("worker", 250),
    ]
    assert all(0 < row["start_mib"] <= row["peak_mib"] for row in written["memory"])


def test_with_tables__page_of_benchmarks__gets_the_figures(findings: OracleFindings) -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    changed = with_tables(page, findings)
    assert changed.partition(TABLES_BEGIN)[0] == page.partition(TABLES_BEGIN)[0]
    assert changed.partition(TABLES_END)[2] == page.partition(TABLES_END)[2]
    assert "### From till to credit, in seconds" in changed


def test_with_tables__page_without_marks__is_refused(findings: OracleFindings) -> None:
    with pytest.raises(ValueError, match="bench-oracle: begin"):
        with_tables("# Benchmarks\n", findings)


def test_slope_of__growth_after_the_first_tenth__is_a_thousand_purchases() -> None:
    looks = [0, 900 * 1_024, 901 * 1_024, 902 * 1_024]
    assert slope_of([0, 1_000, 2_000, 3_000], looks) == pytest.approx(1.0)
    assert slope_of([0], [5]) == 0


def test_rate_between__later_reports_over_their_time() -> None:
    assert rate_between({"a": 10.0, "b": 11.0, "c": 12.0}) == 1.0
    with pytest.raises(ProgramFailed, match="no rate"):
        rate_between({"a": 10.0})
