"""Adds up a Toast check: its bill, its parts, what of a refund earned, and whether its money moved.

Part of reading Toast's orders, which `toast` does. Source: the Toast orders API, Check and Payment: a check's
amount holds discounts and service charges, its total also tax, and neither tips; refunds change none of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from milepost.domain.partner import EligibleParts
from milepost.domain.quantities import MinorUnits
from milepost.feeds.outside import EventRefused, Place, list_of, object_of

MOST_PAYMENTS = 500
"""Most payments or service charges of a check."""

# Payments that never brought money, or no longer hold it before it was captured.
_NOTHING = ("VOIDED", "DENIED", "CANCELLED", "ERROR", "ERROR_NETWORK")


@dataclass(frozen=True, slots=True)
class Bill:
    """Units: minor units. `net` is what was paid without tips and gratuities, tax and service included."""

    net: int
    tax: int
    service: int
    tip: int

    @property
    def gross(self) -> int:
        return self.net + self.tip

    def eligible_of(self, returned: int, tip: int, agreed: EligibleParts) -> int:
        """What of a refund had earned: Toast does not split it, so each part returns in its proportion.

        Shape: rounded down, so that refunds together never exceed what the bill had; all of it returns all.
        """
        earning = self.net - (0 if agreed.tax else self.tax) - (0 if agreed.service else self.service)
        share = min(returned, self.net) * earning // self.net if self.net else 0
        return share + (min(tip, self.tip) if agreed.tip else 0)


def standing_payments(check: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The payments of a check that were not voided or denied.

    Raises: EventRefused.
    """
    payments = [object_of(one, "a payment") for one in _bounded(check, "payments")]
    return [payment for payment in payments if payment.get("paymentStatus") not in _NOTHING]


def is_moved(payment: Mapping[str, object]) -> bool:
    """Whether money was taken: a card captured, not only authorised; another means may have no state."""
    state = payment.get("paymentStatus")
    return state == "CAPTURED" or (state is None and payment.get("type") != "CREDIT")


def bill_of(check: Mapping[str, object], payments: list[Mapping[str, object]], place: Place) -> Bill:
    """Add a closed check up.

    Raises: EventRefused for an amount that does not fit the currency, or parts beyond the total.
    """
    service = gratuity = 0
    for one in _bounded(check, "appliedServiceCharges"):
        charge = object_of(one, "a service charge")
        amount = place.minor(charge.get("chargeAmount"), "chargeAmount")
        # A gratuity goes to the staff, as a tip does.
        if charge.get("gratuity") is True:
            gratuity += amount
        else:
            service += amount
    total = place.minor(check.get("totalAmount"), "totalAmount")
    tax = place.minor(check.get("taxAmount"), "taxAmount")
    tips = sum(place.minor(payment.get("tipAmount"), "tipAmount") for payment in payments)
    if service + gratuity + tax > total:
        raise EventRefused("bad_amount", "Tax and service charges exceed totalAmount, which includes them.")
    return Bill(MinorUnits(total - gratuity), tax, service, tips + gratuity)


def paid_at(check: Mapping[str, object], payments: list[Mapping[str, object]]) -> object:
    """When the last payment was made; where none says, when the check was closed."""
    stated = [found for payment in payments if isinstance(found := payment.get("paidDate"), str)]
    return max(stated) if stated else check.get("closedDate")


def _bounded(check: Mapping[str, object], name: str) -> list[object]:
    found = list_of(check.get(name), name)
    if len(found) > MOST_PAYMENTS:
        raise EventRefused("malformed_event", f"A check has more than {MOST_PAYMENTS} {name}.")
    return found
