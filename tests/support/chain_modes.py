"""Modes of the fault proxy that know the chain: nodes that lag, lie or limit, and geth's rules for a pool.

anvil takes a replacement for one wei more, and no tx below the base fee; other nodes do otherwise, in other
words. `fault_plan.py` says which request meets which of these.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from eth_account import Account
from eth_account.typed_transactions import TypedTransaction
from hexbytes import HexBytes
from web3 import Web3

from tests.support.fault_calls import SEND, Call, Forward, Reply, error_for, result_for
from tests.support.fault_modes import Mode
from tests.support.node_words import WORDS, Dialect, Refusal, in_dialect, refusal_of

_TAGS = ("latest", "pending", "safe", "finalized")
_ABOUT_ONE = (
    "eth_getTransactionReceipt",
    "eth_getTransactionByHash",
    "eth_getBlockByHash",
    "eth_getBlockByNumber",
)
LIMIT_EXCEEDED = -32005


def empty_logs(call: Call, forward: Forward) -> Reply:
    """No logs, whatever was asked, and no error."""
    return result_for(call, []) if call.method == "eth_getLogs" else forward(call)


def getlogs_limit(most_blocks: int) -> Mode:
    """A range of more blocks is refused, as providers do."""

    def limits(call: Call, forward: Forward) -> Reply:
        wanted = call.params[0] if call.method == "eth_getLogs" else {}
        if "fromBlock" in wanted and "toBlock" in wanted:
            count = int(wanted["toBlock"], 16) - int(wanted["fromBlock"], 16) + 1
            if count > most_blocks:
                return error_for(call, LIMIT_EXCEEDED, f"query exceeds max block range {most_blocks}")
        return forward(call)

    return limits


def chain_id(number: int) -> Mode:
    """The node says that it is of another chain."""

    def says(call: Call, forward: Forward) -> Reply:
        answers = {"eth_chainId": hex(number), "net_version": str(number)}
        return result_for(call, answers[call.method]) if call.method in answers else forward(call)

    return says


def stale_head(blocks: int) -> Mode:
    """A node that lags: it knows nothing of the newest blocks, and says so by answers of an earlier time.

    Shape: logs of a block that it lacks are an empty list without an error, the worst that lagging nodes do.
    """

    def lags(call: Call, forward: Forward) -> Reply:
        newest = int(forward(call.asking("eth_blockNumber")).answer["result"], 16)
        head = max(newest - blocks, 0)
        if call.method == "eth_blockNumber":
            return result_for(call, hex(head))
        if call.method == "eth_getLogs" and "blockHash" in call.params[0]:
            asked = call.asking("eth_getBlockByHash", call.params[0]["blockHash"], False)
            if _is_above(forward(asked).answer.get("result"), head):
                return result_for(call, [])
        params = [_as_of(value, head) for value in call.params]
        reply = forward(call.asking(call.method, *params))
        if call.method in _ABOUT_ONE and _is_above(reply.answer.get("result"), head):
            return result_for(call, None)
        return reply

    return lags


def _as_of(value: Any, head: int) -> Any:
    return hex(head) if value in _TAGS and value != "finalized" else value


def _is_above(found: Any, head: int) -> bool:
    number = found.get("number", found.get("blockNumber")) if isinstance(found, Mapping) else None
    return number is not None and int(number, 16) > head


def dialect(whose: Dialect) -> Mode:
    """What anvil refuses is refused in another node's words."""

    def rewords(call: Call, forward: Forward) -> Reply:
        reply = forward(call)
        return Reply.of(in_dialect(reply.answer, whose)) if call.method == SEND else reply

    return rewords


@dataclass(frozen=True, slots=True)
class PoolTx:
    """A raw tx as a pool sees it. Units: wei of gas."""

    raw: str
    tx_hash: str
    sender: str
    nonce: int
    fee_wei: int
    priority_fee_wei: int

    @classmethod
    def of(cls, raw: str) -> "PoolTx":
        tx: dict[str, Any] = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
        return cls(
            raw,
            Web3.to_hex(Web3.keccak(HexBytes(raw))),
            Account.recover_transaction(raw),
            tx["nonce"],
            tx["maxFeePerGas"],
            tx["maxPriorityFeePerGas"],
        )


@dataclass(slots=True)
class EnforceBump:
    """geth's rule for a replacement: both fee fields at least so many percent more, else it is refused."""

    percent: int = 10
    whose: Dialect = Dialect.GETH
    refused: list[PoolTx] = field(default_factory=list)
    _pool: dict[tuple[str, int], PoolTx] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, call: Call, forward: Forward) -> Reply:
        if call.method != SEND:
            return forward(call)
        tx = PoolTx.of(call.params[0])
        with self._lock:
            earlier = self._pool.get((tx.sender, tx.nonce))
            if earlier is not None and earlier.tx_hash != tx.tx_hash and not self._is_more(tx, earlier):
                self.refused.append(tx)
                return error_for(call, *WORDS[self.whose][Refusal.UNDERPRICED])
            reply = forward(call)
            if "result" in reply.answer:
                self._pool[tx.sender, tx.nonce] = tx
            return reply

    def _is_more(self, tx: PoolTx, earlier: PoolTx) -> bool:
        return all(
            new * 100 >= old * (100 + self.percent)
            for new, old in ((tx.fee_wei, earlier.fee_wei), (tx.priority_fee_wei, earlier.priority_fee_wei))
        )


@dataclass(slots=True)
class AcceptBelowBaseFee:
    """geth's pool: a tx below the base fee is taken, and waits until the fee falls; anvil refuses it.

    Shape: `waiting` are those that anvil has refused; each request offers them again.
    """

    waiting: dict[str, PoolTx] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, call: Call, forward: Forward) -> Reply:
        with self._lock:
            self._offer(call, forward)
        if call.method == SEND:
            return self._take(call, forward)
        if call.method == "eth_getTransactionCount" and call.params[1:] == ["pending"]:
            return self._count(call, forward)
        return forward(call)

    def _offer(self, call: Call, forward: Forward) -> None:
        for tx in list(self.waiting.values()):
            answer = forward(call.asking(SEND, tx.raw)).answer
            if refusal_of(answer) is not Refusal.BASE_FEE:
                del self.waiting[tx.tx_hash]

    def _take(self, call: Call, forward: Forward) -> Reply:
        tx = PoolTx.of(call.params[0])
        if tx.tx_hash in self.waiting:
            return error_for(call, *WORDS[Dialect.GETH][Refusal.KNOWN])
        reply = forward(call)
        if refusal_of(reply.answer) is not Refusal.BASE_FEE:
            return reply
        with self._lock:
            self.waiting[tx.tx_hash] = tx
        return result_for(call, tx.tx_hash)

    def _count(self, call: Call, forward: Forward) -> Reply:
        """A tx that waits counts in its sender's pending nonce."""
        reply = forward(call)
        nonce = int(reply.answer["result"], 16)
        own = {tx.nonce for tx in self.waiting.values() if tx.sender.lower() == call.params[0].lower()}
        while nonce in own:
            nonce += 1
        return result_for(call, hex(nonce))
