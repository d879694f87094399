"""Asks a node whether a member receipt is true: the chain's id, then one view of the receipt book.

A receipt was issued before, by anyone; what it says of the chain and the book is compared, never believed.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.address import is_same_address, to_checksum_address
from eth_utils.conversions import to_int

from milepost.chain.deployment import selector
from milepost.chain.node import Node
from milepost.chain.plain_request import answered_bytes, request
from milepost.codec.receipt_leaf import receipt_words
from milepost.domain.errors import ChainError
from milepost.domain.purchase import PurchaseKind
from milepost.domain.quantities import PurchaseNumber
from milepost.domain.receipt import MemberReceipt

_ARGUMENTS = ("(uint16,uint64,uint256,uint256,uint256,uint256,uint256)", "bytes32[]")
_NO_HEAD = bytes(32)


class ReceiptNamesAnotherChain(ChainError):
    """A receipt names another chain or receipt book. The member asks a node of its chain, or doubts it."""

    # The receipt is a receipt, and the answer is no.
    exit_code: ClassVar[int] = 1


def verify_receipt(receipt: MemberReceipt, node: Node, *, receipts: str, chain_id: int | None = None) -> bool:
    """Whether the chain has this receipt.

    Shape: `receipts` is the receipt book and `chain_id` the chain by a deployment, or by who asks; without a
        chain the node's is taken. Asks the node exactly `eth_chainId` and one `eth_call`.
    Raises: ReceiptNamesAnotherChain; ChainError if the node is of another chain or has no receipt book there;
        ChainUnavailable; FieldOutOfRange for numbers that no receipt can hold.
    """
    found = to_int(answered_bytes(request(node, "eth_chainId", [])))
    if chain_id is not None and found != chain_id:
        raise ChainError(f"{node.name} is of chain {found}, not {chain_id}: name a node of that chain.")
    if receipt.chain_id != found:
        raise ReceiptNamesAnotherChain(
            f"The receipt names chain {receipt.chain_id}, and this is chain {found}: ask a node of its chain."
        )
    if not is_same_address(receipt.receipts, receipts):
        raise ReceiptNamesAnotherChain(
            f"The receipt names the receipt book {receipt.receipts}, and the programme's is {receipts}: it is"
            " of another programme, or made up."
        )
    call = {"to": to_checksum_address(receipts), "data": f"0x{_call_data(receipt).hex()}"}
    return _is_true(request(node, "eth_call", [call, "latest"]), receipts)


@dataclass(frozen=True, slots=True)
class ReceiptVerifier:
    """Asks one node about receipts.

    Shape: `chain_id` is None where nothing but the address of the receipt book is known.
    """

    node: Node
    receipts: str
    chain_id: int | None

    def is_true(self, receipt: MemberReceipt) -> bool:
        """Whether the chain has this receipt: asks `eth_chainId` and one `eth_call`.

        Raises: as `verify_receipt`.
        """
        return verify_receipt(receipt, self.node, receipts=self.receipts, chain_id=self.chain_id)

    def is_newest(self, receipt: MemberReceipt) -> bool:
        """Whether a true receipt is the newest of its sale: asks one more `eth_call`.

        Shape: of an amendment that changed nothing, False: it is of no sale.
        Raises: ChainError if there is no receipt book; ChainUnavailable.
        """
        number = sale_number_of(receipt)
        if number is None:
            return False
        data = selector("ReceiptBook", "headOf") + encode(("uint24", "uint40"), (receipt.partner_id, number))
        call = {"to": to_checksum_address(self.receipts), "data": f"0x{data.hex()}"}
        head = answered_bytes(request(self.node, "eth_call", [call, "latest"]))
        # A sale that was never amended has no head: its own receipt is the newest.
        return head == (_NO_HEAD if receipt.settled.amendment is None else receipt.leaf)


def sale_number_of(receipt: MemberReceipt) -> PurchaseNumber | None:
    """Purchase number of the sale that a receipt is of; None for an amendment that changed nothing."""
    if receipt.settled.amendment is not None:
        return receipt.settled.amendment.number
    return receipt.number if receipt.entry.kind is PurchaseKind.SALE else None


def _call_data(receipt: MemberReceipt) -> bytes:
    words = (receipt.lane, receipt.sequence, *receipt_words(receipt))
    return selector("ReceiptBook", "verify") + encode(_ARGUMENTS, (words, list(receipt.proof)))


def _is_true(answer: Any, receipts: str) -> bool:
    try:
        return bool(decode(["bool"], answered_bytes(answer))[0])
    except (DecodingError, ValueError):
        raise ChainError(
            f"There is no receipt book at {receipts}: name the address of the programme's deployment."
        ) from None
