"""The contracts of one programme on a bare EVM, wired to each other, for tests beside the plain model."""

from typing import NamedTuple

from milepost.chain.programme_rules import settings_of, versions_of
from milepost.chain.roles import DESK_ACTS
from milepost.domain.accrual import Books
from tests.support.evm import ADMIN, Evm, EvmContract
from tests.support.ledger_rules import deploy_ledger

NO_TOKEN = "0x" + "0" * 40
"""A shop that sells for no token: payments made elsewhere are recorded."""


class EvmProgramme(NamedTuple):
    """The contracts of one programme. Nobody has a role yet but the admin, who may call everything."""

    authority: EvmContract
    ledger: EvmContract
    registry: EvmContract
    book: EvmContract
    receipts: EvmContract
    settlement: EvmContract
    desk: EvmContract
    lens: EvmContract
    redemption: EvmContract
    shop: EvmContract


def deploy_contracts(evm: Evm, books: Books, *, notice_s: int, daily_limit: int = 0) -> EvmProgramme:
    """Deploy what the books' rules say; members, partners and reporters are for the caller to add.

    Units: `notice_s` in seconds, the least between publishing a promotion and its start; `daily_limit` in
        miles, of adjustments.
    """
    programme = books.ledger.book.programme
    authority = evm.deploy("Authority", ADMIN)
    ledger = deploy_ledger(evm, authority, settings_of(programme), versions_of(programme))
    accept = books.accept
    registry = evm.deploy("PartnerRegistry", authority, accept.oldest_days, accept.ahead_minutes)
    book = evm.deploy("PromotionBook", authority, registry, ledger, notice_s)
    receipts = evm.deploy("ReceiptBook", authority)
    settlement = evm.deploy("Settlement", authority, registry, ledger, book, receipts)
    desk = evm.deploy("AdjustmentDesk", authority, ledger, daily_limit)
    for contract in (ledger, registry, book, receipts):
        contract.setSettler(settlement)
    registry.setPromotionBook(book)
    lens = evm.deploy("MilesLens")
    redemption = evm.deploy("RedemptionDesk", authority, ledger, registry)
    shop = evm.deploy("MilesShop", authority, ledger, NO_TOKEN, NO_TOKEN)
    for one in (desk, redemption, shop):
        ledger.setDesk(one, int(DESK_ACTS[one.name]))
    parts = (authority, ledger, registry, book, receipts, settlement, desk, lens, redemption, shop)
    return EvmProgramme(*parts)
