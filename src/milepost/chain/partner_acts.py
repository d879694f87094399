"""Lists what a manager does to partners' accounts: fund, alert, pay into a pot, have a pot given back.

`governance.py` schedules and executes the acts; giving a pot back is open to anyone, and no role's.
"""

from typing import Any

from eth_account.signers.local import LocalAccount

from milepost.chain.contracts import ContractAddresses
from milepost.chain.deployment_run import Mined, Web3Executor
from milepost.chain.governance_acts import Act
from milepost.chain.node import Node
from milepost.chain.roles import Role
from milepost.domain.quantities import PartnerId, PromotionId


def funding_partner(addresses: ContractAddresses, partner_id: PartnerId, miles: int) -> list[Act]:
    """Let a partner issue so many miles more, at once."""
    return [_of_registry(addresses, f"it may issue {miles:,} miles more", "fund", partner_id, miles)]


def setting_alert(addresses: ContractAddresses, partner_id: PartnerId, miles: int) -> list[Act]:
    """Have it told when a report leaves a partner less than so many miles, at once."""
    return [_of_registry(addresses, f"less than {miles:,} miles are told", "setAlert", partner_id, miles)]


def paying_in(
    addresses: ContractAddresses, promotion_id: PromotionId, partner_id: PartnerId, miles: int
) -> list[Act]:
    """Have a partner pay miles that it may still issue into the pot of a promotion."""
    purpose = f"partner {partner_id} pays {miles:,} miles into the pot of promotion {promotion_id}"
    arguments = (promotion_id, partner_id, miles)
    book = addresses.promotion_book
    return [Act(Role.PUBLISH, purpose, "PromotionBook", book, "contribute", arguments)]


def release_pot(
    node: Node, addresses: ContractAddresses, promotion_id: PromotionId, account: LocalAccount
) -> Mined:
    """Have what a pot did not grant given back to those who filled it, by any account.

    Raises: TxUnderfunded; the decoded contract error: not over yet, or nothing left.
    """
    executor = Web3Executor(node.web3, account, node=node.name)
    book = addresses.promotion_book
    return executor.call("PromotionBook", book, function="release", arguments=(promotion_id,))


def _of_registry(addresses: ContractAddresses, purpose: str, function: str, *arguments: Any) -> Act:
    return Act(Role.REGISTER, purpose, "PartnerRegistry", addresses.registry, function, arguments)
