"""`milepost receipt`: shown to the operator, verified by anyone.

given a settled bill       then words that add up, or the receipt itself
given no such bill         then what comes near, and exit code 1
given a true receipt       then exit code 0 and what was compared
given any value changed    then exit code 1 and the reason
given no receipt           then exit code 2; a node that does not answer or has no book: 3
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from milepost.codec.receipt_file import KEYS
from tests.support.cli_stage import CliStage, run_cli
from tests.support.deployments import STRANGER


def _changes(receipt: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The receipt with one value changed, for every key, inner ones included."""
    for key, value in receipt.items():
        if isinstance(value, dict):
            for name, inner in _changes(value):
                yield f"{key}.{name}", {**receipt, key: inner}
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for name, inner in _changes(value[0]):
                yield f"{key}.{name}", {**receipt, key: [inner, *value[1:]]}
        elif value == []:
            yield key, {**receipt, key: [0]}
        elif isinstance(value, list):
            yield key, {**receipt, key: [_changed(value[0]), *value[1:]]}
        else:
            yield key, {**receipt, key: _changed(value)}


def _changed(value: Any) -> Any:
    if isinstance(value, int):
        return value + 1
    if value is None:
        return "x"
    last = "1" if value[-1] != "1" else "2"
    return value[:-1] + last


def test_show__a_settled_bill__adds_up_in_words(stage: CliStage) -> None:
    result = stage.run("receipt", "show", "harbour-grill", "H-1")
    assert result.exit_code == 0, result.output
    for words in (
        "USD 24.00, of it tip USD 3.35",
        "41: 1 mile for each USD 0.50, in minor units: floor(2,065 * 1 / 50) = 41",
        "122, from 2 promotions",
        "harbour-weekend-triple",
        "2021-05-06",
        stage.deployment.addresses.receipts,
    ):
        assert words in result.stdout


def test_show__nobodys_bill__says_why_nothing_was_credited(stage: CliStage) -> None:
    result = stage.run("receipt", "show", "harbour-grill", "H-2")
    assert result.exit_code == 0
    assert "no member has the number on the bill" in result.stdout


def test_show__json__is_the_receipt(stage: CliStage, receipt_file: Path) -> None:
    result = stage.run("receipt", "show", "harbour-grill", "H-1", "--json")
    assert result.stdout == receipt_file.read_text(encoding="utf-8")
    assert set(json.loads(result.stdout)) == KEYS


def test_show__no_such_bill__says_what_comes_near(stage: CliStage) -> None:
    result = stage.run("receipt", "show", "harbour-grill", "H-11")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "did you mean “H-1”" in result.stderr
    assert "check the code" in stage.run("receipt", "show", "harbour-gril", "H-1").stderr
    other = stage.run("receipt", "show", "harbour-grill", "H-1", "--revision", "1")
    assert other.exit_code == 1 and "only as SALE from source “may”, revision 0" in other.stderr
    assert stage.run("receipt", "show", "harbour-grill", "H-1", "--kind", "GIFT").exit_code == 2


def test_show__a_forgotten_member__issues_no_receipt(stage: CliStage) -> None:
    stage.run("members", "import", stage.write("gone.csv", "member\nM0300\n"))
    feed = (
        "partner,sale_ref,outlet,occurred_at,currency,gross_minor,member\n"
        "noon-kitchen,F-1,station,2018-05-11T12:00:00-04:00,USD,1000,M0300\n"
    )
    assert stage.run("settle", stage.write("gone-feed.csv", feed)).exit_code == 0
    assert stage.run("receipt", "show", "noon-kitchen", "F-1").exit_code == 0
    stage.run("members", "forget", "M0300")
    result = stage.run("receipt", "show", "noon-kitchen", "F-1")
    assert result.exit_code == 1 and "was forgotten" in result.stderr


def test_verify__true__says_what_was_compared(stage: CliStage, receipt_file: Path) -> None:
    result = stage.run("receipt", "verify", receipt_file, "--rpc", stage.rpc_url)
    assert result.exit_code == 0, result.output
    assert "stands on chain" in result.stdout and "with the root of report 1 of lane 0" in result.stdout
    document = json.loads(
        stage.run("receipt", "verify", receipt_file, "--rpc", stage.rpc_url, "--json").stdout
    )
    assert document["verified"] is True and document["reason"] is None and len(document["compared"]) == 4


def test_verify__by_address_alone__needs_no_setting(
    stage: CliStage, receipt_file: Path, tmp_path: Path
) -> None:
    book = stage.deployment.addresses.receipts
    result = run_cli("receipt", "verify", receipt_file, "--rpc", stage.rpc_url, "--receipts", book)
    assert result.exit_code == 0, result.output


def test_verify__any_value_changed__is_refused_with_the_reason(
    stage: CliStage, receipt_file: Path, tmp_path: Path
) -> None:
    receipt = json.loads(receipt_file.read_text(encoding="utf-8"))
    changed = dict(_changes(receipt))
    assert len(changed) > 40
    for name, forged in changed.items():
        file = tmp_path / "forged.json"
        file.write_text(json.dumps(forged), encoding="utf-8")
        result = stage.run("receipt", "verify", file, "--rpc", stage.rpc_url, "--json")
        assert result.exit_code == 1, (name, result.output)
        document = json.loads(result.stdout)
        assert document["verified"] is False and document["reason"], name


def test_verify__another_chain_or_book__is_refused_by_name(
    stage: CliStage, receipt_file: Path, tmp_path: Path
) -> None:
    receipt = json.loads(receipt_file.read_text(encoding="utf-8"))
    file = tmp_path / "other.json"
    file.write_text(json.dumps({**receipt, "receipts": STRANGER.address}), encoding="utf-8")
    result = stage.run("receipt", "verify", file, "--rpc", stage.rpc_url)
    assert result.exit_code == 1 and STRANGER.address in result.stdout
    file.write_text(json.dumps({**receipt, "chain_id": 1}), encoding="utf-8")
    result = stage.run("receipt", "verify", file, "--rpc", stage.rpc_url)
    assert result.exit_code == 1 and "names chain 1" in result.stdout


@pytest.mark.parametrize("text", ["", "no receipt", "[]", "{}", '{"version": 1}', "\ud800"])
def test_verify__no_receipt__is_refused(stage: CliStage, tmp_path: Path, text: str) -> None:
    file = tmp_path / "none.json"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    result = stage.run("receipt", "verify", file, "--rpc", stage.rpc_url, "--json")
    assert (result.exit_code, result.stdout) == (2, "")


def test_verify__wrong_use__is_refused(stage: CliStage, receipt_file: Path, tmp_path: Path) -> None:
    verify = ("receipt", "verify")
    assert stage.run(*verify, tmp_path / "none.json", "--rpc", stage.rpc_url).exit_code == 2
    assert stage.run(*verify, receipt_file, "--rpc", stage.rpc_url, "--receipts", "0x12").exit_code == 2
    assert stage.run(*verify, receipt_file).exit_code == 2
    missing = stage.run(*verify, receipt_file, "--rpc", stage.rpc_url, deployment_file=tmp_path / "none.json")
    assert missing.exit_code == 2 and "no deployment" in missing.stderr


def test_verify__chain_not_as_configured__has_its_exit_code(stage: CliStage, receipt_file: Path) -> None:
    verify = ("receipt", "verify", receipt_file)
    unreachable = stage.run(*verify, "--rpc", "http://127.0.0.1:1")
    assert unreachable.exit_code == 3 and "--rpc does not answer" in unreachable.stderr
    receipt = json.loads(receipt_file.read_text(encoding="utf-8"))
    receipt_file.write_text(json.dumps({**receipt, "receipts": STRANGER.address}), encoding="utf-8")
    no_book = stage.run(*verify, "--rpc", stage.rpc_url, "--receipts", STRANGER.address)
    assert no_book.exit_code == 3 and "There is no receipt book" in no_book.stderr
