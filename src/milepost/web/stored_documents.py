"""Writes what the store holds of a bill, or of a report, as JSON values.

`reads` asks it in a thread; it reads in one unit of work an answer.
"""

from collections.abc import Sequence
from typing import Any

from milepost.domain.calendar import shown_instant
from milepost.domain.quantities import Lane, PartnerCode, ReportSequence, SaleRef
from milepost.domain.rules import last_day_text
from milepost.ports import ReportState, Store, StoredPurchase, StoredReport, TxState, Work

_MINED = (TxState.MINED, TxState.CONFIRMED, TxState.FINAL)


def purchases_of_bill(store: Store, partner: str, sale_ref: str) -> list[dict[str, Any]]:
    """Every record of a bill with what it got, in order of arrival."""
    with store.unit_of_work() as work:
        found = work.purchases.of_sale(PartnerCode(partner), SaleRef(sale_ref))
        return [{**_purchase(stored), "settled": _settled(stored, work)} for stored in found]


def reports_in(
    store: Store, states: Sequence[ReportState], *, own: int | None, most: int
) -> list[dict[str, Any]]:
    """Reports in these states, the last ones if there are more; sections of the one partner, or all."""
    with store.unit_of_work() as work:
        return [_report(one, work, own=own) for one in work.reports.in_states(*states)[-most:]]


def report_at(store: Store, lane: int, sequence: int, *, own: int | None) -> dict[str, Any] | None:
    """The report of a sequence that did not fail; None if there is none."""
    with store.unit_of_work() as work:
        found = work.reports.at(Lane(lane), ReportSequence(sequence))
        return None if found is None else _report(found, work, own=own)


def _purchase(stored: StoredPurchase) -> dict[str, Any]:
    purchase = stored.purchase
    return {
        "partner": purchase.partner,
        "source": purchase.source,
        "sale_ref": purchase.sale_ref,
        "kind": purchase.kind.name,
        "revision": purchase.revision,
        "original_sale_ref": purchase.original_sale_ref,
        "outlet": purchase.outlet,
        "terminal": purchase.terminal,
        "occurred_at": purchase.occurred_at.isoformat(),
        "business_date": purchase.business_date and purchase.business_date.isoformat(),
        "currency": purchase.currency,
        "gross_minor": purchase.gross_minor,
        "tax_minor": purchase.tax_minor,
        "service_minor": purchase.service_minor,
        "tip_minor": purchase.tip_minor,
        "eligible_minor": purchase.eligible_minor,
        "channel": purchase.channel,
        "party_size": purchase.party_size,
        "state": stored.state.value,
        "received_at": shown_instant(stored.received_at),
    }


def _settled(stored: StoredPurchase, work: Work) -> dict[str, Any] | None:
    found = work.receipts.of_purchase(stored.purchase_id)
    if found is None:
        return None
    report = work.reports.get(found.content_hash)
    assert report is not None, "what is settled was settled by a report"
    return {
        "outcome": found.settled.outcome.code,
        "base": found.settled.base,
        "bonus": found.settled.bonus,
        "credited": found.settled.credited,
        "returned": found.settled.returned,
        "last_valid_day": last_day_text(found.settled.last_day),
        "number": found.number,
        "lane": report.lane,
        "sequence": report.sequence,
    }


def _report(report: StoredReport, work: Work, *, own: int | None) -> dict[str, Any]:
    mined = [tx for tx in work.txs.of_report(report.content_hash) if tx.state in _MINED]
    return {
        "lane": report.lane,
        "sequence": report.sequence,
        "state": report.state.value,
        "content_hash": f"0x{report.content_hash.hex()}",
        "purchases": sum(section.count for section in report.sections),
        "failure": report.failure,
        "sections": [
            {
                "partner_id": section.partner_id,
                "first_number": section.first_number,
                "count": section.count,
            }
            for section in report.sections
            if own in (None, section.partner_id)
        ],
        "tx_hash": f"0x{mined[-1].signed.tx_hash.hex()}" if mined else None,
        "block_number": mined[-1].block_number if mined else None,
    }
