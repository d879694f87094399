"""Makes the invoice of a partner's month, and writes it as CSV.

`partner.py` has the account stated; `partner_page.py` prints the invoice, `partner_view.py` shows it.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from io import StringIO
from typing import ClassVar

from milepost.bootstrap import Deployment
from milepost.cli.output import money
from milepost.domain.calendar import shown_instant
from milepost.domain.errors import MilepostError
from milepost.domain.partner import Partner, PaymentMode, currency_exponent
from milepost.domain.partner_account import (
    Item,
    Month,
    PartnerMonth,
    cost_of,
    month_at,
    promotions_in,
    rounded_minor,
)
from milepost.domain.quantities import MinorUnits, PromotionId
from milepost.pipeline.state_partner import PartnerStatement

COLUMNS = ("invoice", "partner", "month", "line", "promotion", "miles", "value", "cost", "currency")
ITEM_WORDS = {
    Item.FUNDED: "Bought, or limit raised",
    Item.BASE: "Base miles issued",
    Item.BONUS: "Bonus issued",
    Item.BASE_REVERSED: "Base miles taken back",
    Item.BONUS_REVERSED: "Bonus taken back",
    Item.CONTRIBUTED: "Put into a joint promotion",
    Item.RELEASED: "Back from a joint promotion",
}
PAYMENT_WORDS = {
    PaymentMode.OPEN: "no limit, pays for what was used",
    PaymentMode.PREPAID: "prepaid, pays for what it buys",
    PaymentMode.POSTPAID: "postpaid up to a limit, pays for what was used",
}


class NothingInvoiced(MilepostError):
    """The partner's agreement names no price of a mile. The operator adds it, or asks for the ledger."""

    exit_code: ClassVar[int] = 2

    def __init__(self, partner: Partner) -> None:
        super().__init__(
            f"{partner.code} has no cost_per_mile, so nothing is invoiced: add it to the partner's file, or"
            f" look at milepost partner ledger {partner.code}."
        )


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an invoice.

    Units: `miles` with their sign in the account; `value` at the price of a mile, exact, in units of the
        currency, below 0 for what came back; `is_billed` where it is part of the amount due.
    """

    key: str
    words: str
    promotion: str | None
    miles: int
    value: Decimal
    is_billed: bool

    @property
    def cost(self) -> Decimal | None:
        return self.value if self.is_billed else None


@dataclass(frozen=True, slots=True)
class Invoice:
    """A month's invoice.

    Shape: `lines` that move the account, between `opening` and `closing`; `pot_lines` of bonuses that joint
        promotions paid for this partner's guests. `due` is of `billed` miles, rounded once.
    """

    number: str
    programme: str
    partner: Partner
    month: Month
    is_provisional: bool
    statement: PartnerStatement
    opening: int | None
    closing: int | None
    lines: tuple[Line, ...]
    pot_lines: tuple[Line, ...]
    billed: int
    exact: Decimal
    due: MinorUnits
    lows: tuple[str, ...]

    @property
    def month_text(self) -> str:
        return f"{self.month[0]}-{self.month[1]:02}"

    @property
    def is_exact(self) -> bool:
        """Whether rounding changed nothing."""
        return self.exact == shown_due(self)


def make_invoice(found: PartnerStatement, partner: Partner, month: Month, deployment: Deployment) -> Invoice:
    """Raises: NothingInvoiced; MonthUnknown."""
    if partner.cost_per_mile is None:
        raise NothingInvoiced(partner)
    account = found.month(month)
    billed = account.billed(found.standing.payment)
    exact = cost_of(billed, partner.cost_per_mile)
    offset = found.utc_offset_minutes
    return Invoice(
        number=f"{deployment.programme}-{partner.code}-{month[0]}-{month[1]:02}",
        programme=deployment.title,
        partner=partner,
        month=month,
        is_provisional=month == month_at(found.block.timestamp, offset),
        statement=found,
        opening=account.opening,
        closing=account.closing,
        lines=tuple(_lines(account, account.lines, found, partner, deployment)),
        pot_lines=tuple(
            replace(one, key=f"pot_{one.key}", is_billed=False)
            for one in _lines(account, account.pot_lines, found, partner, deployment)
        ),
        billed=billed,
        exact=exact,
        due=rounded_minor(exact, partner.currency),
        lows=tuple(shown_instant(at_s) for at_s, _ in found.lows if month_at(at_s, offset) == month),
    )


def _lines(
    account: PartnerMonth,
    moved: dict[tuple[Item, PromotionId | None], int],
    found: PartnerStatement,
    partner: Partner,
    deployment: Deployment,
) -> Iterator[Line]:
    """In order of items, then of promotions; what is billed adds up to the amount due."""
    is_prepaid = found.standing.payment is PaymentMode.PREPAID
    for item in Item:
        for promotion in (None, *promotions_in(account)):
            miles = moved.get((item, promotion))
            if miles is None:
                continue
            is_funding = item is Item.FUNDED
            yield Line(
                key=str(item),
                words=ITEM_WORDS[item],
                promotion=promotion_name(promotion, deployment),
                miles=item.sign * miles,
                value=cost_of(miles if is_funding else -item.sign * miles, partner.cost_per_mile or "0"),
                is_billed=is_funding is is_prepaid,
            )


def promotion_name(promotion: PromotionId | None, deployment: Deployment) -> str | None:
    """The name it was deployed with, or its number; None for none."""
    names = {number: name for name, number in deployment.promotions.items()}
    return None if promotion is None else names.get(promotion, f"promotion {promotion}")


def shown_due(made: Invoice) -> Decimal:
    """The amount due in units of the currency."""
    return Decimal(made.due).scaleb(-currency_exponent(made.partner.currency))


def plain(amount: Decimal) -> str:
    """A decimal without an exponent, and without zeros that say nothing."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def invoice_csv(made: Invoice) -> str:
    """One row a line: opening, what moved, closing, what pots paid, what is billed, what is due."""
    written = StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(COLUMNS)
    head = (made.number, made.partner.code, made.month_text)

    def row(line: str, promotion: str | None, miles: int | None, *amounts: Decimal | None) -> None:
        shown = ["" if amount is None else plain(amount) for amount in amounts]
        currency = made.partner.currency if any(shown) else ""
        rows.writerow((*head, line, promotion or "", "" if miles is None else miles, *shown, currency))

    row("opening", None, made.opening, None, None)
    for line in made.lines:
        row(line.key, line.promotion, line.miles, line.value, line.cost)
    row("closing", None, made.closing, None, None)
    for line in made.pot_lines:
        row(line.key, line.promotion, line.miles, line.value, None)
    row("billed", None, made.billed, made.exact, made.exact)
    row("due", None, None, None, shown_due(made))
    return written.getvalue()


def signed_money(minor: int, currency: str) -> str:
    """An amount, with a minus before what is owed to the partner."""
    return f"-{money(-minor, currency)}" if minor < 0 else money(minor, currency)
