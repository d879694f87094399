"""Speaks to one programme's contracts through a node: asks, signs and sends `settle`, reads what was settled.

The pipeline seals and relays reports through it; reading settlements and reconciling go on from its logs.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address
from hexbytes import HexBytes
from web3.contract import Contract
from web3.exceptions import BlockNotFound, TransactionNotFound
from web3.types import BlockData, LogReceipt, TxData, TxParams

from milepost.chain.adjustment_desk import DeskReader
from milepost.chain.contract_errors import ContractError
from milepost.chain.contracts import contract_at, method_of
from milepost.chain.deployment_file import Deployment
from milepost.chain.deployment_plan import NOWHERE
from milepost.chain.errors import asking
from milepost.chain.hidden_logs import require_none
from milepost.chain.ledger_log import LedgerLog
from milepost.chain.node import Finality, Node
from milepost.chain.reversal_log import ReversalLog
from milepost.chain.settle_tx import market_fees, sign_empty_tx, sign_settle_tx, sign_tx_again
from milepost.chain.settled_log import settled_log
from milepost.domain.conservation import Flow
from milepost.domain.errors import ChainError
from milepost.domain.quantities import Lane, Miles, PartnerId, PurchaseNumber, ReportSequence
from milepost.ports.adjustments import AppliedLog
from milepost.ports.chain import (
    Block,
    ChainLog,
    ChainUnavailable,
    ReporterSet,
    Reversal,
    Revert,
    SettledLog,
    SettledSums,
    SignedTx,
    Signer,
    StateForgotten,
    TxFees,
    TxReceipt,
)


class NodeSettlementChain:
    """The port `SettlementChain`, through a node. Without a relayer's key it only reads.

    Every method raises ChainUnavailable when the node gives no answer, and ChainError when it answers
    otherwise than the deployment says. What most is concluded from, which sequence is next, which block is
    final and why a tx was refused, is taken of the deployment's chain only, also when another node took the
    place of the one we began with.
    """

    def __init__(
        self, node: Node, deployment: Deployment, *, finality: Finality, relayer: Signer | None = None
    ) -> None:
        self._node, self._web3 = node, node.web3
        self._deployment, self._addresses = deployment, deployment.addresses
        self._finality, self._relayer = finality, relayer
        self._settlement = self._contract("Settlement")
        self._receipt_book = self._contract("ReceiptBook")
        self._registry, self._ledger = self._contract("PartnerRegistry"), self._contract("MilesLedger")
        self._desk = DeskReader(node, deployment)
        self._reversals = ReversalLog(self._ledger)

    @property
    def chain_id(self) -> int:
        return self._deployment.chain_id

    @property
    def settlement(self) -> str:
        return self._addresses.settlement

    @property
    def receipts(self) -> str:
        return self._addresses.receipts

    @property
    def desk(self) -> str:
        return self._addresses.adjustment_desk

    @property
    def sender(self) -> str:
        return self._require_relayer().address

    @property
    def start_block(self) -> int:
        return self._deployment.start_block

    def require_as_deployed(self) -> None:
        """Make sure that the node's chain is the deployment's, and that the contracts there belong together.

        Raises: ChainError with what differs; ChainUnavailable.
        """
        self._node.require_chain(self.chain_id)
        wanted = self._addresses
        with asking(self._node.name):
            empty = [name for name in _NEEDED if not self._web3.eth.get_code(wanted.of(name))]
            if empty:
                raise ChainError(
                    f"Chain {self.chain_id} has no {', '.join(empty)} at the deployment's address: the chain"
                    " was started anew, or the deployment is of another. Deploy, or name the right one."
                )
            parts = self._ask(self._settlement, "parts")
            settler = self._ask(self._receipt_book, "settler")
        if list(parts) != [wanted.registry, wanted.ledger, wanted.promotion_book, wanted.receipts]:
            raise ChainError("Settlement settles into other contracts than the deployment names: correct it.")
        if settler != wanted.settlement:
            raise ChainError(
                f"The receipt book obeys {settler} and not the deployment's Settlement: if it was replaced,"
                " run `milepost governance adopt`, which writes that down."
            )

    def block_time(self) -> int:
        with asking(self._node.name):
            return self._web3.eth.get_block("latest")["timestamp"]

    def pending_time(self) -> int:
        """Shape: of the block the node is about to make, or of the newest where it tells none."""
        with asking(self._node.name):
            try:
                # Of such a block a node may tell no hash and no number.
                return self._web3.eth.get_block("pending")["timestamp"]
            except BlockNotFound:
                return self._web3.eth.get_block("latest")["timestamp"]

    def block(self, number: int) -> Block:
        with asking(self._node.name):
            try:
                return _block(self._web3.eth.get_block(number))
            except BlockNotFound:
                raise ChainUnavailable(
                    f"{self._node.name} has no block {number}, which was there before: it lags, or its chain"
                    " was started anew. Wait until it has caught up, or name the right node; nothing is lost."
                ) from None

    def newest_block(self) -> Block:
        with asking(self._node.name):
            return _block(self._web3.eth.get_block("latest"))

    def final_block(self) -> Block:
        with asking(self._node.name):
            found = _block(self._finality.final_block(self._web3))
        self._node.require_chain(self.chain_id)
        return found

    def next_sequence(self, lane: Lane) -> ReportSequence:
        found = ReportSequence(self._ask(self._receipt_book, "nextSequence", lane))
        # Only now: a node that was changed in between is found out all the same.
        self._node.require_chain(self.chain_id)
        return found

    def partner_last_number(self, partner_id: PartnerId) -> PurchaseNumber:
        word = self._ask(self._registry, "partnerOf", partner_id)
        return PurchaseNumber(word[_LAST_NUMBER])

    def ledger_credited(self) -> Miles:
        return Miles(self._ask(self._ledger, "totals")[_CREDITED])

    def settled_sums(self, partners: Iterable[PartnerId], *, at: int | None = None) -> SettledSums:
        """Shape: of blocks longer ago than some hundred, nodes forget the state unless told otherwise."""
        number = self.newest_block().number if at is None else at
        try:
            totals = self._ask(self._ledger, "totals", at=number)
            words = {one: self._ask(self._registry, "partnerOf", one, at=number) for one in partners}
        except ContractError:
            raise
        except ChainError:
            if at is None:
                raise
            self._require_there(at)
            raise StateForgotten(
                f"{self._node.name} keeps no state of block {at}: name one that keeps states as far back as"
                " what is final."
            ) from None
        return SettledSums(
            credited=Miles(totals[_CREDITED]),
            reversed=Miles(totals[_REVERSED]),
            last_numbers={one: PurchaseNumber(word[_LAST_NUMBER]) for one, word in words.items()},
        )

    def miles_bought(self, *, up_to: int | None = None) -> Miles:
        shop = self._addresses.miles_shop
        if shop == NOWHERE:
            return Miles(0)
        last = self.newest_block().number if up_to is None else up_to
        contracts = [contract_at(self._web3, "MilesShop", shop)]
        log = LedgerLog(self._node, contracts, first=self.start_block, last=last)
        return Miles(sum(flows[Flow.BOUGHT] for flows in log.of_few().flows.values()))

    def reporter_set(self) -> ReporterSet:
        return ReporterSet(*self._ask(self._settlement, "reporterSet"))

    def is_reporter(self, address: str) -> bool:
        return bool(self._ask(self._settlement, "isReporter", address))

    def is_paused(self) -> bool:
        """Whether settling is stopped by a holder of the pause role."""
        return bool(self._ask(self._settlement, "paused"))

    def digest_of(self, report_bytes: bytes) -> bytes:
        """The digest that reporters sign, by the contract's own view."""
        return bytes(self._ask(self._settlement, "digestOf", report_bytes))

    def check(self, report_bytes: bytes, signatures: bytes) -> None:
        self._ask(self._settlement, "check", report_bytes, signatures)

    def next_nonce(self) -> int:
        with asking(self._node.name):
            return self._web3.eth.get_transaction_count(self._sending_address(), "pending")

    def mined_nonce(self) -> int:
        with asking(self._node.name):
            return self._web3.eth.get_transaction_count(self._sending_address(), "latest")

    def market_fees(self) -> TxFees:
        with asking(self._node.name):
            return market_fees(self._web3)

    def sign_settle(
        self, report_bytes: bytes, signatures: bytes, *, nonce: int, fees: TxFees | None = None
    ) -> SignedTx:
        """Raises: TxUnderfunded; the decoded contract error; ChainError for a report of too much gas."""
        settle = method_of(self._settlement, "settle", report_bytes, signatures)
        with self._on_this_chain(), asking(self._node.name):
            return sign_settle_tx(
                self._web3,
                settle,
                relayer=self._require_relayer(),
                nonce=nonce,
                chain_id=self.chain_id,
                fees=fees,
            )

    def sign_empty(self, *, nonce: int, fees: TxFees) -> SignedTx:
        with self._on_this_chain(), asking(self._node.name):
            relayer, chain_id = self._require_relayer(), self.chain_id
            return sign_empty_tx(self._web3, relayer=relayer, nonce=nonce, chain_id=chain_id, fees=fees)

    def sign_again(self, raw: bytes, fees: TxFees) -> SignedTx:
        return sign_tx_again(raw, relayer=self._require_relayer(), fees=fees)

    def send(self, raw: bytes) -> None:
        with self._on_this_chain(), asking(self._node.name):
            self._web3.eth.send_raw_transaction(HexBytes(raw))

    def tx_receipt(self, tx_hash: bytes) -> TxReceipt | None:
        with asking(self._node.name):
            try:
                receipt = self._web3.eth.get_transaction_receipt(HexBytes(tx_hash))
            except TransactionNotFound:
                return None
        return TxReceipt(
            tx_hash=bytes(receipt["transactionHash"]),
            block_number=receipt["blockNumber"],
            block_hash=bytes(receipt["blockHash"]),
            succeeded=receipt["status"] == 1,
            gas_used=receipt["gasUsed"],
        )

    def revert_of(self, tx_hash: bytes) -> Revert:
        """Shape: found by asking the contract again as of the tx's block; another tx there may hide it."""
        with asking(self._node.name):
            tx = self._web3.eth.get_transaction(HexBytes(tx_hash))
            receipt = self._web3.eth.get_transaction_receipt(HexBytes(tx_hash))
        if receipt["status"] == 1:
            return Revert("The tx did not revert.", blames_report=False)
        if receipt["gasUsed"] >= tx["gas"]:
            reason = f"The tx used up its {tx['gas']} gas: seal fewer purchases in a report."
            return Revert(reason, blames_report=True)
        # Before the block, then after it: what stood before it in the block may be the reason.
        for block_number in (tx["blockNumber"] - 1, tx["blockNumber"]):
            try:
                with asking(self._node.name):
                    self._web3.eth.call(
                        {"from": tx["from"], "to": tx["to"], "data": tx["input"]}, block_number
                    )
            except ChainUnavailable:
                raise
            except ContractError as error:
                return Revert(str(error), blames_report=error.blames_report)
            except ChainError as error:
                return Revert(str(error), blames_report=True)
        if self._lacks_gas(tx):
            reason = f"The tx ran out of its {tx['gas']} gas: the node's estimate was too low. Try again."
        else:
            reason = "The tx reverted, and would not now: the reason lay in its block. Nobody needs to act."
        return Revert(reason, blames_report=True)

    def _lacks_gas(self, tx: TxData) -> bool:
        """Whether a tx that reverted would not with more gas: calls inside it get a part, and use up that."""
        call: TxParams = {"from": tx["from"], "to": tx["to"], "data": HexBytes(tx["input"]), "gas": tx["gas"]}
        try:
            with asking(self._node.name):
                self._web3.eth.call(call, tx["blockNumber"])
        except ChainUnavailable:
            raise
        except ChainError:
            return True
        return False

    def settled_logs(self, from_block: int, to_block: int) -> list[ChainLog]:
        """Raises: ChainUnavailable if a block was replaced, or the node fell behind, while it was read."""
        logs: list[ChainLog] = []
        parent: HexBytes | None = None
        with asking(self._node.name):
            for number in range(from_block, to_block + 1):
                block = self._web3.eth.get_block(number)
                if parent is not None and block["parentHash"] != parent:
                    raise self._moved(number)
                parent = block["hash"]
                found = self._logs_of(block)
                told = [log for log in found if log["address"] != self._reversals.address]
                logs += [self._chain_log(log, found) for log in told]
        return logs

    def applied_since(self, block_number: int) -> list[AppliedLog]:
        return self._desk.applied_since(block_number)

    def _logs_of(self, block: BlockData) -> list[LogReceipt]:
        """Logs of exactly this block: a lagging node answers a range with an empty list and no error."""
        topics = [self._settlement.events.ReportSettled().topic, self._desk.topic, self._reversals.topic]
        # A Settlement that was replaced keeps its logs, and what it settled stays settled.
        addresses = [*self._deployment.settlements, self.desk, self._reversals.address]
        wanted: dict[str, Any] = {"address": addresses, "topics": [topics]}
        # eth-tester knows no logs by hash, and cannot lag: it has one chain, in this process.
        if getattr(self._web3.provider, "ethereum_tester", None) is None:
            logs = self._web3.eth.get_logs({**wanted, "blockHash": block["hash"]})  # type: ignore[typeddict-item]
            if not logs:
                require_none(self._web3, block, addresses=addresses, topics=topics, node=self._node.name)
        else:
            number = block["number"]
            logs = self._web3.eth.get_logs({**wanted, "fromBlock": number, "toBlock": number})  # type: ignore[typeddict-item]
        if any(log["blockHash"] != block["hash"] for log in logs):
            raise self._moved(block["number"])
        return sorted(logs, key=lambda log: log["logIndex"])

    def _chain_log(self, log: LogReceipt, of_block: Sequence[LogReceipt]) -> ChainLog:
        if log["address"] == self.desk:
            return self._desk.applied_log(log)
        return self._settled_log(log, self._reversals.before(log, of_block))

    def _settled_log(self, log: LogReceipt, reversals: tuple[Reversal, ...]) -> SettledLog:
        values = self._settlement.events.ReportSettled().process_log(log)["args"]
        tx = self._web3.eth.get_transaction(log["transactionHash"])
        return replace(settled_log(values, tx, log), reversals=reversals)

    def _moved(self, number: int) -> ChainUnavailable:
        return ChainUnavailable(
            f"Block {number} was replaced while {self._node.name} was read: read it again."
        )

    @contextmanager
    def _on_this_chain(self) -> Iterator[None]:
        """Before anything is concluded from a refusal: one of another chain is in words of its own."""
        try:
            yield
        except ChainUnavailable:
            raise
        except ChainError:
            self._node.require_chain(self.chain_id)
            raise

    def _contract(self, name: str) -> Contract:
        return contract_at(self._web3, name, self._addresses.of(name))

    def _ask(self, contract: Contract, function: str, *arguments: Any, at: int | None = None) -> Any:
        with asking(self._node.name):
            return method_of(contract, function, *arguments).call(
                block_identifier="latest" if at is None else at
            )

    def _require_there(self, number: int) -> None:
        """Raises: ChainUnavailable unless the node knows a block and answers; it need keep no state of it."""
        self.block(number)
        self._ask(self._ledger, "totals")

    def _sending_address(self) -> ChecksumAddress:
        return to_checksum_address(self._require_relayer().address)

    def _require_relayer(self) -> Signer:
        if self._relayer is None:
            raise ChainError("No relayer's key is configured: name its file, or what keeps it.")
        return self._relayer


_NEEDED = (
    "Settlement",
    "ReceiptBook",
    "MilesLedger",
    "PartnerRegistry",
    "PromotionBook",
    "Authority",
    "AdjustmentDesk",
)
# Places in IPartnerRegistry.Partner and IMilesLedger.Totals.
_LAST_NUMBER = 5
_CREDITED = 1
_REVERSED = 2


def _block(found: BlockData) -> Block:
    return Block(found["number"], bytes(found["hash"]), found["timestamp"])
