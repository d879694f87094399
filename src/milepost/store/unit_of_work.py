"""Begins units of work: everything in one is stored together or not at all.

Before it `engine` opened the database; each step of the pipeline does its writing in units from here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from sqlalchemy import Connection, Engine

from milepost.store.adjustments import SqlAdjustmentStore
from milepost.store.engine import reading, seeing_the_latest
from milepost.store.failures import answering
from milepost.store.journal import SqlSigningJournal
from milepost.store.outbox import SqlOutbox
from milepost.store.purchases import SqlPurchaseStore
from milepost.store.receipts import SqlReceiptStore
from milepost.store.reports import SqlReportStore
from milepost.store.txs import SqlTxStore


class SqlWork:
    """The port `Work`: the stores over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def connection(self) -> Connection:
        """For the rest of this package, whose tables no step of the main path asks for."""
        return self._connection

    @cached_property
    def purchases(self) -> SqlPurchaseStore:
        return SqlPurchaseStore(self._connection)

    @cached_property
    def reports(self) -> SqlReportStore:
        return SqlReportStore(self._connection)

    @cached_property
    def txs(self) -> SqlTxStore:
        return SqlTxStore(self._connection)

    @cached_property
    def receipts(self) -> SqlReceiptStore:
        return SqlReceiptStore(self._connection)

    @cached_property
    def adjustments(self) -> SqlAdjustmentStore:
        return SqlAdjustmentStore(self._connection)

    @cached_property
    def outbox(self) -> SqlOutbox:
        return SqlOutbox(self._connection)

    @cached_property
    def journal(self) -> SqlSigningJournal:
        return SqlSigningJournal(self._connection)


class SqlStore:
    """The port `Store` over a migrated database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def unit_of_work(self) -> Iterator[SqlWork]:
        """Begin a unit of work.

        Raises: StoreBusy, StoreUnavailable, StoreError, as `answering` says; nothing of the unit is then
            stored.
        """
        with answering(), self._engine.begin() as connection:
            yield SqlWork(connection)


class SqlAddingStore:
    """The port `Store` for who only adds rows that constraints keep apart.

    On PostgreSQL its units are not serializable: what they read may change before they are stored, and they
    send back no unit of anybody else. Source: decision 0029.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def unit_of_work(self) -> Iterator[SqlWork]:
        """Begin a unit of work.

        Raises: as `SqlStore`.
        """
        with answering(), seeing_the_latest(self._engine) as connection:
            yield SqlWork(connection)


class SqlReadingStore:
    """The port `Store` for who only reads: on SQLite it waits for no writer, on PostgreSQL it stops none."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def unit_of_work(self) -> Iterator[SqlWork]:
        """Begin a unit of work that sees one moment and writes nothing.

        Raises: as `SqlStore`.
        """
        with answering(), reading(self._engine) as connection:
            yield SqlWork(connection)
