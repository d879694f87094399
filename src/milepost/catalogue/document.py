"""Reads one YAML file into plain values and remembers the line of each key.

First step of reading a programme, partner or promotion; the models of this package judge the values next.
YAML is taken strictly: one document, no tags, anchors or directives, no key twice, a bounded size, depth and
number of values. A plain number with a fraction stays text, so that no amount ever passes through a float.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from milepost.catalogue.problems import CatalogueError, Problem

MAX_BYTES = 1 << 20
"""Largest file read, bytes; a larger one is refused unread. The longest legal partner needs a twentieth."""

MAX_DEPTH = 16
"""Deepest nesting; the formats need five levels."""

MAX_VALUES = 20_000
"""Most values in a file; a partner with 256 outlets has under 2,000."""

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,100}")
_NULL = {"", "~", "null", "Null", "NULL"}
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}

Key = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A file's values and, for every key and list item, its line."""

    file: str
    values: Any
    lines: dict[Key, int] = field(default_factory=dict)

    def line_of(self, key: Key) -> int:
        """Line of the key or, where it is missing, of the nearest thing around it."""
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key, 1)

    def problem(self, key: Key, reason: str) -> Problem:
        """Name what is wrong at a key of this file."""
        return Problem(file=self.file, line=self.line_of(key), key=key_text(key), reason=reason)


def key_text(key: Key) -> str:
    """Write a key as people do: `outlets[2].code`."""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def read_text(path: Path) -> str:
    """Read a file as UTF-8 text, byte for byte.

    Raises: CatalogueError if it is missing, no file, larger than MAX_BYTES or not UTF-8.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _refusal(path, 0, "no such file") from None
    except IsADirectoryError:
        raise _refusal(path, 0, "is a folder; name a file in it") from None
    except OSError as error:
        raise _refusal(path, 0, f"cannot be read: {error.strerror}") from None
    if len(content) > MAX_BYTES:
        raise _refusal(path, 0, f"is larger than {MAX_BYTES} bytes")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _refusal(path, line, "is not UTF-8; save the file as UTF-8") from None


def read_document(path: Path) -> Document:
    """Read one YAML file whose top is a mapping.

    Raises: CatalogueError if the file cannot be read or is not the strict YAML described above.
    """
    return _Reader(path).read(read_text(path))


def _refusal(path: Path, line: int, reason: str, key: Key = ()) -> CatalogueError:
    return CatalogueError([Problem(file=str(path), line=line, key=key_text(key), reason=reason)])


class _Reader:
    """Builds values from parser events; doubled keys are collected, everything else ends the reading."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: dict[Key, int] = {}
        self._problems: list[Problem] = []
        self._values = 0

    def read(self, text: str) -> Document:
        try:
            values = self._read_stream(iter(YAML(typ="safe", pure=True).parse(text.removeprefix("\ufeff"))))
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            reason = f"is not YAML: {error.problem or error.context}"
            raise _refusal(self._path, mark.line + 1 if mark else 0, reason) from None
        except YAMLError as error:
            reason = f"is not YAML: {str(error).splitlines()[0]}"
            raise _refusal(self._path, 0, reason) from None
        if self._problems:
            raise CatalogueError(self._problems)
        return Document(str(self._path), values, self._lines)

    def _read_stream(self, events: Iterator[Event]) -> Any:
        next(events)
        start = next(events)
        if isinstance(start, StreamEndEvent):
            raise _refusal(self._path, 1, "is empty")
        if isinstance(start, DocumentStartEvent) and (start.version or start.tags):
            raise _refusal(self._path, 1, "has a YAML directive; remove the line that begins with %")
        first = next(events)
        if not isinstance(first, MappingStartEvent):
            empty = isinstance(first, ScalarEvent) and first.value == ""
            reason = "is empty" if empty else "must hold keys and values, `key: value`"
            raise _refusal(self._path, self._line(first), reason)
        values = self._value(first, events, ())
        next(events)
        rest = next(events)
        if not isinstance(rest, StreamEndEvent):
            raise _refusal(self._path, self._line(rest), "holds a second document; one file has one")
        return values

    def _value(self, event: Event, events: Iterator[Event], key: Key) -> Any:
        line = self._line(event)
        self._values += 1
        if self._values > MAX_VALUES:
            raise _refusal(self._path, line, f"has more than {MAX_VALUES} values", key)
        # The parser yields a value's start here or an alias, nothing else.
        if not isinstance(event, ScalarEvent | CollectionStartEvent) or event.anchor is not None:
            raise _refusal(self._path, line, "anchors and aliases are not read; write the value out", key)
        if event.tag is not None:
            raise _refusal(self._path, line, f"the tag {event.tag} is not read; leave it out", key)
        if isinstance(event, ScalarEvent):
            return _scalar(event)
        if len(key) >= MAX_DEPTH:
            raise _refusal(self._path, line, f"is nested deeper than {MAX_DEPTH} levels", key)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(events, key)
        return self._mapping(events, key)

    def _sequence(self, events: Iterator[Event], key: Key) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(events), SequenceEndEvent):
            below = (*key, len(items))
            self._lines[below] = self._line(event)
            items.append(self._value(event, events, below))
        return items

    def _mapping(self, events: Iterator[Event], key: Key) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := next(events), MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                raise _refusal(self._path, self._line(event), "a key must be a word", key)
            self._value(event, events, key)
            name = event.value
            below = (*key, name)
            value = self._value(next(events), events, below)
            if name in values:
                reason = f"stands twice, first in line {self._lines[below]}; keep one"
                self._problems.append(Problem(str(self._path), self._line(event), key_text(below), reason))
                continue
            self._lines[below] = self._line(event)
            values[name] = value
        return values

    @staticmethod
    def _line(event: Event) -> int:
        return int(event.start_mark.line) + 1


def _scalar(event: ScalarEvent) -> str | int | bool | None:
    text: str = event.value
    if event.style is not None:
        return text
    if text in _NULL:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _WHOLE_NUMBER.fullmatch(text):
        return int(text)
    return text
