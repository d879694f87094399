"""Keeps leases in the database, by the database's clock: machines with other clocks agree on what has ended.

`worker` takes and renews them; `fenced_store` looks at them inside every unit of work.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, Engine, case, insert, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from milepost.ports import Lease, LeaseLost
from milepost.store.engine import seeing_the_latest
from milepost.store.failures import answering, is_held
from milepost.store.tables import leases


class NowMs(FunctionElement[int]):
    """Unix milliseconds by the database's clock, when the statement runs."""

    type = BigInteger()
    inherit_cache = True


@compiles(NowMs, "sqlite")
def _on_sqlite(_element: Any, _compiler: Any, **_options: Any) -> str:
    # 2440587.5 is the Julian day of 1970-01-01.
    return "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"


@compiles(NowMs, "postgresql")
def _on_postgresql(_element: Any, _compiler: Any, **_options: Any) -> str:
    # now() would be when the unit of work began.
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"


class SqlLeases:
    """The port `Leases` over a migrated database, a unit of work a call."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def acquire(self, name: str, holder: str, *, ttl_ms: int) -> Lease | None:
        with answering(), seeing_the_latest(self._engine) as connection:
            token = _free_token(connection, name, holder)
            if token is None:
                return None
            connection.execute(
                update(leases)
                .where(leases.c.name == name)
                .values(holder=holder, token=token, expires_at=NowMs() + ttl_ms)
            )
            return Lease(name, holder, token)

    def renew(self, held: Sequence[Lease], *, ttl_ms: int) -> list[Lease]:
        with answering(), seeing_the_latest(self._engine) as connection:
            return [
                lease
                for lease in sorted(held, key=lambda lease: lease.name)
                if connection.execute(
                    update(leases)
                    .where(leases.c.name == lease.name, leases.c.token == lease.token)
                    .values(expires_at=NowMs() + ttl_ms)
                ).rowcount
            ]

    def release(self, held: Sequence[Lease]) -> None:
        with answering(), seeing_the_latest(self._engine) as connection:
            for lease in sorted(held, key=lambda lease: lease.name):
                connection.execute(
                    update(leases)
                    .where(leases.c.name == lease.name, leases.c.token == lease.token)
                    .values(expires_at=0)
                )

    def live(self) -> list[Lease]:
        with answering(), seeing_the_latest(self._engine) as connection:
            rows = connection.execute(
                select(leases).where(leases.c.expires_at > NowMs()).order_by(leases.c.name)
            )
            return [Lease(row.name, row.holder, row.token) for row in rows]


def require_held(connection: Connection, held: Sequence[Lease]) -> None:
    """Make sure that leases are still ours, and stay so until this unit of work ends.

    Shape: until then nobody takes them, however late it is; renewing them goes on meanwhile.
    Raises: LeaseLost.
    """
    rows = connection.execute(
        select(
            leases.c.name, leases.c.token, case((leases.c.expires_at > NowMs(), 1), else_=0).label("lives")
        )
        .where(leases.c.name.in_([lease.name for lease in held]))
        .order_by(leases.c.name)
        .with_for_update(read=True, key_share=True)
    )
    ours = {(row.name, row.token) for row in rows if row.lives}
    for lease in held:
        if (lease.name, lease.token) not in ours:
            raise LeaseLost(lease.name)


def _free_token(connection: Connection, name: str, holder: str) -> int | None:
    """The next token of a lease that has ended or was the holder's, else None.

    Shape: its row is held until the unit of work ends.
    """
    row = select(leases.c.token).where(leases.c.name == name)
    if connection.execute(row).first() is None:
        # Whoever comes at the same moment is told that another was quicker, and tries again.
        connection.execute(insert(leases).values(name=name, holder="", token=0, expires_at=0))
    try:
        # A holder that is in the middle of a unit of work has this row: it is not waited for.
        free = connection.execute(
            row.where(or_(leases.c.expires_at <= NowMs(), leases.c.holder == holder)).with_for_update(
                nowait=True
            )
        ).first()
    except OperationalError as error:
        if is_held(error):
            return None
        raise
    return None if free is None else free.token + 1
