"""Keeps purchases and conflicts.

Ingesting writes them, sealing and settling move their states.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    func,
    insert,
    select,
    true,
    tuple_,
    union_all,
    update,
)

from milepost.domain.purchase import DedupeKey, Purchase, PurchaseKind
from milepost.domain.quantities import PartnerCode, SaleRef
from milepost.ports import Conflict, KnownPurchase, PurchaseRecord, PurchaseState, StoreBusy, StoredPurchase
from milepost.ports.states import WAITING
from milepost.store.chunks import chunks
from milepost.store.tables import conflicts, purchases

_AnyRow = Row[*tuple[Any, ...]]

_GROUP = ("of_partner", "of_source", "of_kind", "of_revision")
# Made once, its values given when it is asked: a statement made of values is a cycle with them in it, and a
# process that looks for cycles rarely held the references of hours.
_IS_OF_KEYS = and_(
    purchases.c.partner == bindparam("of_partner"),
    purchases.c.source == bindparam("of_source"),
    purchases.c.kind == bindparam("of_kind"),
    purchases.c.revision == bindparam("of_revision"),
    purchases.c.sale_ref.in_(bindparam("sale_refs", expanding=True)),
)

_PARTNERS_IN_STATEMENT = 100
"""Partners asked for in one statement, each by a select of its own: SQLite takes 500 of those."""

_PLACE = (purchases.c.state, purchases.c.partner, purchases.c.purchase_id)
"""Columns of the index by which purchases of a state are found."""
_ABOVE_ALL_IDS = 2**63 - 1

_KEY_COLUMNS = (
    purchases.c.partner,
    purchases.c.source,
    purchases.c.sale_ref,
    purchases.c.kind,
    purchases.c.revision,
)


class SqlPurchaseStore:
    """The port `PurchaseStore` over one connection inside a unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(self, keys: Sequence[DedupeKey]) -> Mapping[DedupeKey, KnownPurchase]:
        columns = (*_KEY_COLUMNS, purchases.c.purchase_id, purchases.c.content_hash, purchases.c.state)
        return {
            _key(row): KnownPurchase(row.purchase_id, row.content_hash, PurchaseState(row.state))
            for row in self._rows(select(*columns), keys)
        }

    def add(self, records: Sequence[PurchaseRecord], *, state: PurchaseState, received_at: int) -> None:
        rows = [{**_row_of(record, received_at), "state": state.value} for record in records]
        if rows:
            # What SQLAlchemy does for each row of many takes as long as the driver's writing it: it is asked
            # for the statement alone.
            made = insert(purchases).compile(self._connection, column_keys=list(rows[0]))
            values = (
                rows
                if made.positiontup is None
                else [tuple(map(row.__getitem__, made.positiontup)) for row in rows]
            )
            self._connection.exec_driver_sql(str(made), values)

    def add_conflicts(self, found: Sequence[Conflict]) -> None:
        firsts = [conflict.first_id for conflict in found]
        kept: set[tuple[int, bytes]] = set()
        for chunk in chunks(firsts):
            kept.update(
                (row.first_id, row.content_hash)
                for row in self._connection.execute(
                    select(conflicts.c.first_id, conflicts.c.content_hash).where(
                        conflicts.c.first_id.in_(chunk)
                    )
                )
            )
        new = {(conflict.first_id, conflict.record.content_hash): conflict for conflict in found}
        rows = [
            {**_row_of(conflict.record, conflict.received_at), "first_id": conflict.first_id}
            for key, conflict in new.items()
            if key not in kept
        ]
        if rows:
            self._connection.execute(insert(conflicts), rows)

    def conflicts(self) -> list[Conflict]:
        rows = self._connection.execute(select(conflicts).order_by(conflicts.c.conflict_id))
        return [
            Conflict(
                row.first_id,
                PurchaseRecord(_purchase(row), row.member_key, row.content_hash),
                row.received_at,
            )
            for row in rows
        ]

    def by_key(self, key: DedupeKey) -> StoredPurchase | None:
        return self.by_keys([key]).get(key)

    def by_keys(self, keys: Sequence[DedupeKey]) -> Mapping[DedupeKey, StoredPurchase]:
        return {_key(row): _stored(row) for row in self._rows(select(purchases), keys)}

    def of_sale(self, partner: PartnerCode, sale_ref: SaleRef) -> list[StoredPurchase]:
        rows = self._connection.execute(
            select(purchases)
            .where(purchases.c.partner == partner, purchases.c.sale_ref == sale_ref)
            .order_by(purchases.c.purchase_id)
        )
        return [_stored(row) for row in rows]

    def families(self, partner: PartnerCode, sale_refs: Sequence[SaleRef]) -> list[StoredPurchase]:
        # Two statements a chunk, each by an index: a condition on either column would scan.
        found = {
            row.purchase_id: _stored(row)
            for chunk in chunks(sale_refs)
            for column in (purchases.c.sale_ref, purchases.c.original_sale_ref)
            for row in self._connection.execute(
                select(purchases).where(purchases.c.partner == partner, column.in_(chunk))
            )
        }
        return [found[purchase_id] for purchase_id in sorted(found)]

    def sale_refs(self, partner: PartnerCode, *, most: int) -> list[SaleRef]:
        rows = self._connection.execute(
            select(purchases.c.sale_ref)
            .where(purchases.c.partner == partner)
            .order_by(purchases.c.purchase_id.desc())
            .limit(most)
        )
        return [SaleRef(row.sale_ref) for row in rows]

    def _rows(self, query: Select[*tuple[Any, ...]], keys: Sequence[DedupeKey]) -> Iterator[_AnyRow]:
        """Rows by key, by statements of one partner and source: SQLite scans for tuples, not for these."""
        references: dict[tuple[PartnerCode, str, int, int], list[str]] = {}
        for key in keys:
            group = (key.partner, key.source, int(key.kind), key.revision)
            references.setdefault(group, []).append(key.sale_ref)
        for group, sale_refs in references.items():
            for chunk in chunks(sale_refs):
                values = dict(zip(_GROUP, group, strict=True))
                yield from self._connection.execute(query.where(_IS_OF_KEYS), {**values, "sale_refs": chunk})

    def by_ids(self, purchase_ids: Sequence[int]) -> Mapping[int, StoredPurchase]:
        found = {}
        for chunk in chunks(purchase_ids):
            query = select(purchases).where(purchases.c.purchase_id.in_(chunk))
            for row in self._connection.execute(query):
                found[row.purchase_id] = _stored(row)
        return found

    def accepted(
        self,
        partners: Sequence[PartnerCode],
        *,
        most: int,
        after: int = 0,
        occurred_by: int | None = None,
    ) -> list[StoredPurchase]:
        is_due = true() if occurred_by is None else purchases.c.occurred_at <= occurred_by
        oldest: list[int] = []
        for chunk in chunks(partners, most=_PARTNERS_IN_STATEMENT):
            oldest += self._connection.scalars(_oldest_accepted(chunk, is_due, after=after, most=most))
        ids = sorted(oldest)[:most]
        found = self.by_ids(ids)
        return [found[purchase_id] for purchase_id in ids]

    def supersede(self, purchase_id: int, record: PurchaseRecord) -> None:
        content = _row_of(record, received_at=0)
        del content["received_at"]
        changed = self._connection.execute(
            update(purchases)
            .where(purchases.c.purchase_id == purchase_id, purchases.c.state == PurchaseState.ACCEPTED.value)
            .values(content)
        ).rowcount
        if changed != 1:
            raise StoreBusy("The purchase is not accepted any more, as another process moved it")

    def move(self, purchase_ids: Sequence[int], *, source: PurchaseState, target: PurchaseState) -> None:
        for chunk in chunks(purchase_ids):
            moved = self._connection.execute(
                update(purchases)
                .where(purchases.c.purchase_id.in_(chunk), purchases.c.state == source.value)
                .values(state=target.value)
            ).rowcount
            if moved != len(chunk):
                raise StoreBusy(
                    f"{len(chunk) - moved} purchases are not {source} and cannot become {target}, as another"
                    " process moved them"
                )

    def count_by_state(self) -> Mapping[PurchaseState, int]:
        rows = self._connection.execute(select(purchases.c.state, func.count()).group_by(purchases.c.state))
        return {PurchaseState(state): count for state, count in rows}

    def newest_received_at(self) -> int | None:
        newest = select(purchases.c.received_at).order_by(purchases.c.purchase_id.desc()).limit(1)
        return self._connection.execute(newest).scalar()

    def count_waiting(self) -> int:
        waiting = purchases.c.state.in_([state.value for state in WAITING])
        return int(self._connection.execute(select(func.count()).where(waiting)).scalar_one())


def _oldest_accepted(
    partners: Sequence[PartnerCode], is_due: ColumnElement[bool], *, after: int, most: int
) -> Select[int]:
    """Ids above `after` in order of arrival, at most so many.

    Shape: each partner's are a range of their index, in its order. Asked for by equal states and partners in
        the order of ids, PostgreSQL may read by ids instead: through all that was ever settled.
    """
    place = tuple_(*_PLACE)
    each = [
        select(purchases.c.purchase_id)
        .where(
            place > (PurchaseState.ACCEPTED.value, partner, after),
            place < (PurchaseState.ACCEPTED.value, partner, _ABOVE_ALL_IDS),
            is_due,
        )
        .order_by(*_PLACE)
        .limit(most)
        .subquery()
        for partner in partners
    ]
    together = union_all(*(select(one.c.purchase_id) for one in each)).subquery()
    return select(together.c.purchase_id).order_by(together.c.purchase_id).limit(most)


def _key(row: _AnyRow) -> DedupeKey:
    return DedupeKey(row.partner, row.source, row.sale_ref, PurchaseKind(row.kind), row.revision)


def _row_of(record: PurchaseRecord, received_at: int) -> dict[str, object]:
    purchase = record.purchase
    return {
        "partner": purchase.partner,
        "source": purchase.source,
        "sale_ref": purchase.sale_ref,
        "kind": int(purchase.kind),
        "revision": purchase.revision,
        "original_sale_ref": purchase.original_sale_ref,
        "outlet": purchase.outlet,
        "terminal": purchase.terminal,
        "occurred_at": purchase.occurred_at_s,
        "utc_offset_minutes": purchase.utc_offset_minutes,
        "business_date": purchase.business_date and purchase.business_date.isoformat(),
        "currency": purchase.currency,
        "gross_minor": purchase.gross_minor,
        "tax_minor": purchase.tax_minor,
        "service_minor": purchase.service_minor,
        "tip_minor": purchase.tip_minor,
        "eligible_minor": purchase.eligible_minor,
        "channel": purchase.channel,
        "party_size": purchase.party_size,
        "member_key": record.member_key,
        "content_hash": record.content_hash,
        "received_at": received_at,
    }


def _purchase(row: _AnyRow) -> Purchase:
    return Purchase(
        partner=row.partner,
        source=row.source,
        sale_ref=row.sale_ref,
        kind=PurchaseKind(row.kind),
        revision=row.revision,
        original_sale_ref=row.original_sale_ref,
        outlet=row.outlet,
        terminal=row.terminal,
        occurred_at=datetime.fromtimestamp(row.occurred_at, _offset(row.utc_offset_minutes)),
        business_date=row.business_date and date.fromisoformat(row.business_date),
        currency=row.currency,
        gross_minor=row.gross_minor,
        tax_minor=row.tax_minor,
        service_minor=row.service_minor,
        tip_minor=row.tip_minor,
        eligible_minor=row.eligible_minor,
        channel=row.channel,
        party_size=row.party_size,
    )


@cache
def _offset(minutes: int) -> timezone:
    return timezone(timedelta(minutes=minutes))


def _stored(row: _AnyRow) -> StoredPurchase:
    return StoredPurchase(
        row.purchase_id, _purchase(row), row.member_key, PurchaseState(row.state), row.received_at
    )
