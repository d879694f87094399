"""Says what a process does as lines of JSON: a constant name in snake case, and keys with values.

Every module that has something to say takes an `EventLog`; the commands that serve call `write_lines` once.
Nothing is written that proves who somebody is, or names a member: what a key's name gives away is taken out,
and of a sentence what it quotes (`domain.quoting`): references of bills, and what others' answers say.
"""

import json
import logging
import re
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

from milepost.domain.quoting import without_quoted

_NAME = "milepost"
_KEYS = "milepost_keys"
REDACTED = "[redacted]"

# Words in the names of keys, parted by underscores, whose values stay out: proofs, and what names a member.
_HIDDEN = frozenset(
    {"authorization", "key", "member", "number", "password", "secret", "secrets", "signature", "signatures"}
)
_URL = re.compile(r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*)://(?P<rest>[^\s'\"<>,;()]+)")


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
    """One event as one line: when, how grave, what, then its keys, redacted."""

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"timestamp": when, "level": record.levelname.lower()}
        if record.name.partition(".")[0] == _NAME:
            line |= {"event": record.getMessage(), **getattr(record, _KEYS, {})}
        else:
            # Its words may quote anything, such as a request or a node's URL: where it was said is enough.
            at = f"{record.module}:{record.lineno}"
            line |= {"event": "library_warned", "logger": record.name, "at": at}
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            line |= {"error": type(error).__name__, "places": places_of(error)}
        return json.dumps(redact(line), ensure_ascii=False, default=str)


def write_lines(stream: TextIO) -> None:
    """Write this process's events to a stream from now on, and where a library warned, without its words."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLine())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(_NAME).setLevel(logging.INFO)


def redact(event: Mapping[str, Any]) -> dict[str, Any]:
    """Take out what the names of keys give away, at any depth, and of URLs all but scheme and host."""
    return {key: _clean(key, value) for key, value in event.items()}


def places_of(error: BaseException) -> list[str]:
    """Where an error came from, the innermost last: files and lines only, as values may be anything."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]


def _clean(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _clean(str(name), one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(key, one) for one in value]
    if isinstance(value, bytes) or (isinstance(value, str) and _HIDDEN & set(re.split(r"\W|_", key.lower()))):
        return REDACTED
    return _URL.sub(_host_only, without_quoted(value)) if isinstance(value, str) else value


def _host_only(found: re.Match[str]) -> str:
    """Without user, path and query: each may hold a key."""
    rest = found["rest"]
    host = re.split(r"[/?#]", rest.rpartition("@")[2])[0]
    is_bare = rest.rstrip("/.:") == host.rstrip("/.:")
    return found[0] if is_bare else f"{found['scheme']}://{host}/…"
