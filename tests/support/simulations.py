"""Bills to try promotions on, as values and as files; a test states only what matters to it."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from milepost.domain.purchase import SubmittedPurchase
from tests.support.feed_rows import ROW, csv_of
from tests.support.purchases import a_purchase

MAY = datetime.fromisoformat("2021-05-03T12:00:00+08:00")
"""A Monday."""


def a_sale(
    ref: str, *, member: str | None = "M-1", after: timedelta = timedelta(), **changes: Any
) -> SubmittedPurchase:
    """A bill of HKD 800.00 at Putien on a Monday in May; `after` that Monday's noon."""
    usual: dict[str, Any] = {
        "sale_ref": ref,
        "occurred_at": MAY + after,
        "business_date": None,
        "gross_minor": 80_000,
        "eligible_minor": 80_000,
        "service_minor": 0,
        "tip_minor": 0,
    }
    return SubmittedPurchase(a_purchase(**(usual | changes)), member)


def a_bill(ref: str, gross: str, **changes: Any) -> dict[str, object]:
    """A row of a till: dine-in at Putien, Causeway Bay, on Monday 3 May 2021 at noon, by member M-1."""
    usual = {
        "sale_ref": ref,
        "occurred_at": "2021-05-03T12:00:00+08:00",
        "gross": gross,
        "channel": "dine-in",
        "member": "M-1",
    }
    row = {name: value for name, value in ROW.items() if name != "gross_minor"}
    return {name: value for name, value in {**row, **usual, **changes}.items() if value is not None}


def write_bills(folder: Path, *rows: dict[str, object], name: str = "past.csv") -> Path:
    path = folder / name
    path.write_bytes(csv_of(*rows))
    return path
