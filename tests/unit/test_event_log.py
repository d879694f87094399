"""Events as lines of JSON, without what proves who somebody is or names a member."""

import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest

from milepost.domain.quoting import quoted
from milepost.event_log import REDACTED, EventLog, places_of, redact, write_lines


@pytest.fixture
def stream() -> Iterator[StringIO]:
    root, ours = logging.getLogger(), logging.getLogger("milepost")
    kept = (root.handlers, root.level, ours.level)
    made = StringIO()
    write_lines(made)
    yield made
    root.handlers = kept[0]
    root.setLevel(kept[1])
    ours.setLevel(kept[2])


def _line(stream: StringIO) -> dict[str, Any]:
    (line,) = stream.getvalue().splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def test_write_lines__an_event_with_keys__is_one_line(stream: StringIO) -> None:
    EventLog("worker").warning("report_sealed", lane=1, report_sequence=7)
    found = _line(stream)
    assert found.pop("timestamp").endswith("+00:00")
    assert found == {"level": "warning", "event": "report_sealed", "lane": 1, "report_sequence": 7}


def test_write_lines__a_library_that_warns__is_named_without_its_words(stream: StringIO) -> None:
    try:
        raise ValueError("member 1234567890")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("request of member %s", "1234567890")
    found = _line(stream)
    assert (found["event"], found["logger"], found["error"]) == (
        "library_warned",
        "uvicorn.error",
        "ValueError",
    )
    assert "1234567890" not in stream.getvalue()


@pytest.mark.parametrize(
    "key", ["member", "member_number", "partner_secret", "key", "Milepost-Signature", "password"]
)
def test_redact__a_key_that_gives_away__hides_its_value_at_any_depth(key: str) -> None:
    assert redact({"found": [{key: "x1"}]}) == {"found": [{key: REDACTED}]}


def test_redact__a_count_of_keys__stays() -> None:
    assert redact({"keys": 3, "endpoint_number": 2}) == {"keys": 3, "endpoint_number": 2}


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("postgresql://me:pass@db:5432/milepost", "postgresql://db:5432/…"),
        ("no answer of https://node.example/v3/0a1b2c.", "no answer of https://node.example/…"),
        ("The reporter at http://10.0.0.7:8090 rests.", "The reporter at http://10.0.0.7:8090 rests."),
    ],
)
def test_redact__urls__keep_scheme_and_host(said: str, left: str) -> None:
    assert redact({"sentence": said}) == {"sentence": left}


def test_places_of__an_error__are_files_and_lines() -> None:
    try:
        json.loads("secret")
    except ValueError as error:
        places = places_of(error)
    assert places[0].startswith("test_event_log.py:") and not any("secret" in place for place in places)


def test_redact__what_a_sentence_quotes__is_left_out_at_any_depth() -> None:
    sentence = f"The SALE {quoted('table of Mrs. Chan')} of putien differs: see http://host/path."
    found = redact({"sentence": sentence, "more": [sentence]})
    assert found["sentence"] == "The SALE “…” of putien differs: see http://host/…"
    assert found["more"] == [found["sentence"]]
    # A mark that follows a URL ends it as well.
    assert redact({"said": quoted("http://host/path") + " ends"}) == {"said": "“…” ends"}
