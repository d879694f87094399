"""Keeps what the chain decided of each purchase, and up to which block it was read.

Reading settlements writes it; receipts, statements and reconciliation read it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select

from milepost.domain.outcome import Cut, Outcome
from milepost.domain.quantities import (
    DayNumber,
    MemberId,
    Miles,
    PartnerCode,
    PartnerId,
    PromotionId,
    PurchaseNumber,
)
from milepost.domain.receipt import Amendment, Basis, Grant, Settled
from milepost.ports import Block, CreditedPurchase, SettledLog, SettledPurchase, StoredTotals
from milepost.store.chunks import chunks
from milepost.store.tables import chain_cursor, purchases, reports, settled_purchases, settlements

# The cursor table has one row.
_ONLY_CURSOR = 1


class SqlReceiptStore:
    """The port `ReceiptStore` over one connection inside a unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, content_hash: bytes, log: SettledLog, settled: Sequence[SettledPurchase]) -> None:
        self._connection.execute(
            insert(settlements).values(
                content_hash=content_hash,
                root=log.root,
                results=log.results,
                block_number=log.block_number,
                block_hash=log.block_hash,
                tx_hash=log.tx_hash,
                log_index=log.log_index,
            )
        )
        self._connection.execute(insert(settled_purchases), [_row_of(purchase) for purchase in settled])

    def of_purchase(self, purchase_id: int) -> SettledPurchase | None:
        row = self._connection.execute(
            select(settled_purchases)
            .where(settled_purchases.c.purchase_id == purchase_id)
            # A partner's numbers rise as its purchases settle.
            .order_by(settled_purchases.c.number.desc())
            .limit(1)
        ).first()
        return None if row is None else _settled_purchase(row)

    def newest_of_sales(
        self, partner_id: PartnerId, sale_numbers: Sequence[PurchaseNumber]
    ) -> Mapping[PurchaseNumber, SettledPurchase]:
        found: dict[PurchaseNumber, SettledPurchase] = {}
        for chunk in chunks(sale_numbers):
            rows = self._connection.execute(
                select(settled_purchases)
                .where(
                    settled_purchases.c.partner_id == partner_id,
                    settled_purchases.c.sale_number.in_(chunk),
                )
                .order_by(settled_purchases.c.number)
            )
            found.update({PurchaseNumber(row.sale_number): _settled_purchase(row) for row in rows})
        return found

    def of_members(self, member_ids: Sequence[MemberId]) -> list[SettledPurchase]:
        rows = self._connection.execute(
            select(settled_purchases)
            .join(settlements, settlements.c.content_hash == settled_purchases.c.content_hash)
            .where(settled_purchases.c.member_id.in_(member_ids))
            .order_by(settlements.c.block_number, settlements.c.log_index, settled_purchases.c.position)
        )
        return [_settled_purchase(row) for row in rows]

    def credited_to(self, member_ids: Sequence[MemberId], *, up_to: int) -> list[CreditedPurchase]:
        rows = [
            row
            for chunk in chunks(member_ids)
            for row in self._connection.execute(
                _CREDITED.where(settled_purchases.c.member_id.in_(chunk), settlements.c.block_number <= up_to)
            )
        ]
        return sorted(map(_credited_purchase, rows), key=lambda one: one.place)

    def settled_between(
        self, partner: PartnerCode | None, *, since: int, until: int, after: int, most: int
    ) -> list[SettledPurchase]:
        query = (
            select(settled_purchases)
            .join(purchases, purchases.c.purchase_id == settled_purchases.c.purchase_id)
            .where(
                settled_purchases.c.purchase_id > after,
                settled_purchases.c.outcome != int(Outcome.UNPROVEN),
                purchases.c.occurred_at >= since,
                purchases.c.occurred_at < until,
            )
            .order_by(settled_purchases.c.purchase_id)
            .limit(most)
        )
        if partner is not None:
            query = query.where(purchases.c.partner == partner)
        return [_settled_purchase(row) for row in self._connection.execute(query)]

    def log_of(self, content_hash: bytes) -> SettledLog | None:
        row = self._connection.execute(
            select(settlements, reports.c.lane, reports.c.sequence, reports.c.report_bytes)
            .join(reports, reports.c.content_hash == settlements.c.content_hash)
            .where(settlements.c.content_hash == content_hash)
        ).first()
        if row is None:
            return None
        return SettledLog(
            lane=row.lane,
            sequence=row.sequence,
            root=row.root,
            results=row.results,
            report_bytes=row.report_bytes,
            block_number=row.block_number,
            block_hash=row.block_hash,
            tx_hash=row.tx_hash,
            log_index=row.log_index,
        )

    def totals(self) -> StoredTotals:
        count, credited, reversed_ = self._connection.execute(
            select(
                func.count(),
                func.sum(settled_purchases.c.credited),
                func.sum(settled_purchases.c.taken + settled_purchases.c.owed),
            ).select_from(settled_purchases)
        ).one()
        return StoredTotals(int(count), Miles(int(credited or 0)), Miles(int(reversed_ or 0)))

    def last_numbers(self) -> Mapping[PartnerId, PurchaseNumber]:
        rows = self._connection.execute(
            select(settled_purchases.c.partner_id, func.max(settled_purchases.c.number)).group_by(
                settled_purchases.c.partner_id
            )
        )
        return {PartnerId(partner_id): PurchaseNumber(number) for partner_id, number in rows}

    def read_up_to(self) -> Block | None:
        row = self._connection.execute(select(chain_cursor)).first()
        return None if row is None else Block(row.block_number, row.block_hash, row.timestamp)

    def set_read_up_to(self, block: Block) -> None:
        self._connection.execute(delete(chain_cursor))
        self._connection.execute(
            insert(chain_cursor).values(
                cursor_id=_ONLY_CURSOR,
                block_number=block.number,
                block_hash=block.block_hash,
                timestamp=block.timestamp,
            )
        )


_CREDITED = (
    select(
        settlements.c.block_number,
        settlements.c.log_index,
        settled_purchases.c.position,
        settled_purchases.c.partner_id,
        settled_purchases.c.member_id,
        settled_purchases.c.credited,
        settled_purchases.c.last_day,
        settled_purchases.c.amendment,
        settled_purchases.c.sale_number,
        settled_purchases.c.debt_offset,
        settled_purchases.c.returned,
        settled_purchases.c.taken,
        settled_purchases.c.owed,
        purchases.c.occurred_at,
    )
    .join(settlements, settlements.c.content_hash == settled_purchases.c.content_hash)
    .join(purchases, purchases.c.purchase_id == settled_purchases.c.purchase_id)
    .where(settled_purchases.c.credited + settled_purchases.c.returned > 0)
)


def _credited_purchase(row: Row[*tuple[Any, ...]]) -> CreditedPurchase:
    amendment = _amendment(row.amendment)
    return CreditedPurchase(
        place=(row.block_number, row.log_index, row.position),
        partner_id=row.partner_id,
        member_id=row.member_id,
        miles=row.credited,
        last_day=row.last_day,
        occurred_at_s=row.occurred_at if amendment is None else amendment.occurred_at_s,
        sale_number=row.sale_number,
        debt_offset=Miles(row.debt_offset),
        returned=Miles(row.returned),
        taken=Miles(row.taken),
        owed=Miles(row.owed),
    )


def _row_of(purchase: SettledPurchase) -> dict[str, object]:
    settled = purchase.settled
    return {
        "purchase_id": purchase.purchase_id,
        "content_hash": purchase.content_hash,
        "position": purchase.position,
        "partner_id": purchase.partner_id,
        "number": purchase.number,
        "member_id": purchase.member_id,
        "outcome": int(settled.outcome),
        "base": settled.base,
        "bonus": settled.bonus,
        "last_day": settled.last_day,
        "debt_offset": settled.debt_offset,
        "grants": json.dumps(
            [[grant.promotion_id, int(grant.cut), grant.desired, grant.granted] for grant in settled.grants]
        ),
        "credited": settled.credited,
        "returned": settled.returned,
        "taken": purchase.taken,
        "owed": purchase.owed,
        "counted": settled.counted,
        "basis": json.dumps(astuple(settled.basis)),
        "amendment": settled.amendment and json.dumps(astuple(settled.amendment)),
        "sale_number": purchase.sale_number,
    }


def _amendment(text: str | None) -> Amendment | None:
    return None if text is None else Amendment(*json.loads(text))


def _settled_purchase(row: Row[*tuple[Any, ...]]) -> SettledPurchase:
    grants = tuple(
        Grant(PromotionId(promotion_id), Cut(cut), Miles(desired), Miles(granted))
        for promotion_id, cut, desired, granted in json.loads(row.grants)
    )
    return SettledPurchase(
        purchase_id=row.purchase_id,
        content_hash=row.content_hash,
        position=row.position,
        partner_id=row.partner_id,
        number=row.number,
        member_id=row.member_id,
        settled=Settled(
            Outcome(row.outcome),
            base=Miles(row.base),
            last_day=DayNumber(row.last_day),
            grants=grants,
            debt_offset=Miles(row.debt_offset),
            counted=row.counted,
            amendment=_amendment(row.amendment),
            basis=Basis(*json.loads(row.basis)),
        ),
        sale_number=row.sale_number,
        taken=Miles(row.taken),
        owed=Miles(row.owed),
    )
