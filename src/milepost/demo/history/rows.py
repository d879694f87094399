"""Turns the purchases of examples/cdnow_master.txt into rows of the canonical CSV by a fixed, stated rule.

`feed.py` writes the rows to files as tills would send them; the oracle reads those as any till's.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from milepost.demo.tips import Row
from milepost.domain.errors import FeedError
from milepost.domain.purchase import DedupeKey, PurchaseKind
from milepost.domain.quantities import MinorUnits, OutletCode, PartnerCode, SaleRef

STATED_RULE = """\
Real, from the file: each purchase's customer, day, number of discs and amount in US dollars. They bought
music; that they dined is our assumption. Assumed, by this rule:
- Times: the file has days and no times. New York time; the first purchase of a day, in the order of the
  file, is settled at 11:00, each next one a minute later: so all lie within their day (the busiest has 504),
  no two at once, and offers with hours meet some of them. Rows that say the same stay as many purchases.
- Members: each customer is one, enrolled before the first purchase comes.
- Partners: one or two discs were eaten at Spindle Diner, three or more at Turntable Grill; customer n at the
  partner's outlet n mod 4, counted from 0. The number of discs is the number of guests.
- Bills: the amount is the whole bill, without a tip. Sale references are the lines of the file.
"""

SOURCE = "cdnow"
OUTLETS: dict[PartnerCode, tuple[OutletCode, ...]] = {
    PartnerCode("spindle-diner"): tuple(
        map(OutletCode, ("broad-street", "canal-street", "ferry-slip", "mill-lane"))
    ),
    PartnerCode("turntable-grill"): tuple(
        map(OutletCode, ("arch-street", "depot", "old-market", "river-walk"))
    ),
}

_DINER, _GRILL = OUTLETS
_DINER_DISCS = 2
_FIRST_HOUR = 11
_BETWEEN = timedelta(minutes=1)
_TIME_ZONE = ZoneInfo("America/New_York")
_ENROLLED_AT = "1996-12-01T09:00:00-05:00"


@dataclass(frozen=True, slots=True, order=True)
class HistoryPurchase:
    """One line of the file. Units: US cents. Shape: sorts by day, then line, which counts from 1."""

    day: date
    line: int
    customer: str
    discs: int
    amount_minor: MinorUnits

    @property
    def partner(self) -> PartnerCode:
        return _DINER if self.discs <= _DINER_DISCS else _GRILL

    @property
    def outlet(self) -> OutletCode:
        outlets = OUTLETS[self.partner]
        return outlets[int(self.customer) % len(outlets)]

    @property
    def sale_ref(self) -> SaleRef:
        return SaleRef(f"cdnow-{self.line:05d}")

    @property
    def key(self) -> DedupeKey:
        return DedupeKey(self.partner, SOURCE, self.sale_ref, PurchaseKind.SALE, 0)


def read_history(path: Path, *, most: int | None = None) -> list[HistoryPurchase]:
    """Read the file, at most its first `most` purchases; in order of day, those of a day as in the file.

    Shape: the file is in order of customer, so few of its rows are whole customers over all its months.
    Raises: FeedError for a line that is no purchase.
    """
    lines = path.read_text(encoding="ascii").splitlines()[1:][:most]
    return sorted(_purchase(number, line) for number, line in enumerate(lines, start=1))


def rows_of(purchases: Sequence[HistoryPurchase]) -> Iterator[Row]:
    """A row of the canonical CSV of each, by STATED_RULE; whole days, in the order of `read_history`."""
    for purchase, occurred_at in timed(purchases):
        yield _row(purchase, occurred_at)


def timed(purchases: Iterable[HistoryPurchase]) -> Iterator[tuple[HistoryPurchase, datetime]]:
    """Each with its time in New York, by STATED_RULE; whole days, in the order of `read_history`."""
    earlier: Counter[date] = Counter()
    for purchase in purchases:
        day = purchase.day
        first = datetime(day.year, day.month, day.day, _FIRST_HOUR, tzinfo=_TIME_ZONE)
        yield purchase, first + earlier[day] * _BETWEEN
        earlier[day] += 1


def member_rows(purchases: Sequence[HistoryPurchase]) -> list[Row]:
    """The customers as `milepost members import` reads them, in order of their number."""
    return [
        {"member": _member(customer), "tier": "", "segments": "", "enrolled_at": _ENROLLED_AT}
        for customer in sorted({purchase.customer for purchase in purchases})
    ]


def morning_after(day: date) -> int:
    """Six o'clock in New York on the next morning, when the day's tills are read. Units: unix seconds."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=_TIME_ZONE)
    return int((midnight + timedelta(days=1, hours=6)).timestamp())


def _row(purchase: HistoryPurchase, occurred_at: datetime) -> Row:
    return {
        "partner": purchase.partner,
        "source": SOURCE,
        "sale_ref": purchase.sale_ref,
        "kind": PurchaseKind.SALE.name,
        "outlet": purchase.outlet,
        "occurred_at": occurred_at.isoformat(),
        "currency": "USD",
        "gross_minor": str(purchase.amount_minor),
        "channel": "dine-in",
        "party_size": str(purchase.discs),
        "member": _member(purchase.customer),
    }


def _member(customer: str) -> str:
    return f"C{customer}"


def _purchase(number: int, line: str) -> HistoryPurchase:
    cells = line.split()
    try:
        customer, day, discs, amount = cells
        dollars, cents = amount.split(".")
        if len(cents) != len("00"):
            raise ValueError
        return HistoryPurchase(
            day=date.fromisoformat(day),
            line=number,
            customer=customer,
            discs=int(discs),
            amount_minor=MinorUnits(int(dollars) * 100 + int(cents)),
        )
    except ValueError:
        raise FeedError(
            f"Purchase {number} of the history is {line!r}: it must be customer, day, discs and dollars with"
            " cents. Take the file as it was committed."
        ) from None
