"""`milepost statement`: the chain's lots beside the store's purchases, and whether they agree."""

import json
from datetime import date
from pathlib import Path

from icalendar import Calendar
from sqlalchemy import create_engine, text

from tests.support.cli_stage import CliStage


def test_statement__a_member__shows_lots_and_what_earned_them(stage: CliStage) -> None:
    document = json.loads(stage.run("statement", "M0001", "--json").stdout)
    lots = {lot["last_valid_day"]: lot["miles"] for lot in document["lots"]}
    assert lots == {"2021-05-04": 94, "2021-05-06": 163}
    assert document["balance"] == document["earned"] == 257
    assert document["lots"][0]["void_at"] == "2021-05-04T16:00:00Z"
    assert [one["sale_ref"] for one in document["purchases"]] == ["H-1", "N-1"]
    assert document["agrees"] is True


def test_statement__in_words__names_promotions(stage: CliStage) -> None:
    result = stage.run("statement", "M0001")
    assert result.exit_code == 0, result.output
    assert "257 miles" in result.stdout and "harbour-weekend-triple +82" in result.stdout
    assert "The lots on chain are what these purchases earned." in result.stdout


def test_statement__every_coming_date__is_in_order_and_explained(stage: CliStage) -> None:
    document = json.loads(stage.run("statement", "M0001", "--json").stdout)
    coming = [(one["last_valid_day"], one["miles"], one["void_at"]) for one in document["coming"]]
    assert coming == [
        ("2021-05-04", 94, "2021-05-04T16:00:00Z"),
        ("2021-05-06", 163, "2021-05-06T16:00:00Z"),
    ]
    first = document["coming"][0]
    assert (first["rule"], first["version"], first["status"]) == ("lot", 1, "live")
    assert "36 months after the day of earning, which is 2021-05-04" in first["explanation"]
    words = stage.run("statement", "M0001").stdout
    assert "Coming, what lapses first above" in words and "94 miles to 2021-05-04" in words
    assert "spending or extending them by 2021-05-06" in words


def test_statement__calendar__parses_back_and_names_nobody(stage: CliStage, tmp_path: Path) -> None:
    file = tmp_path / "miles.ics"
    first = stage.run("statement", "M0001", "--json", "--calendar", file)
    assert first.exit_code == 0 and json.loads(first.stdout)["agrees"] is True
    assert f"2 days written to {file}." in first.stderr
    events = Calendar.from_ical(file.read_bytes()).walk("VEVENT")
    assert [event["dtstart"].dt for event in events] == [date(2021, 5, 4), date(2021, 5, 6)]
    assert "94 miles" in str(events[0]["summary"]) and "(clause 8.1)" in str(events[0]["description"])
    assert b"M0001" not in file.read_bytes()
    # Made again it names the same events, and only the calendar is on standard output.
    again = stage.run("statement", "M0001", "--calendar", "-")
    assert "2 days written to standard output." in again.stderr
    repeated = Calendar.from_ical(again.stdout_bytes).walk("VEVENT")
    assert [str(event["uid"]) for event in repeated] == [str(event["uid"]) for event in events]
    assert len({str(event["uid"]) for event in events}) == 2
    in_words = stage.run("statement", "M0001", "--calendar", file).stdout
    assert in_words.endswith(f"2 days written to {file}.\n")


def test_statement__calendar_that_cannot_be__is_refused(stage: CliStage, tmp_path: Path) -> None:
    nowhere = stage.run("statement", "M0001", "--calendar", tmp_path / "nowhere" / "miles.ics")
    assert nowhere.exit_code == 2 and "cannot be written" in nowhere.stderr
    assert stage.run("statement", "M0001", "--json", "--calendar", "-").exit_code == 2


def test_statement__later__leaves_lapsed_lots_out(stage: CliStage) -> None:
    on_the_last_day = stage.run("statement", "M0001", "--json", "--at", "2021-05-04T23:59:59+08:00")
    assert json.loads(on_the_last_day.stdout)["balance"] == 257
    after = json.loads(stage.run("statement", "M0001", "--json", "--at", "2021-05-05T00:00:00+08:00").stdout)
    assert after["balance"] == 163 and [lot["live"] for lot in after["lots"]] == [False, True]
    assert after["agrees"] is True


def test_statement__nothing_earned__says_so(stage: CliStage) -> None:
    result = stage.run("statement", "M0002")
    assert result.exit_code == 0
    assert "0 miles" in result.stdout and "No purchases settled." in result.stdout


def test_statement__unknown_member__answers_no(stage: CliStage) -> None:
    result = stage.run("statement", "M7777", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "“M7777” is no member's number" in result.stderr


def test_statement__no_instant__is_refused(stage: CliStage) -> None:
    assert stage.run("statement", "M0001", "--at", "tomorrow").exit_code == 2
    assert stage.run("statement", "M0001", "--at", "2021-05-05T00:00:00").exit_code == 2


def test_statement__store_and_chain_differ__says_where(stage: CliStage) -> None:
    engine = create_engine(stage.settings["MILEPOST_DATABASE_URL"])
    change = "UPDATE settled_purchases SET base = base {} 1 WHERE member_id = 1 AND number = 1 AND base = {}"
    with engine.begin() as connection:
        connection.execute(text(change.format("+", 41)))
    try:
        result = stage.run("statement", "M0001")
        assert result.exit_code == 1
        assert "holds 163 miles on chain, and its purchases and adjustments leave 164" in result.stderr
    finally:
        with engine.begin() as connection:
            connection.execute(text(change.format("-", 42)))
