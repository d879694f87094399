"""Compares a partner's own books with what the chain settled: differences only, each with its reason.

A partner's file gives rows, the chain what was settled; `milepost partner reconcile` shows the answer.
Source: docs/partners.md.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from milepost.domain.outcome import Outcome
from milepost.domain.purchase import Purchase, PurchaseKind
from milepost.domain.quantities import MinorUnits, PurchaseNumber, SaleRef

_RETURNING = (PurchaseKind.REFUND, PurchaseKind.VOID)
_CREDITED = (Outcome.CREDITED, Outcome.CUT_BY_PREPAID, Outcome.REVERSED)

Key = tuple[SaleRef, PurchaseKind, int]
"""Reference, kind and revision: what both sides call a record by, whatever its source."""


class Reason(StrEnum):
    """Why a line differs. Here is the programme, there the partner."""

    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    AMOUNT_DIFFERS = "amount_differs"
    MILES_DIFFER = "miles_differ"
    REFUSED = "refused"
    REFUNDED_SINCE = "refunded_since"
    COUNTED_TWICE = "counted_twice"


@dataclass(frozen=True, slots=True)
class BookRow:
    """A row of the partner's file.

    Shape: `source` None where the row names none. Units: `miles` as the partner counts them, None if not
        said: of a refund or void what came back, above 0; of an amendment the change.
    """

    line: int
    purchase: Purchase
    source: str | None
    miles: int | None

    @property
    def key(self) -> Key:
        return (self.purchase.sale_ref, self.purchase.kind, self.purchase.revision)

    @property
    def signed_miles(self) -> int | None:
        """With the sign it has in the member's balance."""
        if self.miles is None:
            return None
        return -self.miles if self.purchase.kind in _RETURNING else self.miles


@dataclass(frozen=True, slots=True)
class ChainRecord:
    """A settled record.

    Shape: `sale_number` of an amendment that took effect, else its own. Units: `eligible_minor` as sealed;
        `miles` credited, below 0 for what was taken back.
    """

    purchase: Purchase
    number: PurchaseNumber
    sale_number: PurchaseNumber
    eligible_minor: MinorUnits
    outcome: Outcome
    miles: int

    @property
    def key(self) -> Key:
        return (self.purchase.sale_ref, self.purchase.kind, self.purchase.revision)

    @property
    def took_effect(self) -> bool:
        return self.outcome in _CREDITED


@dataclass(frozen=True, slots=True)
class BookDifference:
    """One line of the answer.

    Shape: what is not there is None; `detail` is a code or a state where the reason has one. Units: miles
        with their sign in the member's balance.
    """

    reason: Reason
    sale_ref: SaleRef
    kind: PurchaseKind
    lines: tuple[int, ...] = ()
    number: PurchaseNumber | None = None
    file_minor: int | None = None
    chain_minor: int | None = None
    file_miles: int | None = None
    chain_miles: int | None = None
    detail: str | None = None


@dataclass(slots=True)
class BookComparison:
    """The whole answer. Units: miles; rows that state none count with the chain's."""

    rows: int
    records: int
    file_miles: int = 0
    chain_miles: int = 0
    matched: int = 0
    differences: list[BookDifference] = field(default_factory=list)


StateOf = Callable[[Purchase], str | None]
"""What the store knows of a purchase that did not settle: its state, None if it never came."""


def compare_books(
    rows: Sequence[BookRow], records: Iterable[ChainRecord], *, state_of: StateOf
) -> BookComparison:
    """Match rows and records by reference, kind and revision, and name what does not agree.

    Shape: `records` are those in the period of the file, and all amendments of sales in it, each with
        a number of its own. Of one record settled again after it was unproven the last counts.
    """
    comparing = _Comparing(rows, _settled_last(records), state_of)
    comparing.rows_twice()
    for row in comparing.firsts:
        comparing.row(row)
    comparing.rest()
    found = comparing.found
    found.differences.sort(key=lambda one: (one.lines or (1 << 62,), one.number or 0))
    return found


def _settled_last(records: Iterable[ChainRecord]) -> list[ChainRecord]:
    """Without what was unproven and came again."""
    found: dict[tuple[Key, str], ChainRecord] = {}
    for record in records:
        found[record.key, record.purchase.source] = record
    return list(found.values())


class _Comparing:
    def __init__(self, rows: Sequence[BookRow], records: list[ChainRecord], state_of: StateOf) -> None:
        self._state_of = state_of
        self._rows = rows
        self.firsts: list[BookRow] = []
        self._by_key: dict[Key, list[ChainRecord]] = {}
        for record in records:
            self._by_key.setdefault(record.key, []).append(record)
        self._amendments: dict[PurchaseNumber, list[ChainRecord]] = {}
        for record in records:
            if record.sale_number != record.number and record.took_effect:
                self._amendments.setdefault(record.sale_number, []).append(record)
        self._numbers_in_file: set[PurchaseNumber] = set()
        self._keys_in_file = {row.key for row in rows}
        self.found = BookComparison(len(rows), len(records))
        self.found.chain_miles = sum(record.miles for record in records)

    def rows_twice(self) -> None:
        """Find rows that stand in the file more than once; the first is compared with the chain."""
        seen: dict[tuple[Key, str | None], BookRow] = {}
        for row in self._rows:
            first = seen.setdefault((row.key, row.source), row)
            if first is row:
                self.firsts.append(row)
                continue
            self.found.file_miles += row.signed_miles or 0
            lines = (first.line, row.line)
            self._add(Reason.COUNTED_TWICE, row=row, lines=lines, file_miles=row.signed_miles)

    def row(self, row: BookRow) -> None:
        record = self._take(row)
        if record is None:
            self.found.file_miles += row.signed_miles or 0
            state = self._state_of(row.purchase)
            self._add(Reason.MISSING_HERE, row=row, file_miles=row.signed_miles, detail=state)
            return
        self._numbers_in_file.add(record.number)
        self.found.file_miles += record.miles if row.signed_miles is None else row.signed_miles
        if self._is_net(row, record):
            self.found.matched += 1
            return
        if not record.took_effect:
            if row.miles == 0:
                self.found.matched += 1
            else:
                self._add(Reason.REFUSED, row=row, record=record, detail=record.outcome.code)
        elif (
            row.purchase.kind is not PurchaseKind.VOID
            and row.purchase.eligible_minor != record.eligible_minor
        ):
            self._add(Reason.AMOUNT_DIFFERS, row=row, record=record)
        elif row.signed_miles is not None and row.signed_miles != record.miles:
            is_cut = record.outcome is Outcome.CUT_BY_PREPAID
            detail = record.outcome.code if is_cut else None
            self._add(Reason.MILES_DIFFER, row=row, record=record, detail=detail)
        else:
            self.found.matched += 1

    def rest(self) -> None:
        """Name what the chain has and no row was matched with."""
        for key, records in self._by_key.items():
            for record in records:
                if key in self._keys_in_file and record.took_effect:
                    self._add(Reason.COUNTED_TWICE, record=record)
                elif self._is_since(record):
                    self._add(Reason.REFUNDED_SINCE, record=record)
                elif key not in self._keys_in_file and self._is_news(record):
                    detail = None if record.took_effect else record.outcome.code
                    self._add(Reason.MISSING_THERE, record=record, detail=detail)

    def _is_since(self, record: ChainRecord) -> bool:
        is_amendment = record.took_effect and record.sale_number != record.number
        return is_amendment and record.sale_number in self._numbers_in_file

    @staticmethod
    def _is_news(record: ChainRecord) -> bool:
        """Whether a partner would want to know of it: all but amendments that changed nothing."""
        return record.took_effect or record.purchase.kind is PurchaseKind.SALE

    def _take(self, row: BookRow) -> ChainRecord | None:
        """The record of a row: of its source, or the only one, or the next of several."""
        known = self._by_key.get(row.key, [])
        own = [record for record in known if row.source in (None, record.purchase.source)]
        if not own:
            return None
        known.remove(own[0])
        return own[0]

    def _is_net(self, row: BookRow, record: ChainRecord) -> bool:
        """Whether the row states what later amendments, of which the file has none, left of its sale."""
        if row.purchase.kind is not PurchaseKind.SALE:
            return False
        later = self._amendments.get(record.number, [])
        if row.miles is None or not later or any(one.key in self._keys_in_file for one in later):
            return False
        if row.miles != record.miles + sum(one.miles for one in later) or row.miles == record.miles:
            return False
        for one in later:
            self._by_key[one.key].remove(one)
        return True

    def _add(
        self,
        reason: Reason,
        *,
        row: BookRow | None = None,
        record: ChainRecord | None = None,
        lines: tuple[int, ...] | None = None,
        file_miles: int | None = None,
        detail: str | None = None,
    ) -> None:
        purchase = row.purchase if row is not None else record.purchase if record is not None else None
        assert purchase is not None, "a difference is of a row, a record or both"
        if row is not None and record is not None:
            file_miles = record.miles if row.signed_miles is None else row.signed_miles
        self.found.differences.append(
            BookDifference(
                reason,
                purchase.sale_ref,
                purchase.kind,
                lines=lines if lines is not None else () if row is None else (row.line,),
                number=None if record is None else record.number,
                file_minor=None if row is None else row.purchase.eligible_minor,
                chain_minor=None if record is None else record.eligible_minor,
                file_miles=file_miles,
                chain_miles=None if record is None else record.miles,
                detail=detail,
            )
        )


def explained(found: BookComparison) -> bool:
    """Whether the differences account for all that the two sums of miles differ by, as they must."""
    gap = sum((one.file_miles or 0) - (one.chain_miles or 0) for one in found.differences)
    return found.file_miles - found.chain_miles == gap
