"""Copying a store while others write it.

given units of work done and one open       then the copy has the former and nothing of the latter
given a file of that name, or no place      then it is refused, and nothing is left behind
"""

import sqlite3
import stat
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from milepost.domain.errors import StoreError
from milepost.ports import PurchaseState
from milepost.store.backup import back_up
from milepost.store.engine import open_store
from milepost.store.unit_of_work import SqlStore
from tests.support.stored import a_record


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_store(f"sqlite:///{tmp_path}/milepost.db")


def _count(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("select count(*) from purchases")).scalar_one())


def _add(engine: Engine, sale_ref: str) -> None:
    with SqlStore(engine).unit_of_work() as work:
        work.purchases.add([a_record(sale_ref)], state=PurchaseState.ACCEPTED, received_at=1)


def test_back_up__others_are_writing__holds_what_was_committed(engine: Engine, tmp_path: Path) -> None:
    _add(engine, "1")
    with SqlStore(engine).unit_of_work() as work:
        work.purchases.add([a_record("2")], state=PurchaseState.ACCEPTED, received_at=1)
        copy = back_up(engine, tmp_path / "kept" / "copy.db")
    _add(engine, "3")
    assert _count(engine) == 3
    assert _count(open_store(f"sqlite:///{copy}")) == 1


def test_back_up__done__is_whole_and_the_owners_only(engine: Engine, tmp_path: Path) -> None:
    copy = back_up(engine, tmp_path / "copy.db")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with sqlite3.connect(copy) as connection:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
    assert not list(tmp_path.glob("*.part"))


def test_back_up__cut_short_before__starts_again(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "copy.db.part").write_bytes(b"half of a database")
    assert _count(open_store(f"sqlite:///{back_up(engine, tmp_path / 'copy.db')}")) == 0


def test_back_up__file_is_there__is_refused_and_left(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("a diary")
    with pytest.raises(StoreError, match=r"copy\.db exists already"):
        back_up(engine, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "a diary"


def test_back_up__no_place_to_write__says_so(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        back_up(engine, tmp_path / "file" / "copy.db")
