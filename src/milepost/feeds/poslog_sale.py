"""Says what one transaction of a POSLog is: a sale, a return, a void, or nothing that moved a guest's money.

Part of reading POSLog, which `poslog` streams. Elements are known by their names without namespace, since
tills write POSLog 2 to 6 with and without one. Source: ARTS (NRF) POSLog, Transaction, RetailTransaction,
TransactionLink, Total; docs/feeds.md, POSLog.
"""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from milepost.domain.quantities import MinorUnits
from milepost.feeds.outside import EventRefused, Outside, Place, local_time, member_of

_NOT_A_BILL = {"Suspended", "Voided", "Failed", "PostVoided", "SuspendedRetrieved", "SuspendedDeleted"}
_VOIDING = {"Void", "PostVoid", "Voided", "PostVoided"}
_RETURNING = {"Return", "Refund"}
_TRUE = ("true", "1")
_MEMBER_PATHS = (
    ("LoyaltyAccount", "LoyaltyAccountID"),
    ("LoyaltyAccount", "LoyaltyAccountId"),
    ("LoyaltyMembership", "LoyaltyMembershipID"),
    ("LoyaltyAccount", "CustomerID"),
)
_AMOUNT = re.compile(r"-?\d{1,30}(\.\d{1,30})?", re.ASCII)


def fields_of(transaction: Element, outside: Outside) -> dict[str, object] | None:
    """The transaction as a row, None for one that moved no guest's money.

    Raises: EventRefused.
    """
    if any(_is_true(transaction, flag) for flag in ("CancelFlag", "TrainingModeFlag")):
        return None
    post_void = _child(transaction, "PostVoidTransaction")
    retail = _child(transaction, "RetailTransaction")
    body = retail if post_void is None else post_void
    if body is None:
        return None
    link = _link(body, _VOIDING) if post_void is None else _first(_link(body, _VOIDING), _any_link(body))
    if post_void is None and link is None and body.get("TransactionStatus") in _NOT_A_BILL:
        return None
    place = outside.place(_needed(transaction, "RetailStoreID"))
    common = place.fields(
        sale_ref=reference_of(transaction),
        terminal=_needed(transaction, "WorkstationID"),
        business_date=_day(_needed(transaction, "BusinessDayDate")),
        occurred_at=_time(transaction, place),
    )
    if post_void is not None or link is not None:
        return {**common, "kind": "VOID", "original_sale_ref": _original(link, transaction)}
    return {**common, **_bill(body, transaction, place)}


def reference_of(transaction: Element) -> str:
    """POSLog has no number of its own for a bill: store, workstation, business day and sequence make it.

    Raises: EventRefused if one of them is missing.
    """
    parts = [_needed(transaction, name) for name in ("RetailStoreID", "WorkstationID")]
    day = _day(_needed(transaction, "BusinessDayDate"))
    return "-".join([*parts, day.replace("-", ""), _needed(transaction, "SequenceNumber")])


def local_name(element: Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _bill(retail: Element, transaction: Element, place: Place) -> dict[str, object]:
    currency = _text(transaction, "CurrencyCode") or _text(retail, "CurrencyCode") or place.partner.currency
    lines = [line for line in _children(retail, "LineItem") if not _is_true(line, "VoidFlag")]
    sold = any(_child(line, "Sale") is not None for line in lines)
    returned = [found for line in lines if (found := _child(line, "Return")) is not None]
    if sold and returned:
        raise EventRefused(
            "mixed_transaction",
            "The transaction sells and takes back at once: have the till write two, a sale and a return.",
        )
    amounts = _amounts(retail, lines, place)
    if not returned and amounts["gross_minor"] >= 0:
        if not amounts["gross_minor"]:
            raise EventRefused("bad_amount", "The transaction has a total of nothing.")
        member = member_of(_member(retail))
        return {"kind": "SALE", "currency": currency, "member": member, **amounts}
    return {
        "kind": "REFUND",
        "currency": currency,
        "original_sale_ref": _returned_of(retail, returned, transaction),
        **{name: abs(amount) for name, amount in amounts.items()},
    }


def _amounts(retail: Element, lines: list[Element], place: Place) -> dict[str, int]:
    totals = {_type(total): _signed(total, place) for total in _children(retail, "Total")}
    gross = totals.get("TransactionGrandAmount")
    tax = totals.get("TransactionTaxAmount")
    if tax is None:
        tax = sum(
            _signed(amount, place)
            for line in lines
            if (one := _child(line, "Tax")) is not None and (amount := _child(one, "Amount")) is not None
        )
    if gross is None and "TransactionNetAmount" in totals:
        gross = totals["TransactionNetAmount"] + tax
    if gross is None:
        raise EventRefused("bad_amount", "The transaction has no Total of type TransactionGrandAmount.")
    tip = totals.get("TransactionTipAmount", 0)
    return {"gross_minor": gross, "tax_minor": tax, "tip_minor": tip}


def _signed(element: Element, place: Place) -> int:
    text = (element.text or "").strip()
    if not _AMOUNT.fullmatch(text):
        raise EventRefused("bad_amount", f"{local_name(element)} holds no decimal amount.")
    amount: MinorUnits = place.minor(text.removeprefix("-"), local_name(element))
    return -amount if text.startswith("-") else amount


def _returned_of(retail: Element, returned: list[Element], transaction: Element) -> str:
    """The one sale that the return names, in a link of its own or of its lines."""
    links = [_first(_link(holder, _RETURNING), _any_link(holder)) for holder in (retail, *returned)]
    found = {_original(link, transaction) for link in links if link is not None}
    if len(found) != 1:
        why = "no sale" if not found else "several sales"
        raise EventRefused("bad_sale_ref", f"The return names {why}: have the till link the one it returns.")
    return found.pop()


def _original(link: Element | None, transaction: Element) -> str:
    """The sale that a link names; what it leaves out is as of the transaction itself."""
    if link is None:
        raise EventRefused("bad_sale_ref", "The void names no sale: have the till write a TransactionLink.")
    parts = [
        _text(link, name) or _needed(transaction, name)
        for name in ("RetailStoreID", "WorkstationID", "BusinessDayDate")
    ]
    day = _day(parts[2]).replace("-", "")
    return "-".join([parts[0], parts[1], day, _needed(link, "SequenceNumber")])


def _link(holder: Element, reasons: set[str]) -> Element | None:
    return next(
        (link for link in _children(holder, "TransactionLink") if link.get("ReasonCode") in reasons), None
    )


def _first(link: Element | None, other: Element | None) -> Element | None:
    # An element without children counts as false, so `or` would pass it over.
    return other if link is None else link


def _any_link(holder: Element) -> Element | None:
    return _child(holder, "TransactionLink")


def _member(retail: Element) -> str | None:
    for holder in (retail, *_children(retail, "LineItem"), *_children(retail, "Customer")):
        for outer, inner in _MEMBER_PATHS:
            found = _child(holder, outer)
            if found is not None and (text := _text(found, inner)):
                return text
    return None


def _time(transaction: Element, place: Place) -> str:
    """When the till ended the transaction, by the outlet's clock where it states no offset."""
    text = _text(transaction, "EndDateTime") or _needed(transaction, "BeginDateTime")
    return local_time(text, place.zone, may_lack_offset=True)


def _day(text: str) -> str:
    # Some tills write the day as a time; the day is what comes before it.
    return text[:10] if re.fullmatch(r"\d{4}-\d\d-\d\d([T+Z-].*)?", text, re.ASCII) else text


def _type(total: Element) -> str:
    return total.get("TotalType") or ""


def _is_true(element: Element, flag: str) -> bool:
    return (element.get(flag) or "").strip().lower() in _TRUE


def _children(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element if local_name(child) == name)


def _child(element: Element, name: str) -> Element | None:
    return next(_children(element, name), None)


def _text(element: Element, name: str) -> str | None:
    child = _child(element, name)
    text = None if child is None else (child.text or "").strip()
    return text or None


def _needed(element: Element, name: str) -> str:
    text = _text(element, name)
    if text is None:
        raise EventRefused("malformed_event", f"The transaction has no {name}.")
    return text
