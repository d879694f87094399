"""Makes a canonical purchase of one row, or says with a stable code why it cannot.

Before it `csv` and `ndjson` give names and values; after it the pipeline ingests what is a purchase.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from milepost.domain.errors import CurrencyUnknown
from milepost.domain.partner import Outlet, Partner, currency_exponent
from milepost.domain.purchase import Channel, Purchase, PurchaseKind, SubmittedPurchase
from milepost.domain.quantities import MinorUnits, OutletCode, PartnerCode, SaleRef
from milepost.feeds.amounts import AmountRefused, minor_units, minor_units_of_decimal
from milepost.ports import Rejection

AMOUNTS = ("gross", "tax", "service", "tip", "eligible")
"""Amounts of a row: a decimal under this name, or minor units under the name with `_minor`."""
_MINOR = {name: f"{name}_minor" for name in AMOUNTS}
MOST_TEXT = 128
"""Longest reference, source, terminal or member in characters; longer is refused."""
MOST_PARTY_SIZE = 10_000
"""Most guests of one bill; more is a mistake of the till and refused."""
MOST_REVISION = 10_000
"""Highest revision of a bill; more is a mistake of the till and refused."""

# What a purchase's day can be counted in: docs/report-format.md. Others cannot be judged and are refused.
_FIRST_YEAR, _LAST_YEAR = 1990, 2168
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class _Refused(Exception):
    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class RowReader:
    """Reads rows of one source for the partners of a programme."""

    def __init__(
        self,
        partners: Mapping[PartnerCode, Partner],
        *,
        source: str,
        sender: PartnerCode | None = None,
    ) -> None:
        """Shape: with a `sender`, rows of other partners are rejected: nobody speaks for another."""
        self._partners = partners
        self._sender = sender
        self._source = source
        self._outlets = {
            code: {outlet.code: outlet for outlet in partner.outlets} for code, partner in partners.items()
        }
        outlets = [outlet for partner in partners.values() for outlet in partner.outlets]
        self._zones = {outlet.time_zone: ZoneInfo(outlet.time_zone) for outlet in outlets}
        self._offsets = {
            outlet.offsets: frozenset(timedelta(minutes=15 * quarter) for quarter in outlet.offsets)
            for outlet in outlets
        }

    def read(self, line: int, fields: Mapping[str, object]) -> SubmittedPurchase | Rejection:
        """Make a purchase of a row; a missing, empty or null field is absent.

        Units: decimals become minor units exactly; fractions of a second are dropped.
        Source: docs of feeds, "Canonical purchase".
        """
        try:
            return self._submitted(line, fields)
        except _Refused as refused:
            return Rejection(line, refused.code, str(refused))

    def _submitted(self, line: int, fields: Mapping[str, object]) -> SubmittedPurchase:
        partner = self._partner(fields)
        outlet = self._outlet(fields, partner)
        kind = _kind(fields)
        sale_ref = SaleRef(_needed_text(fields, "sale_ref", code="bad_sale_ref"))
        amounts = _no_amounts(fields, partner) if kind is PurchaseKind.VOID else _amounts(fields, partner)
        return SubmittedPurchase(
            purchase=Purchase(
                partner=partner.code,
                source=_text(fields, "source", code="bad_source") or self._source,
                sale_ref=sale_ref,
                kind=kind,
                revision=_revision(fields, kind),
                original_sale_ref=_original(fields, kind, sale_ref),
                outlet=outlet.code,
                terminal=_text(fields, "terminal", code="malformed_row"),
                occurred_at=self._occurred_at(fields, outlet),
                business_date=_business_date(fields),
                currency=partner.currency,
                gross_minor=amounts["gross"],
                tax_minor=amounts["tax"],
                service_minor=amounts["service"],
                tip_minor=amounts["tip"],
                eligible_minor=amounts["eligible"],
                channel=_channel(fields),
                party_size=_number(fields, "party_size", most=MOST_PARTY_SIZE, code="bad_party_size"),
            ),
            member=_member(fields),
            line=line,
        )

    def _partner(self, fields: Mapping[str, object]) -> Partner:
        code = _needed_text(fields, "partner", code="unknown_partner")
        if self._sender not in (None, code):
            raise _Refused(
                "wrong_partner",
                f"The row is of another partner than its sender: send rows of {self._sender}.",
            )
        partner = self._partners.get(PartnerCode(code))
        if partner is None:
            raise _Refused("unknown_partner", f"There is no partner {code!r}: use the programme's code.")
        return partner

    def _outlet(self, fields: Mapping[str, object], partner: Partner) -> Outlet:
        code = _needed_text(fields, "outlet", code="unknown_outlet")
        outlet = self._outlets[partner.code].get(OutletCode(code))
        if outlet is None:
            raise _Refused("unknown_outlet", f"{partner.code} has no outlet {code!r}: register it first.")
        return outlet

    def _occurred_at(self, fields: Mapping[str, object], outlet: Outlet) -> datetime:
        text = _needed_text(fields, "occurred_at", code="bad_time")
        if not _RFC_3339.fullmatch(text):
            raise _Refused(
                "bad_time", f"occurred_at {text!r} is no time with offset: write 2021-05-01T19:30:00+08:00."
            )
        try:
            occurred_at = datetime.fromisoformat(text.upper()).replace(microsecond=0)
        except ValueError as error:
            raise _Refused("bad_time", f"occurred_at {text!r} is no time of the calendar: {error}.") from None
        if not _FIRST_YEAR < occurred_at.year < _LAST_YEAR:
            raise _Refused("bad_time", f"occurred_at {text!r} is not between {_FIRST_YEAR} and {_LAST_YEAR}.")
        offset = occurred_at.utcoffset()
        held = occurred_at.astimezone(self._zones[outlet.time_zone]).utcoffset()
        if offset != held or offset not in self._offsets[outlet.offsets]:
            raise _Refused(
                "bad_offset",
                f"occurred_at {text!r} has not the offset that held in {outlet.time_zone} then:"
                f" write the outlet's local time with its own offset.",
            )
        return occurred_at


def gross_stated(fields: Mapping[str, object]) -> int:
    """The whole bill as a row states it, in minor units, whatever else is wrong with the row; 0 for none."""
    currency = fields.get("currency")
    try:
        exponent = currency_exponent(currency if isinstance(currency, str) else "")
    except CurrencyUnknown:
        exponent = 0
    try:
        return _amount(fields, "gross", exponent=exponent) or 0
    except _Refused:
        return 0


def _kind(fields: Mapping[str, object]) -> PurchaseKind:
    kind = _text(fields, "kind", code="malformed_row") or "SALE"
    # Letters of other scripts may turn into Latin ones as capitals.
    kind = kind.upper() if kind.isascii() else kind
    if kind not in PurchaseKind.__members__:
        raise _Refused("malformed_row", f"{kind!r} is no kind: SALE, AMEND, REFUND or VOID.")
    return PurchaseKind[kind]


def _revision(fields: Mapping[str, object], kind: PurchaseKind) -> int:
    revision = _number(fields, "revision", most=MOST_REVISION, code="bad_revision") or 0
    if kind is PurchaseKind.SALE and revision:
        raise _Refused("bad_revision", "A SALE has revision 0: a changed bill is an AMEND.")
    if kind is PurchaseKind.AMEND and not revision:
        raise _Refused("bad_revision", "An AMEND has revision 1, and one more each time the bill changes.")
    return revision


def _original(fields: Mapping[str, object], kind: PurchaseKind, own: SaleRef) -> SaleRef | None:
    """The sale that a record names beside itself. An AMEND and a VOID may, where it is the one they have."""
    original = _text(fields, "original_sale_ref", code="bad_sale_ref")
    if kind is PurchaseKind.REFUND:
        if original is None:
            raise _Refused("bad_sale_ref", "A REFUND has no original_sale_ref: name the sale it refunds.")
        if original == own:
            raise _Refused(
                "bad_sale_ref",
                "A REFUND has the sale_ref of its sale: give it its own, so that a second one is told apart.",
            )
    elif original is not None and kind is PurchaseKind.SALE:
        raise _Refused("bad_sale_ref", "A SALE has no original_sale_ref: leave it empty.")
    elif original is not None and kind is PurchaseKind.AMEND and original != own:
        raise _Refused("bad_sale_ref", "An AMEND has the sale_ref of its sale: original_sale_ref is another.")
    return None if original is None else SaleRef(original)


def _no_amounts(fields: Mapping[str, object], partner: Partner) -> dict[str, MinorUnits]:
    """A VOID takes all of its sale back, whatever amounts its row states."""
    if not _is_absent(fields.get("currency")):
        _exponent(fields, partner)
    return dict.fromkeys(AMOUNTS, MinorUnits(0))


def _amounts(fields: Mapping[str, object], partner: Partner) -> dict[str, MinorUnits]:
    exponent = _exponent(fields, partner)
    found = {name: _amount(fields, name, exponent=exponent) for name in AMOUNTS}
    gross = found["gross"]
    if gross is None:
        raise _Refused("bad_amount", "The row has no gross_minor: state the whole bill.")
    parts = {name: found[name] or MinorUnits(0) for name in ("tax", "service", "tip")}
    if sum(parts.values()) > gross:
        raise _Refused("bad_amount", "Tax, service and tip exceed the bill: gross includes them.")
    eligible = found["eligible"]
    if eligible is None:
        agreed = partner.eligible
        earns = {"tax": agreed.tax, "service": agreed.service, "tip": agreed.tip}
        eligible = MinorUnits(gross - sum(amount for name, amount in parts.items() if not earns[name]))
    if eligible > gross:
        raise _Refused("bad_amount", "The eligible amount exceeds the bill: no more than gross can earn.")
    return {"gross": gross, "eligible": eligible, **parts}


def _exponent(fields: Mapping[str, object], partner: Partner) -> int:
    currency = _needed_text(fields, "currency", code="unknown_currency")
    try:
        exponent = currency_exponent(currency)
    except CurrencyUnknown as error:
        raise _Refused("unknown_currency", str(error)) from None
    if currency != partner.currency:
        raise _Refused(
            "wrong_currency",
            f"{partner.code} bills in {partner.currency}, the row in {currency}: send it in the partner's.",
        )
    return exponent


def _amount(fields: Mapping[str, object], name: str, *, exponent: int) -> MinorUnits | None:
    minor, decimal = fields.get(_MINOR[name]), fields.get(name)
    if not _is_absent(minor) and not _is_absent(decimal):
        raise _Refused("bad_amount", f"The row has both {name}_minor and {name}: keep one.")
    try:
        if not _is_absent(minor):
            return minor_units(minor)
        return None if _is_absent(decimal) else minor_units_of_decimal(decimal, exponent)
    except AmountRefused as refused:
        raise _Refused("bad_amount", f"{name}: {refused}.") from None


def _business_date(fields: Mapping[str, object]) -> date | None:
    text = _text(fields, "business_date", code="bad_time")
    if text is None:
        return None
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise _Refused("bad_time", f"business_date {text!r} is no day: write 2021-05-01.")


def _channel(fields: Mapping[str, object]) -> str | None:
    text = _text(fields, "channel", code="bad_channel")
    if text is None:
        return None
    try:
        return Channel(text)
    except ValueError:
        raise _Refused("bad_channel", f"{text!r} is no channel: {', '.join(Channel)} or nothing.") from None


def _member(fields: Mapping[str, object]) -> str | None:
    member = _text(fields, "member", code="bad_member")
    if member is not None and "@" in member:
        raise _Refused("bad_member", "The member is an e-mail address: send the membership number.")
    return member


def _number(fields: Mapping[str, object], name: str, *, most: int, code: str) -> int | None:
    value = fields.get(name)
    if _is_absent(value):
        return None
    try:
        number = minor_units(value)
    except AmountRefused:
        number = MinorUnits(most + 1)
    if number > most:
        raise _Refused(code, f"{name} is no whole number from 0 to {most}.")
    return number


def _needed_text(fields: Mapping[str, object], name: str, *, code: str) -> str:
    text = _text(fields, name, code=code)
    if text is None:
        raise _Refused(code, f"The row has no {name}: state it.")
    return text


def _text(fields: Mapping[str, object], name: str, *, code: str) -> str | None:
    value = fields.get(name)
    if _is_absent(value):
        return None
    if not isinstance(value, str):
        raise _Refused(code, f"{name} is not written as text.")
    if len(value) > MOST_TEXT or value != value.strip():
        raise _Refused(code, f"{name} has more than {MOST_TEXT} characters, or spaces at an end.")
    # Control characters, and halves of a character that no UTF-8 can hold; what can be shown has neither.
    if not value.isprintable() and any(
        unicodedata.category(character) in ("Cc", "Cs") for character in value
    ):
        raise _Refused(code, f"{name} holds control characters.")
    return value


def _is_absent(value: object) -> bool:
    return value is None or value == ""
