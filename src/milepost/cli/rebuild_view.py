"""Shows what rebuilding a store did, to a person as words and to a program as JSON.

`rebuild_run.py` gathers it; nothing is decided here.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from rich.console import Console

from milepost.cli.output import counted, number, table
from milepost.cli.rebuild_run import RebuildRun, RefusedRow
from milepost.domain.quantities import PurchaseNumber
from milepost.pipeline.ingest_purchase import AnswerKind
from milepost.pipeline.rebuild_store import MissingPurchases

MOST_LISTED = 40
"""Refused rows listed one by one; --json has all."""


def rebuild_document(run: RebuildRun) -> dict[str, Any]:
    """The run as JSON values; `stopped` is null when it was done."""
    found, rebuilt = run.reconciliation, run.rebuilt
    return {
        "reports": [
            {
                "lane": report.lane,
                "sequence": report.sequence,
                "purchases": sum(section.count for section in report.sections),
            }
            for report in run.reports
        ],
        "restored": 0 if rebuilt is None else rebuilt.restored,
        "missing": [_missing_document(one) for one in (rebuilt.missing if rebuilt else ())],
        "answers": {kind.value: run.answers[kind] for kind in AnswerKind},
        "refused": [_refused_document(row) for row in run.refused],
        "reconciliation": None
        if found is None
        else {"chain": found.chain, "store": found.store, "difference": found.difference},
        "stopped": None
        if run.stopped is None
        else {"error": type(run.stopped).__name__, "sentence": str(run.stopped)},
    }


def show_rebuild(run: RebuildRun, *, console: Console) -> None:
    """The run as words, with a table of what is missing."""
    purchases = sum(section.count for report in run.reports for section in report.sections)
    restored = run.rebuilt.restored if run.rebuilt else 0
    if run.reports:
        console.print(
            f"{counted(len(run.reports), 'settled report')} taken from the chain with"
            f" {counted(purchases, 'purchase')}; {number(restored)} stored from the files."
        )
    elif run.rebuilt is not None and not run.rebuilt.missing:
        console.print("The store lacks no settled report.")
    if run.rebuilt is not None and run.rebuilt.missing:
        _show_missing(run.rebuilt.missing, console)
    if run.answers:
        answers = ", ".join(f"{number(run.answers[kind])} {kind.value}" for kind in AnswerKind)
        console.print(f"{counted(run.answers.total(), 'record')} read: {answers}.")
    _show_refused(run.refused, console)
    if run.reconciliation is not None:
        found = run.reconciliation
        console.print(
            f"Reconciled: the chain credited {number(found.chain)} miles, the store {number(found.store)},"
            f" difference {number(found.difference)}."
        )


def spans(numbers: Sequence[PurchaseNumber]) -> str:
    """Rising numbers as `3-5, 9`."""
    found = []
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        run = [value for _, value in group]
        found.append(f"{run[0]}" if len(run) == 1 else f"{run[0]}-{run[-1]}")
    return ", ".join(found)


def _show_missing(missing: Sequence[MissingPurchases], console: Console) -> None:
    found = table(">lane", ">report", "partner", "numbers", ">purchases", title="Settled and in no file")
    for one in missing:
        found.add_row(
            str(one.lane), number(one.sequence), one.partner, spans(one.numbers), number(len(one.numbers))
        )
    console.print(found)
    console.print()


def _show_refused(refused: Sequence[RefusedRow], console: Console) -> None:
    if not refused:
        return
    found = table("file", ">line", "code", "why", title="Refused")
    for row in refused[:MOST_LISTED]:
        line = "" if row.answer.line is None else number(row.answer.line)
        found.add_row(row.file.name, line, row.answer.code or "", row.answer.sentence or "")
    console.print(found)
    if len(refused) > MOST_LISTED:
        console.print(f"and {number(len(refused) - MOST_LISTED)} more: --json lists them.")
    console.print()


def _missing_document(one: MissingPurchases) -> dict[str, Any]:
    return {
        "lane": one.lane,
        "report": one.sequence,
        "partner": one.partner,
        "numbers": list(one.numbers),
        "count": len(one.numbers),
    }


def _refused_document(row: RefusedRow) -> dict[str, Any]:
    return {
        "file": str(row.file),
        "line": row.answer.line,
        "answer": row.answer.kind.value,
        "code": row.answer.code,
        "sentence": row.answer.sentence,
    }
