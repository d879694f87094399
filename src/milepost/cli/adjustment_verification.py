"""Judges the receipt of an adjustment by the desk that keeps it, and says what was compared.

`milepost receipt verify` comes here with a file of that format; the chain package asks the node.
"""

from pathlib import Path
from typing import Any

from rich.console import Console

from milepost.bootstrap import AdjustmentVerifier
from milepost.cli.adjustments_view import adjustment_words
from milepost.cli.output import listed
from milepost.cli.verification import Verdict
from milepost.codec.adjustment_receipt_file import read_adjustment_receipt_text
from milepost.domain.adjustment import AdjustmentReceipt
from milepost.domain.errors import ChainError, ReceiptFileRefused


def verify_adjustment_text(
    text: str, verifier: AdjustmentVerifier, *, desk_named_by: str
) -> Verdict[AdjustmentReceipt]:
    """Judge a receipt by one answer of the desk.

    Raises: ChainError, exit code 3, if the node does not answer, is of another chain or has no desk.
    """
    try:
        receipt = read_adjustment_receipt_text(text)
    except ReceiptFileRefused as error:
        return Verdict(None, (str(error),), ())
    compared = (
        "the chain and the adjustment desk that the receipt names, with the node's chain and"
        f" {desk_named_by}'s desk {verifier.desk}",
        f"every field, with the record that the desk keeps of adjustment {receipt.adjustment.adjustment_id}",
    )
    try:
        differences = verifier.differences(receipt)
    except ChainError as error:
        if error.exit_code != 1:
            raise
        return Verdict(receipt, (str(error),), compared[:1])
    return Verdict(receipt, tuple(differences), compared)


def adjustment_verdict_document(verdict: Verdict[AdjustmentReceipt]) -> dict[str, Any]:
    """The verdict as JSON values."""
    document: dict[str, Any] = {
        "verified": verdict.is_true,
        "reason": " ".join(verdict.reasons) or None,
        "compared": list(verdict.compared),
    }
    if verdict.receipt is not None:
        document |= {
            "chain_id": verdict.receipt.chain_id,
            "desk": verdict.receipt.desk,
            "adjustment": verdict.receipt.adjustment.adjustment_id,
        }
    return document


def show_adjustment_verdict(file: Path, verdict: Verdict[AdjustmentReceipt], *, console: Console) -> None:
    """The verdict in words."""
    if verdict.is_true:
        console.print(f"True: {file} stands on chain.", style="bold green")
    else:
        console.print(f"Not true: {file} is refused.", style="bold red")
        console.print(listed(verdict.reasons))
    if verdict.receipt is not None and verdict.is_true:
        console.print(adjustment_words(verdict.receipt.adjustment))
    if verdict.compared:
        console.print("Compared:")
        console.print(listed(verdict.compared))
