"""Events as JSON lines."""

import json
import logging

from milepost.web.event_log import EventLog, JsonLines


def test_json_lines__event__is_one_object_with_its_facts(caplog) -> None:  # type: ignore[no-untyped-def]
    caplog.set_level(logging.INFO)
    EventLog("milepost.test").info("request_answered", status=200, route="/v1/x")
    line = json.loads(JsonLines().format(caplog.records[0]))
    assert line.pop("at").endswith("+00:00")
    assert line == {"level": "info", "event": "request_answered", "status": 200, "route": "/v1/x"}
