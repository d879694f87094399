"""Speaks to the adjustment desk: proposes, decides, and reads records and logs.

`milepost adjustments` acts through it; reading settlements and receipts of adjustments read by it.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from eth_account.signers.local import LocalAccount
from eth_typing import HexStr
from hexbytes import HexBytes
from web3.types import LogReceipt

from milepost.chain.contracts import contract_at, method_of
from milepost.chain.deployment_file import Deployment
from milepost.chain.deployment_run import Web3Executor
from milepost.chain.errors import asking
from milepost.chain.node import Node
from milepost.chain.pending_txs import settled_nonce
from milepost.domain.adjustment import Adjustment, AdjustmentKind, AdjustmentReason, AdjustmentState
from milepost.domain.errors import ChainError
from milepost.domain.quantities import AdjustmentId, DayNumber, MemberId, Miles
from milepost.fail_point import FailPoint, reach
from milepost.ports import AdjustmentProposal, AppliedLog, TxUnderfunded

_BLOCKS_ASKED = 1_000
"""Blocks of one question for logs; nodes refuse much larger ranges."""


class DeskKeyMissing(ChainError):
    """Someone is to act at the desk and no key is configured. The operator names its file."""

    exit_code: ClassVar[int] = 2

    def __init__(self) -> None:
        super().__init__(
            "No key that acts at the adjustment desk is configured: name the file that holds it."
        )


class AdjustmentUnreadable(ChainError):
    """The desk has a kind, state or reason this version does not know. The operator takes a newer version."""

    def __init__(self, adjustment_id: AdjustmentId, problem: ValueError) -> None:
        super().__init__(
            f"Adjustment {adjustment_id} holds what this version does not know ({problem}): use the Milepost"
            " that its desk was deployed with, or a newer one."
        )


class DeskReader:
    """Reads the desk. Every method raises ChainUnavailable when the node gives no answer."""

    def __init__(self, node: Node, deployment: Deployment) -> None:
        self._node, self.address = node, deployment.addresses.adjustment_desk
        self._desk = contract_at(node.web3, "AdjustmentDesk", self.address)

    @property
    def topic(self) -> HexStr:
        """Of the log `AdjustmentApplied`; in hex, as the embedded chain finds nothing by bytes."""
        topic: HexStr = self._desk.events.AdjustmentApplied().topic
        return topic

    def adjustment(self, adjustment_id: AdjustmentId) -> Adjustment | None:
        """None for a number that was not given out.

        Raises: AdjustmentUnreadable.
        """
        found = adjustment_of(adjustment_id, self.ask("adjustmentOf", adjustment_id))
        return None if found.state is AdjustmentState.NONE else found

    def applied_log(self, log: LogReceipt) -> AppliedLog:
        """The record that a log tells of; what was applied never changes, so it is read as it is now."""
        values = self._desk.events.AdjustmentApplied().process_log(log)["args"]
        adjustment = self.adjustment(AdjustmentId(values["id"]))
        if adjustment is None or adjustment.state is not AdjustmentState.APPLIED:
            raise ChainError(
                f"The desk {self.address} logged adjustment {values['id']} and does not keep it as applied:"
                " check the node."
            )
        return AppliedLog(
            adjustment,
            block_number=log["blockNumber"],
            block_hash=bytes(log["blockHash"]),
            tx_hash=bytes(log["transactionHash"]),
            log_index=log["logIndex"],
        )

    def applied_since(self, block_number: int) -> list[AppliedLog]:
        """Adjustments applied after a block, up to the newest."""
        found: list[AppliedLog] = []
        with asking(self._node.name):
            newest = self._node.web3.eth.block_number
            for first in range(block_number + 1, newest + 1, _BLOCKS_ASKED):
                logs = self._node.web3.eth.get_logs(
                    {
                        "address": self.address,
                        "topics": [self.topic],
                        "fromBlock": first,
                        "toBlock": min(first + _BLOCKS_ASKED - 1, newest),
                    }
                )
                found += [self.applied_log(log) for log in logs]
        return found

    def ask(self, function: str, *arguments: Any) -> Any:
        """What a view of the desk answers."""
        with asking(self._node.name):
            return method_of(self._desk, function, *arguments).call()


class NodeAdjustmentDesk:
    """The port `AdjustmentDesk`, through a node. Without an account it only reads."""

    def __init__(self, node: Node, deployment: Deployment, *, account: LocalAccount | None = None) -> None:
        self._node, self._account, self._reader = node, account, DeskReader(node, deployment)
        self._desk = contract_at(node.web3, "AdjustmentDesk", self._reader.address)
        self._ledger = contract_at(node.web3, "MilesLedger", deployment.addresses.ledger)

    @property
    def acting(self) -> str:
        """Raises: DeskKeyMissing."""
        return str(self._require_account().address)

    def now(self) -> int:
        with asking(self._node.name):
            return self._node.web3.eth.get_block("latest")["timestamp"]

    def count(self) -> int:
        return int(self._reader.ask("adjustmentCount"))

    def adjustment(self, adjustment_id: AdjustmentId) -> Adjustment | None:
        return self._reader.adjustment(adjustment_id)

    def daily_limit(self) -> Miles:
        return Miles(self._reader.ask("dailyLimit"))

    def require_possible(self, proposal: AdjustmentProposal) -> None:
        account = self._require_account()
        function, *arguments = _act_of(proposal)
        with asking(self._node.name):
            method_of(self._desk, "propose", *_words_of(proposal)).call({"from": account.address})
            if not self._node.web3.eth.get_balance(account.address):
                raise TxUnderfunded(f"The account {account.address} has 0 wei for gas: send it funds.")
            # As the desk itself would call it; nothing is sent, so nobody's key is needed.
            method_of(self._ledger, function, *arguments).call({"from": self._reader.address})

    def next_nonce(self) -> int:
        return settled_nonce(self._node, self.acting, who="the account")

    def propose(self, proposal: AdjustmentProposal, *, nonce: int) -> AdjustmentId:
        tx_hash = self._send("propose", *_words_of(proposal), nonce=nonce, sent=FailPoint.PROPOSAL_SENT)
        with asking(self._node.name):
            receipt = self._node.web3.eth.get_transaction_receipt(tx_hash)
        log = next(log for log in receipt["logs"] if log["address"] == self._reader.address)
        values = self._desk.events.AdjustmentProposed().process_log(log)["args"]
        return AdjustmentId(values["id"])

    def approve(self, adjustment_id: AdjustmentId) -> None:
        self._decide("approve", adjustment_id)

    def reject(self, adjustment_id: AdjustmentId) -> None:
        self._decide("reject", adjustment_id)

    def withdraw(self, adjustment_id: AdjustmentId) -> None:
        self._decide("withdraw", adjustment_id)

    def _decide(self, function: str, adjustment_id: AdjustmentId) -> None:
        self._send(function, adjustment_id, nonce=self.next_nonce(), sent=FailPoint.DECISION_SENT)

    def _send(self, function: str, *arguments: Any, nonce: int, sent: FailPoint) -> HexBytes:
        executor = Web3Executor(self._node.web3, self._require_account(), node=self._node.name)
        tx_hash = executor.send(method_of(self._desk, function, *arguments), nonce=nonce)
        reach(sent)
        executor.wait(tx_hash)
        return tx_hash

    def _require_account(self) -> LocalAccount:
        if self._account is None:
            raise DeskKeyMissing
        return self._account


def adjustment_of(adjustment_id: AdjustmentId, values: Sequence[Any]) -> Adjustment:
    """The record as the contract answers it: IAdjustmentDesk.Adjustment, in its order.

    Raises: AdjustmentUnreadable.
    """
    kind, state, reason, member, into, miles, last_day, *times, proposer, decided_by, case_hash = values
    try:
        return Adjustment(
            adjustment_id=adjustment_id,
            kind=AdjustmentKind(kind),
            state=AdjustmentState(state),
            reason=AdjustmentReason(reason),
            member=MemberId(member),
            into=MemberId(into),
            miles=Miles(miles),
            last_day=DayNumber(last_day),
            proposed_at=times[0],
            decided_at=times[1],
            proposer=proposer,
            decided_by=decided_by,
            case_hash=bytes(case_hash),
        )
    except ValueError as problem:
        raise AdjustmentUnreadable(adjustment_id, problem) from None


def _words_of(proposal: AdjustmentProposal) -> tuple[Any, ...]:
    """What `propose` takes, in its order."""
    numbers = (int(proposal.kind), proposal.member, proposal.into, proposal.miles, int(proposal.reason))
    return *numbers, proposal.case_hash


def _act_of(proposal: AdjustmentProposal) -> tuple[Any, ...]:
    """What the desk will ask of the ledger: a function and its arguments."""
    if proposal.kind is AdjustmentKind.MERGE:
        return "merge", proposal.member, proposal.into
    function = "adjustUp" if proposal.kind is AdjustmentKind.CREDIT else "adjustDown"
    return function, proposal.member, proposal.miles
