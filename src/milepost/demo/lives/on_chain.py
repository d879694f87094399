"""Settles, redeems and reads lots on an anvil whose blocks are mined when this says so.

`life.py` says what is done and when; every act of one moment goes into one block, dated that moment.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode, encode
from eth_typing import ChecksumAddress
from hexbytes import HexBytes
from web3.contract import Contract

from milepost.bootstrap import build_chain
from milepost.chain.contracts import contract_at, method_of
from milepost.chain.deployment import selector
from milepost.chain.deployment_file import Deployment
from milepost.chain.deployment_run import Web3Executor
from milepost.chain.errors import asking
from milepost.chain.settle_tx import MOST_GAS
from milepost.chain.settlement_chain import NodeSettlementChain
from milepost.codec.keccak import keccak
from milepost.demo.accounts import demo_accounts
from milepost.demo.lives.habit import AWARD
from milepost.demo.lives.reports import SignedReport
from milepost.domain.errors import ChainError
from milepost.domain.lots import Lot
from milepost.domain.quantities import DayNumber, MemberId, Miles
from milepost.local.anvil import AnvilChain
from milepost.ports import SettledLog

_BLOCK_GAS = 10**11
"""Room for whatever is done at one moment."""
_MEMBERS_A_CALL = 500

_LOTS_OF = ("address", "uint40[]", "uint48")
_LOTS = ("(uint64,uint16,uint8,uint16,bool)[][]",)
"""IMilesLens.Lot, by member."""
_REWARD = 1
"""The first that is added."""
_TERMS = (AWARD, 2**32 - 1, 0, 2**40 - 1, 0)
"""IRedemptionDesk.RewardTerms: cost, stock without end, offered always, to every tier."""
_DETAILS = b"An award of make demo-lives"
_REDEEM = ("uint40", "uint32", "uint40", "(uint256,uint256,bytes)")
_NO_CONSENT = (0, 0, b"")
"""Of a member without a wallet it is not read: custody orders."""


class BlockIncomplete(ChainError):
    """A tx did not get into its block. Whoever changed the code finds out why."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class LedgerTotals:
    """Grand totals of the ledger, in miles."""

    credited: Miles
    reversed: Miles
    redeemed: Miles
    written_off: Miles


NO_TOTALS = LedgerTotals(Miles(0), Miles(0), Miles(0), Miles(0))
"""Of a ledger on which nothing has happened."""


@dataclass(slots=True)
class LivesChain:
    """A deployed programme. Txs are sent by accounts that anvil holds the keys of."""

    anvil: AnvilChain
    deployment: Deployment
    sender: ChecksumAddress
    settlement: NodeSettlementChain
    lens: Contract
    ledger: Contract
    _nonce: int = 0

    @classmethod
    def take_over(cls, anvil: AnvilChain, deployment: Deployment, *, members: int) -> "LivesChain":
        """Enrol members 1 to `members`, offer the one reward, and mine on order from now on.

        Shape: the sender has custody of the members, who have no wallets here.

        Raises: ChainError if an account lacks its role.
        """
        accounts, web3 = demo_accounts(), anvil.node.web3
        sender, ledger = accounts.relayer.address, deployment.addresses.ledger
        enroller = Web3Executor(web3, accounts.relayer, node=anvil.node.name)
        enroller.call("MilesLedger", ledger, function="enrol", arguments=(members,))
        offering = Web3Executor(web3, accounts.admin, node=anvil.node.name)
        desk = deployment.addresses.of("RedemptionDesk")
        offering.call("RedemptionDesk", desk, function="addReward", arguments=(_TERMS, keccak(_DETAILS)))
        with asking(anvil.node.name):
            nonce = web3.eth.get_transaction_count(sender)
            anvil.request("evm_setBlockGasLimit", hex(_BLOCK_GAS))
            anvil.request("evm_setAutomine", False)
        return cls(
            anvil,
            deployment,
            sender,
            settlement=build_chain(web3, deployment, node_name=anvil.node.name),
            lens=contract_at(web3, "MilesLens", deployment.addresses.lens),
            ledger=contract_at(web3, "MilesLedger", ledger),
            _nonce=nonce,
        )

    def settle(self, reports: Iterable[SignedReport], *, at: int) -> list[SettledLog]:
        """Settle reports in one block of that time; what the contract says of each comes back, in order.

        Units: `at` in unix seconds. Raises: BlockIncomplete if one reverts.
        """
        settle = selector("Settlement", "settle")
        calls = [
            settle + encode(["bytes", "bytes"], [report.report, report.signatures]) for report in reports
        ]
        block = self._mine(self.deployment.addresses.settlement, calls, at=at)
        logs = [log for log in self.settlement.settled_logs(block, block) if isinstance(log, SettledLog)]
        if len(logs) != len(calls):
            raise BlockIncomplete(f"Of {len(calls)} reports of one block {len(logs)} were settled.")
        return logs

    def redeem(self, members: Sequence[MemberId], *, at: int) -> None:
        """Order one award for each member, in one block of that time. Units: `at` in unix seconds.

        Raises: BlockIncomplete if the desk or the ledger refused one.
        """
        before = self.totals().redeemed
        redeem = selector("RedemptionDesk", "redeem")
        calls = [redeem + encode(_REDEEM, [member, _REWARD, AWARD, _NO_CONSENT]) for member in members]
        self._mine(self.deployment.addresses.of("RedemptionDesk"), calls, at=at)
        done = self.totals().redeemed - before
        if done != len(calls) * AWARD:
            raise BlockIncomplete(f"{len(calls) * AWARD} miles were to be redeemed, and {done} were.")

    def pass_time(self, at: int) -> None:
        """Mine an empty block of that time. Units: `at` in unix seconds."""
        self._mine(self.sender, [], at=at)

    def lots_of(self, members: Sequence[MemberId], *, at: int) -> Iterator[tuple[MemberId, list[Lot]]]:
        """All lots of each member at that time, lapsed ones that still stand included; one call for hundreds.

        Units: `at` in unix seconds.
        """
        # By hand: web3 looks at each number of what comes back several times, for 40 of 100 seconds.
        lots_of_many = selector("MilesLens", "lotsOfMany")
        for some in _parts(members):
            call = lots_of_many + encode(_LOTS_OF, [self.ledger.address, some, at])
            with asking(self.anvil.node.name):
                answer = self.anvil.node.web3.eth.call({"to": self.lens.address, "data": HexBytes(call)})
            (found,) = decode(_LOTS, answer)
            yield from zip(some, (list(map(_lot, lots)) for lots in found), strict=True)

    def balances(self, members: Sequence[MemberId], *, at: int) -> Miles:
        """The balances of all these members together, as the ledger reads them at that time."""
        balances = 0
        for some in _parts(members):
            with asking(self.anvil.node.name):
                balances += sum(method_of(self.lens, "balancesAt", self.ledger.address, some, at).call())
        return Miles(balances)

    def totals(self) -> LedgerTotals:
        """The ledger's grand totals at the newest block."""
        with asking(self.anvil.node.name):
            _enrolled, *sums, _owed = method_of(self.ledger, "totals").call()
        return LedgerTotals(*map(Miles, sums))

    def _mine(self, to: ChecksumAddress, calls: Sequence[bytes], *, at: int) -> int:
        """Mine a block of these calls, in their order, and say its number."""
        txs = [self._tx(to, data, nonce) for nonce, data in enumerate(calls, start=self._nonce)]
        self._nonce += len(txs)
        self.anvil.request_all("eth_sendTransaction", ([tx] for tx in txs))
        with asking(self.anvil.node.name):
            self.anvil.request("evm_setNextBlockTimestamp", at)
            self.anvil.request("evm_mine")
            number = self.anvil.node.web3.eth.block_number
            mined = self.anvil.node.web3.eth.get_block_transaction_count(number)
        if mined != len(calls):
            raise BlockIncomplete(f"Of {len(calls)} txs {mined} got into block {number}.")
        return number

    def _tx(self, to: ChecksumAddress, data: bytes, nonce: int) -> dict[str, Any]:
        return {
            "from": self.sender,
            "to": to,
            "data": "0x" + data.hex(),
            "gas": hex(MOST_GAS),
            "nonce": hex(nonce),
        }


def _parts(members: Sequence[MemberId]) -> Iterator[list[MemberId]]:
    for start in range(0, len(members), _MEMBERS_A_CALL):
        yield list(members[start : start + _MEMBERS_A_CALL])


def _lot(found: Sequence[Any]) -> Lot:
    miles, last_day, version, own_day, _is_live = found
    return Lot(DayNumber(last_day), version, Miles(miles), DayNumber(own_day))
