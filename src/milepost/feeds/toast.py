"""Makes purchases of what Toast's orders webhook says: of checks that are closed and paid, refunds and voids.

Before it `signatures` has made sure that Toast sent the bytes; after it the pipeline ingests the records.
Toast sends the whole order at every change. Each is read by itself and by fields that stay once money moved,
so that deliveries may come twice, late and in any order.
Source: the Toast orders API, Order, Check, Payment and Refund; docs/feeds.md, Toast.
"""

import re
from collections.abc import Iterator, Mapping

from milepost.domain.purchase import SubmittedPurchase
from milepost.feeds.event_body import parse_event
from milepost.feeds.outside import (
    EventRefused,
    Outside,
    Place,
    Records,
    list_of,
    local_time,
    member_of,
    object_of,
    shown,
    text_of,
)
from milepost.feeds.toast_bill import Bill, bill_of, is_moved, paid_at, standing_payments
from milepost.ports import Rejection

ORDER_EVENTS = ("order_updated", "channel_order_updated")
MOST_CHECKS = 500
"""Most checks of an order; a table is split into a dozen."""

_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)


def timestamp_of(event: Mapping[str, object]) -> str | None:
    """The time that Toast signs after the body, as it stands in it; None where there is none."""
    stated = event.get("timestamp")
    return stated if isinstance(stated, str) and stated.isascii() else None


def read_toast(body: bytes, outside: Outside, *, event: Mapping[str, object] | None = None) -> Records:
    """Read the body of one webhook; `event` is what was parsed of it before, to spare doing so again.

    Shape: nothing for other events and for orders of which no money moved; else the order's checks as
        sales, their payments' refunds, and voids, one bad record beside good ones.
    """
    try:
        event = parse_event(body) if event is None else event
        if event.get("eventType") not in ORDER_EVENTS:
            return ()
        details = object_of(event.get("details"), "details")
        order = object_of(details.get("order"), "details.order")
        checks = list_of(order.get("checks"), "order.checks")
        if len(checks) > MOST_CHECKS:
            raise EventRefused("malformed_event", f"The order has more than {MOST_CHECKS} checks.")
        if order.get("createdInTestMode") is True:
            return ()
        return tuple(_records(order, checks, details.get("restaurantGuid"), outside))
    except EventRefused as refused:
        return (Rejection(1, refused.code, str(refused)),)


def _records(
    order: Mapping[str, object], checks: list[object], restaurant: object, outside: Outside
) -> Iterator[SubmittedPurchase | Rejection]:
    line = 0
    for check in checks:
        try:
            rows = list(_check(object_of(check, "a check"), order, restaurant, outside))
        except EventRefused as refused:
            line += 1
            yield Rejection(line, refused.code, str(refused))
            continue
        for row in rows:
            line += 1
            yield outside.read(line, row)


def _check(
    check: Mapping[str, object], order: Mapping[str, object], restaurant: object, outside: Outside
) -> Iterator[dict[str, object]]:
    is_void = any(holder.get(word) is True for holder in (check, order) for word in ("voided", "deleted"))
    # A check that was never closed was never a purchase: there is nothing to take back.
    if is_void and check.get("closedDate"):
        place = outside.place(text_of(restaurant, "details.restaurantGuid"))
        yield _void(check, order, place)
    if is_void or check.get("paymentStatus") != "CLOSED":
        return
    payments = standing_payments(check)
    if not payments or not all(map(is_moved, payments)):
        return
    place = outside.place(text_of(restaurant, "details.restaurantGuid"))
    bill = bill_of(check, payments, place)
    if bill.gross:
        yield _sale(check, order, bill, paid_at(check, payments), place)
        yield from _refunds(check, payments, bill, place)


def _sale(
    check: Mapping[str, object], order: Mapping[str, object], bill: Bill, paid: object, place: Place
) -> dict[str, object]:
    loyalty = check.get("appliedLoyaltyInfo")
    member = object_of(loyalty, "appliedLoyaltyInfo").get("loyaltyIdentifier") if loyalty else None
    return place.fields(
        kind="SALE",
        sale_ref=text_of(check.get("guid"), "check.guid"),
        member=member_of(member),
        occurred_at=local_time(paid, place.zone),
        business_date=_business_date(order.get("businessDate")),
        gross_minor=bill.gross,
        tax_minor=bill.tax,
        service_minor=bill.service,
        tip_minor=bill.tip,
    )


def _refunds(
    check: Mapping[str, object], payments: list[Mapping[str, object]], bill: Bill, place: Place
) -> Iterator[dict[str, object]]:
    for payment in payments:
        if payment.get("refundStatus") not in ("PARTIAL", "FULL"):
            continue
        refund = object_of(payment.get("refund"), "payment.refund")
        returned = place.minor(refund.get("refundAmount"), "refundAmount")
        tip = place.minor(refund.get("tipRefundAmount"), "tipRefundAmount")
        if returned + tip:
            yield place.fields(
                kind="REFUND",
                sale_ref=f"{text_of(payment.get('guid'), 'payment.guid')}/refund",
                original_sale_ref=text_of(check.get("guid"), "check.guid"),
                occurred_at=local_time(refund.get("refundDate"), place.zone),
                business_date=_business_date(refund.get("refundBusinessDate")),
                gross_minor=returned + tip,
                tip_minor=tip,
                eligible_minor=bill.eligible_of(returned, tip, place.partner.eligible),
            )


def _void(check: Mapping[str, object], order: Mapping[str, object], place: Place) -> dict[str, object]:
    dates = ("voidDate", "deletedDate")
    stated = [holder[name] for holder in (check, order) for name in dates if holder.get(name)]
    return place.fields(
        kind="VOID",
        sale_ref=text_of(check.get("guid"), "check.guid"),
        occurred_at=local_time((stated or [check.get("closedDate")])[0], place.zone),
    )


def _business_date(value: object) -> str | None:
    """A day as Toast counts it, 20260603; sales after midnight may belong to the day before."""
    if value is None:
        return None
    digits = _DAY.fullmatch(str(value)) if isinstance(value, int | str) else None
    if digits is None:
        raise EventRefused("bad_time", f"The business date {shown(value)} is no day: 20260603 is one.")
    return "-".join(digits.groups())
