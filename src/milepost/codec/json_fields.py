"""Reads a JSON object in which nothing may be missing, unknown or of another type.

Receipt files are read with it, so a changed file is refused with the key named before the chain is asked.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import TypeVar

from milepost.domain.errors import ReceiptFileRefused

T = TypeVar("T")

MOST_BRACKETS = 4_096
"""Most brackets and braces of a JSON text from outside, far above any receipt or row; more is refused."""


class Fields:
    """One JSON object. Each key is taken once; `finish` refuses those that nobody took.

    Raises: ReceiptFileRefused, here and in every method, naming the key by its path.
    """

    def __init__(self, value: object, path: str) -> None:
        if not isinstance(value, dict):
            raise ReceiptFileRefused(f"{path or 'The receipt'} must be a JSON object.")
        self._values: Mapping[str, object] = value
        self._prefix = f"{path}." if path else ""
        self._taken: set[str] = set()

    def take(self, key: str) -> object:
        if key not in self._values:
            raise ReceiptFileRefused(f"{self._prefix}{key} is missing.")
        self._taken.add(key)
        return self._values[key]

    def finish(self) -> None:
        for key in self._values:
            if key not in self._taken:
                raise ReceiptFileRefused(f"{self._prefix}{key} is no key of a receipt: take it out.")

    def integer(self, key: str) -> int:
        """A whole number from 0; true and false are none."""
        value = self.take(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self._refused(key, value, "a whole number from 0")
        return value

    def text(self, key: str) -> str:
        value = self.take(key)
        if not isinstance(value, str):
            raise self._refused(key, value, "text")
        return value

    def array(self, key: str) -> list[object]:
        value = self.take(key)
        if not isinstance(value, list):
            raise self._refused(key, value, "a list")
        return value

    def optional(self, key: str, read: Callable[[str], T]) -> T | None:
        return None if self.take(key) is None else read(key)

    def choice(self, key: str, choices: Mapping[str, T]) -> T:
        value = self.text(key)
        if value not in choices:
            raise self._refused(key, value, f"one of {', '.join(choices)}")
        return choices[value]

    def day(self, key: str) -> date:
        return self._exact(key, date.fromisoformat, "a day as YYYY-MM-DD")

    def instant(self, key: str) -> datetime:
        return self._exact(key, datetime.fromisoformat, "a time as YYYY-MM-DDTHH:MM:SS+HH:MM")

    def data(self, key: str, size: int) -> bytes:
        return data_of(self.take(key), f"{self._prefix}{key}", size)

    def _exact(self, key: str, read: Callable[[str], T], kind: str) -> T:
        """Only the one way of writing it that writing gives back: no second text may mean the same."""
        text = self.text(key)
        try:
            value = read(text)
        except ValueError:
            raise self._refused(key, text, kind) from None
        if not isinstance(value, date) or value.isoformat() != text:
            raise self._refused(key, text, kind)
        return value

    def _refused(self, key: str, value: object, kind: str) -> ReceiptFileRefused:
        return ReceiptFileRefused(f"{self._prefix}{key} is {value!r}: it must be {kind}.")


def data_of(value: object, path: str, size: int) -> bytes:
    """Bytes written as 0x and lower-case digits.

    Raises: ReceiptFileRefused for anything else, or for another number of bytes.
    """
    if isinstance(value, str) and len(value) == 2 + 2 * size:
        try:
            data = bytes.fromhex(value[2:])
        except ValueError:
            data = b""
        if "0x" + data.hex() == value:
            return data
    raise ReceiptFileRefused(f"{path} is {value!r}: it must be 0x and {2 * size} digits 0-9 and a-f.")


def require_shallow(text: str) -> None:
    """Refuse a text that may nest too deeply to be parsed.

    Python's own limit is not relied on: the EVM in this process raises it beyond what the stack bears, and
    then a long run of brackets ends the process.
    Raises: ValueError for more than MOST_BRACKETS.
    """
    if text.count("[") + text.count("{") > MOST_BRACKETS:
        raise ValueError(f"it has more than {MOST_BRACKETS} brackets")


def distinct_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object of JSON. Raises: ReceiptFileRefused for a key that stands twice."""
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ReceiptFileRefused("A key of the receipt stands twice: take the file as it was issued.")
    return values
