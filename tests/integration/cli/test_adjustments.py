"""`milepost adjustments` on anvil: proposed by one, approved by another, counted, stated, receipted.

given a proposal
  when another approves a credit   then the miles last from that day, and statement and receipt say so
  when another approves a debit    then what lapses soonest goes
  when its proposer approves it, or somebody without the role, then exit code 4 and nothing moves
given a receipt                    then it is true; one with a changed digit, another desk or chain is refused
given miles, members, reasons or numbers that cannot be, then a sentence, and nothing is sent
given settling is paused           then adjusting goes on
"""

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from milepost.chain.deployment_run import Web3Executor
from tests.support.cli_stage import CliStage, key_of
from tests.support.deployments import APPROVER, MANAGER, STRANGER, SUPPORT, account_named, fund

NewMember = Callable[[], str]
_numbers = count(1)


@pytest.fixture
def new_member(stage: CliStage) -> NewMember:
    """Enrols a member that no other test knows."""

    def enrol() -> str:
        number = f"A{next(_numbers):04d}"
        assert stage.run("members", "import", stage.write("one.csv", f"member\n{number}\n")).exit_code == 0
        return number

    return enrol


def answered(stage: CliStage, *words: object, code: int = 0, **settings: object) -> Any:
    result = stage.run("adjustments", *words, "--json", **settings)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def proposed(stage: CliStage, member: str, *words: object) -> int:
    found = answered(stage, "propose", member, *words, "--reason", "goodwill")
    assert found["state"] == "proposed"
    return int(found["adjustment"])


def applied(stage: CliStage, member: str, *words: object) -> int:
    number = proposed(stage, member, *words)
    assert answered(stage, "approve", number)["state"] == "applied"
    return number


def statement(stage: CliStage, member: str) -> Any:
    result = stage.run("statement", member, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_approve__credit_then_debit__are_stated_with_who_decided(
    stage: CliStage, new_member: NewMember
) -> None:
    member = new_member()
    credit, debit = applied(stage, member, "--credit", 500), applied(stage, member, "--debit", 120)
    found = statement(stage, member)
    assert (found["balance"], found["agrees"], found["earned"]) == (380, True, 0)
    assert [lot["miles"] for lot in found["lots"]] == [380]
    assert [
        (one["adjustment"], one["kind"], one["miles"], one["reason"], one["final"])
        for one in found["adjustments"]
    ] == [(credit, "credit", 500, "goodwill", False), (debit, "debit", 120, "goodwill", False)]
    assert found["adjustments"][0]["last_valid_day"] == found["lots"][0]["last_valid_day"]
    for one in found["adjustments"]:
        assert (one["proposer"], one["decided_by"]) == (SUPPORT.address, APPROVER.address)


def test_settle__after_adjustments__reads_them_and_is_reconciled(
    stage: CliStage, new_member: NewMember
) -> None:
    member = new_member()
    applied(stage, member, "--credit", 77)
    applied(stage, member, "--debit", 7)
    settled = stage.run("settle", stage.write("none.csv", "partner,sale_ref\n"), "--json")
    assert settled.exit_code in (0, 2), settled.output
    receipt = stage.run("adjustments", "receipt", applied(stage, member, "--credit", 1))
    assert receipt.exit_code == 0, receipt.output
    found = statement(stage, member)
    assert [one["final"] for one in found["adjustments"]] == [True, True, True]
    assert (found["balance"], found["agrees"]) == (71, True)
    shown = stage.run("statement", member)
    assert "The lots on chain are what these purchases and adjustments left." in shown.stdout
    assert SUPPORT.address in shown.stdout and APPROVER.address in shown.stdout


def test_receipt__verified__is_true_until_anything_is_changed(
    stage: CliStage, new_member: NewMember, tmp_path: Path
) -> None:
    number = applied(stage, new_member(), "--credit", 500, "--case", "case 4711")
    file = tmp_path / "adjustment.json"
    assert stage.run("adjustments", "receipt", number, "--out", file).exit_code == 0
    words = ("receipt", "verify", file, "--rpc", stage.rpc_url)
    true = stage.run(*words)
    assert true.exit_code == 0 and "stands on chain" in true.stdout
    values = json.loads(file.read_text(encoding="utf-8"))
    assert values["format"] == "milepost-adjustment-receipt" and "case 4711" not in file.read_text()
    for key, changed in {
        "miles": 501,
        "member": values["member"] + 1,
        "reason": "fraud",
        "kind": "debit",
        "into": 7,
        "last_valid_day": "2030-01-01",
        "decided_at": "2018-06-02T00:00:01+00:00",
        "proposed_at": "2018-06-02T00:00:01+00:00",
        "decided_by": SUPPORT.address,
        "proposer": APPROVER.address,
        "case_hash": "0x" + "11" * 32,
        "adjustment": 10_000,
        "desk": STRANGER.address,
        "chain_id": 1,
        "version": 2,
    }.items():
        file.write_text(json.dumps(values | {key: changed}), encoding="utf-8")
        refused = stage.run(*words, "--json")
        assert refused.exit_code == 1, (key, refused.output)
        assert json.loads(refused.stdout)["verified"] is False
    file.write_text(json.dumps(values), encoding="utf-8")
    other = stage.run(*words, "--desk", stage.deployment.addresses.ledger)
    assert other.exit_code == 1 and "names the adjustment desk" in other.stdout
    assert stage.run(*words, "--desk", stage.deployment.addresses.adjustment_desk).exit_code == 0
    assert stage.run(*words, "--desk", "0x12").exit_code == 2


def test_receipt__not_applied__answers_no(stage: CliStage, new_member: NewMember) -> None:
    number = proposed(stage, new_member(), "--credit", 5)
    result = stage.run("adjustments", "receipt", number)
    assert result.exit_code == 1 and f"No final block holds adjustment {number}" in result.stderr
    answered(stage, "withdraw", number)


def test_propose__case__is_kept_nowhere_and_can_be_shown(stage: CliStage, new_member: NewMember) -> None:
    number = proposed(stage, new_member(), "--credit", 5, "--case", "Mrs Wong called twice")
    held = b"".join(file.read_bytes() for file in stage.folder.glob("milepost.db*"))
    assert b"Mrs Wong" not in held
    assert answered(stage, "show", number, "--case", "Mrs Wong called twice")["is_of_case"] is True
    assert answered(stage, "show", number, "--case", "another", code=1)["is_of_case"] is False
    answered(stage, "reject", number)


def test_list__waiting__names_them_newest_first(stage: CliStage, new_member: NewMember) -> None:
    member = new_member()
    numbers = [proposed(stage, member, "--credit", miles) for miles in (5, 6)]
    waiting = [one["adjustment"] for one in answered(stage, "list", "--waiting")["adjustments"]]
    assert waiting == numbers[::-1]
    assert answered(stage, "reject", numbers[0])["state"] == "rejected"
    assert answered(stage, "withdraw", numbers[1])["state"] == "withdrawn"
    assert answered(stage, "list", "--waiting")["adjustments"] == []
    newest = answered(stage, "list", "--most", 2)["adjustments"]
    assert [(one["adjustment"], one["state"]) for one in newest] == [
        (numbers[1], "withdrawn"),
        (numbers[0], "rejected"),
    ]
    assert statement(stage, member)["balance"] == 0
    assert "No adjustment waits." in stage.run("adjustments", "list", "--waiting").stdout


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--credit", 0), 2, "0 miles are no adjustment: name 1 to"),
        (("--credit", -5), 2, "-5 miles are no adjustment"),
        (("--debit", 1 << 40), 2, "are no adjustment"),
        (("--credit", 100_001), 2, "above the limit of a day, 100000"),
        (("--debit", 1), 1, "has 0 live miles"),
        ((), 2, "Name either --credit or --debit"),
        (("--credit", 1, "--debit", 1), 2, "Name either --credit or --debit"),
        (("--credit", 1, "--reason", "kindness"), 2, "'kindness' is none of goodwill, missing-purchase"),
    ],
)
def test_propose__what_cannot_be__is_refused_before_anything_is_sent(
    stage: CliStage, new_member: NewMember, words: tuple[object, ...], code: int, sentence: str
) -> None:
    before = len(answered(stage, "list", "--most", 1_000)["adjustments"])
    given = words if "--reason" in words else (*words, "--reason", "goodwill")
    result = stage.run("adjustments", "propose", new_member(), *given)
    assert sentence in " ".join(result.stderr.replace("│", " ").split()), result.stderr
    assert result.exit_code == code
    assert len(answered(stage, "list", "--most", 1_000)["adjustments"]) == before


@pytest.mark.parametrize(
    "words",
    [("show", 1 << 64), ("approve", 1 << 64), ("receipt", 1 << 63), ("list", "--most", 1 << 63)],
)
def test_numbers__larger_than_any__are_refused_without_a_traceback(
    stage: CliStage, words: tuple[object, ...]
) -> None:
    result = stage.run("adjustments", *words)
    assert result.exit_code == 2 and "less than or equal to" in result.stderr, result.output


def test_propose__nobodys_number__answers_no(stage: CliStage) -> None:
    result = stage.run("adjustments", "propose", "nobody", "--credit", 5, "--reason", "fraud")
    assert result.exit_code == 1 and "“nobody” is no member's number" in result.stderr


def test_propose__twice__names_the_one_that_waits(stage: CliStage, new_member: NewMember) -> None:
    member = new_member()
    number = proposed(stage, member, "--credit", 5)
    again = stage.run("adjustments", "propose", member, "--credit", 5, "--reason", "goodwill")
    assert again.exit_code == 1 and f"Adjustment {number} proposes just this" in again.stderr
    other = proposed(stage, member, "--credit", 5, "--case", "another one")
    for one in (number, other):
        answered(stage, "withdraw", one)


def test_approve__by_the_proposer__is_not_allowed(stage: CliStage, new_member: NewMember) -> None:
    member, key = new_member(), stage.folder / "approver.key"
    words = ("propose", member, "--credit", 5, "--reason", "goodwill")
    number = answered(stage, *words, support_key_file=key)["adjustment"]
    refused = stage.run("adjustments", "approve", number)
    assert refused.exit_code == 4 and "cannot approve it too" in refused.stderr
    assert statement(stage, member)["balance"] == 0
    answered(stage, "reject", number)


def test_decide__decided_before_or_never_proposed__is_refused(stage: CliStage, new_member: NewMember) -> None:
    number = applied(stage, new_member(), "--credit", 5)
    for words in (("approve", number), ("reject", number), ("withdraw", number), ("reject", 99_999)):
        refused = stage.run("adjustments", *words)
        assert refused.exit_code == 1 and "not waiting for a decision" in refused.stderr
    for words in (("approve", 99_999), ("show", 99_999)):
        unknown = stage.run("adjustments", *words)
        assert unknown.exit_code == 1 and "There is no adjustment 99999" in unknown.stderr


def test_act__key_without_the_role__is_not_allowed(stage: CliStage, new_member: NewMember) -> None:
    member = new_member()
    number = proposed(stage, member, "--credit", 5)
    # Not the stranger, who has no gas money in other tests.
    outsider = account_named("outsider with gas money")
    fund(stage.web3, outsider.address)
    key = stage.write_secret("outsider.key", key_of(outsider))
    for words, setting in (
        (("propose", member, "--credit", 1, "--reason", "goodwill"), "support_key_file"),
        (("approve", number), "approver_key_file"),
        (("reject", number), "approver_key_file"),
    ):
        refused = stage.run("adjustments", *words, **{setting: key})
        assert refused.exit_code == 4 and "holds no role" in refused.stderr, refused.output
    refused = stage.run("adjustments", "withdraw", number, support_key_file=key)
    assert refused.exit_code == 4 and "who alone may withdraw it" in refused.stderr
    missing = stage.run("adjustments", "approve", number, approver_key_file=stage.folder / "none.key")
    assert missing.exit_code == 2 and "MILEPOST_APPROVER_KEY_FILE" in missing.stderr
    answered(stage, "withdraw", number)


def test_approve__settling_is_paused__goes_on(stage: CliStage, new_member: NewMember) -> None:
    fund(stage.web3, MANAGER.address)
    manager = Web3Executor(stage.web3, MANAGER)
    settlement = stage.deployment.addresses.settlement
    manager.call("Settlement", settlement, function="pause", arguments=())
    try:
        member = new_member()
        applied(stage, member, "--credit", 5)
        assert statement(stage, member)["balance"] == 5
    finally:
        manager.call("Settlement", settlement, function="unpause", arguments=())


def test_forget__an_adjusted_member__leaves_nothing_that_names_it(
    stage: CliStage, new_member: NewMember
) -> None:
    member = new_member()
    number = applied(stage, member, "--credit", 5)
    assert stage.run("members", "forget", member).exit_code == 0
    refused = stage.run("adjustments", "receipt", number)
    assert refused.exit_code == 1 and "was forgotten" in refused.stderr
    for words in (
        ("statement", member),
        ("adjustments", "propose", member, "--credit", 1, "--reason", "fraud"),
    ):
        assert stage.run(*words).exit_code == 1
    for words in (
        ("adjustments", "show", number),
        ("adjustments", "list"),
        ("adjustments", "receipt", number),
    ):
        result = stage.run(*words)
        assert member not in result.stdout + result.stderr
    held = b"".join(file.read_bytes() for file in stage.folder.glob("milepost.db*"))
    assert member.encode() not in held
