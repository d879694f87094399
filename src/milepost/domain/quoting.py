"""Marks in an error's sentence what a partner or another process wrote, so that a log can leave it out.

Errors quote by it, for the person who has to act; `event_log` writes their sentences without what is quoted.
A reference of a bill is the till's own text, and may name a guest.
"""

import re

_BEGINS, _ENDS = "“", "”"
_QUOTED = re.compile(f"{_BEGINS}[^{_ENDS}]*(?:{_ENDS}|$)")
HIDDEN = f"{_BEGINS}…{_ENDS}"


def quoted(text: str) -> str:
    """The text between marks that it cannot leave: any of its own are written otherwise."""
    plain = text.translate({ord(_BEGINS): '"', ord(_ENDS): '"'})
    return f"{_BEGINS}{plain}{_ENDS}"


def without_quoted(sentence: str) -> str:
    """A sentence with nothing between its marks; where one was cut off, nothing from there on."""
    return _QUOTED.sub(HIDDEN, sentence)
