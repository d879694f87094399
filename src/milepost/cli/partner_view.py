"""Shows partners' accounts and invoices, to a person as tables and to a program as JSON or CSV.

`partner.py` has them stated; nothing is decided here.
"""

import csv
from collections.abc import Sequence
from io import StringIO
from typing import Any

from rich.console import Console

from milepost.bootstrap import Deployment
from milepost.cli.output import counted, facts, number, table
from milepost.cli.partner_invoice import (
    PAYMENT_WORDS,
    Invoice,
    Line,
    plain,
    promotion_name,
    shown_due,
    signed_money,
)
from milepost.domain.calendar import shown_instant
from milepost.domain.partner import Partner
from milepost.domain.partner_account import Item, PartnerMonth
from milepost.pipeline.state_partner import PartnerStatement

_LEDGER = ("month", "opening", *Item, "closing")
_NONE = "-"


def invoice_document(made: Invoice) -> dict[str, Any]:
    """The invoice as JSON values; decimals as text, miles with their sign in the account."""
    found = made.statement
    return {
        "invoice": made.number,
        "partner": made.partner.code,
        "month": made.month_text,
        "provisional": made.is_provisional,
        "block": _block(found),
        "payment": found.standing.payment.name.lower(),
        "currency": made.partner.currency,
        "cost_per_mile": made.partner.cost_per_mile,
        "opening": made.opening,
        "lines": [_line(one) for one in made.lines],
        "closing": made.closing,
        "paid_by_pots": [_line(one) for one in made.pot_lines],
        "billed_miles": made.billed,
        "exact": plain(made.exact),
        "due": f"{shown_due(made):f}",
        "low_at": list(made.lows),
    }


def show_invoice(made: Invoice, *, console: Console) -> None:
    """The invoice as a table."""
    head = facts()
    head.add_row("Invoice", made.number + (" (provisional)" if made.is_provisional else ""))
    head.add_row("Partner", f"{made.partner.title}, {PAYMENT_WORDS[made.statement.standing.payment]}")
    head.add_row("Price", f"{made.partner.currency} {made.partner.cost_per_mile} a mile")
    console.print(head)
    console.print()
    rows = table("line", "promotion", ">miles", f">{made.partner.currency}")
    if made.opening is not None:
        rows.add_row("Opening", "", number(made.opening), "", style="bold")
    for one in made.lines:
        cost = "" if one.cost is None else plain(one.cost)
        rows.add_row(one.words, one.promotion or "", number(one.miles), cost)
    if made.closing is not None:
        rows.add_row("Closing", "", number(made.closing), "", style="bold", end_section=True)
    for one in made.pot_lines:
        rows.add_row(f"{one.words}, by a joint promotion", one.promotion or "", number(-one.miles), "")
    console.print(rows)
    rounded = "" if made.is_exact else f", rounded from {plain(made.exact)}"
    due = signed_money(made.due, made.partner.currency)
    console.print(f"\nDue for {counted(made.billed, 'mile')}: {due}{rounded}.")
    if made.lows:
        console.print(f"The balance fell below the alert on {', '.join(made.lows)}.")


def ledger_document(found: PartnerStatement, partner: Partner, deployment: Deployment) -> dict[str, Any]:
    """Every month as JSON values."""
    return {
        "partner": partner.code,
        "block": _block(found),
        "payment": found.standing.payment.name.lower(),
        "available": found.standing.available,
        "months": [_month(one, deployment) for one in found.months],
    }


def ledger_csv(found: PartnerStatement, partner: Partner) -> str:
    """A row a month; miles of each item without a sign."""
    written = StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(("partner", *_LEDGER))
    for one in found.months:
        rows.writerow((partner.code, *_cells(one)))
    return written.getvalue()


def show_ledger(found: PartnerStatement, partner: Partner, *, console: Console) -> None:
    """Every month as a row of a table."""
    rows = table("month", *(f">{name.replace('_', ' ')}" for name in _LEDGER[1:]))
    for one in found.months:
        month, *miles = _cells(one)
        rows.add_row(str(month), *(_NONE if miles_of == "" else number(int(miles_of)) for miles_of in miles))
    console.print(f"{partner.title}, {PAYMENT_WORDS[found.standing.payment]}; block {found.block.number}.\n")
    console.print(rows)
    if found.standing.available is not None:
        console.print("\nThe last closing is what the registry holds, to the mile.")


def status_document(found: Sequence[tuple[Partner, PartnerStatement]]) -> dict[str, Any]:
    """What every partner may issue, as JSON values."""
    return {
        "block": _block(found[0][1]) if found else None,
        "partners": [_status(partner, one) for partner, one in found],
    }


def show_status(found: Sequence[tuple[Partner, PartnerStatement]], *, console: Console) -> None:
    """A row a partner."""
    rows = table(
        "partner",
        "pays",
        ">bought, or limit",
        ">used of it",
        ">may issue",
        ">alert below",
        ">used, 30 days",
        "runs out",
        "",
    )
    for partner, one in found:
        available, forecast = one.standing.available, one.forecast
        rows.add_row(
            partner.code,
            one.standing.payment.name.lower(),
            _NONE if available is None else number(one.funded),
            _NONE if available is None else number(one.funded - available),
            _NONE if available is None else number(available),
            number(one.standing.alert_below) if one.standing.alert_below else _NONE,
            _NONE if forecast is None else number(forecast.used),
            _runs_out(one),
            " ".join(_marks(one)),
        )
    console.print(rows)


def _marks(one: PartnerStatement) -> list[str]:
    marks = ["LOW"] if one.is_low else []
    if one.lows:
        marks.append(f"told {shown_instant(one.lows[-1][0])}")
    return [*marks, "suspended"] if one.standing.is_suspended else marks


def _runs_out(one: PartnerStatement) -> str:
    forecast = one.forecast
    if forecast is None or forecast.days_left is None:
        return _NONE
    on = f", {forecast.runs_out_on.isoformat()}" if forecast.runs_out_on else ""
    return f"in {counted(forecast.days_left, 'day')}{on}"


def _status(partner: Partner, one: PartnerStatement) -> dict[str, Any]:
    forecast, month = one.forecast, one.months[-1]
    return {
        "partner": partner.code,
        "partner_id": one.partner_id,
        "payment": one.standing.payment.name.lower(),
        "funded": None if one.standing.available is None else one.funded,
        "used": None if one.standing.available is None else one.funded - one.standing.available,
        "available": one.standing.available,
        "used_this_month": month.used,
        "alert_below": one.standing.alert_below or None,
        "low": one.is_low,
        "low_told_at": [shown_instant(at_s) for at_s, _ in one.lows],
        "suspended": one.standing.is_suspended,
        "forecast": None
        if forecast is None
        else {
            "used": forecast.used,
            "days": forecast.days,
            "days_left": forecast.days_left,
            "runs_out_on": forecast.runs_out_on.isoformat() if forecast.runs_out_on else None,
        },
    }


def _month(one: PartnerMonth, deployment: Deployment) -> dict[str, Any]:
    def lines(found: dict[Any, int]) -> list[dict[str, Any]]:
        return [
            {"line": str(item), "promotion": promotion_name(promotion, deployment), "miles": miles}
            for (item, promotion), miles in found.items()
        ]

    return {
        "month": f"{one.month[0]}-{one.month[1]:02}",
        "opening": one.opening,
        "lines": lines(one.lines),
        "closing": one.closing,
        "paid_by_pots": lines(one.pot_lines),
    }


def _cells(one: PartnerMonth) -> list[str | int]:
    opening, closing = one.opening, one.closing
    return [
        f"{one.month[0]}-{one.month[1]:02}",
        "" if opening is None else opening,
        *(one.total(item) for item in Item),
        "" if closing is None else closing,
    ]


def _line(one: Line) -> dict[str, Any]:
    cost = None if one.cost is None else plain(one.cost)
    value = plain(one.value)
    return {"line": one.key, "promotion": one.promotion, "miles": one.miles, "value": value, "cost": cost}


def _block(found: PartnerStatement) -> dict[str, Any]:
    block = found.block
    return {
        "number": block.number,
        "hash": f"0x{block.block_hash.hex()}",
        "at": shown_instant(block.timestamp),
    }
