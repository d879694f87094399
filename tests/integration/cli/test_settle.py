"""`milepost settle` on anvil: every record gets an answer, and every failure says what to do.

given good, bad, double and contradicting rows   then an answer each, and the good ones are credited
given the file again                             then all are duplicates and nothing is credited
given a node, chain, contract or key that is not as configured, then the stated exit code, and nothing is lost
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from milepost.chain.deployment_file import write_deployment
from tests.integration.cli.conftest import FEED, HEADER
from tests.support.cli_stage import CliStage, key_of
from tests.support.deployments import REPORTERS, STRANGER

LATE_BILL = HEADER + "noon-kitchen,{ref},station,2018-05-10T12:00:00-04:00,USD,1000,0,M0003\n"


def test_settle__good_and_bad_rows__answers_each(settled: dict[str, Any]) -> None:
    answers = [(one["line"], one["answer"], one["code"], one["outcome"]) for one in settled["records"]]
    assert answers == [
        (2, "accepted", None, "credited"),
        (3, "accepted", None, "credited"),
        (4, "accepted", None, "unknown_member"),
        (5, "rejected", "unknown_partner", None),
        (6, "rejected", "unknown_outlet", None),
        (7, "rejected", "bad_amount", None),
        (8, "conflict", "conflict", None),
    ]
    assert all(one["sentence"] for one in settled["records"][3:])
    assert settled["answers"] == {"accepted": 3, "duplicate": 0, "conflict": 1, "rejected": 3}


def test_settle__good_rows__are_credited_by_the_promotions(settled: dict[str, Any]) -> None:
    first = settled["records"][0]
    # 20.65 at a mile for 0.50; 40 for the first tables, and twice the base for a Saturday.
    assert (first["base"], first["bonus"], first["last_valid_day"]) == (41, 122, "2021-05-06")
    assert [grant["promotion"] for grant in first["grants"]] == [
        "harbour-first-tables",
        "harbour-weekend-triple",
    ]
    assert settled["outcomes"] == {"credited": 2, "unknown_member": 1}
    miles = settled["miles"]
    assert miles["credited"] == miles["base"] + miles["bonus"]
    assert settled["reconciliation"] == {
        "chain": miles["credited"],
        "store": miles["credited"],
        "difference": 0,
    }
    assert (settled["receipts"], settled["settled"], settled["stopped"]) == (3, 3, None)


def test_settle__with_a_folder__writes_receipts_that_verify(stage: CliStage, settled: dict[str, Any]) -> None:
    files = sorted((stage.folder / "out").iterdir())
    assert [file.name for file in files] == [
        "harbour-grill-1.json",
        "harbour-grill-2.json",
        "noon-kitchen-1.json",
    ]
    for file in files:
        assert stage.run("receipt", "verify", file, "--rpc", stage.rpc_url).exit_code == 0


def test_settle__receipts_that_a_run_cut_short_did_not_write__are_written_by_the_next(
    stage: CliStage, settled: dict[str, Any], tmp_path: Path
) -> None:
    """Found by killing: what an earlier run had settled got no receipt in the folder, ever."""
    written = stage.folder / "out" / "harbour-grill-1.json"
    (tmp_path / written.name).write_bytes(written.read_bytes())
    result = stage.run("settle", stage.write("may.csv", FEED), "--receipts", tmp_path, "--json")
    assert json.loads(result.stdout)["receipts"] == settled["receipts"] - 1
    for file in (stage.folder / "out").iterdir():
        assert (tmp_path / file.name).read_bytes() == file.read_bytes()


def test_settle__the_same_file_again__credits_nothing(stage: CliStage) -> None:
    result = stage.run("settle", stage.write("may.csv", FEED))
    assert result.exit_code == 1
    assert "7 records read: 0 accepted, 3 duplicate, 1 conflict, 3 rejected." in result.stdout
    assert "Nothing was settled." in result.stdout and "difference 0" in result.stdout


def test_settle__no_feed__is_refused_before_anything_is_stored(stage: CliStage) -> None:
    good = stage.write("good.csv", LATE_BILL.format(ref="L-1"))
    result = stage.run("settle", good, stage.write("bad.csv", "a,b\n1,2\n"), "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "bad.csv lacks the columns" in result.stderr
    assert stage.run("receipt", "show", "noon-kitchen", "L-1").exit_code == 1
    assert stage.run("settle", stage.folder / "none.csv").exit_code == 2
    assert stage.run("settle", stage.folder / "may.xls").exit_code == 2


def test_settle__no_node__says_which_setting(stage: CliStage) -> None:
    result = stage.run("settle", stage.folder / "may.csv", rpc_url="http://127.0.0.1:1")
    assert result.exit_code == 3
    assert "MILEPOST_RPC_URL does not answer" in result.stderr and result.stdout == ""


def test_settle__another_chain__is_refused(stage: CliStage, tmp_path: Path) -> None:
    write_deployment(replace(stage.deployment, chain_id=1), tmp_path / "other.json")
    result = stage.run("settle", stage.folder / "may.csv", deployment_file=tmp_path / "other.json")
    assert result.exit_code == 3
    assert "is of chain 31337, and the deployment of chain 1" in result.stderr


def test_settle__no_contracts__says_to_deploy(stage: CliStage, tmp_path: Path) -> None:
    gone = replace(stage.deployment.addresses, settlement=STRANGER.address)
    write_deployment(replace(stage.deployment, addresses=gone), tmp_path / "gone.json")
    result = stage.run("settle", stage.folder / "may.csv", deployment_file=tmp_path / "gone.json")
    assert result.exit_code == 3
    assert "has no Settlement at the deployment's address" in result.stderr


def test_settle__keys_of_no_reporter__names_them(stage: CliStage) -> None:
    keys = [key_of(REPORTERS[0]), key_of(REPORTERS[1]), key_of(STRANGER)]
    file = stage.write_secret("two.json", json.dumps(keys))
    result = stage.run("settle", stage.folder / "may.csv", reporter_keys_file=file)
    assert result.exit_code == 4
    assert STRANGER.address in result.stderr and "needs 3" in result.stderr


def test_settle__no_gas_money__keeps_the_purchases_and_goes_on_later(stage: CliStage) -> None:
    feed = stage.write("late.csv", LATE_BILL.format(ref="L-2"))
    poor = stage.write_secret("poor.key", key_of(STRANGER))
    result = stage.run("settle", feed, "--json", relayer_key_file=poor)
    assert result.exit_code == 4
    answer = json.loads(result.stdout)
    assert answer["records"][0]["answer"] == "accepted"
    assert answer["stopped"]["error"] == "TxUnderfunded"
    assert STRANGER.address in result.stderr
    again = stage.run("settle", feed, "--json")
    assert again.exit_code == 0
    assert (
        json.loads(again.stdout)["records"][0] | {"answer": "duplicate", "outcome": "credited"}
        == json.loads(again.stdout)["records"][0]
    )
    assert json.loads(again.stdout)["settled"] == 1


@pytest.mark.parametrize(
    ("setting", "text", "why"),
    [
        ("relayer_key_file", "no key", "is no private key"),
        ("reporter_keys_file", "[]", "holds no keys"),
        ("partner_secrets_file", "{}", "holds no secrets"),
        ("directory_key_file", "abc", "holds no key of the member directory"),
    ],
)
def test_settle__a_malformed_secret__is_refused_without_showing_it(
    stage: CliStage, setting: str, text: str, why: str
) -> None:
    file = stage.write_secret("malformed", text)
    result = stage.run("settle", stage.folder / "may.csv", **{setting: file})
    assert result.exit_code == 2
    assert why in result.stderr and f"MILEPOST_{setting.upper()}" in result.stderr
    missing = stage.run("settle", stage.folder / "may.csv", **{setting: stage.folder / "none"})
    assert missing.exit_code == 2 and "cannot be read" in missing.stderr


def test_settle__another_directory_key__is_refused(stage: CliStage) -> None:
    file = stage.write_secret("other.key", "d2" * 32)
    result = stage.run("settle", stage.folder / "may.csv", directory_key_file=file)
    assert result.exit_code == 2 and "not the one the member directory was made with" in result.stderr


def test_settle__an_empty_directory__is_refused_before_ids_are_given_twice(
    stage: CliStage, tmp_path: Path
) -> None:
    result = stage.run("settle", stage.folder / "may.csv", database_url=f"sqlite:///{tmp_path / 'new.db'}")
    assert result.exit_code == 2 and "members import --restore" in result.stderr


def test_settle__a_secret_open_to_others__warns(stage: CliStage) -> None:
    file = stage.write_secret("open.key", "d1" * 32)
    file.chmod(0o644)
    result = stage.run("settle", stage.folder / "may.csv", directory_key_file=file)
    assert result.exit_code == 1 and f"chmod 600 {file}" in result.stderr
