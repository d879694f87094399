"""Writes a member's coming last valid days as an iCalendar file (RFC 5545), an all-day event each.

`statement.py` asks for it; any calendar takes the file. Nothing in it names the member.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

from milepost.cli.output import counted
from milepost.domain.calendar import date_of
from milepost.domain.programme import Programme
from milepost.domain.quantities import DayNumber
from milepost.domain.rules import NEVER
from milepost.pipeline.explain_coming import Coming, ComingLapse

_PRODUCT = "-//Milepost//Coming last valid days//EN"
_UID_DOMAIN = "milepost.invalid"
"""A name that nobody has (RFC 2606): the part before it is what tells events apart."""


def coming_calendar(
    coming: Coming, *, programme: Programme, made_at_s: int, uid_of: Callable[[DayNumber], str]
) -> bytes:
    """The calendar as bytes; what never lapses, or has lapsed, has no event.

    Shape: events in order of their day; `uid_of` a day is the same whenever the calendar is made, so that
        one imported again takes the place of the one before.
    Units: `made_at_s` in unix seconds.
    """
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"{programme.title}: miles that lapse")
    by_day: dict[DayNumber, list[ComingLapse]] = {}
    for one in coming.lapses:
        if one.revivable_until is None and one.lot.last_day != NEVER:
            by_day.setdefault(one.lot.last_day, []).append(one)
    for last_day, lapses in by_day.items():
        event = _event(last_day, lapses, programme)
        event.add("uid", f"{uid_of(last_day)}@{_UID_DOMAIN}")
        event.add("dtstamp", datetime.fromtimestamp(made_at_s, UTC))
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _event(last_day: DayNumber, lapses: list[ComingLapse], programme: Programme) -> Event:
    day = date_of(last_day)
    miles = counted(sum(one.lot.miles for one in lapses), "mile")
    event = Event()
    event.add("summary", f"{programme.title}: last day of {miles}")
    event.add("dtstart", day)
    # The end is the first day that is not of the event.
    event.add("dtend", day + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    event.add(
        "description",
        "\n\n".join(f"{counted(one.lot.miles, 'mile')}. {one.explanation}" for one in lapses),
    )
    return event
