"""`make demo-history` on the first 2,000 purchases, which span all the months of the file: sums, not times.

given the history as it is             then every sum agrees, and the document holds them
given one sum or one tx is not as due  then it says which, and writes nothing
"""

import io
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from milepost.demo.checks import Check, SumDiffers
from milepost.demo.history import run
from milepost.demo.history.bare import ReplayDiffers
from milepost.demo.history.checks import require_history_sums
from milepost.demo.history.facts import HistoryFacts
from milepost.demo.history.run import HistoryPaths, run_history
from milepost.demo.history.terminal import HistoryTerminal

ROOT = Path(__file__).resolve().parents[3]
PURCHASES, MEMBERS = 2_000, 586
FEW = 30


@dataclass(frozen=True, slots=True)
class History:
    """What a run gave, and which sums were refused when one was changed."""

    found: dict[str, Any]
    out: str
    bars: str
    refused: list[str]


def _run(build: Path, *, most: int, days: int) -> tuple[dict[str, Any], str, str]:
    out, bars = io.StringIO(), io.StringIO()
    terminal = HistoryTerminal(Console(file=out, width=100), Console(file=bars))
    found = run_history(HistoryPaths(ROOT, build), terminal, most=most, days=days)
    return found, out.getvalue(), bars.getvalue()


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    build = tmp_path_factory.mktemp("build")
    refused: list[str] = []

    def changed_first(facts: HistoryFacts, *others: Any) -> list[Check]:
        source = replace(facts.history, base=facts.history.base + 1)
        with pytest.raises(SumDiffers) as differs:
            require_history_sums(replace(facts, history=source), *others)
        refused.extend(check.what for check in differs.value.wrong)
        return require_history_sums(facts, *others)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "require_history_sums", changed_first)
        found, out, bars = _run(build, most=PURCHASES, days=56)
    assert json.loads((build / "demo-history.json").read_text()) == found
    return History(found, out, bars, refused)


def test_run_history__two_thousand_purchases__are_settled_and_reconciled(history: History) -> None:
    found = history.found
    assert found["source"] == {
        "file": "examples/cdnow_master.txt", "purchases": PURCHASES, "members": MEMBERS,
    }  # fmt: skip
    assert found["purchases"] == {
        "read": PURCHASES, "accepted": PURCHASES, "duplicate": 0, "conflict": 0, "rejected": 0,
        "settled": PURCHASES,
    }  # fmt: skip
    assert found["outcomes"] == {"credited": PURCHASES}
    miles = found["miles"]
    assert miles["base"] + miles["bonus"] == miles["credited"]
    assert found["reconciliation"] == {
        "chain": miles["credited"], "store": miles["credited"], "difference": 0,
    }  # fmt: skip
    assert found["chain"]["ends_at"].startswith("1998-07-")


def test_run_history__its_promotions__grant_and_cut(history: History) -> None:
    found = history.found
    assert found["miles"]["bonus"] > 40_000
    assert found["cut"]["per_member"] > 0


def test_run_history__random_receipts__verify_and_a_changed_one_is_refused(history: History) -> None:
    receipts = history.found["receipts"]
    figures = {key: receipts[key] for key in ("issued", "verified", "tampered", "tampered_refused")}
    assert figures == {"issued": 500, "verified": 500, "tampered": 1, "tampered_refused": 1}


def test_run_history__its_throughput__has_every_part_beside_the_bare_node(history: History) -> None:
    throughput = history.found["throughput"]
    seconds = dict(throughput["seconds"])
    end_to_end, bare = seconds.pop("all"), seconds.pop("bare")
    assert list(seconds) == ["ingest", "seal", "sign", "relay", "read", "clock"]
    assert sum(seconds.values()) == pytest.approx(end_to_end, abs=0.01)
    assert throughput["bare_to_end_to_end"] == pytest.approx(end_to_end / bare, rel=0.01)


def test_run_history__nobody_watches__shows_results_and_no_bars(history: History) -> None:
    out = " ".join(history.out.split())
    assert history.bars == ""
    assert "the file has days and no times" in out
    assert "the same txs, bare" in out and "each is equal" in out


def test_require_history_sums__a_sum_is_wrong__says_which(history: History) -> None:
    assert history.refused == ["base miles by the file"]


def test_run_history__a_bare_tx_uses_other_gas__is_no_measure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = run.sent_txs
    monkeypatch.setattr(
        run, "sent_txs", lambda *given: [replace(tx, gas_used=tx.gas_used + 1) for tx in sent(*given)]
    )
    with pytest.raises(ReplayDiffers, match="the start state is not the same"):
        _run(tmp_path, most=FEW, days=90)
    assert not (tmp_path / "demo-history.json").exists()
