"""A store for one who holds leases: no unit of work of it is stored once a lease has gone to another.

A worker that was stopped or cut off for longer than its lease finds out here, before it changes anything.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Engine

from milepost.ports import Lease
from milepost.store.failures import answering
from milepost.store.leases import require_held
from milepost.store.unit_of_work import SqlWork


class FencedStore:
    """The port `Store` over a migrated database, for the holder of these leases."""

    def __init__(self, engine: Engine, leases: Sequence[Lease]) -> None:
        self._engine, self._leases = engine, tuple(leases)

    @contextmanager
    def unit_of_work(self) -> Iterator[SqlWork]:
        """Begin a unit of work that is stored only if all of the leases are still held.

        Raises: LeaseLost; and as `SqlStore.unit_of_work`. Nothing of the unit is then stored.
        """
        with answering(), self._engine.begin() as connection:
            require_held(connection, self._leases)
            yield SqlWork(connection)
