"""Events as lines of JSON."""

import json
from io import StringIO

from milepost.worker.events import EventLog, places_of, write_lines


def test_write_lines__an_event_with_keys__is_one_line() -> None:
    stream = StringIO()
    write_lines(stream)
    EventLog("worker").warning("report_sealed", lane=1, report_sequence=7)
    (line,) = stream.getvalue().splitlines()
    found = json.loads(line)
    assert found.pop("timestamp").endswith("+00:00")
    assert found == {"level": "warning", "event": "report_sealed", "lane": 1, "report_sequence": 7}


def test_places_of__an_error__are_files_and_lines() -> None:
    try:
        json.loads("secret")
    except ValueError as error:
        places = places_of(error)
    assert places[0].startswith("test_events.py:") and not any("secret" in place for place in places)
