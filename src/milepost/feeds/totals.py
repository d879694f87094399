"""Adds up a file before any of it is stored, to be compared with what its sender announced.

Before it stands a file that came with totals; after it the file is ingested, or refused whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from milepost.domain.feed_connection import FeedSystem
from milepost.domain.partner import Partner
from milepost.feeds.files import read_feed_file
from milepost.feeds.outside import EventRefused, Outside, Place
from milepost.feeds.poslog import MALFORMED, read_transactions
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


def poslog_totals_of(file: BinaryIO, sender: Partner | None) -> FeedTotals:
    """Add up a POSLog from where it stands; nothing of it is kept in memory.

    Shape: a transaction that becomes a record counts, also one that will be rejected; a void adds nothing,
        and one of a store that is not known adds its bill in the sender's currency, where the sender is
        known. What cannot be read at the end is no transaction and does not count.
    Raises: FeedError as `read_poslog`.
    """
    outside = _AddingOutside(sender)
    found = read_transactions(file, outside, name="the body")
    records = sum(1 for one in found if not (isinstance(one, Rejection) and one.code == MALFORMED))
    return FeedTotals(records, outside.gross_minor)


class _AddingOutside(Outside):
    """Adds bills up instead of making purchases."""

    def __init__(self, sender: Partner | None) -> None:
        super().__init__([sender] if sender else [], FeedSystem.POSLOG)
        self._sender = sender
        self.gross_minor = 0

    def place(self, outside_id: str) -> Place:
        try:
            return super().place(outside_id)
        except EventRefused:
            if self._sender is None or not self._sender.outlets:
                raise
            connection = self._sender.connection(self.system)
            if connection is None:
                raise
            # Only the currency matters, which is the same in all outlets of a partner.
            return Place(self._sender, self._sender.outlets[0], connection)

    def read(self, line: int, fields: Mapping[str, object]) -> Rejection:
        self.gross_minor += gross_stated(fields)
        return Rejection(line, "counted", "The transaction was counted.")


class _AddingReader(RowReader):
    """Adds bills up instead of making purchases."""

    def __init__(self) -> None:
        super().__init__({}, source="")
        self.gross_minor = 0

    def read(self, line: int, fields: Mapping[str, object]) -> Rejection:
        self.gross_minor += gross_stated(fields)
        return Rejection(line, "counted", "The row was counted.")
