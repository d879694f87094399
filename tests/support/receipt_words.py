"""The words of receipts as the contracts make them, for tests that compare leaves and roots."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from milepost.codec import receipt_tree
from milepost.codec.receipt_leaf import accrual_word, entry_word, grants_word, leaf
from milepost.domain.receipt import Settled
from milepost.domain.report import Report


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one receipt and where they stand, as ReceiptBook.verify takes them."""

    lane: int
    sequence: int
    entry: int
    accrual: int
    grants: int

    @property
    def leaf(self) -> bytes:
        return leaf(self.entry, self.accrual, self.grants)

    def __iter__(self) -> Any:
        return iter((self.lane, self.sequence, self.entry, self.accrual, self.grants))


def words_of(report: Report, results: Sequence[Settled]) -> list[Words]:
    """What every purchase's receipt must say."""
    rows = [
        (section, section.first_number + i, entry)
        for section in report.sections
        for i, entry in enumerate(section.entries)
    ]
    return [
        Words(
            report.lane,
            report.sequence,
            entry_word(entry),
            accrual_word(one, partner_id=section.partner_id, number=number, base_time=section.base_time),
            grants_word(one.grants),
        )
        for (section, number, entry), one in zip(rows, results, strict=True)
    ]


def root_of(words: Sequence[Words]) -> bytes:
    return receipt_tree.root([one.leaf for one in words])
