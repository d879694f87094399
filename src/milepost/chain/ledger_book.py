"""Reads a whole ledger as it stood at one block: rules, totals, every account's lots and balance, its logs.

Stating the liability reads all of it, a statement the rules and one account's clock.
"""

from collections.abc import Sequence
from typing import Any

from eth_abi.abi import decode, encode
from eth_typing import ChecksumAddress
from hexbytes import HexBytes
from web3.contract import Contract

from milepost.chain.contracts import contract_at, method_of
from milepost.chain.deployment import selector
from milepost.chain.deployment_file import Deployment
from milepost.chain.deployment_plan import NOWHERE
from milepost.chain.errors import asking
from milepost.chain.ledger_log import LedgerLog
from milepost.chain.node import Node
from milepost.chain.roles import DESK_ACTS
from milepost.chain.standing_rules import standing_rules
from milepost.domain.conservation import LedgerTotals
from milepost.domain.errors import ChainError
from milepost.domain.extending import ExtensionOffer
from milepost.domain.lots import Lot
from milepost.domain.quantities import DayNumber, MemberId, Miles
from milepost.domain.standing_rules import StandingRules
from milepost.ports.chain import Block, ChainUnavailable
from milepost.ports.ledger_book import AccountClock, HeldAccount, LedgerHistory

ACCOUNTS_ASKED = 200
"""Accounts of one question. Nodes bound a call's gas, and an account with a thousand lots takes millions:
a question that is refused is asked by halves."""

# contracts/types/Account.sol and Former.sol, from the lowest bit.
_ACCOUNT_DEADLINE_SHIFT, _TIER_SHIFT, _CLOCK_VERSION_SHIFT = 104, 128, 252
_FORMER_DEADLINE_SHIFT = 40
_DAY_MASK = 0xFFFF
_DEBT_SHIFT, _DEBT_MASK = 188, 0xFFFFFFFF
# IMilesLens, whose arguments both functions share, and its struct Lot.
_LENS_ARGUMENTS = ("address", "uint40[]", "uint48")
_LENS_ANSWERS = {"balancesAt": "uint256[]", "lotsOfMany": "(uint64,uint16,uint8,uint16,bool)[][]"}


class NodeLedgerBook:
    """The port `LedgerBook`, through a node that keeps the state of the blocks asked for."""

    def __init__(self, node: Node, deployment: Deployment) -> None:
        self._node, self._deployment = node, deployment

    def at(self, block_number: int) -> "NodeLedgerAtBlock":
        """Raises: ChainUnavailable if the node has no such block."""
        return NodeLedgerAtBlock(self._node, self._deployment, _block(self._node, block_number))

    def newest(self) -> "NodeLedgerAtBlock":
        return NodeLedgerAtBlock(self._node, self._deployment, _block(self._node, "latest"))


class NodeLedgerAtBlock:
    """The port `LedgerAtBlock`: all is asked as of the block's number, and its hash is asked again after."""

    def __init__(self, node: Node, deployment: Deployment, block: Block) -> None:
        self._node, self._start_block, self.block = node, deployment.start_block, block
        addresses = deployment.addresses
        self._ledger = contract_at(node.web3, "MilesLedger", addresses.ledger)
        self._lens = contract_at(node.web3, "MilesLens", addresses.lens)
        shop = addresses.miles_shop
        self._shop = None if shop == NOWHERE else contract_at(node.web3, "MilesShop", shop)
        # Desks say in logs of their own what they had the ledger do; those without such logs are not asked.
        desks = (contract_at(node.web3, name, addresses.of(name)) for name in DESK_ACTS)
        self._logging = [self._ledger, *desks]

    def rules(self) -> StandingRules:
        return standing_rules(self._ask(self._ledger, "expiryAt", self.block.timestamp))

    def totals(self) -> LedgerTotals:
        enrolled, *miles = self._ask(self._ledger, "totals")
        return LedgerTotals(enrolled, *map(Miles, miles))

    def history(self) -> LedgerHistory:
        return self._log().of_all()

    def history_of(self, accounts: Sequence[MemberId]) -> LedgerHistory:
        return self._log().of_accounts(accounts)

    def accounts(self, accounts: Sequence[MemberId]) -> list[HeldAccount]:
        found: list[HeldAccount] = []
        for first in range(0, len(accounts), ACCOUNTS_ASKED):
            found += self._accounts(accounts[first : first + ACCOUNTS_ASKED])
        return found

    def debt_of(self, account: MemberId) -> Miles:
        return Miles(self._ask(self._ledger, "accountWord", account) >> _DEBT_SHIFT & _DEBT_MASK)

    def clock_of(self, account: MemberId) -> AccountClock:
        word = self._ask(self._ledger, "accountWord", account)
        former = self._ask(self._ledger, "formerWord", account)
        return AccountClock(
            deadline=DayNumber(word >> _ACCOUNT_DEADLINE_SHIFT & _DAY_MASK),
            clock_version=word >> _CLOCK_VERSION_SHIFT,
            former_deadline=DayNumber(former >> _FORMER_DEADLINE_SHIFT & _DAY_MASK),
            tier=word >> _TIER_SHIFT & 0xF,
        )

    def extension_offer(self) -> ExtensionOffer | None:
        if self._shop is None:
            return None
        _, extending, _ = self._ask(self._shop, "prices")
        limits, token = self._ask(self._shop, "limits"), self._ask(self._shop, "token")
        units, per_miles = extending
        symbol, decimals = self._token(token) if per_miles else ("", 0)
        return ExtensionOffer(units, per_miles, limits[1], limits[3], symbol, decimals)

    def require_unchanged(self) -> None:
        if _block(self._node, self.block.number) != self.block:
            raise ChainUnavailable(
                f"Block {self.block.number} was replaced while {self._node.name} was read: run again."
            )

    def _token(self, address: ChecksumAddress) -> tuple[str, int]:
        """Symbol and decimals; its address and 0 for a token that tells none."""
        # The ledger's own face is that of any ERC-20.
        token = contract_at(self._node.web3, "MilesLedger", address)
        try:
            return self._ask(token, "symbol"), self._ask(token, "decimals")
        except ChainUnavailable:
            raise
        except ChainError:
            return f"smallest units of the token {address}", 0

    def _log(self) -> LedgerLog:
        return LedgerLog(self._node, self._logging, first=self._start_block, last=self.block.number)

    def _accounts(self, accounts: Sequence[MemberId]) -> list[HeldAccount]:
        try:
            balances = self._ask_lens("balancesAt", accounts)
            lots = self._ask_lens("lotsOfMany", accounts)
        except ChainUnavailable:
            raise
        except ChainError:
            if len(accounts) == 1:
                raise
            middle = len(accounts) // 2
            return self._accounts(accounts[:middle]) + self._accounts(accounts[middle:])
        return [
            HeldAccount(account, Miles(balance), tuple(map(_lot, held)))
            for account, balance, held in zip(accounts, balances, lots, strict=True)
        ]

    def _ask_lens(self, function: str, accounts: Sequence[MemberId]) -> Any:
        """A view over many accounts at the block's time, decoded here: web3 takes four times as long."""
        wanted = (self._ledger.address, list(accounts), self.block.timestamp)
        data = selector("MilesLens", function) + encode(_LENS_ARGUMENTS, wanted)
        with asking(self._node.name):
            answer = self._node.web3.eth.call(
                {"to": self._lens.address, "data": HexBytes(data)}, self.block.number
            )
        if not answer:
            raise ChainError("There is no MilesLens at the deployment's address: name the right deployment.")
        return decode([_LENS_ANSWERS[function]], answer)[0]

    def _ask(self, contract: Contract, function: str, *arguments: Any) -> Any:
        with asking(self._node.name):
            return method_of(contract, function, *arguments).call(block_identifier=self.block.number)


def _lot(words: tuple[int, int, int, int, bool]) -> Lot:
    amount, last_day, version, own_day, _ = words
    return Lot(DayNumber(last_day), version, Miles(amount), DayNumber(own_day))


def _block(node: Node, which: Any) -> Block:
    with asking(node.name):
        found = node.web3.eth.get_block(which)
    return Block(found["number"], bytes(found["hash"]), found["timestamp"])
