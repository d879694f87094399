"""Reads `ReportSettled` with the report's bytes, which stand in the input of the tx that settled it.

Whoever reads settlements from a node reads them by it.
"""

from collections.abc import Mapping
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from web3.types import LogReceipt, TxData

from milepost.chain.deployment import selector
from milepost.domain.errors import ChainError
from milepost.domain.quantities import Lane, ReportSequence
from milepost.ports.chain import SettledLog

_SETTLE_SELECTOR = selector("Settlement", "settle")
_LANE_AND_SEQUENCE = slice(1, 11)


def settled_log(values: Mapping[str, Any], tx: TxData, log: LogReceipt) -> SettledLog:
    """The event by its decoded values, its tx and where it stands; what the ledger took back is not in it.

    Raises: ChainError as `settled_report`.
    """
    return SettledLog(
        lane=Lane(values["lane"]),
        sequence=ReportSequence(values["sequence"]),
        root=bytes(values["root"]),
        results=bytes(values["results"]),
        report_bytes=settled_report(tx, lane=values["lane"], sequence=values["sequence"]),
        block_number=log["blockNumber"],
        block_hash=bytes(log["blockHash"]),
        tx_hash=bytes(log["transactionHash"]),
        log_index=log["logIndex"],
    )


def settled_report(tx: TxData, *, lane: int, sequence: int) -> bytes:
    """The report bytes in the input of the tx that settled a report, also if another contract passed them on.

    Raises: ChainError if the input does not hold the report of this lane and sequence.
    Source: docs/report-format.md "Report".
    """
    data = bytes(tx["input"])
    header = lane.to_bytes(2, "big") + sequence.to_bytes(8, "big")
    at = data.find(_SETTLE_SELECTOR)
    while at != -1:
        try:
            report: bytes = decode(["bytes", "bytes"], data[at + len(_SETTLE_SELECTOR) :])[0]
        except (DecodingError, OverflowError):
            report = b""
        if report[_LANE_AND_SEQUENCE] == header:
            return report
        at = data.find(_SETTLE_SELECTOR, at + 1)
    raise ChainError(
        f"The tx 0x{bytes(tx['hash']).hex()} settled report {sequence} of lane {lane} through another"
        " contract, and its input does not hold the report: take the bytes from who sealed it."
    )
