"""Finds the purchase that a person means by partner and reference, or says what comes near.

`milepost receipt show` and the HTTP interface ask it before a receipt is issued.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import ClassVar

from milepost.domain.errors import StoreError
from milepost.domain.purchase import DedupeKey, PurchaseKind
from milepost.domain.quantities import PartnerCode, SaleRef
from milepost.domain.quoting import quoted
from milepost.domain.receipt import MemberReceipt
from milepost.ports import MemberDirectory, Store, StoredPurchase

MOST_COMPARED = 5_000
"""Newest references of a partner that a mistyped one is compared with; older ones are not suggested."""
_SUGGESTIONS = 3


class BillUnknown(StoreError):
    """No purchase of that partner and reference is in the store. Whoever asked checks both."""

    exit_code: ClassVar[int] = 1


class BillAmbiguous(StoreError):
    """Several sources sent a bill of that reference. Whoever asked names the source."""


class MemberForgotten(StoreError):
    """The member of the purchase was forgotten, and with the link its receipts. Nobody acts."""

    exit_code: ClassVar[int] = 1

    def __init__(self, sale_ref: str) -> None:
        super().__init__(
            f"The member of {quoted(sale_ref)} was forgotten: its receipt is not issued again. One that"
            " was issued before still verifies."
        )


def find_purchase(
    store: Store,
    partner: str,
    sale_ref: str,
    *,
    source: str | None,
    kind: str | None,
    revision: int | None,
) -> DedupeKey:
    """The key of the one record meant; without a source, of the only one that sent it.

    Shape: without a kind the sale, or what there is where no sale has the reference; without a revision the
        highest.

    Raises: BillUnknown, with what comes near; BillAmbiguous; StoreError for a kind that is none.
    """
    if kind is not None and kind.upper() not in PurchaseKind.__members__:
        raise StoreError(f"{kind!r} is no kind: {', '.join(PurchaseKind.__members__)}.")
    with store.unit_of_work() as work:
        records = work.purchases.of_sale(PartnerCode(partner), SaleRef(sale_ref))
        near = [] if records else work.purchases.sale_refs(PartnerCode(partner), most=MOST_COMPARED)
    if not records:
        raise BillUnknown(_unknown(partner, sale_ref, near))
    keys = [stored.purchase.dedupe_key for stored in records]
    wanted = _kind_meant(keys) if kind is None else PurchaseKind[kind.upper()]
    found = [
        key
        for key in keys
        if key.source == (source or key.source) and key.kind is wanted and revision in (None, key.revision)
    ]
    if revision is None and found:
        highest = max(key.revision for key in found)
        found = [key for key in found if key.revision == highest]
    if not found:
        raise BillUnknown(
            f"{partner} sent {quoted(sale_ref)} only as {_listed(records)}: ask for one of those."
        )
    if len(found) > 1:
        raise BillAmbiguous(f"{partner} sent {quoted(sale_ref)} as {_listed(records)}: name one by --source.")
    return found[0]


def require_remembered(receipt: MemberReceipt, members: MemberDirectory) -> None:
    """Raises: MemberForgotten if the receipt's member was."""
    if receipt.entry.member and members.number_of(receipt.entry.member) is None:
        raise MemberForgotten(receipt.purchase.sale_ref)


def _kind_meant(keys: Iterable[DedupeKey]) -> PurchaseKind:
    """The sale, or else the first kind that has the reference."""
    return min(key.kind for key in keys)


def _unknown(partner: str, sale_ref: str, known: Iterable[SaleRef]) -> str:
    refs = list(dict.fromkeys(known))
    if not refs:
        return f"The store holds no purchase of a partner {partner!r}: check the code, or settle its feed."
    near = get_close_matches(sale_ref, refs, n=_SUGGESTIONS)
    hint = f"did you mean {', '.join(map(quoted, near))}?" if near else f"the newest is {quoted(refs[0])}."
    return f"{partner} sent no {quoted(sale_ref)}; {hint}"


def _listed(records: Iterable[StoredPurchase]) -> str:
    keys = [stored.purchase.dedupe_key for stored in records]
    return ", ".join(
        f"{key.kind.name} from source {quoted(key.source)}, revision {key.revision}" for key in keys
    )
