"""Reads a file of secrets, and reads it again when it has changed, without a restart.

`partner_keys` and `feed_secrets` say what such a file holds.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from milepost.chain.key_files import Secret

LOOK_EVERY_S = 1.0

_T = TypeVar("_T")
_State = tuple[int, int, int]


@dataclass(slots=True)
class ChangingFile(Generic[_T]):
    """What a file held when it could last be read.

    Shape: `parse` gives None for a text that is not as it must be; `tick` are seconds that never go back. The
        file is looked at once in `every_s`. `on_change` hears what a change brought, None if it cannot be
        read, and then what was read before stays.
    """

    file: Path
    tick: Callable[[], float]
    parse: Callable[[Secret], _T | None]
    on_change: Callable[[_T | None], None]
    empty: _T
    every_s: float = LOOK_EVERY_S
    _found: _T | None = None
    _state: _State | None = None
    _looked_at: float | None = field(default=None)

    def read(self) -> _T | None:
        """Read it now; None if it is not there or is not as it must be."""
        self._looked_at, self._state = self.tick(), self._state_now()
        self._found = self._parsed()
        return self._found

    def current(self) -> _T:
        """What the file holds now; `empty` while it could never be read."""
        now = self.tick()
        if self._looked_at is None or now - self._looked_at >= self.every_s:
            self._looked_at = now
            if (state := self._state_now()) != self._state:
                self._state = state
                parsed = self._parsed()
                self._found = self._found if parsed is None else parsed
                self.on_change(parsed)
        return self.empty if self._found is None else self._found

    def text(self) -> Secret | str:
        """Its text now, or in words after its name why there is none."""
        try:
            return Secret(self.file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return "is not there"
        except UnicodeDecodeError:
            return "is no text in UTF-8"
        except OSError as error:
            return f"cannot be read ({error.strerror})"

    def _parsed(self) -> _T | None:
        text = self.text()
        return None if isinstance(text, str) else self.parse(text)

    def _state_now(self) -> _State | None:
        try:
            found = os.stat(self.file)
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
