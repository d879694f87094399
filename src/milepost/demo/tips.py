"""Turns the 244 bills of examples/tips.csv into purchases by a fixed, stated rule.

The demo writes the rows as a CSV, which then goes through the same feed as any till's file.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

STATED_RULE = """\
Real, from the file: the 244 bills' amounts and tips in US dollars, weekday, lunch or dinner, number of
guests, and whether the table smoked. Assumed, by this rule:
- Days: all bills lie in May 2018. The bills of one weekday, in the order of the file, are cut into as many
  runs as that month has such weekdays, of equal length or one apart; the first run dines on the first such
  day, and so on.
- Times: New York time. The first lunch of a day is settled at 12:00 and the first dinner at 18:00, each next
  one of that day and meal three minutes later.
- Members: sixty, M0001 to M0060. Counting bills from 0, bill n belongs to member (7 n mod 60) + 1, except
  for bills 99 and 199, whose numbers M9001 and M9002 nobody has enrolled.
- Partners: dinners are Harbour Grill's, lunches Noon Kitchen's. Tables that did not smoke sat at the outlets
  pier and market-street, those that did at boathouse and station.
- Bills: the amount is the bill with its taxes, and the tip comes on top; it was eaten and paid there.
"""

BILLS = 244
"""Bills in examples/tips.csv."""
MEMBERS = 60
"""Members enrolled for the demo; each dines about four times."""

SOURCE = "tips"

_MEMBER_STEP = 7
"""Has no factor in common with MEMBERS, so that every member dines before any dines again."""
_UNKNOWN_MEMBERS = {99: "M9001", 199: "M9002"}
_TIME_ZONE = ZoneInfo("America/New_York")
_FIRST_DAY, _LAST_DAY = date(2018, 5, 1), date(2018, 5, 31)
_WEEKDAYS = {"Thur": 3, "Fri": 4, "Sat": 5, "Sun": 6}
_FIRST_HOUR = {"Lunch": 12, "Dinner": 18}
_BETWEEN_BILLS = timedelta(minutes=3)
_OUTLETS = {
    ("Dinner", "No"): ("harbour-grill", "pier"),
    ("Dinner", "Yes"): ("harbour-grill", "boathouse"),
    ("Lunch", "No"): ("noon-kitchen", "market-street"),
    ("Lunch", "Yes"): ("noon-kitchen", "station"),
}
_ENROLLED_AT = "2018-04-02T09:00:00+08:00"

Row = dict[str, str]


def purchases_from_tips(path: Path) -> list[Row]:
    """Make one row of the canonical CSV of every bill, by STATED_RULE.

    Shape: in order of time, then of the file, as tills would have sent them; `sale_ref` counts the bills of
        the file from 1.
    Units: amounts in cents, exactly those of the file; `gross_minor` is bill and tip.
    """
    with path.open(encoding="utf-8", newline="") as stream:
        bills = list(csv.DictReader(stream))
    times = _times(bills)
    rows = [_row(number, bill, times[number]) for number, bill in enumerate(bills)]
    return sorted(rows, key=lambda row: (row["occurred_at"], row["sale_ref"]))


def member_rows() -> list[Row]:
    """The sixty members of STATED_RULE, as `milepost members import` reads them."""
    return [
        {"member": _member_number(n), "tier": "", "segments": "", "enrolled_at": _ENROLLED_AT}
        for n in range(MEMBERS)
    ]


def write_feed_csv(rows: Sequence[Row], path: Path) -> None:
    """Write purchases as a CSV with a header row; the same rows give the same bytes."""
    _write_csv(rows, path)


def write_members_csv(path: Path) -> None:
    """Write the sixty members as a CSV with a header row."""
    _write_csv(member_rows(), path)


def _write_csv(rows: Sequence[Row], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _row(number: int, bill: Row, occurred_at: datetime) -> Row:
    partner, outlet = _OUTLETS[bill["time"], bill["smoker"]]
    tip_minor = _cents(bill["tip"])
    return {
        "partner": partner,
        "source": SOURCE,
        "sale_ref": f"tips-{number + 1:04d}",
        "kind": "SALE",
        "outlet": outlet,
        "occurred_at": occurred_at.isoformat(),
        "currency": "USD",
        "gross_minor": str(_cents(bill["total_bill"]) + tip_minor),
        "tip_minor": str(tip_minor),
        "channel": "dine-in",
        "party_size": bill["size"],
        "member": _UNKNOWN_MEMBERS.get(number) or _member_number(number * _MEMBER_STEP % MEMBERS),
    }


def _member_number(place: int) -> str:
    return f"M{place + 1:04d}"


def _cents(amount: str) -> int:
    cents = Decimal(amount).scaleb(2)
    if cents != int(cents):
        raise ValueError(f"{amount} is no amount in US dollars: it has parts of a cent")
    return int(cents)


def _times(bills: Sequence[Row]) -> list[datetime]:
    """When each bill was settled, by the bill's place in the file."""
    times: list[datetime] = []
    earlier: Counter[tuple[date, str]] = Counter()
    for bill, day in zip(bills, _days([bill["day"] for bill in bills]), strict=True):
        meal = bill["time"]
        first = datetime(day.year, day.month, day.day, _FIRST_HOUR[meal], tzinfo=_TIME_ZONE)
        times.append(first + earlier[day, meal] * _BETWEEN_BILLS)
        earlier[day, meal] += 1
    return times


def _days(weekdays: Iterable[str]) -> list[date]:
    """The day of each bill: a weekday's bills fall in runs on its days of the month."""
    names = list(weekdays)
    counts = Counter(names)
    seen: dict[str, int] = defaultdict(int)
    days = []
    for name in names:
        dates = _dates_of(name)
        days.append(dates[seen[name] * len(dates) // counts[name]])
        seen[name] += 1
    return days


def _dates_of(weekday: str) -> list[date]:
    month = (_FIRST_DAY + timedelta(days=n) for n in range((_LAST_DAY - _FIRST_DAY).days + 1))
    return [day for day in month if day.weekday() == _WEEKDAYS[weekday]]
