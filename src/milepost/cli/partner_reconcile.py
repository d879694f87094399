"""`milepost partner reconcile`: a partner's own file beside the chain, differences only.

Settling comes before it; who is right is for people to find out, with the line, the number and the reason.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from milepost.cli.session import AsJson, session_of

if TYPE_CHECKING:
    from rich.console import Console

    from milepost.domain.partner import Partner
    from milepost.domain.partner_books import BookComparison, BookDifference
    from milepost.pipeline.compare_partner_file import Period
    from milepost.ports import Rejection


def reconcile(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="CSV with the columns of a feed of purchases, and miles; partner, currency and member may"
            " be missing.",
        ),
    ],
    partner: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="The partner.  [default: the one the file's first row names]"),
    ] = None,
    month: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM", help="Compare this month.  [default: the days the file covers]"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare a partner's own file with what the chain settled, and list differences, each with its reason.

    Rows are found by sale reference, kind and revision, and by source where the file has that column. Amounts
    compared are the eligible ones. Refunds of the file's sales are looked for whenever they were settled.
    Exit code 1 if there is a difference.
    """
    from milepost.cli.output import answers, print_json
    from milepost.cli.partner import find_partner, parse_month
    from milepost.config import SettingsRefused
    from milepost.domain.partner_books import BookRow
    from milepost.feeds.partner_rows import partner_named_in, read_partner_rows
    from milepost.pipeline.compare_partner_file import compare_partner_file, period_of
    from milepost.ports import Rejection

    code = partner if partner is not None else partner_named_in(file)
    if code is None:
        raise SettingsRefused(f"{file} names no partner: name it by --partner.")
    asked = None if month is None else parse_month(month)
    parts = session_of(context).parts()
    agreed, partner_id = find_partner(parts, code)
    read = list(read_partner_rows(file, agreed))
    rows = [row for row in read if isinstance(row, BookRow)]
    refused = [row for row in read if isinstance(row, Rejection)]
    period = period_of(rows) if asked is None else _whole(asked)
    found = compare_partner_file(rows, partner_id, period, book=parts.partner_book, store=parts.store)
    if as_json:
        print_json(_document(found, refused, agreed, period))
    else:
        _show(found, refused, agreed, period, console=answers())
    if found.differences or refused:
        raise typer.Exit(1)


def _whole(month: tuple[int, int]) -> "Period":
    from datetime import date, timedelta

    from milepost.domain.partner_account import next_month
    from milepost.pipeline.compare_partner_file import Period

    return Period(date(*month, 1), date(*next_month(month), 1) - timedelta(days=1))


def _document(
    found: "BookComparison", refused: "list[Rejection]", partner: "Partner", period: "Period"
) -> dict[str, Any]:
    return {
        "partner": partner.code,
        "from": period.first.isoformat(),
        "until": period.last.isoformat(),
        "rows": found.rows + len(refused),
        "records": found.records,
        "matched": found.matched,
        "miles": {"file": found.file_miles, "chain": found.chain_miles},
        "differences": [
            *(_difference(one, partner) for one in found.differences),
            *(
                {"reason": "unreadable", "lines": [row.line], "detail": row.code, "sentence": row.sentence}
                for row in refused
            ),
        ],
    }


def _difference(one: "BookDifference", partner: "Partner") -> dict[str, Any]:
    return {
        "reason": str(one.reason),
        "sale_ref": one.sale_ref,
        "kind": one.kind.name,
        "lines": list(one.lines),
        "number": one.number,
        "eligible_minor": {"file": one.file_minor, "chain": one.chain_minor},
        "miles": {"file": one.file_miles, "chain": one.chain_miles},
        "detail": one.detail,
        "sentence": sentence_of(one, partner.currency),
    }


def _show(
    found: "BookComparison",
    refused: "list[Rejection]",
    partner: "Partner",
    period: "Period",
    *,
    console: "Console",
) -> None:
    from milepost.cli.output import counted, number, table

    console.print(
        f"{partner.title}, {period.first} to {period.last}: {counted(found.rows, 'row')},"
        f" {counted(found.records, 'record')} on chain, {number(found.matched)} agree."
    )
    console.print(f"Miles by the file {number(found.file_miles)}, by the chain {number(found.chain_miles)}.")
    if not (found.differences or refused):
        console.print("No difference.")
        return
    rows = table(">line", ">number", "reference", "reason", "what")
    for one in found.differences:
        lines = ", ".join(map(str, one.lines)) or "-"
        reference = one.sale_ref if one.kind.name == "SALE" else f"{one.kind.name} {one.sale_ref}"
        what = sentence_of(one, partner.currency)
        rows.add_row(lines, "-" if one.number is None else str(one.number), reference, str(one.reason), what)
    for row in refused:
        rows.add_row(str(row.line), "-", "-", "unreadable", f"{row.code}: {row.sentence}")
    console.print()
    console.print(rows)


def sentence_of(one: "BookDifference", currency: str) -> str:
    """A difference in words."""
    from milepost.cli.output import counted, money
    from milepost.domain.partner_books import Reason

    miles = (one.file_miles or 0, one.chain_miles or 0)
    match one.reason:
        case Reason.MISSING_HERE:
            state = {None: "it never came here", "conflicted": "it came here with other content first"}
            return f"Not settled: {state.get(one.detail, f'it is {one.detail}, and waits')}."
        case Reason.MISSING_THERE:
            refused = f", with {one.detail}" if one.detail else ""
            return f"Settled{refused}, {counted(miles[1], 'mile')}; the file has no such row."
        case Reason.AMOUNT_DIFFERS:
            by_file, by_chain = (money(minor or 0, currency) for minor in (one.file_minor, one.chain_minor))
            return (
                f"Eligible by the file {by_file}, by the chain {by_chain}; miles {miles[0]} and {miles[1]}."
            )
        case Reason.MILES_DIFFER:
            cut = ": the partner's miles had run out" if one.detail else ""
            return f"Miles by the file {miles[0]}, by the chain {miles[1]}{cut}."
        case Reason.REFUSED:
            return f"Settled with {one.detail}: no miles."
        case Reason.REFUNDED_SINCE:
            return f"{one.kind.name} settled since, {counted(miles[1], 'mile')}; the file has no such row."
        case Reason.COUNTED_TWICE:
            where = "in the file" if one.lines else "on chain, under two sources"
            return f"Stands twice {where}."
