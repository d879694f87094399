"""Gives the bench of the oracle its databases, SQLite files and PostgreSQL, with every commit on the disk.

`oracle.py` asks for a new, empty one for every row.
"""

import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Protocol

import psycopg

SQLITE, POSTGRESQL = "sqlite", "postgresql"
KINDS = (SQLITE, POSTGRESQL)


class Databases(Protocol):
    """Databases of one kind."""

    kind: str

    def new_url(self) -> str:
        """URL of a new database without a table."""
        ...


class SqliteFiles:
    """Files below a folder."""

    kind = SQLITE

    def __init__(self, folder: Path) -> None:
        self._folder, self._numbers = folder, count()

    def new_url(self) -> str:
        return f"sqlite:///{self._folder / f'bench-{next(self._numbers)}.db'}"


class PostgresqlServer:
    """A server of the wheel with its settings as they come: commits are flushed."""

    kind = POSTGRESQL

    def __init__(self, uri: str) -> None:
        self._uri, self._numbers = uri, count()

    def new_url(self) -> str:
        name = f"bench_{next(self._numbers)}"
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'".encode())
        return self._uri.replace("/postgres?", f"/{name}?")


@contextmanager
def databases(kind: str, folder: Path) -> Iterator[Databases]:
    """Databases of a kind below a folder; a server is ended with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    if kind == SQLITE:
        yield SqliteFiles(folder)
        return
    # Only where a server is wanted: importing it looks for a folder of the user's, and warns without one.
    with warnings.catch_warnings(action="ignore"):
        import pgserver

    running = pgserver.get_server(folder / "server", cleanup_mode="stop")
    try:
        yield PostgresqlServer(running.get_uri())
    finally:
        running.cleanup()
        shutil.rmtree(folder / "server", ignore_errors=True)
