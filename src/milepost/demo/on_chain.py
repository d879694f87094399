"""Reads from the contracts what the month left there: miles, budgets, awards, prepaid miles, balances.

`checks.py` compares it with the sums over the receipts and with the books of the reference model.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from milepost.chain.contracts import contract_at, method_of
from milepost.chain.errors import asking
from milepost.demo.stage import Stage
from milepost.domain.quantities import MemberId, Miles, PartnerId, PromotionId

# Places in IPartnerRegistry.Partner and IPromotionBook.Budget.
_AVAILABLE = 3
_GRANTED, _BUDGET, _, _AWARDS = range(4)


@dataclass(frozen=True, slots=True)
class PromotionOnChain:
    """What a promotion's budget word holds. Units: miles, and purchases it granted something."""

    granted: Miles
    budget: int
    awards: int


@dataclass(frozen=True, slots=True)
class BooksOnChain:
    """Units: miles. `balances` are those alive at the newest block; `available` is 0 for an open partner."""

    credited: Miles
    promotions: Mapping[PromotionId, PromotionOnChain]
    available: Mapping[PartnerId, int]
    balances: Mapping[MemberId, Miles]


def read_books(stage: Stage, *, members: Iterable[MemberId] | None = None) -> BooksOnChain:
    """Read all books; balances of these members only, of everyone unless given.

    Raises: ChainUnavailable.
    """
    members = map(MemberId, range(1, stage.ledger.enrolled() + 1)) if members is None else members
    now_s = stage.settlement.block_time()
    deployment = stage.deployment
    budgets = {i: _ask(stage, "PromotionBook", "budgetOf", i) for i in deployment.promotions.values()}
    return BooksOnChain(
        credited=stage.settlement.ledger_credited(),
        promotions={
            i: PromotionOnChain(Miles(word[_GRANTED]), word[_BUDGET], word[_AWARDS])
            for i, word in budgets.items()
        },
        available={
            i: _ask(stage, "PartnerRegistry", "partnerOf", i)[_AVAILABLE]
            for i in deployment.partners.values()
        },
        balances={member: stage.ledger.balance_at(member, now_s) for member in members},
    )


def _ask(stage: Stage, contract: str, function: str, *arguments: Any) -> Any:
    at = contract_at(stage.chain.node.web3, contract, stage.deployment.addresses.of(contract))
    with asking(stage.chain.node.name):
        return method_of(at, function, *arguments).call()
