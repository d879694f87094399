"""Says which amendments can be sealed, each with the newest receipt of the sale it changes.

Before it purchases were ingested; sealing attaches what comes out of here, and the other reporters check it
against their own copies.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from milepost.codec.facts import canonical_facts, facts16, salt
from milepost.codec.report_bytes import decode_report
from milepost.domain.calendar import SECONDS_A_DAY
from milepost.domain.errors import StoreError
from milepost.domain.outcome import Outcome
from milepost.domain.programme import Acceptance
from milepost.domain.purchase import Purchase, PurchaseKind
from milepost.domain.quantities import PartnerCode, PartnerId
from milepost.domain.quoting import quoted
from milepost.domain.report import Attachment
from milepost.pipeline.issue_receipt import attachment_of
from milepost.ports import PartnerSecrets, PurchaseState, SettledPurchase, Store, StoredPurchase, Work

_UNDER_WAY = (PurchaseState.REPORTED, PurchaseState.SETTLED_PENDING)
_FACTS_MASK = (1 << 128) - 1


class AttachmentDisputed(StoreError):
    """A report attaches what a reporter's own copy does not bear out. The operator compares them."""

    exit_code: ClassVar[int] = 1

    def __init__(self, purchase: Purchase, why: str) -> None:
        super().__init__(
            f"The {purchase.kind.name} {quoted(purchase.sale_ref)} of {purchase.partner} is proposed {why}."
            " Compare the purchases of both copies before anything is signed."
        )


@dataclass(frozen=True, slots=True)
class Attaching:
    """What attaching needs besides the amendments: the store, the ids of partners, the limits and the time.

    Units: `now_s` and `occurred_by` in unix seconds; amendments after the latter are not in question yet.
    """

    store: Store
    partner_ids: Mapping[PartnerCode, PartnerId]
    accept: Acceptance
    now_s: int
    occurred_by: int


def is_amendment(stored: StoredPurchase) -> bool:
    """Whether a record changes a sale."""
    return stored.purchase.kind is not PurchaseKind.SALE


def attach_receipts(
    amendments: Sequence[StoredPurchase], attaching: Attaching
) -> dict[int, Attachment | None]:
    """The amendments that can be sealed now, by purchase id, with what is attached to each.

    Shape: at most one of a sale: the first by time, and never before a lower revision; only when the sale's
        newest receipt is final. Without a sale in the store an amendment waits as long as a sale would be
        taken, and then goes with None. One that was not proven waits until there is a newer receipt.
    """
    ready: dict[int, Attachment | None] = {}
    by_partner: dict[PartnerCode, list[StoredPurchase]] = {}
    for stored in amendments:
        by_partner.setdefault(stored.purchase.partner, []).append(stored)
    with attaching.store.unit_of_work() as work:
        for partner, own in by_partner.items():
            families = _Families.of(partner, own, work)
            for stored in own:
                ready.update(_attached(stored, families, attaching, work))
    return ready


def check_attachments(
    report_bytes: bytes, purchases: Sequence[StoredPurchase], store: Store, secrets: PartnerSecrets
) -> dict[int, Attachment | None]:
    """What a proposed report attaches to its amendments, borne out by a reporter's own copy.

    Shape: `purchases` are the copy's own of the report, in its order. Whether a receipt is on chain, and the
        newest, the chain judges itself; here it is made sure that it is a receipt of that very sale.
    Raises: AttachmentDisputed.
    """
    attached: dict[int, Attachment | None] = {}
    placed = decode_report(report_bytes).placed()
    with store.unit_of_work() as work:
        for stored, place in zip(purchases, placed, strict=True):
            if is_amendment(stored):
                _check(stored.purchase, place.attachment, work, secrets)
                attached[stored.purchase_id] = place.attachment
    return attached


def sale_of(purchase: Purchase, family: Iterable[StoredPurchase]) -> StoredPurchase | None:
    """The sale that an amendment changes: the one of its own source, else the only one of that reference."""
    sales = [
        stored
        for stored in family
        if stored.purchase.kind is PurchaseKind.SALE and stored.purchase.sale_ref == purchase.amends
    ]
    own = [stored for stored in sales if stored.purchase.source == purchase.source]
    if own:
        return own[0]
    return sales[0] if len(sales) == 1 else None


@dataclass(frozen=True, slots=True)
class _Families:
    """Bills of a partner with what changes them: each amendment with its sale, by purchase id."""

    amendments: Sequence[StoredPurchase]
    sales: Mapping[int, StoredPurchase | None]

    @classmethod
    def of(cls, partner: PartnerCode, amendments: Iterable[StoredPurchase], work: Work) -> "_Families":
        refs = {stored.purchase.amends for stored in amendments}
        found = work.purchases.families(partner, sorted(ref for ref in refs if ref is not None))
        changing = [stored for stored in found if is_amendment(stored)]
        by_ref: dict[str, list[StoredPurchase]] = {}
        for stored in found:
            by_ref.setdefault(stored.purchase.sale_ref, []).append(stored)
        sales = {
            stored.purchase_id: sale_of(stored.purchase, by_ref.get(stored.purchase.amends or "", ()))
            for stored in changing
        }
        return cls(changing, sales)

    def of_sale(self, sale: StoredPurchase) -> Iterator[StoredPurchase]:
        for stored in self.amendments:
            if self.sales[stored.purchase_id] == sale:
                yield stored


def _attached(
    stored: StoredPurchase, families: _Families, attaching: Attaching, work: Work
) -> dict[int, Attachment | None]:
    sale = families.sales[stored.purchase_id]
    if sale is None:
        waited_s = attaching.now_s - stored.purchase.occurred_at_s
        is_given_up = waited_s > attaching.accept.oldest_days * SECONDS_A_DAY
        return {stored.purchase_id: None} if is_given_up else {}
    if sale.state is not PurchaseState.SETTLED_FINAL:
        return {}
    others = list(families.of_sale(sale))
    if any(other.state in _UNDER_WAY for other in others):
        return {}
    attachment = _newest(sale, attaching.partner_ids[sale.purchase.partner], work)
    due = [
        other
        for other in others
        if other.state is PurchaseState.ACCEPTED
        and other.purchase.occurred_at_s <= attaching.occurred_by
        and not _was_unproven(other, attachment, work)
    ]
    return {stored.purchase_id: attachment} if _first(due) == stored else {}


def _first(due: Sequence[StoredPurchase]) -> StoredPurchase | None:
    """Which amendment of a sale goes next: by time, but no revision before a lower one."""
    lowest = min(
        (other.purchase.revision for other in due if other.purchase.kind is PurchaseKind.AMEND), default=0
    )
    return min(
        (
            other
            for other in due
            if other.purchase.kind is not PurchaseKind.AMEND or other.purchase.revision == lowest
        ),
        key=lambda other: (other.purchase.occurred_at_s, other.purchase.revision, other.purchase_id),
        default=None,
    )


def _newest(sale: StoredPurchase, partner_id: PartnerId, work: Work) -> Attachment:
    settled = work.receipts.of_purchase(sale.purchase_id)
    assert settled is not None, "a sale that is final was settled"
    newest = work.receipts.newest_of_sales(partner_id, [settled.number])[settled.number]
    return _receipt_of(newest, work)


def _receipt_of(settled: SettledPurchase, work: Work) -> Attachment:
    log = work.receipts.log_of(settled.content_hash)
    assert log is not None, "settled purchases refer to their settlement"
    return attachment_of(log, settled.position)


def _was_unproven(stored: StoredPurchase, attachment: Attachment, work: Work) -> bool:
    """Whether the chain has refused this very proof: it would again."""
    settled = work.receipts.of_purchase(stored.purchase_id)
    if settled is None or settled.settled.outcome is not Outcome.UNPROVEN:
        return False
    log = work.receipts.log_of(settled.content_hash)
    assert log is not None, "settled purchases refer to their settlement"
    placed = list(decode_report(log.report_bytes).placed())[settled.position]
    return placed.attachment == attachment


def _check(purchase: Purchase, attachment: Attachment | None, work: Work, secrets: PartnerSecrets) -> None:
    assert purchase.amends is not None, "an amendment names its sale"
    family = work.purchases.families(purchase.partner, [purchase.amends])
    sale = sale_of(purchase, family)
    if attachment is None:
        if sale is not None:
            raise AttachmentDisputed(purchase, "as of an unknown sale, and this copy has that sale")
        return
    if sale is None:
        raise AttachmentDisputed(purchase, "with a receipt, and this copy has no such sale")
    secret = secrets.secret_of(purchase.partner)
    known = {
        facts16(salt(secret, other.purchase.dedupe_key), canonical_facts(other.purchase))
        for other in family
        if other == sale or (is_amendment(other) and sale_of(other.purchase, family) == sale)
    }
    if (attachment.entry & _FACTS_MASK).to_bytes(16, "big") not in known:
        raise AttachmentDisputed(purchase, "with the receipt of another purchase")
