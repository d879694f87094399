"""Reads what the ledger says of miles that a report's amendments took back.

Reading settled reports asks it for the logs of their blocks, and hands each report those of its tx.
"""

from collections.abc import Sequence

from eth_typing import HexStr
from web3.contract import Contract
from web3.types import LogReceipt

from milepost.domain.quantities import MemberId, Miles
from milepost.ports import Reversal


class ReversalLog:
    """The ledger's log `MilesReversed`, one an amendment that took miles back, in order of the report."""

    def __init__(self, ledger: Contract) -> None:
        self.address = str(ledger.address)
        self._event = ledger.events.MilesReversed()

    @property
    def topic(self) -> HexStr:
        """In hex, as the embedded chain finds nothing by bytes."""
        topic: HexStr = self._event.topic
        return topic

    def before(self, report: LogReceipt, logs: Sequence[LogReceipt]) -> tuple[Reversal, ...]:
        """What a settled report's amendments took back.

        Shape: `logs` are those of the block, in order. The ledger's come before the report's own in its tx,
            and after that of a report settled earlier in the same tx.
        """
        found: list[Reversal] = []
        for log in logs:
            if log["transactionHash"] != report["transactionHash"]:
                continue
            if log["logIndex"] == report["logIndex"]:
                break
            if log["address"] == self.address:
                found.append(self._reversal(log))
            elif log["address"] == report["address"]:
                found = []
        return tuple(found)

    def _reversal(self, log: LogReceipt) -> Reversal:
        values = self._event.process_log(log)["args"]
        return Reversal(
            MemberId(values["member"]), Miles(values["miles"]), Miles(values["taken"]), Miles(values["owed"])
        )
