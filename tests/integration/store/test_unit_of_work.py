"""The SQL store keeps every store's promises on SQLite and PostgreSQL, and the whole pipeline runs on it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from milepost.domain.errors import StoreError
from milepost.pipeline.issue_receipt import issue_receipts
from milepost.pipeline.read_settlements import read_settlements
from milepost.pipeline.reconcile import reconcile
from milepost.pipeline.relay_report import relay_report, watch_report
from milepost.ports import MemberRow, ReportState, Store
from milepost.store.engine import open_engine, open_store
from milepost.store.members import SqlMemberDirectory
from milepost.store.unit_of_work import SqlStore
from tests.support.programme import MEMBERS, Oracle, submitted, three_bills
from tests.support.store_promises import PROMISES


@pytest.fixture
def url(database_url: str) -> str:
    return database_url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/milepost.db"


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_sql_store__as_every_store__keeps_its_promise(promise: Callable[[Store], None], url: str) -> None:
    promise(SqlStore(open_store(url)))


def test_sql_store__whole_path__ends_reconciled_with_receipts(url: str) -> None:
    engine = open_store(url)
    directory = SqlMemberDirectory(engine, b"k" * 32)
    oracle = Oracle(store=SqlStore(engine), members=directory)
    directory.import_members([MemberRow(number) for number in MEMBERS])
    oracle.ingest(*three_bills(), *three_bills())
    content_hash = oracle.relayed().content_hash
    read_settlements(oracle.store, chain=oracle.chain)
    assert oracle.report(content_hash).state is ReportState.FINAL
    assert reconcile(oracle.store, oracle.chain).is_equal
    assert len(list(issue_receipts(content_hash, oracle.issuing))) == 3


def test_sql_store__whole_path__holds_no_membership_number(sqlite_url: str, tmp_path: Path) -> None:
    engine = open_store(sqlite_url)
    oracle = Oracle(store=SqlStore(engine), members=SqlMemberDirectory(engine, b"k" * 32))
    oracle.members.import_members([MemberRow(number) for number in MEMBERS])
    oracle.ingest(*three_bills())
    oracle.relayed()
    engine.dispose()
    on_disk = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"A-1001" in on_disk
    assert not any(number.encode() in on_disk for number in MEMBERS)


def test_sql_store__report_reverted__is_sealed_again(url: str) -> None:
    oracle = Oracle(store=SqlStore(open_store(url)))
    oracle.ingest(*three_bills())
    signed = oracle.signed().content_hash
    oracle.chain.automine = False
    relay_report(signed, oracle.store, chain=oracle.chain)
    oracle.chain.refuses_reports = True
    oracle.chain.mine()
    oracle.chain.refuses_reports, oracle.chain.automine = False, True
    assert watch_report(signed, oracle.store, chain=oracle.chain).state is ReportState.FAILED
    oracle.ingest(submitted("A-0500"))
    assert oracle.relayed().state is ReportState.APPLIED


def test_sql_store__opened_again__knows_everything(url: str) -> None:
    engine = open_store(url)
    oracle = Oracle(store=SqlStore(engine))
    oracle.ingest(*three_bills())
    signed = oracle.signed().content_hash
    engine.dispose()
    oracle.store = SqlStore(open_store(url))
    assert relay_report(signed, oracle.store, chain=oracle.chain).state is ReportState.APPLIED


def test_unit_of_work__database_held_by_another__says_so(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_store(sqlite_url)
    monkeypatch.setattr("milepost.store.engine._BUSY_TIMEOUT_MS", 10)
    holder, waiter = open_engine(sqlite_url), SqlStore(open_engine(sqlite_url))
    with holder.connect() as connection:
        connection.execute(text("select 1"))
        with pytest.raises(StoreError, match="held by another process"), waiter.unit_of_work():
            pass
