"""Judges a receipt file by itself and by the chain, and says what was compared.

`milepost receipt verify` reads the file and names the node; the chain package asks it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from rich.console import Console

from milepost.bootstrap import ReceiptVerifier
from milepost.cli.output import counted, facts, listed, number
from milepost.cli.receipt_view import changed_words
from milepost.codec.receipt_file import has_receipt_keys, read_receipt_text, receipt_differences
from milepost.domain.errors import ChainError, ReceiptFileRefused
from milepost.domain.purchase import PurchaseKind
from milepost.domain.receipt import MemberReceipt

MOST_BYTES = 1 << 20
"""Largest file read as a receipt, bytes; one out of 65,535 purchases has under 10,000."""

_Receipt = TypeVar("_Receipt")


@dataclass(frozen=True, slots=True)
class Verdict(Generic[_Receipt]):
    """Whether a receipt is true, and if not, why.

    Shape: `receipt` is None where the file's values cannot be read; `compared` says what was, in sentences.
        `is_newest` is None where that was not asked, else whether nothing has replaced the receipt since.
    """

    receipt: _Receipt | None
    reasons: tuple[str, ...]
    compared: tuple[str, ...]
    is_newest: bool | None = None

    @property
    def is_true(self) -> bool:
        return not self.reasons


def read_receipt_file(path: Path) -> str:
    """The text of a file.

    Raises: ReceiptFileRefused if it cannot be read, is too large or is no text.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ReceiptFileRefused(f"{path} cannot be read ({error.strerror}): name the receipt.") from None
    if len(content) > MOST_BYTES:
        raise ReceiptFileRefused(f"{path} is larger than any receipt: name the receipt.")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise ReceiptFileRefused(f"{path} is no text, and so no receipt: name the receipt.") from None


def verify_receipt_text(
    text: str, verifier: ReceiptVerifier, *, book_named_by: str, asks_newest: bool = False
) -> Verdict[MemberReceipt]:
    """Judge a receipt: by itself first, then by one answer of the chain.

    Shape: a receipt that contradicts itself is judged without asking the node.
    Raises: ReceiptFileRefused if it is no receipt; ChainError, exit code 3, if the node does not answer, is
        of another chain or has no receipt book.
    """
    try:
        receipt = read_receipt_text(text)
    except ReceiptFileRefused as error:
        if has_receipt_keys(text):
            # A receipt in form, of which a value was changed into what no receipt holds.
            return Verdict(None, (str(error),), ())
        raise
    itself = (
        "the bill, the salt and the facts sealed in the report, with each other",
        "the bill, the miles and the promotions, with the receipt's leaf",
    )
    if reasons := receipt_differences(receipt):
        return Verdict(receipt, tuple(reasons), itself)
    book = (
        f"the chain and the ReceiptBook that the receipt names, with the node's chain and {book_named_by}'s"
        f" ReceiptBook {verifier.receipts}",
    )
    try:
        is_true = verifier.is_true(receipt)
    except ChainError as error:
        if error.exit_code != 1:
            raise
        return Verdict(receipt, (str(error),), itself + book)
    root = (
        f"the leaf and its proof of {counted(len(receipt.proof), 'step')}, with the root of report"
        f" {receipt.sequence} of lane {receipt.lane} on chain {receipt.chain_id}",
    )
    if not is_true:
        return Verdict(receipt, (_untrue(receipt),), itself + book + root)
    if not asks_newest:
        return Verdict(receipt, (), itself + book + root)
    head = ("the leaf, with the newest receipt of its sale by the ReceiptBook",)
    return Verdict(receipt, (), itself + book + root + head, verifier.is_newest(receipt))


def verdict_document(verdict: Verdict[MemberReceipt]) -> dict[str, Any]:
    """The verdict as JSON values."""
    receipt = verdict.receipt
    document: dict[str, Any] = {
        "verified": verdict.is_true,
        "reason": " ".join(verdict.reasons) or None,
        "compared": list(verdict.compared),
    }
    if receipt is not None:
        document |= {
            "newest": verdict.is_newest,
            "chain_id": receipt.chain_id,
            "receipts": receipt.receipts,
            "lane": receipt.lane,
            "sequence": receipt.sequence,
            "number": receipt.number,
            "leaf": f"0x{receipt.leaf.hex()}",
        }
    return document


def show_verdict(file: Path, verdict: Verdict[MemberReceipt], *, console: Console) -> None:
    """The verdict in words."""
    if verdict.is_true:
        console.print(f"True: {file} stands on chain.", style="bold green")
    else:
        console.print(f"Not true: {file} is refused.", style="bold red")
        console.print(listed(verdict.reasons))
    receipt = verdict.receipt
    if receipt is not None and verdict.is_true:
        settled, purchase = receipt.settled, receipt.purchase
        found = facts()
        found.add_row(
            "Purchase", f"{purchase.sale_ref} of {purchase.partner}, {purchase.occurred_at.isoformat()}"
        )
        found.add_row("Member", f"id {number(receipt.entry.member)}")
        left = " left" if settled.amendment is not None else ""
        found.add_row(
            "Miles",
            f"{number(settled.base)} base + {number(settled.bonus)} bonus ="
            f" {number(settled.base + settled.bonus)}{left}, {settled.outcome.code}",
        )
        if settled.amendment is not None:
            found.add_row("Changed", changed_words(settled.amendment))
        if verdict.is_newest is not None:
            found.add_row("Newest", newest_words(receipt, is_newest=verdict.is_newest))
        console.print(found)
    if verdict.compared:
        console.print("Compared:")
        console.print(listed(verdict.compared))


def newest_words(receipt: MemberReceipt, *, is_newest: bool) -> str:
    """Whether a receipt is its sale's newest, in words."""
    if receipt.settled.amendment is None and receipt.entry.kind is not PurchaseKind.SALE:
        return "it changed nothing: the sale's receipts before it stand"
    return "yes, nothing has replaced it" if is_newest else "no: a later refund or change has replaced it"


def _untrue(receipt: MemberReceipt) -> str:
    return (
        f"No root of report {receipt.sequence} of lane {receipt.lane} is reached from this leaf and proof:"
        " the receipt was changed, or its report never settled here."
    )
