"""Opens a database and brings it to the revision this code knows.

Before it stands a database URL from the settings; after it `unit_of_work` and `members` use the engine.
"""

from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from milepost.domain.errors import StoreError

READ_ONLY = "milepost_read_only"
"""Execution option of a connection that only reads: on SQLite it then waits for no writer."""

# A second process, such as a reader of statements, may hold the database for a moment; then we give up.
_BUSY_TIMEOUT_MS = 30_000


def open_engine(url: str) -> Engine:
    """Make an engine for a database, SQLite's with a write-ahead log that is flushed on every commit.

    Shape: an SQLite file and its folder are made when missing; nothing is migrated.
    Raises: StoreError if the URL is none, its driver is missing, or the database does not open.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            if not parsed.database or parsed.database == ":memory:":
                raise StoreError(
                    "A store in memory would lose purchases: name a file, sqlite:///milepost.db."
                )
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed)
        if engine.dialect.name == "sqlite":
            _prepare_sqlite(engine)
        with engine.connect():
            pass
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise StoreError(f"The database URL cannot be used ({error}): write sqlite:///milepost.db.") from None
    except (DBAPIError, OSError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise StoreError(f"The database does not open ({cause}): check its path and rights.") from None
    return engine


def migrate(engine: Engine) -> None:
    """Bring the database to the newest revision; an empty one gets all tables, one at it is left alone.

    Raises: StoreError if it is at a revision this code does not know, or holds tables of something else.
    """
    with as_file(files("milepost.store") / "migrations") as location, engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(location).replace("%", "%%"))
        config.attributes["connection"] = connection
        script = ScriptDirectory.from_config(config)
        current = _current_revision(connection)
        if current == script.get_current_head():
            return
        if current is None and inspect(connection).get_table_names():
            raise StoreError("The database holds tables that are not Milepost's: name an empty one.")
        if current is not None and current not in {known.revision for known in script.walk_revisions()}:
            raise StoreError(
                f"The database is at revision {current}, which this version does not know; its newest is"
                f" {script.get_current_head()}: run the newer Milepost that made it."
            )
        command.upgrade(config, "head")


def open_store(url: str) -> Engine:
    """Open a database and migrate it.

    Raises: StoreError as `open_engine` and `migrate`.
    """
    engine = open_engine(url)
    try:
        migrate(engine)
    except DBAPIError as error:
        raise StoreError(f"{url} is no usable database ({error.orig}): name another file.") from None
    return engine


def _current_revision(connection: Connection) -> str | None:
    heads = MigrationContext.configure(connection).get_current_heads()
    return heads[0] if heads else None


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(dbapi_connection: Any, _record: Any) -> None:
        # The driver's own idea of when to begin would leave reads and DDL outside of our units of work.
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        # A purchase that was answered `accepted` survives a power cut: every commit reaches the disk.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # The write lock is taken at once: a unit that reads first would else fail when it comes to write.
        reads = connection.get_execution_options().get(READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
