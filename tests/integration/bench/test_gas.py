"""A small run of the gas bench on a real anvil: its figures agree with each other and with the floor."""

import json
from pathlib import Path

import pytest

from bench.floor import CAPPED, EXISTING, NEW, NONE, REWRITE_GAS, SAME, THREE
from bench.gas import run_bench, write
from bench.node import AnvilMissing, anvil, mined_receipt, request
from bench.programme import DEPLOYED_AT
from bench.settle_rows import Case
from bench.tables import TX_CAP, Findings

SIZES = (1, 200)
MINTS = 3
LOTS = (1, 12, 1_461)


@pytest.fixture(scope="module")
def findings() -> Findings:
    return run_bench(SIZES, peers_size=MINTS, lot_sizes=LOTS)


def test_run_bench__every_row__uses_more_gas_than_its_floor(findings: Findings) -> None:
    assert {row.case.size for row in findings.rows} == set(SIZES)
    assert all(row.per_purchase > row.floor > REWRITE_GAS for row in findings.rows)


def test_run_bench__new_members__cost_a_slot_more(findings: Findings) -> None:
    rows = [row for row in findings.rows if row.case.size == 200 and row.case.promotions == "none"]
    gas = {(row.case.member, row.case.lot): row.per_purchase for row in rows}
    assert gas[NEW, "new"] - gas[EXISTING, "same"] > 17_000


def test_run_bench__parts__add_up_to_the_row(findings: Findings) -> None:
    """Both settle 200 purchases of the same members, each with facts of their own: a few bytes differ."""
    rows = {row.case: row.gas for row in findings.rows}
    for promotions in (NONE, THREE, CAPPED):
        explained = sum(part.gas for part in findings.parts if part.promotions == promotions)
        assert explained == pytest.approx(rows[Case(200, EXISTING, SAME, promotions)], rel=0.01)
    assert all(part.gas > 0 for part in findings.parts)


def test_run_bench__peers__mint_one_by_one_and_in_a_loop(findings: Findings) -> None:
    gas = {(row.peer, row.way, row.member): row.per_purchase for row in findings.peers}
    assert len(gas) == 8
    assert all(gas[peer, "loop", who] < gas[peer, "one_tx_each", who] for peer, _, who in gas)
    assert all(gas[peer, way, EXISTING] < gas[peer, way, NEW] for peer, way, _ in gas)


def test_run_bench__most_lots_that_the_rules_allow__fit_in_one_tx(findings: Findings) -> None:
    """Four years of earning on every day, in any order: the worst legal call."""
    worst = [row for row in findings.lots if row.lots == max(LOTS)]
    assert {row.act for row in worst} >= {"redeem", "cancel", "write off"}
    assert all(row.gas < TX_CAP for row in worst)


def test_run_bench__lots__cost_less_than_the_expirable_token(findings: Findings) -> None:
    compared = [row for row in findings.lots if row.peer]
    assert len(compared) == 5
    assert all(row.gas < row.peer for row in compared)


def test_run_bench__rich_offers__cost_more_the_more_they_keep(findings: Findings) -> None:
    gas = {row.offers: row.per_purchase for row in findings.offers}
    assert gas["one"] < gas["four"] < gas["worst"]
    assert gas["one"] < gas["sixteen"] < gas["worst"]
    assert gas["one"] < min(gas["limited"], gas["visits"], gas["window"])
    assert all(row.gas < TX_CAP for row in findings.offers if row.size == 1)


def test_run_bench__a_second_run__finds_the_same(findings: Findings) -> None:
    assert run_bench(SIZES, peers_size=MINTS, lot_sizes=LOTS) == findings


def test_write__findings__are_a_document_of_the_agreed_shape(findings: Findings, tmp_path: Path) -> None:
    out = tmp_path / "build" / "bench-gas.json"
    written = write(findings, out)
    assert json.loads(out.read_text(encoding="utf-8")) == written
    assert {tuple(row) for row in written["settle"]} == {
        (
            "size",
            "member",
            "lot",
            "promotions",
            "gas",
            "per_purchase",
            "target",
            "met",
            "floor",
            "ratio",
        )
    }
    assert written["node"].startswith("anvil ")
    assert written["node"].endswith(" prague")


def test_anvil__not_installed__says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(AnvilMissing, match="make setup"), anvil(DEPLOYED_AT):
        pass


def test_mined_receipt__anvil_misses_the_tx__has_it_mined() -> None:
    """Finding: a run ended after two minutes of waiting for a tx that nothing was wrong with."""
    with anvil(DEPLOYED_AT) as web3:
        request(web3, "evm_setAutomine", False)
        sender, receiver = web3.eth.accounts[:2]
        tx_hash = web3.eth.send_transaction({"from": sender, "to": receiver, "gas": 21_000})
        assert mined_receipt(web3, tx_hash, missed_after_s=0.1)["status"] == 1
