"""The words of receipts as the contracts make them, for tests that compare leaves and roots."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from milepost.codec import receipt_tree
from milepost.codec.receipt_leaf import leaf, settled_words
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
    basis: int
    amended: int = 0

    @property
    def leaf(self) -> bytes:
        return leaf(self.entry, self.accrual, self.grants, self.basis, self.amended)

    def __iter__(self) -> Any:
        return iter(
            (
                self.lane,
                self.sequence,
                self.entry,
                self.accrual,
                self.grants,
                self.basis,
                self.amended,
            )
        )


def words_of(report: Report, results: Sequence[Settled]) -> list[Words]:
    """What every purchase's receipt must say."""
    return [
        Words(report.lane, report.sequence, *settled_words(placed, one))
        for placed, one in zip(report.placed(), results, strict=True)
    ]


def root_of(words: Sequence[Words]) -> bytes:
    return receipt_tree.root([one.leaf for one in words])
