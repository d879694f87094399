"""Turns what other systems call things into our names: outlets, times, amounts, members.

Before it `square`, `toast` and `poslog` take their own formats apart; after it `rows` makes a purchase of the
fields, by the same rules as of a row of a file.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from milepost.domain.feed_connection import FeedConnection, FeedSystem
from milepost.domain.partner import Outlet, Partner, currency_exponent
from milepost.domain.purchase import SubmittedPurchase
from milepost.domain.quantities import MinorUnits, PartnerCode
from milepost.feeds.amounts import AmountRefused, minor_units, minor_units_of_decimal
from milepost.feeds.rows import RowReader
from milepost.ports import Rejection

Records = tuple[SubmittedPurchase | Rejection, ...]
"""What one event or transaction is: nothing, or records that are answered one by one."""

_FIRST_YEAR, _LAST_YEAR = 1990, 2168
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.\d{1,12})?([Zz]|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
# A number alone may be a membership number; written with these marks it is a telephone number.
_TELEPHONE = re.compile(
    r"(tel:|\+)[\d ().-]{6,}|\(\d+\)[\d ().-]{5,}|(1[-. ])?\d{3}[-. ]\d{3}[-. ]\d{4}",
    re.ASCII | re.IGNORECASE,
)


class EventRefused(Exception):
    """A part of an event that is no purchase: a stable code and a sentence without personal data."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Place:
    """An outlet that an outside id names, its partner, and how the system speaks of them."""

    partner: Partner
    outlet: Outlet
    connection: FeedConnection

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.outlet.time_zone)

    def minor(self, value: object, name: str) -> MinorUnits:
        """A decimal of the partner's currency in minor units, exactly; absent is 0.

        Raises: EventRefused.
        """
        if value is None:
            return MinorUnits(0)
        try:
            return minor_units_of_decimal(value, currency_exponent(self.partner.currency))
        except AmountRefused as refused:
            raise EventRefused("bad_amount", f"{name}: {refused}.") from None

    def fields(self, **further: object) -> dict[str, object]:
        """A row of this outlet, with what else is known of it."""
        return {
            "partner": self.partner.code,
            "outlet": self.outlet.code,
            "currency": self.partner.currency,
            **further,
        }


class Outside:
    """Reads records of one system for the partners that it is connected to."""

    def __init__(self, partners: Iterable[Partner], system: FeedSystem) -> None:
        """Shape: an outside id that several partners claim is nobody's, and refused."""
        connected = {one.code: one for one in partners if one.connection(system) is not None}
        self.system = system
        self._rows = RowReader(connected, source=system)
        self._places: dict[str, list[Place]] = {}
        for place_id, place in _places(connected, system):
            self._places.setdefault(place_id, []).append(place)

    def place(self, outside_id: str) -> Place:
        """Raises: EventRefused if no outlet, or one of several partners, has this id."""
        found = self._places.get(outside_id, [])
        if len(found) != 1:
            why = "No outlet of a partner has" if not found else "Several partners have an outlet of"
            raise EventRefused(
                "unknown_outlet",
                f"{why} the {self.system} id {shown(outside_id)}: mend feeds.{self.system}.outlets in the"
                " partner's file.",
            )
        return found[0]

    def read(self, line: int, fields: Mapping[str, object]) -> SubmittedPurchase | Rejection:
        """Make a purchase of a row, as of a row of a file; its source is the system."""
        return self._rows.read(line, fields)


def _places(partners: Mapping[PartnerCode, Partner], system: FeedSystem) -> Iterator[tuple[str, Place]]:
    for partner in partners.values():
        connection = partner.connection(system)
        outlets = {outlet.code: outlet for outlet in partner.outlets}
        for outside_id, code in () if connection is None else connection.outlets:
            # An outlet that is not deployed is left out, as feeds of files refuse it by name.
            if connection is not None and code in outlets:
                yield outside_id, Place(partner, outlets[code], connection)


def local_time(text: object, zone: ZoneInfo, *, may_lack_offset: bool = False) -> str:
    """A time as the outlet's clock showed it, with its own offset, in whole seconds.

    Shape: without an offset it is the outlet's time already. Of an hour that came twice it is the first; in
        an hour that was left out the clock had not been moved yet.
    Raises: EventRefused for what is no time of the years that purchases can have.
    """
    matched = _TIME.fullmatch(text) if isinstance(text, str) else None
    if matched is None or (matched[2] is None and not may_lack_offset):
        raise EventRefused("bad_time", f"{shown(text)} is no time with seconds and offset.")
    try:
        found = datetime.fromisoformat(matched[1].upper() + (matched[2] or "").upper())
    except ValueError:
        raise EventRefused("bad_time", f"{shown(text)} is no time of the calendar.") from None
    if not _FIRST_YEAR < found.year < _LAST_YEAR:
        raise EventRefused("bad_time", f"{shown(text)} is not between {_FIRST_YEAR} and {_LAST_YEAR}.")
    found = found.replace(tzinfo=zone) if found.tzinfo is None else found
    # By way of UTC: what a zone's clock never showed becomes what it showed instead.
    local = found.astimezone(UTC).astimezone(zone)
    offset = local.utcoffset() or timedelta(0)
    if offset % timedelta(minutes=1):
        raise EventRefused("bad_time", f"{shown(text)} has an offset with seconds at its outlet.")
    return local.isoformat()


def member_of(value: object) -> str | None:
    """The membership number as it came; what is written as an e-mail address or a telephone number is none.

    Raises: EventRefused, which never shows it.
    """
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise EventRefused("bad_member", "The member is not written as text.")
    if "@" in value or _TELEPHONE.fullmatch(value.strip()):
        raise EventRefused(
            "bad_member",
            "The member is an e-mail address or a telephone number: have the till send a membership number.",
        )
    return value


def object_of(value: object, name: str) -> Mapping[str, object]:
    """Raises: EventRefused if it is no JSON object."""
    if not isinstance(value, dict):
        raise EventRefused("malformed_event", f"{name} is no object, or is missing.")
    return value


def list_of(value: object, name: str) -> list[object]:
    """Shape: absent is empty. Raises: EventRefused if it is no list."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise EventRefused("malformed_event", f"{name} is no list.")
    return value


def text_of(value: object, name: str) -> str:
    """Raises: EventRefused if it is no text with something in it."""
    if not isinstance(value, str) or not value:
        raise EventRefused("malformed_event", f"{name} is no text, or is missing.")
    return value


def whole_minor(value: object, name: str) -> MinorUnits:
    """A whole number of minor units. Raises: EventRefused."""
    try:
        # Square's amounts are numbers; digits in quotes are none of its payloads.
        if isinstance(value, str):
            raise AmountRefused(f"{shown(value)} is text and no number")
        return minor_units(value)
    except AmountRefused as refused:
        raise EventRefused("bad_amount", f"{name}: {refused}.") from None


def shown(value: object) -> str:
    """A value as a sentence shows it, short and on one line."""
    text = repr(value) if isinstance(value, str) else f"A {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "…'"
