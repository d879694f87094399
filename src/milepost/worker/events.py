"""Says what a worker does as lines of JSON: a constant name in snake case, and keys with values.

Every module of the worker says its events here; `write_lines` is called once, by the command that runs one.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import TextIO

_NAME = "milepost"
_KEYS = "milepost_keys"


class EventLog:
    """Takes events; without `write_lines` they go where the standard library's logging sends them."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(f"{_NAME}.{name}")

    def info(self, event: str, **keys: object) -> None:
        self._logger.info(event, extra={_KEYS: keys})

    def warning(self, event: str, **keys: object) -> None:
        self._logger.warning(event, extra={_KEYS: keys})

    def error(self, event: str, **keys: object) -> None:
        self._logger.error(event, extra={_KEYS: keys})


class JsonLine(logging.Formatter):
    """One event as one line: when, how grave, what, then its keys."""

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        keys = getattr(record, _KEYS, {})
        line = {"timestamp": when, "level": record.levelname.lower(), "event": record.getMessage(), **keys}
        return json.dumps(line, default=str)


def write_lines(stream: TextIO) -> None:
    """Write the events of this process to a stream from now on."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLine())
    logger = logging.getLogger(_NAME)
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.INFO)


def places_of(error: BaseException) -> list[str]:
    """Where an error came from, the innermost last: files and lines only, as values may be anything."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
