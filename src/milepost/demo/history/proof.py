"""Issues receipts of random purchases, has the contract verify each, and changes one to see it refused.

`play.py` settled the purchases; `facts.py` sums up what came of this.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from milepost.chain.receipt_verifier import verify_receipt
from milepost.demo.stage import Stage
from milepost.demo.tampering import Tampering, tamper, telling_receipt
from milepost.domain.purchase import DedupeKey
from milepost.domain.quantities import MemberId


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of the receipts, and whose they were. Units: real seconds for all of them."""

    issued: int
    verified: int
    members: tuple[MemberId, ...]
    tampering: Tampering
    issue_s: float
    verify_s: float


def prove(keys: Sequence[DedupeKey], stage: Stage, *, on_receipt: Callable[[], None] = lambda: None) -> Proof:
    """Issue the receipt of each purchase as its member would ask for it, and verify it by one `eth_call`.

    Shape: `members` of the receipts, distinct and rising.
    Raises: PurchaseNotSettled, PurchaseUnknown.
    """
    started = time.perf_counter()
    receipts = [stage.oracle.receipt(key) for key in keys]
    issued_at = time.perf_counter()
    verified = 0
    deployment = stage.deployment
    book, chain_id = deployment.addresses.receipts, deployment.chain_id
    for receipt in receipts:
        verified += verify_receipt(receipt, stage.chain.node, receipts=book, chain_id=chain_id)
        on_receipt()
    verified_at = time.perf_counter()
    return Proof(
        issued=len(receipts),
        verified=verified,
        members=tuple(sorted({receipt.entry.member for receipt in receipts})),
        tampering=tamper(telling_receipt(receipts), stage),
        issue_s=issued_at - started,
        verify_s=verified_at - issued_at,
    )
