"""`milepost segments compute`: sizes from settled purchases or feeds, and bits set on chain."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli_stage import ROOT, CliStage, run_cli

RULES = """\
segments: tried
currency: USD
rules:
  - {segment: seen, bit: 6, when: {visits: {least: 1}}}
  - {segment: unseen, bit: 7, when: {visits: {most: 0}}}
  - {segment: twice, bit: 8, when: {visits: {least: 2}, spend: {least: "30.00"}}}
  - {segment: by-hand, bit: 3}
"""
FEED = """\
partner,sale_ref,outlet,occurred_at,currency,gross_minor,member
harbour-grill,F-1,pier,2018-05-05T18:00:00-04:00,USD,2400,M1
harbour-grill,F-2,pier,2018-05-06T18:00:00-04:00,USD,2400,M1
harbour-grill,F-3,roof,2018-05-06T18:00:00-04:00,USD,2400,M2
"""


def _rules(stage: CliStage) -> Path:
    return stage.write("tried.yaml", RULES)


def _sizes(document: dict[str, Any]) -> dict[str, int]:
    return {one["segment"]: one["members"] for one in document["sizes"]}


def _segments(stage: CliStage, member: int) -> int:
    ledger = stage.web3.eth.contract(
        address=stage.deployment.addresses.ledger,
        abi=[
            {
                "name": "accountWord",
                "type": "function",
                "stateMutability": "view",
                "inputs": [{"type": "uint40", "name": "member"}],
                "outputs": [{"type": "uint256", "name": ""}],
            }
        ],
    )
    return ledger.functions.accountWord(member).call() >> 132 & 0xFFFF_FFFF


def test_segments_compute__settled__shows_sizes_and_writes_nothing(stage: CliStage) -> None:
    before = stage.web3.eth.block_number
    result = stage.run("segments", "compute", "--rules", _rules(stage), "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["segments"] == "tried" and document["as_of"] >= "2018-06-01"
    sizes = _sizes(document)
    assert sizes["seen"] >= 1 and sizes["seen"] + sizes["unseen"] == document["members"]
    assert document["read_up_to"] <= before
    assert document["written"] is None and "M0001" not in result.output
    assert stage.web3.eth.block_number == before


def test_segments_compute__write__sets_the_rules_bits_alone_and_then_finds_nothing(stage: CliStage) -> None:
    # M0002 was imported with bits 3 and 17, which no rule computes.
    words = ("segments", "compute", "--rules", _rules(stage), "--write", "--json")
    result = stage.run(*words)
    assert result.exit_code == 0, result.output
    written = json.loads(result.stdout)["written"]
    assert written["txs"] == 1 and written["members"] >= 3
    assert _segments(stage, 1) >> 6 & 3 == 1
    assert _segments(stage, 2) & (1 << 17 | 1 << 3) == 1 << 17 | 1 << 3
    again = json.loads(stage.run(*words).stdout)
    assert again["written"] == {"members": 0, "txs": 0} and again["changed"] == 0


def test_segments_compute__before_anything_was_bought__nobody_was_seen(stage: CliStage) -> None:
    result = stage.run("segments", "compute", "--rules", _rules(stage), "--as-of", "2018-05-01", "--json")
    document = json.loads(result.stdout)
    assert (_sizes(document)["seen"], document["purchases"], document["as_of"]) == (0, 0, "2018-05-01")


def test_segments_compute__by_a_stranger__is_refused(stage: CliStage) -> None:
    words = ("segments", "compute", "--rules", _rules(stage), "--as-of", "2018-05-01", "--write")
    result = stage.run(*words, enroller_key_file=stage.folder / "support.key")
    assert result.exit_code == 4 and "holds no role that may call this" in result.stderr, result.output


def test_segments_compute__shipped_rules__fit_the_programmes_partners(stage: CliStage) -> None:
    result = stage.run("segments", "compute", "--rules", ROOT / "segments" / "dining.yaml")
    assert result.exit_code == 0, result.output
    assert "new-diner" in result.stdout and "would change on chain: --write sets them." in result.stdout


def test_segments_compute__feeds__need_neither_store_nor_chain(tmp_path: Path) -> None:
    feed, rules = tmp_path / "may.csv", tmp_path / "tried.yaml"
    feed.write_text(FEED, encoding="utf-8")
    rules.write_text(RULES, encoding="utf-8")
    env = {"MILEPOST_PARTNERS": str(ROOT / "partners")}
    result = run_cli("segments", "compute", "--rules", rules, "--purchases", feed, "--json", env=env)
    assert result.exit_code == 1 and ":4 is not counted, unknown_outlet" in result.stderr
    document = json.loads(result.stdout)
    assert (document["as_of"], document["members"]) == ("2018-05-06", 1)
    assert _sizes(document) == {"seen": 1, "unseen": 0, "twice": 1}
    assert document["sizes"][0]["joined"] is None and len(document["rejected"]) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--as-of", "May"), "'May' is no day"),
        (("--rules", "none.yaml"), "none.yaml: no such file"),
    ],
)
def test_segments_compute__wrong_use__is_refused(words: tuple[str, str], said: str) -> None:
    rules = () if "--rules" in words else ("--rules", ROOT / "segments" / "dining.yaml")
    result = run_cli("segments", "compute", *rules, *words)
    assert result.exit_code == 2 and said in result.stderr
