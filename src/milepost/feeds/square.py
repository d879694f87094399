"""Makes purchases of what Square's webhooks say: of payments and refunds that are completed, nothing else.

Before it `signatures` has made sure that Square sent the bytes; after it the pipeline ingests the records.
Every delivery is read by itself and by fields that never change again, so that deliveries may come twice,
late and in any order. Source: the Square reference, Payment and PaymentRefund; docs/feeds.md, Square.
"""

from collections.abc import Iterator, Mapping

from milepost.domain.quantities import MinorUnits
from milepost.feeds.event_body import parse_event
from milepost.feeds.outside import (
    EventRefused,
    Outside,
    Place,
    Records,
    local_time,
    member_of,
    object_of,
    shown,
    text_of,
    whole_minor,
)
from milepost.ports import Rejection

PAYMENT_EVENTS = ("payment.created", "payment.updated")
REFUND_EVENTS = ("refund.created", "refund.updated")
_COMPLETED = "COMPLETED"


def read_square(body: bytes, outside: Outside) -> Records:
    """Read the body of one webhook.

    Shape: nothing for an event that moved no money, such as `order.updated`; a purchase for a completed
        payment or refund; for a payment that was given back with its tip a VOID besides.
    """
    try:
        event = parse_event(body)
        kind = event.get("type")
        if kind in PAYMENT_EVENTS:
            fields = list(_payment(_object(event, "payment"), outside))
        elif kind in REFUND_EVENTS:
            fields = list(_refund(_object(event, "refund"), outside))
        else:
            return ()
    except EventRefused as refused:
        return (Rejection(1, refused.code, str(refused)),)
    return tuple(outside.read(line, row) for line, row in enumerate(fields, 1))


def _object(event: Mapping[str, object], name: str) -> Mapping[str, object]:
    data = object_of(event.get("data"), "data")
    return object_of(object_of(data.get("object"), "data.object").get(name), f"data.object.{name}")


def _payment(payment: Mapping[str, object], outside: Outside) -> Iterator[dict[str, object]]:
    if payment.get("status") != _COMPLETED:
        return
    place = outside.place(text_of(payment.get("location_id"), "location_id"))
    reference = text_of(payment.get("id"), "payment.id")
    net, tip = _money(payment, "amount_money", place), _money(payment, "tip_money", place)
    common = place.fields(
        sale_ref=reference,
        member=member_of(payment.get(place.connection.member_field)),
        occurred_at=local_time(_taken_at(payment), place.zone),
        terminal=_terminal(payment),
    )
    yield {**common, "kind": "SALE", "gross_minor": net + tip, "tip_minor": tip}
    # Square's refund does not say how much of it was tip. One that returns a tip that earned nothing would
    # exceed what is left of the bill and change nothing, so the payment says that nothing of it is left.
    if tip and not place.partner.eligible.tip and _money(payment, "refunded_money", place) >= net + tip:
        yield {**common, "kind": "VOID"}


def _refund(refund: Mapping[str, object], outside: Outside) -> Iterator[dict[str, object]]:
    if refund.get("status") != _COMPLETED:
        return
    place = outside.place(text_of(refund.get("location_id"), "location_id"))
    payment = refund.get("payment_id")
    if payment is None or payment == "" or refund.get("unlinked") is True:
        raise EventRefused(
            "unlinked_refund",
            "The refund names no payment: take the miles back by hand, if the payment is known.",
        )
    yield place.fields(
        kind="REFUND",
        sale_ref=text_of(refund.get("id"), "refund.id"),
        original_sale_ref=text_of(payment, "refund.payment_id"),
        occurred_at=local_time(refund.get("created_at"), place.zone),
        gross_minor=_money(refund, "amount_money", place),
    )


def _taken_at(payment: Mapping[str, object]) -> object:
    """When the bill was settled at the till, also where that was offline and reached Square a day later."""
    offline = payment.get("offline_payment_details")
    if isinstance(offline, dict) and offline.get("client_created_at"):
        return offline["client_created_at"]
    return payment.get("created_at")


def _terminal(payment: Mapping[str, object]) -> str | None:
    device = payment.get("device_details")
    name = device.get("device_id") if isinstance(device, dict) else None
    return name if isinstance(name, str) else None


def _money(holder: Mapping[str, object], name: str, place: Place) -> MinorUnits:
    """An amount of the partner's currency; absent is 0."""
    money = holder.get(name)
    if money is None and name != "amount_money":
        return MinorUnits(0)
    found = object_of(money, name)
    if found.get("currency") != place.partner.currency:
        raise EventRefused(
            "wrong_currency",
            f"{place.partner.code} bills in {place.partner.currency}, {name} is in"
            f" {shown(found.get('currency'))}.",
        )
    return whole_minor(found.get("amount"), name)
