"""A plan deployed on the embedded chain: who may change what stands there."""

from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.abi import get_abi_input_types
from hexbytes import HexBytes

from milepost.chain.access_errors import (
    AccessManagedUnauthorized,
    AccessManagerNotScheduled,
    AccessManagerUnauthorizedAccount,
)
from milepost.chain.contract_errors import (
    PartnerCallerNotPromotionBook,
    SettlerUnauthorized,
)
from milepost.chain.contracts import CONTRACT_NAMES, artifact, contract_at
from milepost.chain.deployment import selector
from milepost.chain.deployment_check import DeploymentDiffers, verify_deployment
from milepost.chain.desk_errors import RedemptionFamilyInvalid
from milepost.chain.embedded import advance_to
from milepost.chain.errors import asking
from milepost.chain.ledger_errors import LedgerDeskUnauthorized
from milepost.chain.roles import (
    AUTHORITY_OWNED,
    BOOK_ONLY,
    DESK_ONLY,
    FUNCTIONS,
    OPEN_TO_ALL,
    SETTLER_ONLY,
    Role,
)
from tests.support.deployments import (
    ADMIN,
    ENROLLER,
    GOVERNOR,
    MANAGER,
    START,
    STRANGER,
    DeployedChain,
    account_named,
    fund,
    read,
    send,
)

TWO_DAYS = 172_800


@pytest.mark.parametrize("role", Role)
def test_deploy_programme__deployer__holds_no_role(chain: DeployedChain, role: Role) -> None:
    assert read(chain, "Authority", "hasRole", role, chain.deployer) == [False, 0]


@pytest.mark.parametrize(
    ("role", "holder", "delay"),
    [
        (Role.ADMIN, ADMIN, TWO_DAYS),
        (Role.GOVERN, GOVERNOR, TWO_DAYS),
        (Role.PUBLISH, MANAGER, 0),
        (Role.REGISTER, MANAGER, 0),
        (Role.ENROL, ENROLLER, 0),
        (Role.CUSTODY, ADMIN, 0),
        (Role.PAUSE, ADMIN, 0),
        (Role.SUPPORT, ADMIN, 0),
        (Role.APPROVE, ADMIN, 0),
        (Role.REWARD, ADMIN, 0),
        (Role.SELL, ADMIN, 0),
    ],
)
def test_deploy_programme__each_role__is_held_as_planned(
    chain: DeployedChain, role: Role, holder: Any, delay: int
) -> None:
    assert read(chain, "Authority", "hasRole", role, holder.address) == [True, delay]


def test_deploy_programme__admin_alone__is_admin(chain: DeployedChain) -> None:
    """Read back from the log of all grants: nobody else was ever left as admin."""
    authority = contract_at(chain.web3, "Authority", chain.deployment.addresses.authority)
    events = authority.events
    granted = {log["args"]["account"] for log in events.RoleGranted().get_logs(from_block=0)}
    admins = {one for one in granted if read(chain, "Authority", "hasRole", Role.ADMIN, one)[0]}
    assert admins == {ADMIN.address}
    revoked = [log["args"]["account"] for log in events.RoleRevoked().get_logs(from_block=0)]
    assert revoked == [chain.deployer]


RESTRICTED = [
    (contract, function, role)
    for contract, roles in FUNCTIONS.items()
    for role, functions in roles.items()
    for function in functions
]


@pytest.mark.parametrize(("contract", "function", "role"), RESTRICTED)
def test_each_restricted_function__has_its_role(
    chain: DeployedChain, contract: str, function: str, role: Role
) -> None:
    target = chain.deployment.addresses.of(contract)
    found = read(chain, "Authority", "getTargetFunctionRole", target, selector(contract, function))
    assert found == role


PRIVILEGED = [
    *[
        # A family of nobody is refused before anyone is asked.
        (contract, name, RedemptionFamilyInvalid if name == "formFamily" else AccessManagedUnauthorized)
        for contract, name, _ in RESTRICTED
    ],
    *[(contract, f, SettlerUnauthorized) for contract, names in SETTLER_ONLY.items() for f in names],
    *[(contract, f, LedgerDeskUnauthorized) for contract, names in DESK_ONLY.items() for f in names],
    *[(contract, f, PartnerCallerNotPromotionBook) for contract, names in BOOK_ONLY.items() for f in names],
    *[(contract, f, AccessManagedUnauthorized) for contract, names in AUTHORITY_OWNED.items() for f in names],
]


@pytest.mark.parametrize("caller", ["stranger", "deployer"])
@pytest.mark.parametrize(("contract", "function", "expected"), PRIVILEGED)
def test_each_privileged_function__called_by_an_outsider__is_refused(
    chain: DeployedChain, contract: str, function: str, expected: type[Exception], caller: str
) -> None:
    # One that has ether: eth-tester lets nobody ask who could not pay.
    address = chain.web3.eth.accounts[5] if caller == "stranger" else chain.deployer
    if (contract, function) == ("MilesLedger", "unlink"):
        _link_a_wallet(chain)
    call = {"from": address, "to": chain.deployment.addresses.of(contract), "data": _data(contract, function)}
    with pytest.raises(expected), asking("The embedded chain"):
        chain.web3.eth.call(call)


def _data(contract: str, function: str) -> HexBytes:
    """A call with the least arguments that its types allow."""
    (entry,) = (one for one in artifact(contract).abi if one.get("name") == function)
    arguments = [_least(kind) for kind in get_abi_input_types(entry)]
    return HexBytes(selector(contract, function) + encode(get_abi_input_types(entry), arguments))


def _least(kind: str) -> Any:
    if kind.endswith("[]"):
        return []
    if kind.startswith("("):
        return tuple(map(_least, _split(kind[1:-1])))
    if kind == "address":
        return STRANGER.address
    if kind in ("bytes", "string"):
        return b"" if kind == "bytes" else ""
    if kind.startswith("bytes"):
        return bytes(32)[: int(kind[5:])]
    return False if kind == "bool" else 1


def _split(kinds: str) -> list[str]:
    found, depth = [""], 0
    for letter in kinds:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            found.append("")
        else:
            found[-1] += letter
    return found


def _link_a_wallet(chain: DeployedChain) -> None:
    """Member 1 links a wallet, so that there is one to unlink."""
    wallet = account_named("a member's wallet")
    fund(chain.web3, ENROLLER.address, ADMIN.address)
    send(chain, ENROLLER, "MilesLedger", "enrol", 1)
    deadline = START + 365 * 86_400
    typed = {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            "Link": [
                {"name": "member", "type": "uint40"},
                {"name": "wallet", "type": "address"},
                {"name": "nonce", "type": "uint256"},
                {"name": "deadline", "type": "uint256"},
            ],
        },
        "primaryType": "Link",
        "domain": {
            "name": "Milepost Ledger",
            "version": "1",
            "chainId": chain.deployment.chain_id,
            "verifyingContract": chain.deployment.addresses.ledger,
        },
        "message": {"member": 1, "wallet": wallet.address, "nonce": 0, "deadline": deadline},
    }
    signature = bytes(wallet.sign_typed_data(full_message=typed).signature)
    send(chain, ADMIN, "MilesLedger", "link", 1, wallet.address, deadline, signature)


def test_the_table__names_every_function_that_changes_something() -> None:
    """A function that nobody put into a table would answer to the admin alone, or to anyone."""
    named = {
        (contract, function)
        for table in (SETTLER_ONLY, DESK_ONLY, BOOK_ONLY, AUTHORITY_OWNED, OPEN_TO_ALL)
        for contract, functions in table.items()
        for function in functions
    } | {(contract, function) for contract, function, _ in RESTRICTED}
    changing = {
        (contract, entry["name"])
        for contract in CONTRACT_NAMES
        # OpenZeppelin guards the authority's own functions by the admin role.
        if contract != "Authority"
        for entry in artifact(contract).abi
        if entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure")
    }
    pure = {("MilesLedger", name) for name in ("transfer", "approve", "transferFrom")}
    assert named - pure == changing - pure


@pytest.mark.parametrize("function", ["grantRole", "setTargetFunctionRole", "labelRole", "revokeRole"])
def test_authority__asked_by_a_stranger_or_the_deployer__refuses(chain: DeployedChain, function: str) -> None:
    for address in (chain.web3.eth.accounts[5], chain.deployer):
        call = {
            "from": address,
            "to": chain.deployment.addresses.authority,
            "data": _data("Authority", function),
        }
        with pytest.raises(AccessManagerUnauthorizedAccount), asking("The embedded chain"):
            chain.web3.eth.call(call)


def test_set_reporters__by_the_governor_at_once__needs_the_delay(chain: DeployedChain) -> None:
    fund(chain.web3, GOVERNOR.address)
    with pytest.raises(AccessManagerNotScheduled):
        send(chain, GOVERNOR, "Settlement", "setReporters", [STRANGER.address], 1)


def test_set_reporters__scheduled_and_two_days_later__is_done(chain: DeployedChain) -> None:
    fund(chain.web3, GOVERNOR.address)
    settlement = chain.deployment.addresses.settlement
    at = contract_at(chain.web3, "Settlement", settlement)
    data = at.encode_abi("setReporters", args=[[STRANGER.address], 1])
    send(chain, GOVERNOR, "Authority", "schedule", settlement, data, 0)
    advance_to(chain.web3, chain.web3.eth.get_block("latest")["timestamp"] + TWO_DAYS + 1)
    send(chain, GOVERNOR, "Authority", "execute", settlement, data)
    assert read(chain, "Settlement", "reporterSet") == [2, 1, 1]


def test_pause__by_its_holder__works_at_once(chain: DeployedChain) -> None:
    fund(chain.web3, ADMIN.address)
    send(chain, ADMIN, "Settlement", "pause")
    assert read(chain, "Settlement", "paused") is True
    with pytest.raises(DeploymentDiffers, match="pause"):
        verify_deployment(
            chain.web3, chain.plan, addresses=chain.deployment.addresses, deployer=chain.deployer
        )
