"""Opening and migrating a database, on SQLite files.

given an empty database                  then it is made at the newest revision
given one at an older revision           then opening refuses it by name, and migrating brings it up, a copy
                                         beside it, whatever the number of revisions between
    when the migration fails             then it is as it was, and the next one keeps both copies
given one at a newer revision, of something else, or none
                                         then it is refused and left alone
"""

import re
import shutil
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from milepost.domain.errors import StoreError
from milepost.domain.quantities import PartnerCode
from milepost.store.engine import (
    MIGRATIONS,
    Migrated,
    StoreOutdated,
    migrate,
    newest_revision,
    open_engine,
    open_store,
)
from milepost.store.feed_copies import SqlFeedCopies
from milepost.store.tables import metadata


def test_migrate__from_empty__gives_the_declared_tables(empty_database_url: str) -> None:
    engine = open_store(empty_database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_open_store__in_a_new_folder__makes_it(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path}/new/milepost.db").dispose()
    assert (tmp_path / "new" / "milepost.db").exists()


def test_migrate__run_twice__changes_nothing(database_url: str) -> None:
    engine = open_engine(database_url)
    migrate(engine)
    with engine.connect() as connection:
        found = connection.execute(text("select version_num from alembic_version")).scalars().all()
    assert found == [newest_revision()]


def test_newest_revision__by_the_names_of_files__is_where_the_revisions_lead() -> None:
    assert newest_revision() == ScriptDirectory(str(MIGRATIONS)).get_current_head()


def test_open_store__a_newer_revision__is_refused_by_name(database_url: str) -> None:
    engine = open_store(database_url)
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(StoreError, match="revision 9999, which this version does not know"):
        open_store(database_url)


def test_migrate__unknown_revision__is_refused_by_name(database_url: str) -> None:
    engine = open_store(database_url)
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(StoreError, match="revision 9999, which this version does not know"):
        migrate(engine)


def test_migrate__tables_of_something_else__is_refused_and_untouched(empty_database_url: str) -> None:
    engine = open_engine(empty_database_url)
    with engine.begin() as connection:
        connection.execute(text("create table diary (day text)"))
    with pytest.raises(StoreError, match="not Milepost's"):
        migrate(engine)
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["diary"]


def test_migrate__fails_midway__leaves_nothing_behind(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine(empty_database_url)
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
        ("sqlite+nodriver:///x.db", "database URL cannot be used"),
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
            # SQLite writes a column that came later into the line of the last one.
            name: sorted({" ".join(line.split()).rstrip(", )") for line in re.split(r", |\n", sql)} - {""})
            for name, sql in connection.execute(text(query))
        }


def _migrations(tmp_path: Path, *later: str) -> Path:
    """The project's own revisions with more after them; each of `later` is what one of them executes."""
    folder = tmp_path / "migrations"
    shutil.copytree(str(MIGRATIONS), folder, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    last = newest_revision()
    for number, statement in enumerate(later, start=9001):
        (folder / "versions" / f"{number}_later.py").write_text(
            f"from alembic import op\nrevision = '{number}'\ndown_revision = '{last}'\n"
            f"def upgrade():\n    op.execute({statement!r})\n"
        )
        last = str(number)
    return folder


_FIRST_LATER, _SECOND_LATER = "create table first_later (a int)", "create table second_later (a int)"


def test_open_store__older_revision__is_refused_with_the_command_and_untouched(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/milepost.db"
    open_store(url).dispose()
    before = (tmp_path / "milepost.db").read_bytes()
    with pytest.raises(StoreOutdated) as refused:
        open_store(url, migrations=_migrations(tmp_path, _FIRST_LATER, _SECOND_LATER))
    revision = newest_revision()
    assert str(refused.value) == (
        f"The database is at revision {revision}, and this version needs 9002: stop whatever uses it, then"
        " run milepost store migrate, which keeps a copy of it first."
    )
    assert refused.value.exit_code == 2
    assert (tmp_path / "milepost.db").read_bytes() == before


def test_open_store__empty__is_made_at_the_newest_revision(tmp_path: Path) -> None:
    engine = open_store(
        f"sqlite:///{tmp_path}/milepost.db", migrations=_migrations(tmp_path, _FIRST_LATER, _SECOND_LATER)
    )
    assert _tables(tmp_path / "milepost.db") >= {"purchases", "first_later", "second_later"}
    assert migrate(engine, migrations=tmp_path / "migrations") == Migrated("9002", "9002")


@pytest.mark.parametrize("later", [(_FIRST_LATER,), (_FIRST_LATER, _SECOND_LATER)])
def test_migrate__older_revision__brings_it_up_and_keeps_a_copy(
    tmp_path: Path, later: tuple[str, ...]
) -> None:
    url = f"sqlite:///{tmp_path}/milepost.db"
    engine = open_store(url)
    with engine.begin() as connection:
        connection.execute(text("insert into chain_cursor values (1, 7, x'07', 70)"))
    migrations = _migrations(tmp_path, *later)
    migrated = migrate(engine, migrations=migrations)
    copy = tmp_path / f"milepost.db.at-{newest_revision()}"
    assert migrated == Migrated(newest_revision(), f"900{len(later)}", copy)
    assert "first_later" in _tables(tmp_path / "milepost.db")
    open_store(url, migrations=migrations)
    # The copy is a whole store of the former revision.
    kept = open_store(f"sqlite:///{copy}")
    with kept.connect() as connection:
        assert connection.execute(text("select block_number from chain_cursor")).scalar() == 7


def test_migrate__fails_in_its_second_revision__is_as_it_was_and_goes_again(tmp_path: Path) -> None:
    engine = open_store(f"sqlite:///{tmp_path}/milepost.db")
    before = _tables(tmp_path / "milepost.db")
    broken = _migrations(tmp_path, _FIRST_LATER, "insert into nowhere values (1)")
    with pytest.raises(StoreError, match=r"migration to 9002 failed .*nowhere.* and changed nothing"):
        migrate(engine, migrations=broken)
    assert _tables(tmp_path / "milepost.db") == before
    migrated = migrate(engine, migrations=_migrations(tmp_path, _FIRST_LATER, _SECOND_LATER))
    assert migrated.copy == tmp_path / f"milepost.db.at-{newest_revision()}-2"
    assert _tables(migrated.copy) == before


def _tables(file: Path) -> set[str]:
    with sqlite3.connect(file) as connection:
        return {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}


def test_migrate__settled_before_there_were_refunds__keeps_what_every_purchase_got(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/milepost.db"
    former = _migrations(tmp_path)
    for version in (former / "versions").glob("[0-9]*.py"):
        if version.name > "0005":
            version.unlink()
    engine = open_store(url, migrations=former)
    with engine.begin() as connection:
        for statement in _SETTLED_AT_0004:
            connection.execute(text(statement))
    migrate(engine)
    with open_store(url).connect() as connection:
        query = (
            "select purchase_id, base, bonus, credited, returned, taken, owed, sale_number, amendment"
            " from settled_purchases order by number"
        )
        assert [tuple(row) for row in connection.execute(text(query))] == [
            (1, 149, 298, 447, 0, 0, 0, 7, None),
            (2, 0, 0, 0, 0, 0, 0, None, None),
        ]


def test_migrate__copies_of_requests_were_kept_before_partners_had_queues__are_passed_on_first(
    empty_database_url: str, tmp_path: Path
) -> None:
    former = _migrations(tmp_path)
    for version in (former / "versions").glob("[0-9]*.py"):
        if version.name > "0012":
            version.unlink()
    engine = open_store(empty_database_url, migrations=former)
    with engine.begin() as connection:
        for copy_id, position, content in ((4, 0, b"four"), (7, 0, b"sev"), (7, 1, b"en")):
            if not position:
                row = {"copy_id": copy_id, "method": "POST", "target": b"/v1/x", "headers": "{}"}
                connection.execute(
                    text(f"insert into feed_copies ({', '.join(row)}) values ({_named(row)})"), row
                )
            part = {"copy_id": copy_id, "position": position, "content": content}
            connection.execute(
                text(f"insert into feed_copy_parts ({', '.join(part)}) values ({_named(part)})"), part
            )
        connection.execute(text("insert into feed_cursors (reporter, copy_id) values ('one', 4)"))
    engine.dispose()
    migrate(open_engine(empty_database_url))
    copies, nobody = SqlFeedCopies(open_store(empty_database_url)), PartnerCode("")
    assert (copies.partners(), copies.passed_to("one")) == ([nobody], {nobody: 4})
    left = copies.next_after(nobody, 4)
    assert left is not None and (left.copy_id, left.size, b"".join(copies.body(7))) == (7, 5, b"seven")
    copies.set_passed("one", nobody, 7)
    copies.remove_passed(["one"])
    assert copies.partners() == []


def _named(row: dict[str, object]) -> str:
    return ", ".join(f":{name}" for name in row)


_FACTS = (
    "(purchase_id, partner, source, sale_ref, kind, revision, outlet, occurred_at, utc_offset_minutes,"
    " currency, gross_minor, tax_minor, service_minor, tip_minor, eligible_minor, content_hash, received_at,"
    " state)"
)
_SETTLED_AT_0004 = (
    f"insert into purchases {_FACTS} values (1, 'putien', 'till-7', 'A-1', 0, 0, 'soho', 1, 480, 'HKD',"
    " 59600, 0, 0, 0, 59600, x'01', 1, 'settled_final')",
    f"insert into purchases {_FACTS} values (2, 'putien', 'till-7', 'R-1', 2, 0, 'soho', 1, 480, 'HKD',"
    " 9600, 0, 0, 0, 9600, x'02', 1, 'settled_final')",
    "insert into reports (content_hash, lane, sequence, report_bytes, state)"
    " values (x'aa', 0, 1, x'', 'final')",
    "insert into settlements (content_hash, root, results, block_number, block_hash, tx_hash)"
    " values (x'aa', x'', x'', 5, x'', x'')",
    "insert into settled_purchases values (1, x'aa', 0, 1, 7, 41, 0, 149, 298, 11455, 0, '[]')",
    # Before there were refunds, what was no sale was not proven.
    "insert into settled_purchases values (2, x'aa', 1, 1, 8, 41, 14, 0, 0, 0, 0, '[]')",
)
