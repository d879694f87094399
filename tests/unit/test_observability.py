"""Log events are lines with constant names, away from standard output."""

import io
import json
import logging

import pytest
import structlog

from milepost.observability import LogEvent, configure_logging


def test_configure_logging__as_json__writes_a_line_of_json_each() -> None:
    stream = io.StringIO()
    configure_logging(as_json=True, stream=stream)
    structlog.get_logger().info(LogEvent.REPORT_SEALED, report_sequence=3)
    line = json.loads(stream.getvalue())
    assert (line["event"], line["report_sequence"], line["level"]) == ("report_sealed", 3, "info")


def test_configure_logging__below_its_level__writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    configure_logging(as_json=False, level=logging.WARNING, stream=stream)
    structlog.get_logger().info(LogEvent.REPORT_SEALED)
    structlog.get_logger().warning(LogEvent.CHAIN_UNAVAILABLE)
    assert "report_sealed" not in stream.getvalue() and "chain_unavailable" in stream.getvalue()
    assert capsys.readouterr().out == ""


def test_log_event__every_name__is_snake_case() -> None:
    assert all(event.value == event.name.lower() for event in LogEvent)
