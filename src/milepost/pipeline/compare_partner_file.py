"""Compares a partner's own file with the chain: what settled is read from logs, and named by the store.

Before it settlements were read; after it both sides talk about the same few lines.
Source: docs/partners.md.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from milepost.codec.digest import content_hash
from milepost.codec.report_bytes import decode_report
from milepost.codec.results import decode_results
from milepost.domain.errors import StoreError
from milepost.domain.partner_books import BookComparison, BookRow, ChainRecord, compare_books
from milepost.domain.purchase import Purchase
from milepost.domain.quantities import PartnerId
from milepost.pipeline.reconcile import StoreBehind
from milepost.ports import PartnerBook, SettledLog, Store


@dataclass(frozen=True, slots=True)
class Period:
    """Days of the outlets' clocks, both included."""

    first: date
    last: date

    def holds(self, purchase: Purchase) -> bool:
        """Whether a purchase was made on one of them."""
        return self.first <= purchase.occurred_at.date() <= self.last


def period_of(rows: Sequence[BookRow]) -> Period:
    """From the first to the last day of the rows.

    Raises: StoreError if there is no row: nothing says which days to compare.
    """
    days = [row.purchase.occurred_at.date() for row in rows]
    if not days:
        raise StoreError("The file holds no row that can be read: nothing says what to compare it with.")
    return Period(min(days), max(days))


def compare_partner_file(
    rows: Sequence[BookRow], partner_id: PartnerId, period: Period, *, book: PartnerBook, store: Store
) -> BookComparison:
    """Compare rows with everything settled in a period, and with the amendments of its sales.

    Raises: StoreBehind if the chain settled what the store has not read; ChainUnavailable.
    """
    records = list(_records(partner_id, book=book, store=store))
    keys = {row.key for row in rows}
    inside = {one.number for one in records if period.holds(one.purchase) or one.key in keys}
    chosen = [one for one in records if one.number in inside or one.sale_number in inside]
    book.require_unchanged()
    return compare_books(rows, chosen, state_of=lambda purchase: _state_of(purchase, store))


def _records(partner_id: PartnerId, *, book: PartnerBook, store: Store) -> Iterator[ChainRecord]:
    for timed in book.logs():
        if isinstance(timed.log, SettledLog):
            yield from _of_report(timed.log, partner_id, store)


def _of_report(log: SettledLog, partner_id: PartnerId, store: Store) -> Iterator[ChainRecord]:
    report = decode_report(log.report_bytes)
    if not any(section.partner_id == partner_id for section in report.sections):
        return
    with store.unit_of_work() as work:
        purchase_ids = work.reports.purchase_ids(content_hash(log.report_bytes))
        purchases = work.purchases.by_ids(purchase_ids)
    if len(purchase_ids) != report.purchase_count:
        raise StoreBehind(
            f"Report {log.sequence} of lane {log.lane} was settled, and this store does not have its bills:"
        )
    settled = decode_results(log.results, report)
    for placed, result, purchase_id in zip(report.placed(), settled, purchase_ids, strict=True):
        if placed.section.partner_id == partner_id:
            amendment = result.amendment
            yield ChainRecord(
                purchase=purchases[purchase_id].purchase,
                number=placed.number,
                sale_number=placed.number if amendment is None else amendment.number,
                eligible_minor=placed.entry.eligible_minor,
                outcome=result.outcome,
                miles=result.credited - result.returned,
            )


def _state_of(purchase: Purchase, store: Store) -> str | None:
    """Where the store has a purchase of this reference, kind and revision that did not settle."""
    with store.unit_of_work() as work:
        known = work.purchases.of_sale(purchase.partner, purchase.sale_ref)
    same = [
        one
        for one in known
        if (one.purchase.kind, one.purchase.revision) == (purchase.kind, purchase.revision)
    ]
    return same[0].state.value if same else None
