"""Databases for tests: an SQLite file or a database in PostgreSQL, empty or with all tables, a new one each.

One PostgreSQL server runs for the whole session, from a wheel, on a socket in a folder of its own; nothing of
it is flushed, as no test cuts the power. A new database is copied from one with all tables, which takes a
twentieth of a second. Fixtures `database_url` and `empty_database_url` run a test on both kinds; `postgresql`
is the server.
"""

import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg
import pytest

from milepost.store.engine import open_store

KINDS = ("sqlite", "postgresql")
_TEMPLATE = "with_all_tables"


@dataclass(slots=True)
class PostgresqlServer:
    """A running server; `url` names one of its databases, `sql` asks one past SQLAlchemy."""

    uri: str
    _running: Any
    _names: Iterator[int] = field(default_factory=count)

    def url(self, database: str) -> str:
        """As a setting would have it, without the driver's name."""
        return self.uri.replace("/postgres?", f"/{database}?")

    def empty(self) -> str:
        """URL of a new database without a table."""
        return self._create("TEMPLATE template0 ENCODING 'UTF8'")

    def store(self) -> str:
        """URL of a new database with all tables of this version."""
        if not self.sql(self.uri, f"SELECT 1 FROM pg_database WHERE datname = '{_TEMPLATE}'"):
            self.sql(self.uri, f"CREATE DATABASE {_TEMPLATE} TEMPLATE template0 ENCODING 'UTF8'")
            open_store(self.url(_TEMPLATE)).dispose()
        return self._create(f"TEMPLATE {_TEMPLATE}")

    def sql(self, url: str, query: str) -> list[tuple[Any, ...]]:
        """Ask a database without the oracle's code; what a statement without rows answers is nothing."""
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    def stop(self) -> None:
        """End the server as a crash would: no connection ends in order, and nothing is written any more."""
        from pgserver._commands import pg_ctl

        running = self._running
        pg_ctl(["-w", "-m", "immediate", "stop"], pgdata=running.pgdata, user=running.system_user)

    def start(self) -> None:
        """Start it again, at the same place; it recovers first."""
        self._running.ensure_postgres_running()

    def _create(self, options: str) -> str:
        name = f"test_{next(self._names)}"
        self.sql(self.uri, f"CREATE DATABASE {name} {options}")
        return self.url(name)


@contextmanager
def postgresql_server() -> Iterator[PostgresqlServer]:
    """A server of its own in a folder that is gone afterwards; about two seconds."""
    # Only where a server is wanted: importing it looks for a folder of the user's, and warns without one.
    with warnings.catch_warnings(action="ignore"):
        import pgserver

    folder = mkdtemp(prefix="milepost-pg-")
    running = pgserver.get_server(folder, cleanup_mode="stop")
    try:
        server = PostgresqlServer(running.get_uri(), running)
        for setting in ("fsync = off", "full_page_writes = off", "max_connections = 300"):
            server.sql(server.uri, f"ALTER SYSTEM SET {setting}")
        server.sql(server.uri, "SELECT pg_reload_conf()")
        yield server
    finally:
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """The session's server, started when a test first asks for it."""
    with postgresql_server() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables."""
    file = tmp_path_factory.mktemp("template") / "milepost.db"
    open_store(f"sqlite:///{file}").dispose()
    return file


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    """Each kind in turn; what asks for this directly or by a URL runs once for each."""
    return str(request.param)


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a new database with all tables, of each kind in turn."""
    if database_kind == "postgresql":
        return str(request.getfixturevalue("postgresql").store())
    file = tmp_path / "milepost.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), file)
    return f"sqlite:///{file}"


@pytest.fixture
def empty_database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a new database without a table, of each kind in turn."""
    if database_kind == "postgresql":
        return str(request.getfixturevalue("postgresql").empty())
    return f"sqlite:///{tmp_path / 'milepost.db'}"
