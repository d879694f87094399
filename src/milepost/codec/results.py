"""Reads what the contract says became of each purchase of a report.

Reading settlements makes `Settled` values of the event's bytes; with the report they are every leaf.
Source: docs/report-format.md "The event".
"""

from collections.abc import Iterable, Sequence

from milepost.codec.bits import pack, unpack
from milepost.codec.entry import member_of_word
from milepost.codec.receipt_leaf import amended_word, amendment_of_words, basis_of_word, grant_field
from milepost.domain.errors import ResultsMalformed
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.purchase import PurchaseKind
from milepost.domain.quantities import DayNumber, Miles, PromotionId
from milepost.domain.receipt import MOST_GRANTS, Basis, Grant, Settled, SettledSection
from milepost.domain.report import PlacedEntry, Report

SECTION_SIZE = 9
HEAD_SIZE = 8
GRANT_SIZE = 8
AMENDMENT_SIZE = 40

_SECTION_WIDTHS = (16, 32, 24)
_HEAD_WIDTHS = (8, 32, 16, 8)
_GRANT_WIDTHS = (16, 4, 22, 22)
_GRANTS_MASK = 0b111
_COUNTED = 1 << 3
_DEBT_OFFSET = 1 << 4
_AMENDED = 1 << 5
_FLAGS = _GRANTS_MASK | _COUNTED | _DEBT_OFFSET | _AMENDED


def decode_results(results: bytes, report: Report) -> list[Settled]:
    """What became of each purchase of the report.

    Shape: one a purchase, in the order of the report. Each has the terms it was judged by: the section's, and
        of an amendment those of the receipt attached to it, but for a claim.
    Raises: ResultsMalformed if the bytes are not what one event says of this report.
    """
    return [one for section in decode_sections(results, report) for one in section.settled]


def decode_sections(results: bytes, report: Report) -> list[SettledSection]:
    """As `decode_results`, by section. Raises: ResultsMalformed."""
    reader = _Reader(results)
    placed = report.placed()
    sections = []
    for section in report.sections:
        basis = Basis(*reader.take(SECTION_SIZE, _SECTION_WIDTHS))
        settled = tuple(_settled(reader, basis, next(placed)) for _ in section.entries)
        sections.append(SettledSection(basis, settled))
    reader.finish()
    return sections


def encode_results(sections: Iterable[SettledSection]) -> bytes:
    """The inverse of `decode_sections`, for vectors and fakes."""
    return b"".join(
        _encode_basis(section.basis) + b"".join(map(_encode, section.settled)) for section in sections
    )


def is_claim(placed: PlacedEntry) -> bool:
    """Whether an entry claims for its member a sale that was settled for nobody."""
    attachment = placed.attachment
    is_of_nobody = attachment is not None and member_of_word(attachment.entry) == 0
    return is_of_nobody and placed.entry.kind is PurchaseKind.AMEND and placed.entry.member != 0


class _Reader:
    """Takes fields from the front of the results."""

    def __init__(self, results: bytes) -> None:
        self._results = results
        self._at = 0

    def take(self, size: int, widths: Sequence[int]) -> list[int]:
        return unpack(self.number(size), widths)

    def number(self, size: int) -> int:
        end = self._at + size
        if len(self._results) < end:
            raise ResultsMalformed(f"The results end after {len(self._results)} bytes, inside a purchase.")
        data, self._at = self._results[self._at : end], end
        return int.from_bytes(data, "big")

    def finish(self) -> None:
        if self._at < len(self._results):
            raise ResultsMalformed(
                f"The results have {len(self._results)} bytes, and the report's purchases end at {self._at}."
            )


def _settled(reader: _Reader, basis: Basis, placed: PlacedEntry) -> Settled:
    outcome, base, last_day, flags = reader.take(HEAD_SIZE, _HEAD_WIDTHS)
    if flags & ~_FLAGS or flags & _GRANTS_MASK > MOST_GRANTS:
        raise ResultsMalformed(f"Flags {flags:#x} name more than {MOST_GRANTS} grants, or nothing known.")
    grants = tuple(_grant(reader) for _ in range(flags & _GRANTS_MASK))
    counted = reader.number(2) if flags & _COUNTED else 0
    debt_offset = reader.number(4) if flags & _DEBT_OFFSET else 0
    amendment = None
    if flags & _AMENDED:
        returned, added, amended = reader.take(AMENDMENT_SIZE, (32, 32, 256))
        amendment = amendment_of_words(amended, returned=Miles(returned), added=Miles(added))
        if amendment is None or placed.attachment is None:
            raise ResultsMalformed("An amendment took effect that names no sale, or that brought no receipt.")
        if not is_claim(placed):
            basis = basis_of_word(placed.attachment.basis)
    return Settled(
        _outcome(outcome),
        Miles(base),
        DayNumber(last_day),
        grants,
        debt_offset=Miles(debt_offset),
        counted=counted,
        amendment=amendment,
        basis=basis,
    )


def _encode_basis(basis: Basis) -> bytes:
    return pack(
        [
            ("earn miles", basis.earn_miles, 16),
            ("per minor units", basis.per_minor, 32),
            ("offer set", basis.offer_set, 24),
        ]
    ).to_bytes(SECTION_SIZE, "big")


def _encode(settled: Settled) -> bytes:
    amendment = settled.amendment
    flags = len(settled.grants)
    parts = [grant_field(grant).to_bytes(GRANT_SIZE, "big") for grant in settled.grants]
    if settled.counted:
        flags |= _COUNTED
        parts.append(settled.counted.to_bytes(2, "big"))
    if settled.debt_offset:
        flags |= _DEBT_OFFSET
        parts.append(settled.debt_offset.to_bytes(4, "big"))
    if amendment is not None:
        flags |= _AMENDED
        miles = pack([("returned", amendment.returned, 32), ("added", amendment.added, 32)])
        parts.append((miles << 256 | amended_word(amendment)).to_bytes(AMENDMENT_SIZE, "big"))
    head = pack(
        [
            ("outcome", settled.outcome, 8),
            ("base miles", settled.base, 32),
            ("last valid day", settled.last_day, 16),
            ("flags", flags, 8),
        ]
    )
    return head.to_bytes(HEAD_SIZE, "big") + b"".join(parts)


def _grant(reader: _Reader) -> Grant:
    promotion, cut, desired, granted = reader.take(GRANT_SIZE, _GRANT_WIDTHS)
    try:
        return Grant(PromotionId(promotion), Cut(cut), Miles(desired), Miles(granted))
    except ValueError:
        raise ResultsMalformed(f"Cut {cut} is no limit that this version knows.") from None


def _outcome(number: int) -> Outcome:
    try:
        return Outcome(number)
    except ValueError:
        raise ResultsMalformed(f"Outcome {number} is none that this version knows.") from None
