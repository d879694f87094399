"""A plan deployed on the embedded chain: what stands there afterwards, and who may change it."""

import itertools
from dataclasses import replace
from datetime import date
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
    OfferSetTooManyGroups,
    PartnerCallerNotPromotionBook,
    SettlerUnauthorized,
)
from milepost.chain.contracts import CONTRACT_NAMES, artifact, contract_at, method_of
from milepost.chain.deploy import deploy_programme
from milepost.chain.deployment import Deploy, deployment_steps, selector
from milepost.chain.deployment_check import DeploymentDiffers, verify_deployment
from milepost.chain.deployment_plan import NOWHERE, DeploymentRefused, latest_start
from milepost.chain.deployment_run import DeploymentStepFailed, DoneStep, Web3Executor, run_steps
from milepost.chain.desk_errors import RedemptionFamilyInvalid
from milepost.chain.embedded import advance_to, embedded_chain
from milepost.chain.errors import asking
from milepost.chain.ledger_errors import LedgerDeskUnauthorized
from milepost.chain.roles import (
    AUTHORITY_OWNED,
    BOOK_ONLY,
    DESK_ONLY,
    FUNCTIONS,
    OPEN_TO_ALL,
    SETTLER_ONLY,
    DeskAct,
    Role,
)
from milepost.domain.promotion import Limits, OutletMask, Reward, Window
from tests.support.deployments import (
    ADMIN,
    ENROLLER,
    GOVERNOR,
    MANAGER,
    START,
    STRANGER,
    DeployedChain,
    a_dining_promotion,
    a_partner,
    a_plan,
    a_programme,
    account_named,
    fund,
)

TWO_DAYS = 172_800
MOST_GAS_A_TX = 16_777_216


def _read(chain: DeployedChain, contract: str, function: str, *arguments: Any) -> Any:
    at = contract_at(chain.web3, contract, chain.deployment.addresses.of(contract))
    return method_of(at, function, *arguments).call()


def _send(chain: DeployedChain, account: Any, contract: str, function: str, *arguments: Any) -> None:
    address = chain.deployment.addresses.of(contract)
    Web3Executor(chain.web3, account).call(contract, address, function=function, arguments=arguments)


# ---------------------------------------------------------------- what stands there


def test_deploy_programme__whole_plan__is_as_its_own_check_reads_it(chain: DeployedChain) -> None:
    verify_deployment(chain.web3, chain.plan, addresses=chain.deployment.addresses, deployer=chain.deployer)


def test_deploy_programme__partners__are_numbered_by_code(chain: DeployedChain) -> None:
    assert chain.deployment.partners == {"harbour-grill": 1, "noon-kitchen": 2, "putien": 3}
    harbour, noon, putien = (_read(chain, "PartnerRegistry", "partnerOf", i) for i in (1, 2, 3))
    # Miles, per minor, payment, available, offer set, last number, outlets, suspended.
    assert tuple(harbour) == (1, 400, 1, 50_000, 1, 0, 2, False)
    assert tuple(noon) == (1, 400, 2, 9_000, 1, 0, 1, False)
    assert tuple(putien) == (1, 400, 0, 0, 2, 0, 20, False)


def test_deploy_programme__partners_with_equal_promotions__share_an_offer_set(chain: DeployedChain) -> None:
    assert _read(chain, "PromotionBook", "offerSetCount") == 2
    assert _read(chain, "PromotionBook", "promotionsOf", 1) == [1]
    assert _read(chain, "PromotionBook", "promotionsOf", 2) == [2]


def test_deploy_programme__outlets__keep_number_and_offsets(chain: DeployedChain) -> None:
    assert _read(chain, "PartnerRegistry", "outletOf", 2, 0) == [[-20, -16], True]
    assert _read(chain, "PartnerRegistry", "outletOf", 3, 19) == [[32, 32], True]
    assert _read(chain, "PartnerRegistry", "outletOf", 3, 20) == [[0, 0], False]


def test_deploy_programme__promotions__have_terms_hash_and_budget(chain: DeployedChain) -> None:
    terms = _read(chain, "PromotionBook", "termsOf", 2)
    listed, outlets = terms[-2:]
    assert listed is True
    assert [OutletMask(*outlet) for outlet in outlets] == [OutletMask(3, 1 << 3 | 1 << 17)]
    text = "The terms of quiet-outlet: double miles.\n"
    assert _read(chain, "PromotionBook", "termsHashOf", 2) == chain.web3.keccak(text=text)
    assert _read(chain, "PromotionBook", "budgetOf", 1)[1] == 6_000
    assert chain.deployment.promotions == {"may-double": 1, "quiet-outlet": 2}


def test_deploy_programme__rules__are_the_programmes(chain: DeployedChain) -> None:
    assert _read(chain, "MilesLedger", "settings")[0] == 480
    assert _read(chain, "MilesLedger", "expiryAt", START)[1] == 1
    assert _read(chain, "MilesLedger", "name") == "Asia Miles"
    assert _read(chain, "MilesLedger", "symbol") == "MILE"
    assert _read(chain, "PartnerRegistry", "acceptance") == [90, 10]
    assert _read(chain, "PromotionBook", "noticePeriod") == 7 * 86_400


@pytest.mark.parametrize("contract", SETTLER_ONLY)
def test_deploy_programme__each_settler_slot__names_settlement(chain: DeployedChain, contract: str) -> None:
    assert _read(chain, contract, "settler") == chain.deployment.addresses.settlement


@pytest.mark.parametrize(
    ("desk", "acts"),
    [
        ("AdjustmentDesk", DeskAct.ADJUST),
        ("RedemptionDesk", DeskAct.REDEEM),
        ("MilesShop", DeskAct.SELL | DeskAct.TRANSFER),
    ],
)
def test_deploy_programme__each_desk__may_do_its_own_and_no_more(
    chain: DeployedChain, desk: str, acts: DeskAct
) -> None:
    addresses = chain.deployment.addresses
    assert _read(chain, "MilesLedger", "deskActs", addresses.of(desk)) == acts
    assert _read(chain, desk, "ledger") == addresses.ledger


def test_deploy_programme__desks__begin_as_planned(chain: DeployedChain) -> None:
    assert _read(chain, "AdjustmentDesk", "dailyLimit") == 100_000
    assert _read(chain, "RedemptionDesk", "registry") == chain.deployment.addresses.registry
    assert [_read(chain, "MilesShop", name) for name in ("token", "treasury")] == [NOWHERE, NOWHERE]
    assert _read(chain, "MilesShop", "limits") == (0, 0, 0, 0)


@pytest.mark.parametrize("contract", FUNCTIONS)
def test_deploy_programme__each_contract__obeys_the_authority(chain: DeployedChain, contract: str) -> None:
    assert _read(chain, contract, "authority") == chain.deployment.addresses.authority


# ---------------------------------------------------------------- who may change it


@pytest.mark.parametrize("role", Role)
def test_deploy_programme__deployer__holds_no_role(chain: DeployedChain, role: Role) -> None:
    assert _read(chain, "Authority", "hasRole", role, chain.deployer) == [False, 0]


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
    assert _read(chain, "Authority", "hasRole", role, holder.address) == [True, delay]


def test_deploy_programme__admin_alone__is_admin(chain: DeployedChain) -> None:
    """Read back from the log of all grants: nobody else was ever left as admin."""
    authority = contract_at(chain.web3, "Authority", chain.deployment.addresses.authority)
    events = authority.events
    granted = {log["args"]["account"] for log in events.RoleGranted().get_logs(from_block=0)}
    admins = {one for one in granted if _read(chain, "Authority", "hasRole", Role.ADMIN, one)[0]}
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
    found = _read(chain, "Authority", "getTargetFunctionRole", target, selector(contract, function))
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
    _send(chain, ENROLLER, "MilesLedger", "enrol", 1)
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
    _send(chain, ADMIN, "MilesLedger", "link", 1, wallet.address, deadline, signature)


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
        _send(chain, GOVERNOR, "Settlement", "setReporters", [STRANGER.address], 1)


def test_set_reporters__scheduled_and_two_days_later__is_done(chain: DeployedChain) -> None:
    fund(chain.web3, GOVERNOR.address)
    settlement = chain.deployment.addresses.settlement
    at = contract_at(chain.web3, "Settlement", settlement)
    data = at.encode_abi("setReporters", args=[[STRANGER.address], 1])
    _send(chain, GOVERNOR, "Authority", "schedule", settlement, data, 0)
    advance_to(chain.web3, chain.web3.eth.get_block("latest")["timestamp"] + TWO_DAYS + 1)
    _send(chain, GOVERNOR, "Authority", "execute", settlement, data)
    assert _read(chain, "Settlement", "reporterSet") == [2, 1, 1]


def test_pause__by_its_holder__works_at_once(chain: DeployedChain) -> None:
    fund(chain.web3, ADMIN.address)
    _send(chain, ADMIN, "Settlement", "pause")
    assert _read(chain, "Settlement", "paused") is True
    with pytest.raises(DeploymentDiffers, match="pause"):
        verify_deployment(
            chain.web3, chain.plan, addresses=chain.deployment.addresses, deployer=chain.deployer
        )


# ---------------------------------------------------------------- what is found out


def test_verify_deployment__each_part_of_another_plan__is_named(chain: DeployedChain) -> None:
    plan = chain.plan
    others = {
        "symbol": replace(plan, programme=a_programme(symbol="OTHER")),
        "acceptance": replace(
            plan, programme=replace(plan.programme, accept=replace(plan.programme.accept, oldest_days=1))
        ),
        "reporter set": replace(plan, quorum=4),
        "reporter 0x": replace(plan, reporters=(STRANGER.address, *plan.reporters[1:])),
        "partner putien": replace(plan, partners=(*plan.partners[1:], a_partner("putien", 19))),
        "hash of its text": replace(
            plan, promotions=(replace(plan.promotions[0], terms="Other."), plan.promotions[1])
        ),
        "its terms": replace(
            plan, promotions=(plan.promotions[0], replace(plan.promotions[1], weekdays=(1,)))
        ),
        "its budget": replace(
            plan, promotions=(replace(plan.promotions[0], limits=Limits(100, 7)), plan.promotions[1])
        ),
        "ADMIN_ROLE of 0x": replace(plan, admin=STRANGER.address),
        "GOVERN_ROLE of 0x": replace(plan, govern_delay_s=1),
    }
    for what, other in others.items():
        with pytest.raises(DeploymentDiffers, match=what):
            verify_deployment(
                chain.web3, other, addresses=chain.deployment.addresses, deployer=chain.deployer
            )


def test_verify_deployment__deployer_with_a_role__is_named(chain: DeployedChain) -> None:
    with pytest.raises(DeploymentDiffers, match="ENROL_ROLE of the deployer"):
        verify_deployment(
            chain.web3, chain.plan, addresses=chain.deployment.addresses, deployer=ENROLLER.address
        )


def test_run_steps__all_of_a_plan__stay_below_the_gas_of_a_tx() -> None:
    web3 = embedded_chain(START)
    done: list[DoneStep] = []
    plan = a_plan(partners=(*a_plan().partners, a_partner("a-chain-of-outlets", 256)))
    deploy_programme(plan, Web3Executor(web3, web3.eth.accounts[0]), web3=web3, on_step=done.append)
    assert {one.step.name: one.mined.gas_used for one in done if one.mined.gas_used >= MOST_GAS_A_TX} == {}
    assert len([one for one in done if isinstance(one.step, Deploy)]) == 10


def test_run_steps__a_step_fails__names_it_and_the_contracts_reason() -> None:
    web3 = embedded_chain(START)
    executor = Web3Executor(web3, web3.eth.accounts[0])
    # Five ungrouped promotions are five groups, and a receipt has room for four.
    promotions = tuple(a_dining_promotion(f"double-{i}", reward=Reward(fixed_miles=i)) for i in range(1, 6))
    plan = a_plan(promotions=promotions)
    done: list[DoneStep] = []
    with pytest.raises(DeploymentStepFailed, match=r'"offer set 1".*5 groups and can have 4') as failed:
        run_steps(deployment_steps(plan, deployer=executor.address), executor, on_step=done.append)
    assert isinstance(failed.value.__cause__, OfferSetTooManyGroups)
    assert done[-1].step.name == "promotion double-5"


def test_deploy_programme__notice_is_over__is_refused_before_anything_is_sent() -> None:
    plan = a_plan()
    web3 = embedded_chain(latest_start(plan)["may-double"] + 1)
    with pytest.raises(DeploymentRefused, match="may-double opens on 2018-05-01") as refused:
        deploy_programme(plan, Web3Executor(web3, web3.eth.accounts[0]), web3=web3)
    assert refused.value.exit_code == 2
    assert web3.eth.block_number == 0


def test_deploy_programme__last_moment_of_the_notice__succeeds() -> None:
    plan = a_plan(promotions=(a_dining_promotion(window=Window(date(2018, 5, 1), date(2018, 5, 1))),))
    web3 = embedded_chain(latest_start(plan)["may-double"])
    deploy_programme(plan, Web3Executor(web3, web3.eth.accounts[0]), web3=web3)


def test_web3_executor__with_a_key__deploys_the_same() -> None:
    web3 = embedded_chain(START)
    deployer = account_named("a deployer with a key")
    fund(web3, deployer.address)
    plan = a_plan(partners=(a_partner(),), promotions=())
    deployment = deploy_programme(plan, Web3Executor(web3, deployer), web3=web3)
    assert deployment.partners == {"putien": 1}
    verify_deployment(web3, plan, addresses=deployment.addresses, deployer=deployer.address)


def test_deployment_steps__in_order__deploy_before_they_call() -> None:
    steps = deployment_steps(a_plan(), deployer=STRANGER.address)
    kinds = [isinstance(step, Deploy) for step in steps]
    assert kinds == sorted(kinds, reverse=True)
    assert [step.name for step in itertools.islice(reversed(steps), 1)] == ["renounce admin"]
