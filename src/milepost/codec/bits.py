"""Packs named numbers into one word, and takes them out again.

Entries, accruals, grants and headers are packed by it before they are hashed, signed or sent.
"""

from collections.abc import Iterable

from milepost.domain.errors import FieldOutOfRange

Field = tuple[str, int, int]
"""Name, value and width in bits."""


def pack(fields: Iterable[Field]) -> int:
    """Put the fields side by side, the first most significant.

    Raises: FieldOutOfRange for a value its width cannot hold.
    """
    word = 0
    for name, value, bits in fields:
        most = (1 << bits) - 1
        if not 0 <= value <= most:
            raise FieldOutOfRange(name, value, most)
        word = word << bits | value
    return word


def unpack(word: int, widths: Iterable[int]) -> list[int]:
    """Take fields of these widths out of a word, the first most significant."""
    values = []
    for bits in reversed(list(widths)):
        values.append(word & (1 << bits) - 1)
        word >>= bits
    return values[::-1]
