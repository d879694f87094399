"""Prints a partner's invoice: one HTML page, its style inside, that needs nothing from anywhere.

`partner_invoice.py` makes the invoice; a browser prints the page, or keeps it as PDF.
"""

from datetime import date
from decimal import Decimal
from html import escape

from milepost.cli.output import number
from milepost.cli.partner_invoice import PAYMENT_WORDS, Invoice, plain, signed_money
from milepost.domain.calendar import shown_instant
from milepost.domain.partner import PaymentMode

_STYLE = """\
:root{--ink:#1b2733;--soft:#5c6b7a;--line:#d9e0e6;--mark:#0b6e6e}
*{box-sizing:border-box}
body{font:14px/1.5 "Helvetica Neue",Helvetica,Arial,sans-serif;color:var(--ink);margin:0;background:#eef1f4}
main{max-width:800px;margin:32px auto;padding:56px 64px;background:#fff;box-shadow:0 1px 6px rgba(0,0,0,.12)}
header{display:flex;justify-content:space-between;align-items:flex-start;border-bottom:3px solid var(--mark);padding-bottom:20px}
h1{font-size:26px;margin:0;letter-spacing:-.01em}
h2{font-size:12px;text-transform:uppercase;letter-spacing:.08em;color:var(--soft);margin:32px 0 6px}
header p,.to p{margin:2px 0;color:var(--soft)}
.number{text-align:right}
.number b{display:block;color:var(--ink);overflow-wrap:anywhere}
.to{display:flex;justify-content:space-between;gap:32px;margin-top:24px}
.to strong{font-size:17px;color:var(--ink)}
table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}
th{font-weight:600;text-align:left;color:var(--soft);font-size:12px;border-bottom:1px solid var(--ink);padding:6px 8px 6px 0}
td{padding:7px 8px 7px 0;border-bottom:1px solid var(--line);vertical-align:top}
th.n,td.n{text-align:right;padding-right:0;padding-left:16px;white-space:nowrap;width:140px}
td small{color:var(--soft);display:block}
tr.sum td{font-weight:600;border-bottom:1px solid var(--ink)}
.due{display:flex;justify-content:space-between;align-items:baseline;margin-top:28px;padding:18px 22px;background:#e8f3f2;border-left:5px solid var(--mark)}
.due span{font-size:26px;font-weight:700;white-space:nowrap}
.due div small{display:block;color:var(--soft)}
.note{margin-top:10px;padding:10px 14px;border:1px solid #d7a33a;background:#fdf6e3}
footer{margin-top:32px;font-size:11px;color:var(--soft);overflow-wrap:anywhere}
@page{size:A4;margin:16mm}
@media print{body{background:#fff;font-size:12px}td small{display:inline;margin-left:8px}td{padding:4px 8px 4px 0}h2{margin-top:20px}.due{margin-top:20px}main{box-shadow:none;margin:0;padding:0;max-width:none}.due,.note{-webkit-print-color-adjust:exact;print-color-adjust:exact}tr,.due{break-inside:avoid}}
"""  # noqa: E501


def invoice_html(made: Invoice) -> str:
    """One page with its style inside and nothing fetched from anywhere; every text is escaped."""
    title = f"Invoice {made.number}"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"{_head(made)}{_notes(made)}{_account(made)}{_pots(made)}{_due(made)}{_foot(made)}"
        "</main>\n</body>\n</html>\n"
    )


def _head(made: Invoice) -> str:
    partner, standing = made.partner, made.statement.standing
    kind = "Provisional invoice" if made.is_provisional else "Invoice"
    return (
        f"<header><div><h1>{kind}</h1><p>{escape(made.programme)}</p></div>\n"
        f'<div class="number"><p>Number<b>{escape(made.number)}</b></p>'
        f"<p>Month<b>{date(*made.month, 1):%B %Y}</b></p></div></header>\n"
        f'<section class="to"><div><p>To</p><p><strong>{escape(partner.title)}</strong></p>'
        f"<p>{escape(partner.code)}, partner {made.statement.partner_id} on chain</p></div>\n"
        f"<div><p>Terms</p><p>{escape(PAYMENT_WORDS[standing.payment])}</p>"
        f"<p>{escape(partner.currency)} {escape(partner.cost_per_mile or '')} a mile</p></div></section>\n"
    )


def _notes(made: Invoice) -> str:
    notes = []
    if made.is_provisional:
        notes.append("The month is not over: what settles later in it is not on this page.")
    if made.lows:
        times = ", ".join(made.lows)
        notes.append(f"The balance fell below the alert on {times}.")
    return "".join(f'<p class="note">{escape(note)}</p>\n' for note in notes)


def _account(made: Invoice) -> str:
    rows = [_row("Opening", None, made.opening, "", is_sum=True)] if made.opening is not None else []
    decimals = max((_decimals(one.cost) for one in made.lines if one.cost is not None), default=0)
    rows += [_row(one.words, one.promotion, one.miles, _cost(one.cost, decimals)) for one in made.lines]
    if made.closing is not None:
        rows.append(_row("Closing", None, made.closing, "", is_sum=True))
    if not rows:
        rows.append(_row("Nothing moved", None, 0, ""))
    return _table("Account in miles", rows, made.partner.currency)


def _pots(made: Invoice) -> str:
    if not made.pot_lines:
        return ""
    rows = [_row(one.words, one.promotion, -one.miles, "") for one in made.pot_lines]
    return _table("Paid by joint promotions for your guests, not billed here", rows, "")


def _table(title: str, rows: list[str], currency: str) -> str:
    return (
        f"<h2>{escape(title)}</h2>\n<table>\n<thead><tr><th>Line</th>"
        f'<th class="n">Miles</th><th class="n">{escape(currency)}</th></tr></thead>\n'
        f"<tbody>\n{''.join(rows)}</tbody>\n</table>\n"
    )


def _row(words: str, promotion: str | None, miles: int, cost: str, *, is_sum: bool = False) -> str:
    under = f"<small>{escape(promotion)}</small>" if promotion else ""
    start = '<tr class="sum">' if is_sum else "<tr>"
    return (
        f'{start}<td>{escape(words)}{under}</td><td class="n">{number(miles)}</td>'
        f'<td class="n">{cost}</td></tr>\n'
    )


def _due(made: Invoice) -> str:
    what = "miles bought" if made.statement.standing.payment is PaymentMode.PREPAID else "miles used"
    price = f"{number(made.billed)} {what} at {made.partner.currency} {made.partner.cost_per_mile}"
    rounding = "" if made.is_exact else f" = {plain(made.exact)}, rounded half away from zero"
    return (
        f'<section class="due"><div>Amount due<small>{escape(price + rounding)}</small></div>'
        f"<span>{escape(signed_money(made.due, made.partner.currency))}</span></section>\n"
    )


def _foot(made: Invoice) -> str:
    block = made.statement.block
    return (
        f"<footer>Read from the chain up to block {block.number} (0x{block.block_hash.hex()}) of"
        f" {shown_instant(block.timestamp)}: reports settled, and logs of the partner registry. Months are by"
        " the time of settling, on the programme's clock. Costs of lines are exact; only the amount due is"
        " rounded.</footer>\n"
    )


def _cost(cost: Decimal | None, decimals: int) -> str:
    """Exact, with as many decimals as the longest of its column, so that points stand below one another."""
    if cost is None:
        return ""
    whole, _, fraction = plain(abs(cost)).partition(".")
    sign = "-" if cost < 0 else ""
    return f"{sign}{int(whole):,}" + (f".{fraction.ljust(decimals, '0')}" if decimals else "")


def _decimals(cost: Decimal) -> int:
    return len(plain(cost).partition(".")[2])
