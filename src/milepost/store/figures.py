"""Counts what is in the store, for whoever watches it: a few queries over indexes, in one unit of work.

Every process that shows figures asks it, some seconds apart; nothing here names a purchase or a member.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Engine, Table, func, select

from milepost.ports import TxState
from milepost.ports.states import WAITING
from milepost.store.engine import reading
from milepost.store.failures import answering
from milepost.store.tables import (
    chain_cursor,
    disagreements,
    feed_backlogs,
    feed_copies,
    nonces,
    purchases,
    reports,
    txs,
    webhook_endpoints,
    webhook_messages,
)

_IN_FLIGHT = (TxState.SIGNED, TxState.ACCEPTED)


@dataclass(frozen=True, slots=True)
class StoreFigures:
    """What is in the store now. `oldest_waiting_at`, `oldest_copy_at` in unix seconds, None if nothing waits.

    Shape: `next_nonces` by sender, `in_flight` too: nonces whose tx is signed or sent and not mined;
        `replacements` are txs beyond the first of their nonce.
    """

    purchases: Mapping[str, int]
    oldest_waiting_at: int | None
    reports: Mapping[str, int]
    txs: Mapping[str, int]
    next_nonces: Mapping[str, int]
    in_flight: Mapping[str, int]
    replacements: int
    read_up_to: int | None
    messages: Mapping[str, int]
    endpoints: Mapping[str, int]
    disagreements: int
    feed_copies: int
    oldest_copy_at: int | None


def read_figures(engine: Engine) -> StoreFigures:
    """Raises: StoreError."""
    with answering(), reading(engine) as connection:
        by_tx = _by_state(connection, txs)
        used = connection.scalar(select(func.count()).select_from(nonces)) or 0
        return StoreFigures(
            purchases=_by_state(connection, purchases),
            oldest_waiting_at=connection.scalar(
                select(func.min(purchases.c.received_at)).where(purchases.c.state.in_(WAITING))
            ),
            reports=_by_state(connection, reports),
            txs=by_tx,
            next_nonces=_next_nonces(connection),
            in_flight=_in_flight(connection),
            replacements=max(sum(by_tx.values()) - used, 0),
            read_up_to=connection.scalar(select(chain_cursor.c.block_number)),
            messages=_by_state(connection, webhook_messages),
            endpoints=_by_state(connection, webhook_endpoints),
            disagreements=connection.scalar(select(func.count()).select_from(disagreements)) or 0,
            feed_copies=int(connection.scalar(select(func.sum(feed_backlogs.c.copies))) or 0),
            oldest_copy_at=connection.scalar(
                select(feed_copies.c.added_at).order_by(feed_copies.c.copy_id).limit(1)
            ),
        )


def require_answer(engine: Engine) -> None:
    """Raises: StoreError unless the database answers."""
    with answering(), reading(engine) as connection:
        connection.scalar(select(chain_cursor.c.block_number))


def _next_nonces(connection: Connection) -> dict[str, int]:
    query = select(nonces.c.sender, func.max(nonces.c.nonce)).group_by(nonces.c.sender)
    return {sender: nonce + 1 for sender, nonce in connection.execute(query)}


def _in_flight(connection: Connection) -> dict[str, int]:
    query = (
        select(txs.c.sender, func.count(txs.c.nonce.distinct()))
        .where(txs.c.state.in_(_IN_FLIGHT))
        .group_by(txs.c.sender)
    )
    return {row[0]: int(row[1]) for row in connection.execute(query)}


def _by_state(connection: Connection, table: Table) -> dict[str, int]:
    state: Column[str] = table.c.state
    rows = connection.execute(select(state, func.count()).group_by(state))
    return {str(row[0]): int(row[1]) for row in rows}
