"""The calendar of coming last valid days, parsed back: an all-day event each, that names nobody."""

from datetime import UTC, date, datetime

from icalendar import Calendar

from milepost.cli.statement_calendar import coming_calendar
from milepost.domain.expiry import LapseRule
from milepost.domain.explanation import Explanation
from milepost.domain.lots import Lot
from milepost.domain.rules import NEVER
from milepost.pipeline.explain_coming import Coming, ComingLapse
from tests.support.ledgers import a_lot_programme, day

MADE_AT_S = 1_526_274_000
MAY, JUNE = day("2021-05-04"), day("2021-06-06")


def lapse(last_day: int, miles: int, *, revivable_until: int | None = None) -> ComingLapse:
    words = Explanation(("Earned; so they die, by clause 4.1.",), ("Spend them.",), ())
    return ComingLapse(1, Lot(last_day, 1, miles, last_day), 0, LapseRule.LOT, words, revivable_until)


def parsed(*lapses: ComingLapse) -> Calendar:
    content = coming_calendar(
        Coming(lapses, ()),
        programme=a_lot_programme(title="Asia Miles"),
        made_at_s=MADE_AT_S,
        uid_of=lambda last_day: f"key-of-{last_day}",
    )
    assert b"\r\n" in content
    return Calendar.from_ical(content)


def test_coming_calendar__two_days__are_two_all_day_events() -> None:
    first, second = parsed(lapse(MAY, 94), lapse(JUNE, 1_000)).walk("VEVENT")
    assert (first["dtstart"].dt, first["dtend"].dt) == (date(2021, 5, 4), date(2021, 5, 5))
    assert first["dtstart"].params["VALUE"] == "DATE"
    assert str(first["summary"]).endswith(": last day of 94 miles")
    assert str(first["description"]) == "94 miles. Earned; so they die, by clause 4.1. Spend them."
    assert (str(first["uid"]), str(second["uid"])) == (
        f"key-of-{MAY}@milepost.invalid",
        f"key-of-{JUNE}@milepost.invalid",
    )
    assert first["dtstamp"].dt == datetime.fromtimestamp(MADE_AT_S, UTC)
    assert "1,000 miles" in str(second["summary"])


def test_coming_calendar__lots_of_one_day__are_one_event() -> None:
    (event,) = parsed(lapse(MAY, 94), lapse(MAY, 6)).walk("VEVENT")
    assert "100 miles" in str(event["summary"])
    assert str(event["description"]).startswith("94 miles.") and "\n\n6 miles." in str(event["description"])


def test_coming_calendar__never_lapsing_and_lapsed__have_no_event() -> None:
    assert parsed(lapse(NEVER, 5), lapse(MAY, 6, revivable_until=JUNE)).walk("VEVENT") == []


def test_coming_calendar__made__is_a_calendar_by_the_standard() -> None:
    calendar = parsed(lapse(MAY, 94))
    assert str(calendar["version"]) == "2.0" and "Milepost" in str(calendar["prodid"])
    assert calendar.errors == []
