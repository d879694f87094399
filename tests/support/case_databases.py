"""The database of one fault test, read as SQL beside the oracle's own code: what R1 to R5 are read from.

`fault_stage.py` makes one for each case; the fault proxy asks it whether a raw tx was stored before it went.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import psycopg

from tests.support.databases import PostgresqlServer


class CaseDatabase(Protocol):
    """A database that the oracle under test has, by its URL."""

    @property
    def url(self) -> str: ...

    def query(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Ask it as it stands; a value's place is marked `?`."""

    def lose(self) -> None:
        """Leave nothing of it: the next run finds none."""


@dataclass(frozen=True, slots=True)
class SqliteCase:
    """A file of its own."""

    file: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.file}"

    def query(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)) as database:
            return database.execute(sql, values).fetchall()

    def lose(self) -> None:
        for file in self.file.parent.glob(f"{self.file.name}*"):
            file.unlink()

    def copy_from(self, template: Path) -> None:
        """Begin as another one stands; part of that may still be in its write-ahead log."""
        with closing(sqlite3.connect(template)) as source, closing(sqlite3.connect(self.file)) as copy:
            source.backup(copy)


@dataclass(frozen=True, slots=True)
class PostgresqlCase:
    """A database of its own on the session's server."""

    server: PostgresqlServer
    url: str

    def query(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(sql.replace("?", "%s"), values or None).fetchall()  # type: ignore[arg-type]

    def lose(self) -> None:
        self.drop()
        self.server.sql(self.server.uri, f"CREATE DATABASE {self.name} TEMPLATE template0 ENCODING 'UTF8'")

    def drop(self) -> None:
        self.server.sql(self.server.uri, f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def copied(self, name: str) -> "PostgresqlCase":
        """Another one that begins as this one stands."""
        self.server.sql(self.server.uri, f"CREATE DATABASE {name} TEMPLATE {self.name}")
        return PostgresqlCase(self.server, self.server.url(name))

    @property
    def name(self) -> str:
        return urlsplit(self.url).path.removeprefix("/")


def has_raw_tx(database: CaseDatabase, raw: bytes) -> bool:
    """Whether a raw tx is stored now."""
    return bool(database.query("SELECT 1 FROM txs WHERE raw = ?", [raw]))
