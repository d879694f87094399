"""Shows what settling did, to a person as tables and to a program as JSON.

`settle_run.py` gathers it; nothing is decided here.
"""

from collections import Counter
from typing import Any

from rich.console import Console

from milepost.bootstrap import Deployment
from milepost.bootstrap.statements import promotion_names
from milepost.cli.output import counted, day, number, shown_day, table
from milepost.cli.settle_run import Record, SettledReport, SettleRun
from milepost.codec.report_bytes import decode_report
from milepost.codec.results import decode_results
from milepost.domain.calendar import shown_instant
from milepost.domain.outcome import Outcome
from milepost.domain.purchase import Purchase
from milepost.domain.receipt import Settled
from milepost.pipeline.ingest_purchase import AnswerKind
from milepost.pipeline.write_statement import grant_document

MOST_LISTED = 40
"""Records, or refused ones, listed one by one unless all are asked for."""
MOST_NAMED = 5
"""Purchases that a warning names; it counts the others."""


def settle_document(run: SettleRun, deployment: Deployment) -> dict[str, Any]:
    """The run as JSON values; `stopped` is null when it was done."""
    names = promotion_names(deployment)
    results = _results(run)
    sales = [one for settled in results for one in settled if one.amendment is None]
    found = run.reconciliation
    return {
        "files": sorted({str(record.file) for record in run.records}),
        "read": len(run.records),
        "answers": {kind.value: count for kind, count in _answers(run).items()},
        "records": [_record_document(record, names) for record in run.records],
        "settled": sum(len(settled) for settled in results),
        "reports": [_report_document(one) for one in run.reports],
        "outcomes": dict(Counter(one.outcome.code for settled in results for one in settled)),
        "miles": {
            "base": sum(one.base for one in sales),
            "bonus": sum(one.bonus for one in sales),
            "credited": sum(one.credited for settled in results for one in settled),
            "returned": sum(one.returned for settled in results for one in settled),
        },
        "receipts": run.receipts,
        "waiting": [_waiting_document(stored.purchase) for stored in run.waiting],
        "unmatched": [
            {**_waiting_document(one), "kind": one.kind.name, "original_sale_ref": one.amends}
            for one in (stored.purchase for stored in run.unmatched)
        ],
        "too_old": [
            {"partner": key.partner, "source": key.source, "sale_ref": key.sale_ref} for key in run.too_old
        ],
        "reconciliation": None
        if found is None
        else {
            "chain": found.chain,
            "store": found.store,
            "difference": found.difference,
        },
        "taken_back": None
        if found is None
        else {"chain": found.chain_reversed, "store": found.store_reversed},
        "stopped": None
        if run.stopped is None
        else {"error": type(run.stopped).__name__, "sentence": str(run.stopped)},
    }


def show_settle(run: SettleRun, *, console: Console, every: bool) -> None:
    """The run as tables: answers, outcomes, reports, and whether the sums agree."""
    answers = ", ".join(f"{number(count)} {kind}" for kind, count in _answers(run).items())
    console.print(f"{counted(len(run.records), 'record')} read: {answers}.")
    if every or len(run.records) <= MOST_LISTED:
        _show_records(run, console)
    else:
        console.print("--all lists every record.", style="dim")
        console.print()
    _show_refused(run, console, every=every)
    _show_outcomes(run, console)
    for one in run.reports:
        report, log = one.report, one.log
        count = sum(section.count for section in report.sections)
        console.print(
            f"Report {report.sequence} of lane {report.lane}: {counted(count, 'purchase')}, block"
            f" {log.block_number}, tx 0x{log.tx_hash.hex()}",
            soft_wrap=True,
        )
    if run.receipts:
        where = f" to {run.folder}" if run.folder else ""
        console.print(f"{counted(run.receipts, 'receipt')} issued{where}.")
    if run.reconciliation is not None:
        found = run.reconciliation
        console.print(
            f"Reconciled: the chain credited {number(found.chain)} miles, the store {number(found.store)},"
            f" difference {number(found.difference)}."
        )
        if found.chain_reversed or found.store_reversed:
            console.print(
                f"It took back {number(found.chain_reversed)} miles, the store"
                f" {number(found.store_reversed)}."
            )


def warnings_of(run: SettleRun) -> list[str]:
    """What went as it should and is not what anybody wants, in sentences."""
    found = []
    if run.waiting:
        soonest = shown_instant(run.waiting[0].purchase.occurred_at_s)
        found.append(
            f"{counted(len(run.waiting), 'purchase')} dated ahead of the chain's time, from {soonest} on,"
            " must wait: nothing is lost. Settle again when the chain is there; if it lags, mind the node's"
            " clock."
        )
    if run.unmatched:
        refs = [f"{one.sale_ref} of {one.partner}" for one in (held.purchase for held in run.unmatched)]
        more = len(refs) - MOST_NAMED
        found.append(
            f"{counted(len(refs), 'refund or change', 'refunds and changes')} must wait for a sale that has"
            f" not come: {', '.join(refs[:MOST_NAMED])}{f' and {number(more)} more' if more > 0 else ''}."
            " Check original_sale_ref and source; one that stays alone as long as a sale would be taken is"
            " settled as original_not_found."
        )
    if run.too_old:
        named = ", ".join(f"{key.sale_ref} of {key.partner}" for key in run.too_old[:MOST_NAMED])
        more = len(run.too_old) - MOST_NAMED
        found.append(
            f"{counted(len(run.too_old), 'purchase')} accepted in time waited until the contract called it"
            f" too old, and earned nothing: {named}{f' and {number(more)} more' if more > 0 else ''}. The"
            " receipt says so; an adjustment can make it good."
        )
    return found


def _waiting_document(purchase: Purchase) -> dict[str, Any]:
    return {
        "partner": purchase.partner,
        "source": purchase.source,
        "sale_ref": purchase.sale_ref,
        "occurred_at": shown_instant(purchase.occurred_at_s),
    }


def _show_records(run: SettleRun, console: Console) -> None:
    found = table(">line", "partner", "sale", "answer", "outcome", ">base", ">bonus", "valid to")
    for record in run.records:
        key, settled = record.answer.key, record.settled.settled if record.settled else None
        found.add_row(
            "" if record.answer.line is None else number(record.answer.line),
            key.partner if key else "",
            key.sale_ref if key else "",
            record.answer.kind,
            settled.outcome.code if settled else "",
            number(settled.base) if settled else "",
            number(settled.bonus) if settled else "",
            shown_day(settled.last_day) if settled else "",
        )
    if run.records:
        console.print(found)
        console.print()


def _show_refused(run: SettleRun, console: Console, *, every: bool) -> None:
    if not run.refused:
        return
    several = len({record.file for record in run.records}) > 1
    found = table(*(["file"] if several else []), ">line", "code", "why", title="Refused")
    listed = run.refused if every else run.refused[:MOST_LISTED]
    for record in listed:
        answer = record.answer
        row = ["" if answer.line is None else number(answer.line), answer.code or "", answer.sentence or ""]
        found.add_row(*([record.file.name] if several else []), *row)
    console.print(found)
    if len(run.refused) > len(listed):
        codes = Counter(record.answer.code for record in run.refused)
        summed = ", ".join(f"{number(count)} {code}" for code, count in codes.most_common())
        console.print(f"and {number(len(run.refused) - len(listed))} more; in all {summed}.")
    console.print()


def _show_outcomes(run: SettleRun, console: Console) -> None:
    results = [one for settled in _results(run) for one in settled]
    if not results:
        console.print("Nothing was settled.")
        return
    found = table("outcome", ">purchases", ">base", ">bonus", ">miles", ">taken back", title="Settled")
    for outcome in Outcome:
        of_it = [one for one in results if one.outcome is outcome]
        if of_it:
            found.add_row(outcome.code, *_sums(of_it))
    found.add_section()
    found.add_row("all", *_sums(results), style="bold")
    console.print(found)
    console.print()


def _sums(results: list[Settled]) -> list[str]:
    # What is left of an amended bill was counted when it was sold.
    sales = [one for one in results if one.amendment is None]
    sums = (
        len(results),
        sum(one.base for one in sales),
        sum(one.bonus for one in sales),
        sum(one.credited for one in results),
        sum(one.returned for one in results),
    )
    return [number(one) for one in sums]


def _answers(run: SettleRun) -> dict[AnswerKind, int]:
    counts = Counter(record.answer.kind for record in run.records)
    return {kind: counts[kind] for kind in AnswerKind}


def _results(run: SettleRun) -> list[list[Settled]]:
    """What the purchases of every report of this run got, those of earlier files included."""
    return [decode_results(one.log.results, decode_report(one.log.report_bytes)) for one in run.reports]


def _record_document(record: Record, names: dict[int, str]) -> dict[str, Any]:
    answer, found = record.answer, record.settled
    key = answer.key
    document: dict[str, Any] = {
        "file": str(record.file),
        "line": answer.line,
        "partner": key.partner if key else None,
        "source": key.source if key else None,
        "sale_ref": key.sale_ref if key else None,
        "kind": key.kind.name if key else None,
        "revision": key.revision if key else None,
        "answer": answer.kind.value,
        "code": answer.code,
        "sentence": answer.sentence,
        "outcome": None,
    }
    if found is not None:
        settled = found.settled
        document |= {
            "outcome": settled.outcome.code,
            "base": settled.base,
            "bonus": settled.bonus,
            "last_valid_day": day(settled.last_day),
            "grants": [grant_document(grant, names) for grant in settled.grants],
            "number": found.number,
            "credited": settled.credited,
            "returned": settled.returned,
            "amends": None if settled.amendment is None else settled.amendment.number,
        }
    return document


def _report_document(one: SettledReport) -> dict[str, Any]:
    report, log = one.report, one.log
    return {
        "lane": report.lane,
        "sequence": report.sequence,
        "purchases": sum(section.count for section in report.sections),
        "content_hash": f"0x{report.content_hash.hex()}",
        "root": f"0x{log.root.hex()}",
        "block": log.block_number,
        "tx_hash": f"0x{log.tx_hash.hex()}",
    }
