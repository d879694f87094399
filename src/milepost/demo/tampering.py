"""Changes one digit of a receipt and asks again: what a member would see of a receipt that is not true.

`season.py` issued the receipt; the terminal and `build/demo.json` show that it is refused, and why.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from milepost.chain.receipt_verifier import verify_receipt
from milepost.codec.receipt_file import read_receipt_text, receipt_differences, write_receipt_text
from milepost.demo.stage import Stage
from milepost.domain.outcome import Cut
from milepost.domain.quantities import Miles
from milepost.domain.receipt import MemberReceipt

_KEY = "base_miles"


@dataclass(frozen=True, slots=True)
class Tampering:
    """One digit of a receipt's base miles changed, and what came of it.

    Shape: `is_denied` by the contract; `differences` are those that the file has with itself, in sentences.
    """

    receipt: MemberReceipt
    before: Miles
    after: Miles
    is_denied: bool
    differences: tuple[str, ...]

    @property
    def is_refused(self) -> bool:
        return self.is_denied and bool(self.differences)


def telling_receipt(receipts: Iterable[MemberReceipt]) -> MemberReceipt:
    """The first receipt of most grants, one that a limit cut if there is one: it has most to show."""
    return max(receipts, key=lambda one: (len(one.settled.grants), _is_cut(one)))


def tamper(receipt: MemberReceipt, stage: Stage) -> Tampering:
    """Change the last digit of the base miles in the receipt's text, read that as a member would, and ask."""
    before = receipt.settled.base
    after = Miles(before + 1 if before % 10 < 9 else before - 1)
    text = write_receipt_text(receipt)
    changed = read_receipt_text(text.replace(f'"{_KEY}": {before},', f'"{_KEY}": {after},'))
    deployment = stage.deployment
    is_true = verify_receipt(
        changed, stage.chain.node, receipts=deployment.addresses.receipts, chain_id=deployment.chain_id
    )
    return Tampering(receipt, before, changed.settled.base, not is_true, tuple(receipt_differences(changed)))


def _is_cut(receipt: MemberReceipt) -> bool:
    return any(grant.cut is not Cut.NONE for grant in receipt.settled.grants)
