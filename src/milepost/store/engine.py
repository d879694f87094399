"""Opens a database at the revision this code knows, and migrates an older one when it is told to.

Before it stands a database URL from the settings; after it `unit_of_work` and `members` use the engine.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from milepost.domain.errors import StoreError, WhoActs
from milepost.fail_point import FailPoint, reach
from milepost.ports import StoreUnavailable
from milepost.store.backup import back_up, sqlite_file
from milepost.store.failures import answer_to, first_line, is_server_away
from milepost.store.postgresql import (
    hold_for_migration,
    is_postgresql,
    postgresql_engine,
    require_utf8,
    with_driver,
)

if TYPE_CHECKING:
    from alembic.config import Config

READ_ONLY = "milepost_read_only"
"""Execution option of a connection that only reads: on SQLite it then waits for no writer."""

MIGRATIONS: Traversable = files("milepost.store") / "migrations"
"""Where the revisions are; one holds all that a database of its number has."""

# A second process, such as a reader of statements, may hold the database for a moment; then we give up.
_BUSY_TIMEOUT_MS = 30_000

_KINDS = "write sqlite:///milepost.db, or postgresql://USER@HOST/DATABASE"


class StoreOutdated(StoreError):
    """The database was made by an older version. The operator migrates it; of SQLite's that keeps a copy."""

    def __init__(self, current: str, newest: str, *, is_copied: bool = True) -> None:
        then = (
            "then run milepost store migrate, which keeps a copy of it first."
            if is_copied
            else "copy it by pg_dump, then run milepost store migrate."
        )
        super().__init__(
            f"The database is at revision {current}, and this version needs {newest}: stop whatever uses it,"
            f" {then}"
        )
        self.current, self.newest = current, newest


@dataclass(frozen=True, slots=True)
class Migrated:
    """What migrating did: the revision before, None for an empty database, the one now, and the copy."""

    before: str | None
    after: str
    copy: Path | None = None


def open_engine(url: str, *, must_exist: bool = False) -> Engine:
    """Make an engine for a database: SQLite's with a log ahead, both with every commit on the disk.

    Shape: an SQLite file and its folder are made when missing, unless told otherwise; nothing is migrated.
        postgresql:// is enough for PostgreSQL, its driver is known; the database must be there.
    Raises: StoreUnavailable if its server gives no answer now; StoreError if the URL is none, its driver is
        missing, or the database does not open; of the URL no word is said, it may hold a password.
    """
    try:
        parsed = with_driver(make_url(url))
    except (ArgumentError, ValueError):
        raise StoreError(f"The database URL cannot be used: {_KINDS}.") from None
    try:
        engine = _made(parsed, must_exist=must_exist)
        with engine.connect() as connection:
            if is_postgresql(engine):
                require_utf8(connection)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise StoreError(f"The database URL cannot be used ({type(error).__name__}): {_KINDS}.") from None
    except (DBAPIError, OSError) as error:
        if isinstance(error, DBAPIError) and is_server_away(error):
            raise StoreUnavailable(first_line(error)) from None
        cause = first_line(error) if isinstance(error, DBAPIError) else error
        raise StoreError(
            f"The database does not open ({cause}): check its path, or that its server runs, and your rights."
        ) from None
    return engine


def _made(url: URL, *, must_exist: bool) -> Engine:
    if url.get_backend_name() == "postgresql":
        return postgresql_engine(url)
    if url.get_backend_name() == "sqlite":
        if not url.database or url.database == ":memory:":
            raise StoreError("A store in memory would lose purchases: name a file, sqlite:///milepost.db.")
        if must_exist and not Path(url.database).exists():
            raise StoreError(f"There is no database {url.database}: name the store's by its setting.")
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url)
        _prepare_sqlite(engine)
        return engine
    raise StoreError(f"The database URL cannot be used, it names neither SQLite nor PostgreSQL: {_KINDS}.")


def open_store(url: str, *, migrations: Traversable = MIGRATIONS) -> Engine:
    """Open a database that is at the newest revision; an empty one gets all tables.

    Raises: StoreOutdated for one at an older revision, which is left as it is; StoreError as `open_engine`
        and `migrate`.
    """
    engine = open_engine(url)
    if _recorded_revision(engine) == newest_revision(migrations):
        return engine
    with _at_revision(engine, migrations) as found:
        if found.current is None:
            found.upgrade()
        elif found.current != found.newest:
            raise StoreOutdated(found.current, found.newest, is_copied=sqlite_file(engine) is not None)
    return engine


def migrate(engine: Engine, *, migrations: Traversable = MIGRATIONS) -> Migrated:
    """Bring the database to the newest revision, all of it or nothing; one at it is left alone.

    Shape: an SQLite database is copied first, beside its file, while nobody can write. Others migrate in one
        unit of work and are not copied.
    Raises: StoreError if it is at a revision this code does not know, holds tables of something else, or is
        no database.
    """
    with _at_revision(engine, migrations) as found:
        copy = None
        if found.current != found.newest:
            if found.current is not None and (file := sqlite_file(engine)) is not None:
                copy = back_up(engine, _free_name(file, found.current))
            found.upgrade()
        return Migrated(found.current, found.newest, copy)


def require_newest(engine: Engine) -> str:
    """The revision of a database, while it can be written; nothing is changed.

    Raises: StoreOutdated; StoreError for an empty one, one of something else, or one that cannot be written.
    """
    with _at_revision(engine, MIGRATIONS) as found:
        if found.current is None:
            raise StoreError("The database is empty: milepost members import makes the tables.")
        if found.current != found.newest:
            raise StoreOutdated(found.current, found.newest, is_copied=sqlite_file(engine) is not None)
        return found.current


def newest_revision(migrations: Traversable = MIGRATIONS) -> str:
    """The revision that this code needs, by the names of the files: each begins with its number."""
    names = (entry.name for entry in (migrations / "versions").iterdir())
    return max(name.partition("_")[0] for name in names if name.endswith(".py"))


def _recorded_revision(engine: Engine) -> str | None:
    """The revision that the database says it is at; None if it says none, or cannot be read.

    Alembic takes a third of a second to load: a command that finds its database as it should be needs none.
    """
    try:
        with reading(engine) as connection:
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except DBAPIError:
        return None


@dataclass(frozen=True, slots=True)
class _Revision:
    """Where a database stands, inside a unit of work that holds its write lock."""

    current: str | None
    newest: str
    config: "Config"

    def upgrade(self) -> None:
        from alembic import command

        try:
            command.upgrade(self.config, "head")
        except DBAPIError as error:
            raise StoreError(
                f"The migration to {self.newest} failed ({first_line(error)}) and changed nothing: see"
                " that the disk has room, then run it again."
            ) from error
        reach(FailPoint.MIGRATE_BEFORE_COMMIT)


@contextmanager
def _at_revision(engine: Engine, migrations: Traversable) -> Iterator[_Revision]:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    try:
        with as_file(migrations) as location, seeing_the_latest(engine) as connection:
            if is_postgresql(engine):
                hold_for_migration(connection)
            config = Config()
            config.set_main_option("script_location", str(location).replace("%", "%%"))
            config.attributes["connection"] = connection
            script = ScriptDirectory.from_config(config)
            newest = script.get_current_head()
            assert newest is not None, "there is at least the revision that creates the tables"
            current = _current_revision(connection)
            if current is None and inspect(connection).get_table_names():
                raise StoreError("The database holds tables that are not Milepost's: name an empty one.")
            if current is not None and current not in {known.revision for known in script.walk_revisions()}:
                raise StoreError(
                    f"The database is at revision {current}, which this version does not know; its newest is"
                    f" {newest}: run the newer Milepost that made it."
                )
            yield _Revision(current, newest, config)
    except DBAPIError as error:
        answer = answer_to(error)
        if answer.who_acts is WhoActs.RETRY:
            raise answer from error
        raise StoreError(f"This is no usable database ({first_line(error)}): name another one.") from None


@contextmanager
def seeing_the_latest(engine: Engine) -> Iterator[Connection]:
    """A unit of work each statement of which sees what was committed before it; it may wait for others."""
    options = {"isolation_level": "READ COMMITTED"} if is_postgresql(engine) else {}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A unit of work that only reads, sees one moment, and neither waits for a writer nor is sent back."""
    options: dict[str, Any] = {READ_ONLY: True}
    if is_postgresql(engine):
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection:
        yield connection


def _current_revision(connection: Connection) -> str | None:
    from alembic.runtime.migration import MigrationContext

    heads = MigrationContext.configure(connection).get_current_heads()
    return heads[0] if heads else None


def _free_name(file: Path, revision: str) -> Path:
    """Where the copy goes: an earlier migration that was cut short has left one of the first name."""
    name = copy = file.with_name(f"{file.name}.at-{revision}")
    count = 1
    while copy.exists():
        count += 1
        copy = name.with_name(f"{name.name}-{count}")
    return copy


def empty_log_ahead(engine: Engine) -> None:
    """Bring an SQLite file up to its log and empty that, so that what was deleted stands in neither.

    Shape: while another process reads, it waits as long as for any lock; then the log is emptied later.
    """
    if sqlite_file(engine) is None:
        return
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.close()
    finally:
        connection.close()


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
        # What was forgotten is overwritten: a deleted row would else stay readable in the file.
        cursor.execute("PRAGMA secure_delete = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # The write lock is taken at once: a unit that reads first would else fail when it comes to write.
        reads = connection.get_execution_options().get(READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
