"""Issues the receipt by which a member verifies a credit, with the proof that it is on chain.

Before it a settlement was read and reconciled; after it the member has a file and needs nobody's word.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import ClassVar

from milepost.codec.facts import salt
from milepost.codec.receipt_leaf import leaf, settled_words
from milepost.codec.receipt_tree import layers, proof_in
from milepost.codec.report_bytes import decode_report
from milepost.codec.results import decode_results
from milepost.domain.errors import StoreError
from milepost.domain.purchase import DedupeKey
from milepost.domain.quoting import quoted
from milepost.domain.receipt import MemberReceipt, Settled
from milepost.domain.report import Attachment, Report
from milepost.ports import PartnerSecrets, SettledLog, SettlementChain, Store, StoredPurchase

_REPORTS_KEPT = 8
"""Reports whose trees stay in memory, a megabyte each at most: receipts are often asked for in a row."""


class PurchaseUnknown(StoreError):
    """No purchase of that reference is in the store. Whoever asked checks the reference."""

    exit_code: ClassVar[int] = 1

    def __init__(self, key: DedupeKey) -> None:
        super().__init__(
            f"There is no {key.kind.name} {quoted(key.sale_ref)} of {key.partner} from source"
            f" {quoted(key.source)}, revision {key.revision}: check partner, reference and source."
        )


class PurchaseNotSettled(StoreError):
    """The purchase is stored and not final on chain yet. Whoever asked waits, or settles it."""

    exit_code: ClassVar[int] = 1

    def __init__(self, stored: StoredPurchase) -> None:
        super().__init__(
            f"{quoted(stored.purchase.sale_ref)} of {stored.purchase.partner} is {stored.state}: its receipt"
            " is there once its report is final on chain."
        )


@dataclass(frozen=True, slots=True)
class Issuing:
    """What issuing needs: the store, the chain that receipts name, and the secrets that salts are made of."""

    store: Store
    chain: SettlementChain
    secrets: PartnerSecrets


def issue_receipt(key: DedupeKey, issuing: Issuing) -> MemberReceipt:
    """Issue the receipt of one purchase.

    Raises: PurchaseUnknown; PurchaseNotSettled.
    """
    with issuing.store.unit_of_work() as work:
        stored = work.purchases.by_key(key)
        if stored is None:
            raise PurchaseUnknown(key)
        settled = work.receipts.of_purchase(stored.purchase_id)
    if settled is None:
        raise PurchaseNotSettled(stored)
    return next(_receipts(settled.content_hash, issuing, only=settled.position))


def issue_receipts(report_hash: bytes, issuing: Issuing) -> Iterator[MemberReceipt]:
    """Issue the receipts of all purchases of a final report, in its order.

    Raises: StoreError if the store holds no settlement of that report.
    """
    return _receipts(report_hash, issuing, only=None)


def leaves_of(report: Report, settled: list[Settled]) -> list[bytes]:
    """The leaves of a report's receipts, in its order.

    Shape: as many results as the report has purchases.
    """
    return [
        leaf(*settled_words(placed, result)) for placed, result in zip(report.placed(), settled, strict=True)
    ]


def attachment_of(log: SettledLog, position: int) -> Attachment:
    """The receipt of one purchase of a settled report as words with its proof, as an amendment brings it."""
    report, results, tree = _opened(log.report_bytes, log.results)
    placed = next(islice(report.placed(), position, None))
    entry, accrual, grants, basis, amended = settled_words(placed, results[position])
    proof = proof_in(tree, position)
    return Attachment(log.lane, log.sequence, entry, accrual, grants, basis, amended, proof)


def _receipts(report_hash: bytes, issuing: Issuing, *, only: int | None) -> Iterator[MemberReceipt]:
    with issuing.store.unit_of_work() as work:
        log = work.receipts.log_of(report_hash)
        purchase_ids = work.reports.purchase_ids(report_hash)
        purchases = work.purchases.by_ids(purchase_ids if only is None else [purchase_ids[only]])
    if log is None:
        raise StoreError(
            f"The store has no settlement of report {report_hash.hex()}: read settlements first."
        )
    report, results, tree = _opened(log.report_bytes, log.results)
    for position, placed in enumerate(report.placed()):
        if only is None or position == only:
            stored = purchases[purchase_ids[position]]
            key = stored.purchase.dedupe_key
            yield MemberReceipt(
                chain_id=issuing.chain.chain_id,
                receipts=issuing.chain.receipts,
                lane=report.lane,
                sequence=report.sequence,
                partner_id=placed.section.partner_id,
                number=placed.number,
                base_time=placed.section.base_time,
                entry=placed.entry,
                settled=results[position],
                purchase=stored.purchase,
                salt=salt(issuing.secrets.secret_of(key.partner), key),
                leaf=tree[0][position],
                proof=proof_in(tree, position),
            )


@lru_cache(maxsize=_REPORTS_KEPT)
def _opened(report_bytes: bytes, results: bytes) -> tuple[Report, list[Settled], list[list[bytes]]]:
    """A report with its results and the layers of its tree: one receipt takes as long as all of them."""
    report = decode_report(report_bytes)
    settled = decode_results(results, report)
    return report, settled, layers(leaves_of(report, settled))
