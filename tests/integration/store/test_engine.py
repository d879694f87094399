"""Opening and migrating a database, on SQLite files."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text

from milepost.domain.errors import StoreError
from milepost.store.engine import migrate, open_engine, open_store
from milepost.store.tables import metadata


def test_migrate__from_empty__gives_the_declared_tables(tmp_path: Path) -> None:
    engine = open_store(f"sqlite:///{tmp_path}/new/milepost.db")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrate__run_twice__changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/milepost.db"
    open_store(url).dispose()
    engine = open_engine(url)
    migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(text("select version_num from alembic_version")).scalars().all() == ["0001"]


def test_migrate__unknown_revision__is_refused_by_name(tmp_path: Path) -> None:
    engine = open_store(f"sqlite:///{tmp_path}/milepost.db")
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(StoreError, match="revision 9999, which this version does not know"):
        migrate(engine)


def test_migrate__tables_of_something_else__is_refused_and_untouched(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/other.db")
    with engine.begin() as connection:
        connection.execute(text("create table diary (day text)"))
    with pytest.raises(StoreError, match="not Milepost's"):
        migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(
            text("select name from sqlite_master where type = 'table'")
        ).scalars().all() == ["diary"]


def test_migrate__fails_midway__leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/milepost.db")
    monkeypatch.setattr("alembic.op.create_index", lambda *_, **__: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        migrate(engine)
    monkeypatch.undo()
    migrate(engine)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("nonsense", "database URL cannot be used"),
        ("nodatabase://localhost/x", "database URL cannot be used"),
    ],
)
def test_open_engine__unusable_url__is_refused(url: str, sentence: str) -> None:
    with pytest.raises(StoreError, match=sentence):
        open_engine(url)


def test_open_store__file_that_is_no_database__is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("a letter, and a long one at that\n" * 200)
    with pytest.raises(StoreError, match="database"):
        open_store(f"sqlite:///{tmp_path}/text.db")


def test_open_engine__folder_that_cannot_be_made__is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="does not open"):
        open_engine(f"sqlite:///{tmp_path}/file/milepost.db")


def test_open_engine__sqlite__flushes_every_commit_to_a_log_ahead(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/milepost.db")
    with engine.connect() as connection:
        assert connection.execute(text("pragma journal_mode")).scalar() == "wal"
        # 2 is FULL.
        assert connection.execute(text("pragma synchronous")).scalar() == 2
        assert connection.execute(text("pragma foreign_keys")).scalar() == 1


def test_migrate__from_empty__equals_the_declared_tables_word_for_word(tmp_path: Path) -> None:
    """Alembic's comparison leaves out partial indexes and constraints; SQLite's own text has them."""
    migrated = open_store(f"sqlite:///{tmp_path}/migrated.db")
    declared = open_engine(f"sqlite:///{tmp_path}/declared.db")
    metadata.create_all(declared)
    assert _schema(migrated) == _schema(declared)


def _schema(engine: Engine) -> dict[str, list[str]]:
    query = "select name, sql from sqlite_master where sql is not null and name != 'alembic_version'"
    with engine.connect() as connection:
        return {
            name: sorted(" ".join(line.split()).rstrip(", )") for line in sql.splitlines())
            for name, sql in connection.execute(text(query))
        }
