"""`milepost governance` on anvil: what acts at once, what waits, who may, and what a multisig is given.

given a programme whose admin governs with two days' delay, and whose manager pauses at once
    when the status is asked                       then roles, holders, delays, reporters and slots are named
    when someone without the role acts             then it is refused, and the holders are named
    when settling is paused                        then everything but sending goes on, and resumes by itself
    when a reporter is removed                     then at once, and the others settle
    when reporters are set                         then after the delay, not before and not unannounced
    when a scheduled call is cancelled             then it cannot be executed
    when --calldata is given                       then nothing is sent, and the authority takes the bytes
    when a Settlement of other parts is to settle  then it is refused
    when the slots moved in part, or not for good  then the deployment file is not written yet
    when the admin role goes to a multisig         then the former admin gives it up once that one has acted
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from web3 import Web3
from web3.contract import Contract

from milepost.chain.contracts import contract_at
from milepost.chain.deployment_file import to_json
from milepost.chain.governance_acts import Act, moving_slots
from milepost.chain.roles import Role
from tests.support.cli_stage import CliStage
from tests.support.deployments import ADMIN, MANAGER, RELAYER, REPORTERS, STRANGER, fund
from tests.support.governance_stage import (
    TWO_DAYS_S,
    bills,
    deploy_multisig,
    govern,
    governed_stage,
    parts,
    refused,
    request,
    restored,
    status,
    wait,
)

ADDRESSES = [reporter.address for reporter in REPORTERS]


@pytest.fixture(scope="module")
def _governed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStage]:
    with governed_stage(tmp_path_factory.mktemp("governed")) as stage:
        yield stage


@pytest.fixture
def stage(_governed: CliStage) -> Iterator[CliStage]:
    """Taken back to where it was; a test that settles has a database of its own."""
    with restored(_governed) as stage:
        yield stage


def test_status__as_deployed__names_roles_reporters_and_slots(stage: CliStage) -> None:
    found = status(stage)
    roles = {role["role"]: role["holders"] for role in found["roles"]}
    by_admin = [{"address": ADMIN.address, "delay": TWO_DAYS_S}]
    assert (roles["ADMIN_ROLE"], roles["GOVERN_ROLE"]) == (by_admin, by_admin)
    assert roles["PAUSE_ROLE"] == [{"address": MANAGER.address, "delay": 0}]
    assert roles["REVOKE_ROLE"] == [{"address": ADMIN.address, "delay": 0}]
    assert (found["paused"], found["scheduled"]) == (False, [])
    assert found["reporters"]["quorum"] == 3 and sorted(found["reporters"]["addresses"]) == sorted(ADDRESSES)
    assert set(found["settlers"].values()) == {stage.deployment.addresses.settlement}
    shown = govern(stage, "status")
    assert "PAUSE_ROLE" in shown and MANAGER.address in shown and "Nothing is scheduled." in shown


@pytest.mark.parametrize(
    ("words", "role", "holder"),
    [
        (("pause",), "PAUSE_ROLE", MANAGER),
        (("resume",), "PAUSE_ROLE", MANAGER),
        (("remove-reporter", ADDRESSES[0]), "REVOKE_ROLE", ADMIN),
        (("set-reporters", *ADDRESSES[:3], "--quorum", 2), "GOVERN_ROLE", ADMIN),
        (("hand-over-admin", STRANGER.address), "ADMIN_ROLE", ADMIN),
    ],
)
def test_acts__by_a_stranger__are_refused_and_name_the_holders(
    stage: CliStage, words: tuple[object, ...], role: str, holder: object
) -> None:
    code, said = refused(stage, *words, by=STRANGER)
    assert code == 4
    assert f"{STRANGER.address} does not hold {role}, which is held by {holder.address}" in said


def test_pause__while_purchases_come_in__all_but_sending_goes_on_and_resumes(
    stage: CliStage, tmp_path: Path
) -> None:
    database = {"database_url": f"sqlite:///{tmp_path / 'paused.db'}"}
    stage.run("members", "import", stage.write("paused.csv", "member\nM0001\n"), **database)
    before = stage.run("settle", bills(stage, "P-1"), "--json", **database)
    assert before.exit_code == 0, before.output
    receipt = tmp_path / "receipt.json"
    stage.run("receipt", "show", "noon-kitchen", "P-1", "--out", receipt, **database)
    govern(stage, "pause", by=MANAGER)
    sent = stage.web3.eth.get_transaction_count(parts(stage).relayer.address)

    paused = stage.run("settle", bills(stage, "P-2", "P-3"), "--json", **database)
    said = " ".join(paused.stderr.split())
    assert paused.exit_code == 3
    assert "Settling is paused" in said and "PAUSE_ROLE" in said and "milepost governance status" in said
    answers = json.loads(paused.stdout)
    assert [record["answer"] for record in answers["records"]] == ["accepted", "accepted"]
    # Receipts, statements and verifying go on, and nothing was sent or burnt.
    assert stage.run("receipt", "verify", receipt, "--rpc", stage.rpc_url, **database).exit_code == 0
    assert stage.run("statement", "M0001", **database).exit_code == 0
    assert stage.web3.eth.get_transaction_count(parts(stage).relayer.address) == sent
    assert govern(stage, "status", by=MANAGER).count("paused") == 1

    govern(stage, "resume", by=MANAGER)
    resumed = stage.run("settle", bills(stage, "P-4"), "--json", **database)
    assert resumed.exit_code == 0, resumed.output
    for sale_ref in ("P-2", "P-3", "P-4"):
        assert stage.run("receipt", "show", "noon-kitchen", sale_ref, **database).exit_code == 0


def test_pause__twice__says_that_it_is_paused(stage: CliStage) -> None:
    govern(stage, "pause", by=MANAGER)
    code, said = refused(stage, "pause", by=MANAGER)
    assert code == 3 and "Settling is paused" in said


def test_remove_reporter__at_once__never_below_the_quorum(stage: CliStage) -> None:
    for reporter in ADDRESSES[:2]:
        assert "Settlement.removeReporter" in govern(stage, "remove-reporter", reporter)
    found = status(stage)["reporters"]
    assert found["version"] == 1 and sorted(found["addresses"]) == sorted(ADDRESSES[2:])
    code, said = refused(stage, "remove-reporter", ADDRESSES[2])
    assert code == 3 and "2 reporters would stay and the quorum is 3: pause settling" in said
    code, said = refused(stage, "remove-reporter", ADDRESSES[0])
    assert "is no reporter of the present set" in said


def test_set_reporters__announced_and_due__are_in_force(stage: CliStage) -> None:
    words = ("set-reporters", *ADDRESSES[1:], "--quorum", 4)
    code, said = refused(stage, *words, "--execute")
    assert code == 3 and "is not scheduled" in said
    assert "Then run the same with --execute" in govern(stage, *words)
    (call,) = status(stage)["scheduled"]
    assert call["call"].startswith("Settlement.setReporters(") and call["caller"] == ADMIN.address
    assert call["operation"] in govern(stage, "status")
    assert call["due"] - status(stage)["now"] <= TWO_DAYS_S
    # Announced again it keeps its time.
    wait(stage, TWO_DAYS_S // 2)
    govern(stage, *words)
    assert status(stage)["scheduled"][0]["due"] == call["due"]
    code, said = refused(stage, *words, "--execute")
    assert code == 3 and "is due at" in said
    wait(stage, TWO_DAYS_S // 2)
    assert "Done: 1 call" in govern(stage, *words, "--execute")
    found = status(stage)
    assert (found["reporters"]["version"], found["reporters"]["quorum"], found["scheduled"]) == (2, 4, [])


def test_set_reporters__announced_and_forgotten__expires(stage: CliStage) -> None:
    words = ("set-reporters", *ADDRESSES[1:], "--quorum", 4)
    govern(stage, *words)
    wait(stage, TWO_DAYS_S + 8 * 86_400)
    _, said = refused(stage, *words, "--execute")
    assert "has expired" in said


def test_cancel__scheduled__cannot_be_executed(stage: CliStage) -> None:
    words = ("set-reporters", *ADDRESSES[1:], "--quorum", 4)
    govern(stage, *words)
    (call,) = status(stage)["scheduled"]
    code, said = refused(stage, "cancel", call["operation"], by=STRANGER)
    assert code == 4 and "may not cancel" in said
    govern(stage, "cancel", call["operation"])
    assert status(stage)["scheduled"] == []
    wait(stage, TWO_DAYS_S)
    refused(stage, *words, "--execute")
    _, said = refused(stage, "cancel", call["operation"])
    assert "is not scheduled" in said


def test_calldata__of_a_role_holder__is_what_the_authority_takes(stage: CliStage) -> None:
    """What a multisig would send is sent here by the key itself."""
    words = ("set-reporters", *ADDRESSES[1:], "--quorum", 4, "--calldata")
    web3, nonce = stage.web3, stage.web3.eth.get_transaction_count(ADMIN.address)
    for more, seconds in ((("--execute",)[:0], TWO_DAYS_S), (("--execute",), 0)):
        printed = json.loads(govern(stage, *words, *more))
        assert printed["to"] == stage.deployment.addresses.authority
        assert web3.eth.get_transaction_count(ADMIN.address) == nonce
        request(stage, "anvil_impersonateAccount", ADMIN.address)
        sent = web3.eth.send_transaction(
            {"from": ADMIN.address, "to": printed["to"], "data": printed["data"]}
        )
        assert web3.eth.wait_for_transaction_receipt(sent)["status"] == 1
        nonce += 1
        wait(stage, seconds)
    assert status(stage)["reporters"]["version"] == 2


def test_replace_settlement__of_other_parts_or_none__is_refused(stage: CliStage) -> None:
    for wrong, reason in ((STRANGER.address, "there is no contract"), ("0x12", "is no address")):
        _, said = refused(stage, "replace-settlement", wrong)
        assert reason in said


def test_replace_settlement__not_prepared__is_not_executed(stage: CliStage) -> None:
    fund(stage.web3, STRANGER.address)
    second = govern(stage, "deploy-settlement", by=STRANGER).strip()
    govern(stage, "replace-settlement", second)
    wait(stage, TWO_DAYS_S)
    _, said = refused(stage, "replace-settlement", second, "--execute")
    assert "has no reporters" in said and "setReporters is not given to GOVERN_ROLE" in said


def test_adopt__nothing_was_replaced__changes_nothing(stage: CliStage) -> None:
    before = (stage.folder / "ethereum-local.json").read_text()
    assert stage.deployment.addresses.settlement in govern(stage, "adopt")
    assert (stage.folder / "ethereum-local.json").read_text() == before


def test_adopt__slots_differ_or_the_block_is_not_final__waits(stage: CliStage) -> None:
    second = govern(stage, "deploy-settlement").strip()
    acts = moving_slots(stage.deployment.addresses, Web3.to_checksum_address(second))
    prepare = ("prepare-settlement", second, *ADDRESSES, "--quorum", 3)
    govern(stage, *prepare)
    govern(stage, "replace-settlement", second)
    wait(stage, TWO_DAYS_S)
    govern(stage, *prepare, "--execute")
    # Somebody executes the announced calls one by one, and stops after the first slot was emptied.
    parts(stage).governance.execute(acts[:1], ADMIN)
    _, said = refused(stage, "adopt")
    assert "The settler slots differ" in said
    parts(stage).governance.execute(acts[1:], ADMIN)
    done = stage.run("governance", "adopt", finality="5")
    assert done.exit_code == 3 and "is the last final one: run this again" in " ".join(done.stderr.split())
    for _ in range(5):
        request(stage, "evm_mine")
    assert stage.run("governance", "adopt", finality="5").exit_code == 0
    stage.write("ethereum-local.json", json.dumps(to_json(stage.deployment)))


def test_schedule__an_account_without_delay__is_told_to_execute(stage: CliStage) -> None:
    """A governor without delay, as a test chain may have: nothing needs to be announced."""
    authority = contract_at(stage.web3, "Authority", stage.deployment.addresses.authority)
    grant = Act(
        Role.ADMIN,
        "governs at once",
        "Authority",
        stage.deployment.addresses.authority,
        "grantRole",
        (Role.GOVERN, MANAGER.address, 0),
    )
    governance = parts(stage).governance
    governance.schedule([grant], ADMIN)
    wait(stage, TWO_DAYS_S)
    governance.execute([grant], ADMIN)
    assert authority.functions.hasRole(Role.GOVERN, MANAGER.address).call() == [True, 0]
    more = ("set-reporters", *ADDRESSES[1:], "--quorum", 4)
    assert "acts without delay" in govern(stage, *more, by=MANAGER)
    govern(stage, *more, "--execute", by=MANAGER)
    assert status(stage)["reporters"]["version"] == 2


def test_hand_over_admin__to_a_multisig__the_former_gives_up_once_it_has_acted(stage: CliStage) -> None:
    owners = (MANAGER, STRANGER, RELAYER)
    multisig = deploy_multisig(stage, owners, threshold=2)
    words = ("hand-over-admin", multisig.address)
    govern(stage, *words)
    wait(stage, TWO_DAYS_S)
    govern(stage, *words, "--execute")
    _, said = refused(stage, "give-up-admin", "--to", multisig.address)
    assert "has scheduled nothing with the authority yet" in said
    _, said = refused(stage, "give-up-admin", "--to", STRANGER.address)
    assert f"{STRANGER.address} does not hold ADMIN_ROLE" in said

    # The multisig announces another admin, by what the command prints for it.
    another = ("hand-over-admin", STRANGER.address, "--calldata")
    _by_multisig(stage, multisig, json.loads(govern(stage, *another)), number=1)
    govern(stage, "give-up-admin", "--to", multisig.address)
    holders = {role["role"]: role["holders"] for role in status(stage)["roles"]}
    assert holders["ADMIN_ROLE"] == [{"address": multisig.address, "delay": TWO_DAYS_S}]
    code, said = refused(stage, *words)
    assert code == 4 and f"held by {multisig.address}" in said

    wait(stage, TWO_DAYS_S)
    _by_multisig(stage, multisig, json.loads(govern(stage, *another, "--execute")), number=2)
    holders = {role["role"]: role["holders"] for role in status(stage)["roles"]}
    assert [holder["address"] for holder in holders["ADMIN_ROLE"]] == [multisig.address, STRANGER.address]


def _by_multisig(stage: CliStage, multisig: Contract, call: dict[str, str], *, number: int) -> None:
    """Two of its owners confirm a call, the second of which makes it."""
    for owner in (MANAGER, STRANGER):
        nonce = stage.web3.eth.get_transaction_count(owner.address)
        confirm = multisig.functions.confirm(call["to"], call["data"], number)
        tx = confirm.build_transaction({"from": owner.address, "nonce": nonce})
        sent = stage.web3.eth.send_raw_transaction(owner.sign_transaction(tx).raw_transaction)
        assert stage.web3.eth.wait_for_transaction_receipt(sent)["status"] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((ADDRESSES[0], ADDRESSES[1], ADDRESSES[0], "--quorum", 2), "is named twice"),
        ((ADDRESSES[0], ADDRESSES[1], "--quorum", 3), "2 reporters cannot give 3 signatures"),
        ((ADDRESSES[0], "--quorum", 300), "1 reporters cannot give 300 signatures"),
        (("0x" + "00" * 20, "--quorum", 1), "is nobody's address"),
    ],
)
def test_set_reporters__set_that_would_be_refused_when_due__is_not_announced(
    stage: CliStage, words: tuple[object, ...], said: str
) -> None:
    code, complaint = refused(stage, "set-reporters", *words)
    assert code == 2 and said in complaint
    assert status(stage)["scheduled"] == []


def test_hand_over_admin__delay_of_years__is_refused(stage: CliStage) -> None:
    code, complaint = refused(stage, "hand-over-admin", STRANGER.address, "--delay", 1 << 32)
    assert code == 2 and "less than or equal to" in complaint
