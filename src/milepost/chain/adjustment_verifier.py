"""Compares a receipt of an adjustment with a node's one answer: the record that the adjustment desk keeps.

A receipt was issued before, by anyone; what it says of the chain and the desk is compared, never believed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.address import is_same_address, to_checksum_address
from eth_utils.conversions import to_int

from milepost.chain.adjustment_desk import adjustment_of
from milepost.chain.deployment import selector
from milepost.chain.node import Node
from milepost.chain.plain_request import answered_bytes, request
from milepost.chain.receipt_verifier import ReceiptNamesAnotherChain
from milepost.domain.adjustment import Adjustment, AdjustmentReceipt, AdjustmentState
from milepost.domain.errors import ChainError
from milepost.domain.outcome import Coded

_RECORD = "(uint8,uint8,uint8,uint40,uint40,uint80,uint16,uint40,uint40,address,address,bytes32)"
_COMPARED = {
    "kind": "the kind",
    "reason": "the reason",
    "member": "the member",
    "into": "the account it went into",
    "miles": "the miles",
    "last_day": "the last valid day",
    "proposed_at": "the time of the proposal",
    "decided_at": "the time of the decision",
    "proposer": "the proposer",
    "decided_by": "who decided",
    "case_hash": "the case hash",
}
"""Every field that a receipt states, with its name in a sentence."""


@dataclass(frozen=True, slots=True)
class AdjustmentVerifier:
    """Asks one node about receipts of adjustments.

    Shape: `desk` and `chain_id` by a deployment or by who asks; `chain_id` is None where only the desk's
        address is known.
    """

    node: Node
    desk: str
    chain_id: int | None

    def differences(self, receipt: AdjustmentReceipt) -> list[str]:
        """What the receipt says and the desk does not, in sentences; none for a true one.

        Shape: asks the node exactly `eth_chainId` and one `eth_call`.
        Raises: ReceiptNamesAnotherChain; ChainError if the node is of another chain or has no desk there.
        """
        found = to_int(answered_bytes(request(self.node, "eth_chainId", [])))
        if self.chain_id is not None and found != self.chain_id:
            raise ChainError(
                f"{self.node.name} is of chain {found}, not {self.chain_id}: name a node of that chain."
            )
        if receipt.chain_id != found:
            raise ReceiptNamesAnotherChain(
                f"The receipt names chain {receipt.chain_id}, and this is chain {found}: ask a node of its"
                " chain."
            )
        if not is_same_address(receipt.desk, self.desk):
            raise ReceiptNamesAnotherChain(
                f"The receipt names the adjustment desk {receipt.desk}, and the programme's is {self.desk}:"
                " it is of another programme, or made up."
            )
        return list(_compared(receipt.adjustment, self._record(receipt.adjustment)))

    def _record(self, adjustment: Adjustment) -> Adjustment:
        number = adjustment.adjustment_id
        data = selector("AdjustmentDesk", "adjustmentOf") + number.to_bytes(32, "big")
        call = {"to": to_checksum_address(self.desk), "data": f"0x{data.hex()}"}
        answer = request(self.node, "eth_call", [call, "latest"])
        try:
            values = decode([_RECORD], answered_bytes(answer))[0]
        except (DecodingError, ValueError):
            raise ChainError(
                f"There is no adjustment desk at {self.desk}: name the address of the programme's deployment."
            ) from None
        *plain, proposer, decided_by, case_hash = values
        addresses = to_checksum_address(proposer), to_checksum_address(decided_by)
        return adjustment_of(number, (*plain, *addresses, case_hash))


def _compared(stated: Adjustment, kept: Adjustment) -> Iterator[str]:
    number = stated.adjustment_id
    if kept.state is AdjustmentState.NONE:
        yield f"The desk has no adjustment {number}: the number was changed, or the receipt made up."
    elif kept.state is not AdjustmentState.APPLIED:
        yield f"Adjustment {number} is {kept.state.code} and was never applied."
    else:
        for field, name in _COMPARED.items():
            said, found = getattr(stated, field), getattr(kept, field)
            if said != found:
                yield f"By the desk {name} is {_shown(found)}; the receipt states {_shown(said)}."


def _shown(value: Any) -> str:
    if isinstance(value, Coded):
        return value.code
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)
