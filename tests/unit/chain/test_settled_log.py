"""The report in the input of the tx that settled it, sent plainly or through another contract."""

from typing import Any

import pytest
from eth_abi.abi import encode
from hexbytes import HexBytes

from milepost.chain.deployment import selector
from milepost.chain.settled_log import settled_log, settled_report
from milepost.domain.errors import ChainError

REPORT = bytes.fromhex("01" + "0002" + "0000000000000007" + "00" * 20)
CALL = selector("Settlement", "settle") + encode(["bytes", "bytes"], [REPORT, b"signatures"])


def a_tx(data: bytes) -> Any:
    return {"input": HexBytes(data), "hash": HexBytes(b"t" * 32)}


@pytest.mark.parametrize("before", [b"", b"wrapped in a call of another contract", CALL[:4] + b"noise"])
def test_settled_report__anywhere_in_the_input__is_found(before: bytes) -> None:
    assert settled_report(a_tx(before + CALL), lane=2, sequence=7) == REPORT


def test_settled_report__of_another_sequence__says_whom_to_ask() -> None:
    with pytest.raises(ChainError, match="take the bytes from who sealed it"):
        settled_report(a_tx(CALL), lane=2, sequence=8)


def test_settled_log__decoded_values__stand_with_the_block_and_the_bytes() -> None:
    values = {"lane": 2, "sequence": 7, "root": b"r" * 32, "results": b"results"}
    log: Any = {
        "blockNumber": 5,
        "blockHash": HexBytes(b"b" * 32),
        "transactionHash": HexBytes(b"t" * 32),
        "logIndex": 3,
    }
    found = settled_log(values, a_tx(CALL), log)
    assert (found.lane, found.sequence, found.root, found.results) == (2, 7, b"r" * 32, b"results")
    assert (found.report_bytes, found.block_number, found.log_index) == (REPORT, 5, 3)
    assert (found.block_hash, found.tx_hash, found.reversals) == (b"b" * 32, b"t" * 32, ())
