"""Accounts and invoices as tables, JSON and CSV."""

import json
from dataclasses import replace
from io import StringIO
from typing import Any

from rich.console import Console

from milepost.cli.partner_view import (
    invoice_document,
    ledger_csv,
    ledger_document,
    show_invoice,
    show_ledger,
    show_status,
    status_document,
)
from milepost.domain.partner import PaymentMode
from milepost.domain.partner_account import Item, Movement
from milepost.ports import StandingPartner
from tests.support.partner_accounts import JUNE_S, MAY_S, a_statement, an_invoice, the_deployment
from tests.support.programme import a_partner


def _console() -> Console:
    return Console(file=StringIO(), width=160)


def _said(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_invoice_document__figures__are_whole_numbers_and_decimal_text() -> None:
    document = json.loads(json.dumps(invoice_document(an_invoice())))
    assert (document["billed_miles"], document["exact"], document["due"]) == (10_000, "800", "800.00")
    assert document["lines"][0] == {
        "line": "funded", "promotion": None, "miles": 10_000, "value": "800", "cost": "800",
    }  # fmt: skip
    assert document["paid_by_pots"][0]["promotion"] == "promotion 2"
    assert document["block"]["hash"] == "0x" + "0b" * 32


def test_show_invoice__table__has_every_line() -> None:
    console = _console()
    show_invoice(an_invoice(a_statement(lows=((MAY_S, 3),))), console=console)
    said = _said(console)
    assert "Bonus taken back" in said and "may-triple" in said and "by a joint promotion" in said
    assert "Due for 10,000 miles: HKD 800.00." in said and "fell below the alert" in said
    open_ended = a_statement(Movement(MAY_S, Item.BASE, 3), payment=PaymentMode.OPEN)
    console = _console()
    show_invoice(an_invoice(open_ended, cost_per_mile="0.005"), console=console)
    assert "Opening" not in _said(console) and "rounded from 0.015" in _said(console)


def test_ledger__every_month__is_a_row() -> None:
    found, partner = a_statement(), a_partner()
    assert ledger_csv(found, partner).splitlines() == [
        "partner,month,opening,funded,base,bonus,base_reversed,bonus_reversed,contributed,released,closing",
        "putien,2018-05,0,10000,3725,1567,125,49,500,20,4402",
        "putien,2018-06,4402,0,0,0,0,0,0,0,4402",
    ]
    document = ledger_document(found, partner, the_deployment())
    assert [one["month"] for one in document["months"]] == ["2018-05", "2018-06"]
    assert document["months"][0]["paid_by_pots"] == [
        {"line": "bonus", "promotion": "promotion 2", "miles": 60}
    ]
    console = _console()
    show_ledger(found, partner, console=console)
    assert "The last closing is what the registry holds" in _said(console)
    console = _console()
    show_ledger(a_statement(payment=PaymentMode.OPEN), partner, console=console)
    assert "registry holds" not in _said(console)


def _status(**changes: Any) -> Any:
    usual: dict[str, Any] = {"payment": PaymentMode.PREPAID, "available": 4_402, "alert_below": 5_000}
    standing = StandingPartner(**{**usual, "is_suspended": False, **changes})
    return a_statement(standing=standing, lows=((MAY_S, 4_900),))


def test_status__low_and_suspended__are_marked() -> None:
    found = [(a_partner(), _status(is_suspended=True)), (a_partner("tamarind"), _status(alert_below=0))]
    console = _console()
    show_status(found, console=console)
    low, quiet = _said(console).splitlines()[1:3]
    assert "LOW told 2018-05-14T05:00:00Z suspended" in low and "5,000" in low
    assert "LOW" not in quiet
    document = status_document(found)["partners"]
    assert [one["low"] for one in document] == [True, False]
    assert document[0]["forecast"]["used"] == 3_725 + 1_567 - 174
    assert document[1]["alert_below"] is None
    assert (document[1]["funded"], document[1]["used"]) == (10_000, 5_598)


def test_status__no_limit__has_no_forecast() -> None:
    found = [(a_partner(), a_statement(payment=PaymentMode.OPEN))]
    assert status_document(found)["partners"][0]["forecast"] is None
    console = _console()
    show_status(found, console=console)
    assert "putien" in _said(console) and status_document([])["block"] is None
    idle = replace(a_statement(Movement(JUNE_S, Item.FUNDED, 5)))
    show_status([(a_partner(), idle)], console=console)
