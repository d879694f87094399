"""Writes a report as the bytes that reporters sign, and reads such bytes back.

Sealing writes them, signing hashes them, settling sends them; receipts are rebuilt from them.
Source: docs/report-format.md "Report, version 1".
"""

from milepost.codec.bits import pack, unpack
from milepost.codec.entry import ENTRY_SIZE, entry_of_word, entry_word
from milepost.domain.errors import (
    ReportEmpty,
    ReportExtended,
    ReportMiscounted,
    ReportTruncated,
    ReportVersionUnknown,
    SectionEmpty,
    SectionsNotAscending,
)
from milepost.domain.quantities import Lane, PartnerId, PurchaseNumber, ReportSequence
from milepost.domain.report import Report, Section

VERSION = 1
HEADER_SIZE = 15
SECTION_SIZE = 15

_HEADER_WIDTHS = (8, 16, 64, 16, 16)
_SECTION_WIDTHS = (24, 40, 40, 16)


def encode_report(report: Report) -> bytes:
    """Raises: ReportEmpty, SectionsNotAscending, SectionEmpty; FieldOutOfRange for too great a number."""
    _check_sections(report.sections)
    header = pack(
        [
            ("version", VERSION, 8),
            ("lane", report.lane, 16),
            ("sequence", report.sequence, 64),
            ("sections", len(report.sections), 16),
            ("purchases", report.purchase_count, 16),
        ]
    )
    return header.to_bytes(HEADER_SIZE, "big") + b"".join(map(_encode_section, report.sections))


def decode_report(report_bytes: bytes) -> Report:
    """Read exactly the bytes that `encode_report` writes.

    Raises: ReportTruncated if they end early; ReportVersionUnknown for a first byte other than 1;
        ReportExtended if they go on; ReportEmpty; SectionsNotAscending; SectionEmpty; ReportMiscounted if
        the header's number of purchases is not the sum of the counts; FieldOutOfRange for a spare bit set.
    """
    _check_size(report_bytes, HEADER_SIZE)
    version, lane, sequence, section_count, purchases = unpack(
        int.from_bytes(report_bytes[:HEADER_SIZE], "big"), _HEADER_WIDTHS
    )
    if version != VERSION:
        raise ReportVersionUnknown(version)
    sections = []
    at = HEADER_SIZE
    for _ in range(section_count):
        section, at = _decode_section(report_bytes, at)
        sections.append(section)
    if len(report_bytes) > at:
        raise ReportExtended(len(report_bytes), at)
    _check_sections(tuple(sections))
    report = Report(Lane(lane), ReportSequence(sequence), tuple(sections))
    if report.purchase_count != purchases:
        raise ReportMiscounted(purchases, report.purchase_count)
    return report


def _encode_section(section: Section) -> bytes:
    header = pack(
        [
            ("partner", section.partner_id, 24),
            ("first purchase number", section.first_number, 40),
            ("base time", section.base_time, 40),
            ("count", len(section.entries), 16),
        ]
    )
    entries = (entry_word(entry).to_bytes(ENTRY_SIZE, "big") for entry in section.entries)
    return header.to_bytes(SECTION_SIZE, "big") + b"".join(entries)


def _decode_section(report_bytes: bytes, start: int) -> tuple[Section, int]:
    """The section at `start`, and where the next begins."""
    at = start + SECTION_SIZE
    _check_size(report_bytes, at)
    partner, first_number, base_time, count = unpack(
        int.from_bytes(report_bytes[start:at], "big"), _SECTION_WIDTHS
    )
    end = at + count * ENTRY_SIZE
    _check_size(report_bytes, end)
    words = (report_bytes[i : i + ENTRY_SIZE] for i in range(at, end, ENTRY_SIZE))
    entries = tuple(entry_of_word(int.from_bytes(word, "big")) for word in words)
    return Section(PartnerId(partner), PurchaseNumber(first_number), base_time, entries), end


def _check_size(report_bytes: bytes, needed: int) -> None:
    if len(report_bytes) < needed:
        raise ReportTruncated(len(report_bytes), needed)


def _check_sections(sections: tuple[Section, ...]) -> None:
    if not sections:
        raise ReportEmpty
    last = 0
    for section in sections:
        if section.partner_id <= last:
            raise SectionsNotAscending(section.partner_id, last)
        if not section.entries:
            raise SectionEmpty(section.partner_id)
        last = section.partner_id
