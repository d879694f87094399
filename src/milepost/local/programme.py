"""Deploys a programme on a chain that has none, with the keys of a place, and finds it there afterwards.

`milepost up` calls it once the node answers; the processes then run on what it wrote down.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from eth_account import Account
from eth_account.hdaccount import key_from_seed, seed_from_mnemonic

from milepost.catalogue import load_partners, load_programme, load_promotions
from milepost.chain.deploy import deploy_programme
from milepost.chain.deployment_file import read_deployment, write_deployment
from milepost.chain.deployment_plan import DeploymentPlan
from milepost.chain.deployment_run import Web3Executor
from milepost.chain.node import Finality, FinalityKind
from milepost.chain.roles import Role
from milepost.chain.settlement_chain import NodeSettlementChain
from milepost.config import setting_name
from milepost.domain.errors import ChainError
from milepost.local.anvil import MNEMONIC, AnvilChain
from milepost.local.place import QUORUM, ROLES, Place
from milepost.secret_files import give_partner_secret

_GAS_MONEY_WEI = 10**21
_HOLDERS = {
    Role.ENROL: "enroller",
    Role.SUPPORT: "support",
    Role.APPROVE: "approver",
    Role.CUSTODY: "custody",
    Role.REWARD: "keeper",
}


class ChainLost(ChainError):
    """The node's chain is not the one that the programme was deployed on. The operator starts anew."""

    exit_code: ClassVar[int] = 3


def ensure_programme(
    place: Place, anvil: AnvilChain, *, programme: str, partners: Path, promotions: Sequence[Path] = ()
) -> bool:
    """Make sure that a programme stands on the chain; True if it was deployed now.

    Shape: what was deployed before stays as it is, whatever is named; every partner has a secret afterwards.
    Raises: ChainLost; what deploying raises; CatalogueError.
    """
    is_new = not place.deployment.exists()
    if is_new:
        _deploy(place, anvil, programme=programme, partners=partners, promotions=promotions)
    else:
        _require_standing(place, anvil)
    for code in read_deployment(place.deployment).partners:
        give_partner_secret(place.partner_secrets, code, setting=setting_name("partner_secrets_file"))
    return is_new


def _deploy(
    place: Place, anvil: AnvilChain, *, programme: str, partners: Path, promotions: Sequence[Path]
) -> None:
    for role in ROLES:
        anvil.request("anvil_setBalance", place.account(role).address, hex(_GAS_MONEY_WEI))
    agreed = load_partners([partners])
    plan = DeploymentPlan(
        programme=load_programme(programme),
        partners=agreed,
        promotions=load_promotions(promotions, agreed),
        reporters=tuple(reporter.address for reporter in place.reporters()),
        quorum=QUORUM,
        admin=place.account("governance").address,
        holders={role: (place.account(name).address,) for role, name in _HOLDERS.items()},
    )
    web3 = anvil.node.web3
    deployer = Account.from_key(key_from_seed(seed_from_mnemonic(MNEMONIC, ""), "m/44'/60'/0'/0/0"))
    executor = Web3Executor(web3, deployer, node=anvil.node.name)
    write_deployment(deploy_programme(plan, executor, web3=web3, node=anvil.node.name), place.deployment)


def _require_standing(place: Place, anvil: AnvilChain) -> None:
    deployment = read_deployment(place.deployment)
    chain = NodeSettlementChain(anvil.node, deployment, finality=Finality(FinalityKind.INSTANT))
    try:
        chain.require_as_deployed()
    except ChainError as error:
        raise ChainLost(
            f"The chain in {place.folder} is not the one that was deployed on ({error}): its node was killed"
            " before it wrote the chain down. Delete the folder to start anew."
        ) from None
