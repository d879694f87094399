"""`milepost members` against a ledger on anvil.

given a list                       then one tx opens the accounts; profiles that differ are written
given the list again, or more      then only what is new is enrolled
given a refused row                then the others are enrolled, and the exit code is 1
given a key without the role, or without gas money, then nothing is stored and the exit code is 4
"""

import json

import pytest

from milepost.chain.member_ledger import NodeMemberLedger
from milepost.chain.node import Node
from milepost.ports import MemberProfile
from tests.support.cli_stage import POOR_ENROLLER, CliStage, key_of
from tests.support.deployments import RELAYER


def _ledger(stage: CliStage) -> NodeMemberLedger:
    return NodeMemberLedger(Node(stage.web3, "anvil"), stage.deployment)


def test_import__a_list__enrols_all_and_writes_the_profile(stage: CliStage) -> None:
    answer = json.loads((stage.folder / "imported.json").read_text(encoding="utf-8"))
    assert (answer["enrolled"], answer["accounts_opened"], answer["profiles_written"]) == (3, 3, 1)
    assert [member["member_id"] for member in answer["members"]] == [1, 2, 3]
    assert _ledger(stage).profile_of(2) == MemberProfile(0, 1 << 3 | 1 << 17)


def test_import__again_with_one_more__enrols_that_one(stage: CliStage) -> None:
    more = stage.write("more.csv", "member,segments\nM0001,\nM0002,3 17\nM0004,\n,\n")
    before = _ledger(stage).enrolled()
    result = stage.run("members", "import", more)
    assert result.exit_code == 1
    assert "1 member enrolled, 2 enrolled before, 1 refused; 0 profiles written." in result.stdout
    assert "bad_member" in result.stdout
    assert _ledger(stage).enrolled() == before + 1


def test_import__no_role__is_not_allowed_and_stores_nothing(stage: CliStage) -> None:
    more = stage.write("another.csv", "member\nM0100\n")
    result = stage.run("members", "import", more, enroller_key_file=stage.folder / "relayer.key")
    assert result.exit_code == 4
    assert RELAYER.address.lower() in result.stderr and "holds no role" in result.stderr
    assert stage.run("statement", "M0100").exit_code == 1


def test_import__no_gas_money__names_the_address(stage: CliStage) -> None:
    key = stage.write_secret("poor-enroller.key", key_of(POOR_ENROLLER))
    result = stage.run("members", "import", stage.folder / "members.csv", enroller_key_file=key)
    assert result.exit_code == 4
    assert POOR_ENROLLER.address in result.stderr and "send it funds" in result.stderr


def test_import__no_list__is_refused(stage: CliStage) -> None:
    result = stage.run("members", "import", stage.write("wrong.csv", "number\n1\n"))
    assert result.exit_code == 2 and "lacks the column member" in result.stderr
    assert stage.run("members", "import", stage.folder / "none.csv").exit_code == 2


def test_replace__a_lost_card__keeps_the_miles(stage: CliStage) -> None:
    before = json.loads(stage.run("statement", "M0001", "--json").stdout)
    assert stage.run("members", "replace", "M0001", "M0001b", "--json").exit_code == 0
    after = json.loads(stage.run("statement", "M0001b", "--json").stdout)
    assert (after["member_id"], after["balance"]) == (before["member_id"], before["balance"])
    assert stage.run("members", "replace", "M0001", "M0005").exit_code == 2
    assert stage.run("members", "replace", "M0001b", "M0001").exit_code == 0


@pytest.mark.parametrize("new", ["", "  ", "a@b.example", "two\nlines", "9" * 129, " edge"])
def test_replace__what_can_be_no_number__is_refused(stage: CliStage, new: str) -> None:
    result = stage.run("members", "replace", "M0002", new)
    assert result.exit_code == 2 and "Invalid value for NEW" in result.stderr
    assert stage.run("statement", "M0002").exit_code == 0


def test_forget__a_member__is_nobody_from_then_on(stage: CliStage) -> None:
    stage.run("members", "import", stage.write("gone.csv", "member\nM0200\n"))
    result = stage.run("members", "forget", "M0200", "--json")
    assert result.exit_code == 0 and json.loads(result.stdout) == {"member": "M0200", "forgotten": True}
    assert stage.run("members", "forget", "M0200").exit_code == 1
    assert stage.run("statement", "M0200").exit_code == 1
