"""Prepares connections to PostgreSQL: how long they wait, how units of work see each other, what survives.

Before it stands a database URL; `engine` makes its PostgreSQL engines here, and knows of no setting itself.
"""

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text

from milepost.domain.errors import StoreError

_LOCK_TIMEOUT_S = 30
"""What another unit of work may hold a row for: as long as SQLite waits for its file."""

_STATEMENT_TIMEOUT_S = 120
"""A statement that takes longer waits for something that does not come."""

_IDLE_TIMEOUT_S = 20
"""A process that is stopped inside a unit of work loses it then, and its locks: no unit waits for a node."""

_NO_ANSWER_S = 30
"""Seconds after which a server that acknowledges nothing is called gone."""

_MIGRATION_LOCK = 0x6D696C65
"""Any number that every Milepost knows: who migrates holds the advisory lock of it."""

_POOL_SIZE, _POOL_OVERFLOW = 10, 30


def is_postgresql(engine: Engine) -> bool:
    return engine.dialect.name == "postgresql"


def with_driver(url: URL) -> URL:
    """The URL with the driver that is installed, when it names none."""
    return url.set(drivername="postgresql+psycopg") if url.drivername in ("postgresql", "postgres") else url


def postgresql_engine(url: URL) -> Engine:
    """Make an engine of serializable units of work: one whose reading has become untrue does not commit.

    Shape: connections are looked at before they are used again, so that a server that was started anew is
        noticed by none of the units after it.
    """
    engine = create_engine(
        url,
        isolation_level="SERIALIZABLE",
        pool_pre_ping=True,
        pool_size=_POOL_SIZE,
        max_overflow=_POOL_OVERFLOW,
        connect_args={
            "connect_timeout": _NO_ANSWER_S,
            "tcp_user_timeout": _NO_ANSWER_S * 1_000,
            "keepalives_idle": _NO_ANSWER_S,
            "application_name": "milepost",
        },
    )
    event.listen(engine, "connect", _prepare)
    return engine


def require_utf8(connection: Connection) -> None:
    """Raises: StoreError if the database cannot keep every character that a sale reference may have."""
    encoding = connection.execute(text("SHOW server_encoding")).scalar()
    if encoding != "UTF8":
        raise StoreError(
            f"The database keeps text as {encoding}, and not every reference fits: make one with ENCODING"
            " 'UTF8'."
        )


def hold_for_migration(connection: Connection) -> None:
    """Wait until no other process migrates, and keep others waiting until this unit of work ends."""
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _MIGRATION_LOCK})


def _prepare(dbapi_connection: Any, _record: Any) -> None:
    # Outside of any transaction, else the first one that is rolled back would take the settings with it.
    dbapi_connection.autocommit = True
    with dbapi_connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{_LOCK_TIMEOUT_S}s'")
        cursor.execute(f"SET statement_timeout = '{_STATEMENT_TIMEOUT_S}s'")
        cursor.execute(f"SET idle_in_transaction_session_timeout = '{_IDLE_TIMEOUT_S}s'")
        # A purchase that was answered `accepted` survives a power cut: every commit reaches the disk.
        cursor.execute("SET synchronous_commit = on")
    dbapi_connection.autocommit = False
