"""The printed invoice: all it says, nothing fetched, every text escaped."""

import re
from html.parser import HTMLParser

from milepost.cli.partner_page import invoice_html
from milepost.domain.partner import PaymentMode
from milepost.domain.partner_account import Item, Movement
from tests.support.partner_accounts import MAY_S, a_statement, an_invoice


class _Balance(HTMLParser):
    """Finds tags that are not closed in order, and addresses that a page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [name for name, _ in attrs if name in ("src", "href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _text(page: str) -> str:
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_invoice_html__page__is_whole_and_needs_nothing_else() -> None:
    page = invoice_html(an_invoice())
    found = _Balance()
    found.feed(page)
    assert (found.open, found.fetched) == ([], [])
    assert "url(" not in page and "@import" not in page and "@media print" in page


def test_invoice_html__words__have_every_figure() -> None:
    said = _text(invoice_html(an_invoice()))
    for words in (
        "Invoice Asia Miles Number asia-miles-2018-putien-2018-05 Month May 2018",
        "Opening 0",
        "Bought, or limit raised 10,000 800 ",
        "Bonus issued may-triple -1,490",
        "Closing 4,402",
        "Paid by joint promotions for your guests, not billed here",
        "10,000 miles bought at HKD 0.08",
        "HKD 800.00",
        "block 77",
    ):
        assert words in said, words
    assert "Provisional" not in said and "alert" not in said


def test_invoice_html__postpaid_with_a_return__shows_it_below_zero() -> None:
    returned = a_statement(Movement(MAY_S, Item.BASE_REVERSED, 7), payment=PaymentMode.OPEN)
    said = _text(invoice_html(an_invoice(returned, cost_per_mile="0.015")))
    assert "Base miles taken back 7 -0.105" in said and "Opening" not in said
    assert "-7 miles used at HKD 0.015 = -0.105, rounded half away from zero" in said and "-HKD 0.11" in said


def test_invoice_html__nothing_moved_provisional_and_low__are_said() -> None:
    quiet = a_statement(Movement(MAY_S, Item.FUNDED, 5), payment=PaymentMode.OPEN, now_s=MAY_S + 9)
    assert "Provisional invoice" in _text(invoice_html(an_invoice(quiet)))
    lows = a_statement(lows=((MAY_S, 3),))
    assert "fell below the alert on 2018-05-14T05:00:00Z" in _text(invoice_html(an_invoice(lows)))
    other = a_statement(Movement(MAY_S, Item.BASE, 5, None, from_pot=True), payment=PaymentMode.OPEN)
    assert "Nothing moved 0" in _text(invoice_html(an_invoice(other)))


def test_invoice_html__names_with_markup__are_escaped() -> None:
    page = invoice_html(an_invoice(title="<b>Putien & Co</b>"))
    assert "&lt;b&gt;Putien &amp; Co&lt;/b&gt;" in page and "<b>Putien" not in page
