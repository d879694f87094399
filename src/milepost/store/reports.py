"""Keeps sealed reports, their purchases in order, and the reporters' signatures.

Sealing, signing and relaying write them; reading settlements closes them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from milepost.domain.quantities import Lane, MemberId, PartnerId, PurchaseNumber, ReportSequence
from milepost.ports import ReportSection, ReportSignature, ReportState, StoreBusy, StoredReport
from milepost.store.tables import report_entries, report_sections, report_signatures, reports

_LIVE = reports.c.state != ReportState.FAILED.value


class SqlReportStore:
    """The port `ReportStore` over one connection inside a unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, report: StoredReport, purchase_ids: Sequence[int], member_ids: Sequence[MemberId]) -> None:
        content_hash = report.content_hash
        try:
            self._connection.execute(
                insert(reports).values(
                    content_hash=content_hash,
                    lane=report.lane,
                    sequence=report.sequence,
                    report_bytes=report.report_bytes,
                    state=report.state.value,
                    failure=report.failure,
                )
            )
        except IntegrityError:
            raise StoreBusy(
                f"Lane {report.lane} has a report {report.sequence} already, which another process sealed"
            ) from None
        self._connection.execute(
            insert(report_sections),
            [
                {
                    "content_hash": content_hash,
                    "partner_id": section.partner_id,
                    "first_number": section.first_number,
                    "purchase_count": section.count,
                }
                for section in report.sections
            ],
        )
        self._connection.execute(
            insert(report_entries),
            [
                {
                    "content_hash": content_hash,
                    "position": position,
                    "purchase_id": purchase_id,
                    "member_id": member_id,
                }
                for position, (purchase_id, member_id) in enumerate(
                    zip(purchase_ids, member_ids, strict=True)
                )
            ],
        )

    def get(self, content_hash: bytes) -> StoredReport | None:
        return self._first(reports.c.content_hash == content_hash)

    def at(self, lane: Lane, sequence: ReportSequence) -> StoredReport | None:
        return self._first(reports.c.lane == lane, reports.c.sequence == sequence, _LIVE)

    def in_states(self, *states: ReportState) -> list[StoredReport]:
        return self._all(reports.c.state.in_([state.value for state in states]))

    def last_sequence(self, lane: Lane) -> ReportSequence:
        query = select(func.max(reports.c.sequence)).where(reports.c.lane == lane, _LIVE)
        return ReportSequence(self._connection.execute(query).scalar() or 0)

    def last_numbers(self) -> Mapping[PartnerId, PurchaseNumber]:
        last = func.max(report_sections.c.first_number + report_sections.c.purchase_count - 1)
        rows = self._connection.execute(
            select(report_sections.c.partner_id, last)
            .join(reports, reports.c.content_hash == report_sections.c.content_hash)
            .where(_LIVE)
            .group_by(report_sections.c.partner_id)
        )
        return {PartnerId(partner_id): PurchaseNumber(number) for partner_id, number in rows}

    def purchase_ids(self, content_hash: bytes) -> list[int]:
        query = (
            select(report_entries.c.purchase_id)
            .where(report_entries.c.content_hash == content_hash)
            .order_by(report_entries.c.position)
        )
        return list(self._connection.execute(query).scalars())

    def move(
        self, content_hash: bytes, *, source: ReportState, target: ReportState, failure: str | None = None
    ) -> None:
        try:
            moved = self._connection.execute(
                update(reports)
                .where(reports.c.content_hash == content_hash, reports.c.state == source.value)
                .values(state=target.value, failure=failure)
            ).rowcount
        except IntegrityError:
            raise StoreBusy("Its sequence has another report") from None
        if moved != 1:
            raise StoreBusy(
                f"The report {content_hash.hex()} is not {source} and cannot become {target}, as another"
                " process moved it"
            )

    def add_signature(self, content_hash: bytes, signature: ReportSignature) -> None:
        known = self.signatures(content_hash, digest=signature.digest)
        if signature.signer not in {other.signer for other in known}:
            self._connection.execute(
                insert(report_signatures).values(
                    content_hash=content_hash,
                    digest=signature.digest,
                    signer=signature.signer,
                    signature=signature.signature,
                )
            )

    def signatures(self, content_hash: bytes, *, digest: bytes) -> list[ReportSignature]:
        rows = self._connection.execute(
            select(report_signatures)
            .where(
                report_signatures.c.content_hash == content_hash,
                report_signatures.c.digest == digest,
            )
            .order_by(report_signatures.c.signer)
        )
        return [ReportSignature(row.digest, row.signer, row.signature) for row in rows]

    def _first(self, *conditions: Any) -> StoredReport | None:
        found = self._all(*conditions)
        return found[0] if found else None

    def _all(self, *conditions: Any) -> list[StoredReport]:
        rows = self._connection.execute(
            select(reports).where(*conditions).order_by(reports.c.lane, reports.c.sequence)
        ).all()
        return [self._stored(row) for row in rows]

    def _stored(self, row: Row[*tuple[Any, ...]]) -> StoredReport:
        sections = self._connection.execute(
            select(report_sections)
            .where(report_sections.c.content_hash == row.content_hash)
            .order_by(report_sections.c.partner_id)
        )
        return StoredReport(
            content_hash=row.content_hash,
            lane=Lane(row.lane),
            sequence=ReportSequence(row.sequence),
            report_bytes=row.report_bytes,
            sections=tuple(
                ReportSection(
                    PartnerId(section.partner_id),
                    PurchaseNumber(section.first_number),
                    section.purchase_count,
                )
                for section in sections
            ),
            state=ReportState(row.state),
            failure=row.failure,
        )
