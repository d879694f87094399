"""Modes that know the chain, before a node whose answers are written down here."""

from collections.abc import Mapping
from typing import Any

import pytest
from eth_account import Account

from tests.support.chain_modes import (
    AcceptBelowBaseFee,
    EnforceBump,
    chain_id,
    dialect,
    empty_logs,
    getlogs_limit,
    stale_head,
)
from tests.support.fault_calls import SEND, Call, Forward, Reply, error_for, result_for
from tests.support.node_words import Dialect

SENDER = Account.from_key("0x" + "11" * 32)


def _call(method: str, *params: Any) -> Call:
    return Call(1, method, list(params), 1)


def _node(answers: Mapping[str, Any]) -> Forward:
    """A node with one answer a method."""
    return lambda call: result_for(call, answers[call.method])


def _raw(fee_wei: int, priority_fee_wei: int = 0, *, nonce: int = 4) -> str:
    tx = {
        "to": SENDER.address,
        "value": 0,
        "nonce": nonce,
        "gas": 21_000,
        "chainId": 31_337,
        "maxFeePerGas": fee_wei,
        "maxPriorityFeePerGas": priority_fee_wei,
    }
    return f"0x{SENDER.sign_transaction(tx).raw_transaction.hex()}"


def _result(reply: Reply) -> Any:
    return reply.answer["result"]


def _said(reply: Reply) -> str:
    return str(reply.answer["error"]["message"])


def test_empty_logs__logs_are_asked__there_are_none() -> None:
    node = _node({"eth_getLogs": [{"logIndex": "0x0"}], "eth_blockNumber": "0x5"})
    assert _result(empty_logs(_call("eth_getLogs", {}), node)) == []
    assert _result(empty_logs(_call("eth_blockNumber"), node)) == "0x5"


@pytest.mark.parametrize(("last", "is_refused"), [("0xe", False), ("0xf", True)])
def test_getlogs_limit__range__refuses_more_blocks(last: str, is_refused: bool) -> None:
    asked = _call("eth_getLogs", {"fromBlock": "0x5", "toBlock": last})
    reply = getlogs_limit(10)(asked, _node({"eth_getLogs": []}))
    assert ("error" in reply.answer) is is_refused


def test_chain_id__asked_both_ways__is_the_other_one() -> None:
    node = _node({"eth_chainId": "0x1", "net_version": "1", "eth_blockNumber": "0x5"})
    assert _result(chain_id(999)(_call("eth_chainId"), node)) == "0x3e7"
    assert _result(chain_id(999)(_call("net_version"), node)) == "999"
    assert _result(chain_id(999)(_call("eth_blockNumber"), node)) == "0x5"


def test_stale_head__newest_is_asked__is_so_many_blocks_behind() -> None:
    asked: list[Call] = []

    def node(call: Call) -> Reply:
        asked.append(call)
        return result_for(call, "0x9" if call.method == "eth_blockNumber" else {"number": call.params[0]})

    lags = stale_head(3)
    assert _result(lags(_call("eth_blockNumber"), node)) == "0x6"
    assert _result(lags(_call("eth_getBlockByNumber", "latest", False), node)) == {"number": "0x6"}
    # A block that it does not have yet.
    assert _result(lags(_call("eth_getBlockByNumber", "0x8", False), node)) is None


def test_stale_head__receipt_and_logs_of_a_newer_block__are_none_without_an_error() -> None:
    node = _node(
        {
            "eth_blockNumber": "0x9",
            "eth_getTransactionReceipt": {"blockNumber": "0x8"},
            "eth_getBlockByHash": {"number": "0x8"},
            "eth_getLogs": [{"logIndex": "0x0"}],
        }
    )
    lags = stale_head(3)
    assert _result(lags(_call("eth_getTransactionReceipt", "0xaa"), node)) is None
    assert _result(lags(_call("eth_getLogs", {"blockHash": "0xbb"}), node)) == []
    assert _result(stale_head(1)(_call("eth_getTransactionReceipt", "0xaa"), node)) is not None


@pytest.mark.parametrize(
    ("fee", "priority", "is_refused"), [(110, 11, False), (109, 11, True), (110, 10, True), (101, 10, True)]
)
def test_enforce_bump__replacement__needs_a_tenth_more_of_both(
    fee: int, priority: int, is_refused: bool
) -> None:
    mode, node = EnforceBump(), _node({SEND: "0xhash"})
    assert _result(mode(_call(SEND, _raw(100, 10)), node)) == "0xhash"
    reply = mode(_call(SEND, _raw(fee, priority)), node)
    assert ("error" in reply.answer) is is_refused
    assert [tx.fee_wei for tx in mode.refused] == ([fee] if is_refused else [])


def test_enforce_bump__same_bytes_and_other_nonces__are_no_replacement() -> None:
    mode, node = EnforceBump(), _node({SEND: "0xhash"})
    for raw in (_raw(100), _raw(100), _raw(100, nonce=5)):
        assert _result(mode(_call(SEND, raw), node)) == "0xhash"


def test_accept_below_base_fee__node_refuses__is_taken_and_offered_until_it_is_in() -> None:
    base_fee, taken = [50], []

    def node(call: Call) -> Reply:
        if call.method == "eth_getTransactionCount":
            return result_for(call, "0x4")
        if call.method == SEND and base_fee[0] > 10:
            return error_for(call, -32003, "max fee per gas less than block base fee")
        taken.append(call.method)
        return result_for(call, "0xhash")

    mode = AcceptBelowBaseFee()
    raw = _raw(10)
    assert _result(mode(_call(SEND, raw), node)).startswith("0x") and len(mode.waiting) == 1
    assert _said(mode(_call(SEND, raw), node)) == "already known"
    assert _result(mode(_call("eth_getTransactionCount", SENDER.address, "pending"), node)) == "0x5"
    assert _result(mode(_call("eth_getTransactionCount", SENDER.address, "latest"), node)) == "0x4"
    base_fee[0] = 7
    mode(_call("eth_blockNumber"), node)
    assert mode.waiting == {} and taken == [SEND, "eth_blockNumber"]


def test_dialect__a_tx_is_refused__is_said_otherwise() -> None:
    def node(call: Call) -> Reply:
        return error_for(call, -32003, "transaction already imported")

    assert _said(dialect(Dialect.BESU)(_call(SEND, "0x"), node)) == "Known transaction"
