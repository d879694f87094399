"""Writes what the HTTP interface says of itself: a constant name of an event, and facts by their names.

Every module beside logs through it; `log_as_json` has it written as a JSON object a line.
"""

import json
import logging
import sys
from datetime import UTC, datetime

_NAME = "milepost.web"

Fact = str | int | bool | None


class EventLog:
    """Facts are never secrets, nor anything that names a member."""

    def __init__(self, name: str = _NAME) -> None:
        self._logger = logging.getLogger(name)

    def info(self, event: str, **facts: Fact) -> None:
        self._logger.info(event, extra={"facts": facts})

    def warning(self, event: str, **facts: Fact) -> None:
        self._logger.warning(event, extra={"facts": facts})

    def error(self, event: str, **facts: Fact) -> None:
        self._logger.error(event, extra={"facts": facts})


class JsonLines(logging.Formatter):
    """One JSON object a line. Of an error that nobody expected the type and where, never its words."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        return json.dumps(line, ensure_ascii=False, default=str)


def log_as_json() -> None:
    """Have events written to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger(_NAME)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
