"""The ledger's logs of what was taken back, by the report whose tx they stand in."""

from typing import Any

from eth_abi.abi import encode
from hexbytes import HexBytes
from web3 import Web3

from milepost.chain.contracts import contract_at
from milepost.chain.reversal_log import ReversalLog
from milepost.ports import Reversal

LEDGER = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
SETTLEMENT = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"
READER = ReversalLog(contract_at(Web3(), "MilesLedger", LEDGER))


def _log(index: int, address: str, *, tx: int = 1, **changes: Any) -> Any:
    usual = {
        "address": address,
        "topics": [],
        "data": HexBytes(b""),
        "blockNumber": 5,
        "blockHash": HexBytes(bytes(32)),
        "transactionHash": HexBytes(bytes([tx]) * 32),
        "transactionIndex": 0,
        "logIndex": index,
        "removed": False,
    }
    return {**usual, **changes}


def _reversed(index: int, member: int, *, tx: int = 1) -> Any:
    topics = [HexBytes(READER.topic), HexBytes(member.to_bytes(32, "big"))]
    data = HexBytes(encode(["uint256", "uint256", "uint256"], [100, 60, 40]))
    return _log(index, LEDGER, tx=tx, topics=topics, data=data)


def test_before__logs_of_the_tx__are_the_reports_own() -> None:
    report = _log(3, SETTLEMENT)
    logs = [_reversed(0, 7, tx=9), _reversed(1, 4), _reversed(2, 5), report, _reversed(4, 6)]
    assert READER.before(report, logs) == (Reversal(4, 100, 60, 40), Reversal(5, 100, 60, 40))


def test_before__two_reports_in_one_tx__each_has_what_follows_the_other() -> None:
    first, second = _log(1, SETTLEMENT), _log(3, SETTLEMENT)
    logs = [_reversed(0, 4), first, _reversed(2, 5), second]
    assert [one.member for one in READER.before(first, logs)] == [4]
    assert [one.member for one in READER.before(second, logs)] == [5]


def test_before__nothing_taken_back__is_none() -> None:
    report = _log(0, SETTLEMENT)
    assert READER.before(report, [report]) == ()
