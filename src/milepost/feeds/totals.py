"""Adds up a file before any of it is stored, to be compared with what its sender announced.

Before it stands a file that came with totals; after it the file is ingested, or refused whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from milepost.feeds.files import read_feed_file
from milepost.feeds.rows import RowReader, gross_stated
from milepost.ports import Rejection


@dataclass(frozen=True, slots=True)
class FeedTotals:
    """Records of a file, and the sum of the bills they state.

    Shape: every row that is not blank counts, also one that will be rejected; one whose bill cannot be read
        adds nothing to the sum. A refund's amount is added as it stands.
    Units: minor units.
    """

    records: int
    gross_minor: int


def totals_of(file: BinaryIO, *, suffix: str) -> FeedTotals:
    """Add up a file from where it stands; nothing of it is kept in memory.

    Raises: FeedError as `read_feed_file`.
    """
    reader = _AddingReader()
    records = sum(1 for _ in read_feed_file(file, reader, suffix=suffix))
    return FeedTotals(records, reader.gross_minor)


class _AddingReader(RowReader):
    """Adds bills up instead of making purchases."""

    def __init__(self) -> None:
        super().__init__({}, source="")
        self.gross_minor = 0

    def read(self, line: int, fields: Mapping[str, object]) -> Rejection:
        self.gross_minor += gross_stated(fields)
        return Rejection(line, "counted", "The row was counted.")
