"""Refunds, voids, changed bills and claims by command: from a file of the till to receipts that verify.

given sales that are settled                     then what changes them is settled by one command, each with
                                                 the newest receipt of its sale
    when it names no sale, is beyond the bill, comes twice or with a lower revision
                                                 then it gets an outcome or a code, and holds up nothing
given all of it                                  then receipts verify, the newest say so, statements add up,
                                                 and nothing is missing on chain or in the store
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.conftest import HEADER, MEMBERS
from tests.support.cli_stage import CliStage, cli_stage

SALES = HEADER + (
    "harbour-grill,H-1,pier,2018-05-05T18:00:00-04:00,USD,2400,335,M0001\n"
    "noon-kitchen,N-1,market-street,2018-05-03T12:06:00-04:00,USD,2000,300,M0001\n"
    "harbour-grill,H-2,pier,2018-05-05T19:00:00-04:00,USD,1200,0,M9999\n"
    "harbour-grill,H-3,pier,2018-05-07T19:00:00-04:00,USD,1000,0,M0003\n"
)
COLUMNS = HEADER.replace("sale_ref,", "kind,sale_ref,original_sale_ref,revision,")
CHANGES = COLUMNS + (
    "harbour-grill,REFUND,HR-1,H-1,,pier,2018-05-06T10:00:00-04:00,USD,1000,0,\n"
    "harbour-grill,REFUND,HR-2,H-1,,pier,2018-05-06T11:00:00-04:00,USD,500,0,\n"
    "harbour-grill,REFUND,HR-3,H-1,,pier,2018-05-06T12:00:00-04:00,USD,99900,0,\n"
    "noon-kitchen,VOID,N-1,,,market-street,2018-05-03T12:30:00-04:00,USD,,,\n"
    "harbour-grill,AMEND,H-2,,1,pier,2018-05-05T19:00:00-04:00,USD,1200,0,M0002\n"
    "harbour-grill,AMEND,H-3,,1,pier,2018-05-07T19:30:00-04:00,USD,1200,200,M0003\n"
    "harbour-grill,AMEND,H-3,,2,pier,2018-05-07T19:40:00-04:00,USD,1500,200,M0003\n"
    "harbour-grill,REFUND,HR-9,H-999,,pier,2018-05-06T10:00:00-04:00,USD,1000,0,\n"
    "harbour-grill,REFUND,HR-8,,,pier,2018-05-06T10:00:00-04:00,USD,1000,0,\n"
    "harbour-grill,REFUND,HR-7,H-1,,pier,2018-05-06T10:00:00-04:00,USD,-1000,0,\n"
    "harbour-grill,AMEND,H-3,,1,pier,2018-05-07T19:30:00-04:00,USD,900,0,M0003\n"
    "harbour-grill,REFUND,HR-1,H-1,,pier,2018-05-06T10:00:00-04:00,USD,1000,0,\n"
    "noon-kitchen,VOID,N-1,,1,market-street,2018-05-03T13:30:00-04:00,USD,,,\n"
)


@pytest.fixture(scope="module")
def refunded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[CliStage, dict[str, Any]]]:
    """The stage after the sales and the changes were settled, and what the second command answered."""
    with cli_stage(tmp_path_factory.mktemp("refunds")) as stage:
        for words in (("members", "import", stage.write("members.csv", MEMBERS)), ("settle", _sales(stage))):
            done = stage.run(*words)
            assert done.exit_code == 0, done.output
        out = stage.folder / "out"
        done = stage.run("settle", stage.write("changes.csv", CHANGES), "--receipts", out, "--json")
        assert done.exit_code == 1, done.output
        yield stage, json.loads(done.stdout)


def _sales(stage: CliStage) -> Path:
    return stage.write("sales.csv", SALES)


def _record(answer: dict[str, Any], line: int) -> dict[str, Any]:
    (found,) = [one for one in answer["records"] if one["line"] == line]
    return found


def test_settle__changes__get_their_outcomes(refunded: tuple[CliStage, dict[str, Any]]) -> None:
    _, answer = refunded
    outcomes = [(one["answer"], one["outcome"] or one["code"]) for one in answer["records"]]
    assert outcomes == [
        ("accepted", "reversed"),
        ("accepted", "reversed"),
        ("accepted", "exceeds_bill"),
        ("accepted", "reversed"),
        ("accepted", "credited"),
        ("accepted", "credited"),
        ("accepted", "credited"),
        ("accepted", None),
        ("rejected", "bad_sale_ref"),
        ("rejected", "bad_amount"),
        ("conflict", "conflict"),
        ("duplicate", "reversed"),
        ("accepted", "already_refunded"),
    ]
    assert [one["sale_ref"] for one in answer["unmatched"]] == ["HR-9"]
    assert answer["stopped"] is None


def test_settle__changes__take_and_add_what_is_due(refunded: tuple[CliStage, dict[str, Any]]) -> None:
    _, answer = refunded
    # 20.65 eligible at a mile for 0.50 were 41; 10.65 and then 5.65 are left.
    assert [_record(answer, line)["base"] for line in (2, 3)] == [21, 11]
    assert _record(answer, 5)["base"] == _record(answer, 5)["bonus"] == 0
    claim = _record(answer, 6)
    assert claim["base"] == 24 and claim["credited"] == claim["base"] + claim["bonus"]
    # 10.00, and 3.00 more in the second revision.
    assert [_record(answer, line)["base"] for line in (7, 8)] == [20, 26]
    assert _record(answer, 7)["credited"] == 0 < _record(answer, 8)["credited"]


def test_settle__changes__leave_no_difference(refunded: tuple[CliStage, dict[str, Any]]) -> None:
    _, answer = refunded
    assert answer["reconciliation"]["difference"] == 0
    assert answer["taken_back"]["chain"] == answer["taken_back"]["store"] == answer["miles"]["returned"] > 0


def test_receipts__of_changes__verify_and_say_which_is_newest(
    refunded: tuple[CliStage, dict[str, Any]],
) -> None:
    stage, answer = refunded
    newest = {}
    for file in sorted((stage.folder / "out").iterdir()):
        done = stage.run("receipt", "verify", file, "--rpc", stage.rpc_url, "--newest", "--json")
        assert done.exit_code == 0, done.output
        sale_ref = json.loads(file.read_text(encoding="utf-8"))["purchase"]
        newest[sale_ref["sale_ref"], sale_ref["revision"]] = json.loads(done.stdout)["newest"]
    assert newest == {
        ("HR-1", 0): False,
        ("HR-2", 0): True,
        ("HR-3", 0): False,
        ("N-1", 0): True,
        ("N-1", 1): False,
        ("H-2", 1): True,
        ("H-3", 1): False,
        ("H-3", 2): True,
    }
    assert answer["receipts"] == len(newest)


def test_receipt_show__of_a_sale_that_was_refunded__says_what_counts_now(
    refunded: tuple[CliStage, dict[str, Any]],
) -> None:
    stage, _ = refunded
    done = stage.run("receipt", "show", "harbour-grill", "H-1")
    assert "the refund HR-2, purchase" in done.stdout
    done = stage.run("receipt", "show", "harbour-grill", "HR-2")
    for words in ("miles taken back", "USD 5.65 eligible, USD 15.00 refunded in all", "Miles left"):
        assert words in done.stdout, done.stdout


def test_receipt_verify__number_of_a_refund_changed__is_refused(
    refunded: tuple[CliStage, dict[str, Any]], tmp_path: Path
) -> None:
    stage, _ = refunded
    file = tmp_path / "forged.json"
    assert stage.run("receipt", "show", "harbour-grill", "HR-1", "--out", file).exit_code == 0
    receipt = json.loads(file.read_text(encoding="utf-8"))
    receipt["amendment"]["refunded_minor"] = 0
    file.write_text(json.dumps(receipt), encoding="utf-8")
    done = stage.run("receipt", "verify", file, "--rpc", stage.rpc_url)
    assert done.exit_code == 1 and "gives the leaf" in done.output


@pytest.mark.parametrize("member", ["M0001", "M0002", "M0003"])
def test_statement__after_changes__adds_up(refunded: tuple[CliStage, dict[str, Any]], member: str) -> None:
    stage, _ = refunded
    done = stage.run("statement", member, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["agrees"] and found["balance"] == found["earned"] - found["returned"]


def test_liability__after_changes__holds_to_the_mile(refunded: tuple[CliStage, dict[str, Any]]) -> None:
    stage, _ = refunded
    done = stage.run("liability", "--json")
    assert done.exit_code == 0, done.output


def test_settle__changes_again__changes_nothing(refunded: tuple[CliStage, dict[str, Any]]) -> None:
    stage, _ = refunded
    done = stage.run("settle", stage.folder / "changes.csv", "--json")
    answer = json.loads(done.stdout)
    assert (answer["settled"], answer["miles"]["credited"]) == (0, 0)
    assert answer["reconciliation"]["difference"] == 0


def test_store_rebuild__after_changes__knows_each_receipt(
    refunded: tuple[CliStage, dict[str, Any]], tmp_path: Path
) -> None:
    stage, _ = refunded
    url = f"sqlite:///{tmp_path / 'new.db'}"
    for words in (
        ("members", "import", "--restore", stage.folder / "members.csv"),
        ("store", "rebuild", stage.folder / "sales.csv", stage.folder / "changes.csv"),
    ):
        done = stage.run(*words, database_url=url)
        assert done.exit_code in (0, 1), done.output
    done = stage.run("statement", "M0001", "--json", database_url=url)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["agrees"]
