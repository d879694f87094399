"""Copies an SQLite store into a file while others go on writing it.

An operator asks for it, and migrating does by itself; docs/restoring.md says how to put a copy back.
"""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from milepost.domain.errors import StoreError


def sqlite_file(engine: Engine) -> Path | None:
    """The file of an SQLite database, None for a database of another kind."""
    is_file = engine.dialect.name == "sqlite" and engine.url.database
    return Path(engine.url.database or "") if is_file else None


def back_up(engine: Engine, target: Path) -> Path:
    """Copy the database as it is at one moment, all units of work before it and nothing of a later one.

    Shape: the file appears under its name when it is whole and on the disk, readable by its owner only: it
        holds purchases. Returns its path.
    Raises: StoreError if there is such a file already, it cannot be written, or the database is no SQLite.
    """
    if sqlite_file(engine) is None:
        raise StoreError(
            "Only an SQLite store is copied by this: copy one in PostgreSQL by pg_dump, and put it back by"
            " pg_restore."
        )
    if target.exists():
        raise StoreError(f"{target} exists already: name a file that does not.")
    part = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # What a copy that was cut short has left is no copy.
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL, 0o600))
        _copy(engine, part)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.rename(target)
    except (OSError, sqlite3.Error, DBAPIError) as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise StoreError(f"The copy {target} cannot be written ({error}): name another place.") from None
    return target


def _copy(engine: Engine, part: Path) -> None:
    source = engine.raw_connection()
    try:
        driver = source.driver_connection
        assert isinstance(driver, sqlite3.Connection), "the engine is one of SQLite's"
        with closing(sqlite3.connect(part)) as copy:
            # All pages in one step: in a write-ahead log that is one snapshot, and holds up no writer.
            driver.backup(copy, pages=-1)
    finally:
        source.close()
