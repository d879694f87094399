"""Keeps what a reporter signed and what reporters disagreed about.

A reporter writes it before it signs; the proposer writes what another reporter's copy gives otherwise.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, insert, select

from milepost.codec.digest import content_hash
from milepost.domain.quantities import Lane, ReportSequence
from milepost.ports import Disagreement, SignedCut
from milepost.ports.signing import MOST_CUTS, MOST_DISAGREEMENTS
from milepost.store.chunks import chunks
from milepost.store.tables import disagreements, signed_cut_entries, signed_cuts


class SqlSigningJournal:
    """The port `SigningJournal` over one connection inside a unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_cut(self, cut: SignedCut) -> bool:
        known = select(signed_cuts.c.lane).where(signed_cuts.c.content_hash == cut.content_hash)
        if self._connection.execute(known).first() is not None:
            return True
        of_proposer = select(func.count()).where(
            signed_cuts.c.lane == cut.lane,
            signed_cuts.c.sequence == cut.sequence,
            signed_cuts.c.asked_by == cut.asked_by,
        )
        if self._connection.execute(of_proposer).scalar_one() >= MOST_CUTS:
            return False
        self._insert(cut)
        return True

    def forget_cuts(self, lane: Lane, settled: ReportSequence) -> None:
        of_settled = signed_cuts.c.lane == lane, signed_cuts.c.sequence <= settled
        hashes = select(signed_cuts.c.content_hash).where(*of_settled)
        self._connection.execute(
            delete(signed_cut_entries).where(signed_cut_entries.c.content_hash.in_(hashes))
        )
        self._connection.execute(delete(signed_cuts).where(*of_settled))

    def _insert(self, cut: SignedCut) -> None:
        self._connection.execute(
            insert(signed_cuts).values(
                content_hash=cut.content_hash,
                lane=cut.lane,
                sequence=cut.sequence,
                report_bytes=cut.report_bytes,
                signed_at=cut.signed_at,
                asked_by=cut.asked_by,
            )
        )
        self._connection.execute(
            insert(signed_cut_entries),
            [
                {"content_hash": cut.content_hash, "position": position, "purchase_id": purchase_id}
                for position, purchase_id in enumerate(cut.purchase_ids)
            ],
        )

    def cuts_of(self, purchase_ids: Sequence[int]) -> list[SignedCut]:
        hashes: set[bytes] = set()
        for some in chunks(purchase_ids):
            query = select(signed_cut_entries.c.content_hash).where(
                signed_cut_entries.c.purchase_id.in_(some)
            )
            hashes.update(self._connection.execute(query).scalars())
        found = [self._cut(one) for one in hashes]
        return sorted(found, key=lambda cut: (cut.lane, cut.sequence, cut.content_hash))

    def add_disagreement(self, disagreement: Disagreement) -> bool:
        proposed_hash, own_hash = content_hash(disagreement.proposed), content_hash(disagreement.own)
        known = select(disagreements.c.disagreement_id).where(
            disagreements.c.reporter == disagreement.reporter,
            disagreements.c.proposed_hash == proposed_hash,
            disagreements.c.own_hash == own_hash,
        )
        of_sequence = select(func.count()).where(
            disagreements.c.lane == disagreement.lane, disagreements.c.sequence == disagreement.sequence
        )
        is_full = self._connection.execute(of_sequence).scalar_one() >= MOST_DISAGREEMENTS
        if is_full or self._connection.execute(known).first() is not None:
            return False
        self._connection.execute(
            insert(disagreements).values(
                reporter=disagreement.reporter,
                lane=disagreement.lane,
                sequence=disagreement.sequence,
                proposed_hash=proposed_hash,
                own_hash=own_hash,
                proposed=disagreement.proposed,
                own=disagreement.own,
                noticed_at=disagreement.noticed_at,
            )
        )
        return True

    def disagreements(self) -> list[Disagreement]:
        rows = self._connection.execute(select(disagreements).order_by(disagreements.c.disagreement_id))
        return [
            Disagreement(
                row.reporter,
                Lane(row.lane),
                ReportSequence(row.sequence),
                row.proposed,
                row.own,
                row.noticed_at,
            )
            for row in rows
        ]

    def _cut(self, one: bytes) -> SignedCut:
        row = self._connection.execute(select(signed_cuts).where(signed_cuts.c.content_hash == one)).one()
        ids = self._connection.execute(
            select(signed_cut_entries.c.purchase_id)
            .where(signed_cut_entries.c.content_hash == one)
            .order_by(signed_cut_entries.c.position)
        ).scalars()
        return SignedCut(
            Lane(row.lane),
            ReportSequence(row.sequence),
            row.report_bytes,
            tuple(ids),
            row.signed_at,
            row.asked_by,
        )
