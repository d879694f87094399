"""`milepost members merge` on anvil: two numbers of one person, one account, every mile with its day.

given two members with miles
  when they are merged and another approves   then both numbers lead to one account with the miles of both
  when purchases follow with either number    then they earn for that account
  when the proposal is rejected               then it is proposed again, or undone, and nothing is lost
given a merge that was done, or cannot be            then it is said, and nothing changes
"""

import json
from itertools import count
from typing import Any

import pytest

from tests.support.cli_stage import CliStage

HEADER = "partner,sale_ref,outlet,occurred_at,currency,gross_minor,tip_minor,member\n"
Pair = tuple[str, str]
_pairs = count(1)


@pytest.fixture
def pair(stage: CliStage) -> Pair:
    """Two new members; the first one's bill of 24.00 is settled, the second one has nothing yet."""
    place = next(_pairs)
    lost, kept = f"L{place:03d}", f"K{place:03d}"
    members = stage.write("pair.csv", f"member\n{lost}\n{kept}\n")
    assert stage.run("members", "import", members).exit_code == 0
    settle(stage, f"{place}-first", lost)
    return lost, kept


def settle(stage: CliStage, sale_ref: str, member: str) -> Any:
    row = f"harbour-grill,M-{sale_ref},pier,2018-05-28T18:00:00-04:00,USD,2400,0,{member}\n"
    result = stage.run("settle", stage.write(f"{sale_ref}.csv", HEADER + row), "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def answered(stage: CliStage, *words: object, code: int = 0) -> Any:
    result = stage.run(*words, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def merged(stage: CliStage, pair: Pair) -> int:
    found = answered(stage, "members", "merge", *pair)
    assert (found["kind"], found["reason"], found["state"]) == ("merge", "same_person", "proposed")
    return int(found["adjustment"])


def test_merge__approved__joins_the_miles_and_both_numbers(stage: CliStage, pair: Pair) -> None:
    lost, kept = pair
    before = [answered(stage, "statement", number) for number in pair]
    settle(stage, f"{kept}-own", kept)
    number = merged(stage, pair)
    # Nothing has moved yet, and the person has both accounts' miles.
    waiting = answered(stage, "statement", lost)
    assert (waiting["member_id"], waiting["merged_member_ids"]) == (
        before[1]["member_id"],
        [before[0]["member_id"]],
    )
    assert waiting["agrees"] and len({lot["member_id"] for lot in waiting["lots"]}) == 2
    assert answered(stage, "adjustments", "approve", number)["miles"] == before[0]["balance"] > 0
    settle(stage, f"{lost}-later", lost)
    found = answered(stage, "statement", kept)
    assert found == {**answered(stage, "statement", lost), "member": kept, "at": found["at"]}
    assert found["balance"] == found["earned"] and found["agrees"]
    assert {lot["member_id"] for lot in found["lots"]} == {before[1]["member_id"]}
    assert [one["member_id"] for one in found["purchases"]] == [
        before[0]["member_id"],
        before[1]["member_id"],
        before[1]["member_id"],
    ]
    assert [one["kind"] for one in found["adjustments"]] == ["merge"]
    receipt = stage.run("receipt", "show", "harbour-grill", f"M-{lost}-later", "--json")
    assert json.loads(receipt.stdout)["member"] == before[1]["member_id"]
    in_words = stage.run("statement", lost).stdout
    assert "Merged" in in_words and f"merge of member {before[0]['member_id']}" in in_words
    # A bill that was credited to the closed account is explained to its person still.
    first = stage.run("receipt", "show", "harbour-grill", f"M-{int(lost[1:])}-first")
    assert first.exit_code == 0


def test_merge__again__answers_with_what_was_done(stage: CliStage, pair: Pair) -> None:
    number = merged(stage, pair)
    assert merged(stage, pair) == number
    answered(stage, "adjustments", "approve", number)
    again = answered(stage, "members", "merge", *pair)
    assert (again["adjustment"], again["state"]) == (number, "applied")
    undone = stage.run("members", "unmerge", pair[0])
    assert undone.exit_code == 1 and "for good" in undone.stderr


def test_merge__rejected__is_proposed_again_or_undone(stage: CliStage, pair: Pair) -> None:
    lost, kept = pair
    number = merged(stage, pair)
    waits = stage.run("members", "unmerge", lost)
    assert waits.exit_code == 1 and "withdraw or reject it first" in waits.stderr
    rejected = stage.run("adjustments", "reject", number)
    assert rejected.exit_code == 0 and "milepost members unmerge" in rejected.stdout
    assert merged(stage, pair) == number + 1
    answered(stage, "adjustments", "withdraw", number + 1)
    own = answered(stage, "members", "unmerge", lost)["member_id"]
    found = answered(stage, "statement", lost)
    assert (found["member_id"], found["agrees"]) == (own, True) and found["balance"] > 0
    assert answered(stage, "statement", kept)["balance"] == 0
    nothing = stage.run("members", "unmerge", lost)
    assert nothing.exit_code == 1 and "nothing to undo" in nothing.stderr


def test_merge__what_cannot_be__is_refused_and_changes_nothing(stage: CliStage, pair: Pair) -> None:
    lost, kept = pair
    assert stage.run("members", "merge", lost, "nobody").exit_code == 1
    assert stage.run("members", "merge", "nobody", kept).exit_code == 1
    itself = stage.run("members", "merge", lost, lost)
    assert itself.exit_code == 1 and "nothing to merge" in itself.stderr
    key = stage.folder / "relayer.key"
    denied = stage.run("members", "merge", *pair, support_key_file=key)
    assert denied.exit_code == 4 and "holds no role" in denied.stderr
    assert answered(stage, "statement", lost)["merged_member_ids"] == []


def test_forget__merged_member__names_nobody_any_more(stage: CliStage, pair: Pair) -> None:
    lost, kept = pair
    answered(stage, "adjustments", "approve", merged(stage, pair))
    assert stage.run("members", "forget", kept).exit_code == 0
    shown = stage.run("receipt", "show", "harbour-grill", f"M-{int(lost[1:])}-first")
    assert shown.exit_code == 1 and "was forgotten" in shown.stderr
    for number in pair:
        refused = stage.run("statement", number)
        assert refused.exit_code == 1 and refused.stdout == ""
