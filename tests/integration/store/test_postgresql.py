"""What only PostgreSQL does: several writers at once, servers that go away, passwords in its URL.

given two units whose reading the other's writing makes untrue  then one of them is sent back
given purchases that come in while others are sealed             then the unit that seals is not sent back
given several senders of the same purchases                     then each purchase is stored once
given a server started anew, or a row held for too long         then the error says to run again
"""

from collections.abc import Iterator
from contextlib import nullcontext
from threading import Barrier, Thread

import psycopg
import pytest
from sqlalchemy import Engine, text

from milepost.domain.errors import StoreError, WhoActs
from milepost.pipeline.ingest_purchase import AnswerKind, Ingest, ingest_many
from milepost.ports import PurchaseState, ReportState, StoreBusy, StoreUnavailable
from milepost.store.backup import back_up
from milepost.store.engine import StoreOutdated, migrate, open_engine, open_store
from milepost.store.unit_of_work import SqlAddingStore, SqlStore
from tests.support.databases import PostgresqlServer
from tests.support.programme import ACCEPT, Oracle, submitted
from tests.support.stored import a_record, a_report, put_report


@pytest.fixture
def url(postgresql: PostgresqlServer) -> str:
    return postgresql.store()


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = open_store(url)
    yield engine
    engine.dispose()


def test_unit_of_work__what_it_read_was_changed_meanwhile__is_sent_back(engine: Engine) -> None:
    store = SqlStore(engine)
    report = a_report()
    with store.unit_of_work() as work:
        put_report(work, report)
    with pytest.raises(StoreBusy, match="run the step again"), store.unit_of_work() as slow:
        assert slow.reports.in_states(ReportState.SEALED)
        with store.unit_of_work() as quick:
            assert not quick.reports.in_states(ReportState.SIGNED)
            quick.purchases.add([a_record("quick")], state=PurchaseState.ACCEPTED, received_at=1)
            quick.reports.move(report.content_hash, source=ReportState.SEALED, target=ReportState.SIGNED)
        assert not slow.purchases.known([a_record("quick").key])
        slow.purchases.add([a_record("slow")], state=PurchaseState.ACCEPTED, received_at=1)
        slow.reports.move(report.content_hash, source=ReportState.SEALED, target=ReportState.FAILED)
    with store.unit_of_work() as work:
        assert not work.purchases.known([a_record("slow").key])


@pytest.mark.parametrize("adding", [SqlStore, SqlAddingStore])
def test_unit_of_work__purchases_come_in_while_others_are_sealed__is_sent_back_by_no_adding_store(
    engine: Engine, adding: type[SqlStore | SqlAddingStore]
) -> None:
    """Finding: with tills at a tenth of what a lane can settle, sales waited ten seconds for their report."""
    store, oracle = SqlStore(engine), Oracle(store=SqlStore(engine))
    oracle.ingest(*(submitted(f"A-{number}") for number in range(5)))
    ingest = Ingest(store, oracle.members, ACCEPT, oracle.chain, adding=adding(engine))
    expected = pytest.raises(StoreBusy) if adding is SqlStore else nullcontext()
    with expected, store.unit_of_work() as sealing:
        found = [
            one.purchase_id for one in sealing.purchases.accepted([submitted().purchase.partner], most=3)
        ]
        assert len(found) == 3
        (answer,) = ingest_many([submitted("B-1")], ingest)
        assert answer.kind is AnswerKind.ACCEPTED
        sealing.purchases.move(found, source=PurchaseState.ACCEPTED, target=PurchaseState.REPORTED)


@pytest.mark.parametrize("adding", [SqlStore, SqlAddingStore])
def test_ingest__same_bills_from_several_at_once__are_stored_once_and_answered_all(
    engine: Engine, adding: type[SqlStore | SqlAddingStore]
) -> None:
    ready, answers = Barrier(4), []

    def send() -> None:
        oracle = Oracle(store=SqlStore(engine))
        ingest = Ingest(oracle.store, oracle.members, ACCEPT, oracle.chain, adding=adding(engine))
        ready.wait()
        for start in range(0, 40, 5):
            bills = [submitted(f"A-{number}") for number in range(start, start + 5)]
            answers.extend(ingest_many(bills, ingest))

    senders = [Thread(target=send) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    kinds = [answer.kind for answer in answers]
    assert (kinds.count(AnswerKind.ACCEPTED), kinds.count(AnswerKind.DUPLICATE)) == (40, 120)
    with SqlStore(engine).unit_of_work() as work:
        assert work.purchases.count_by_state() == {PurchaseState.ACCEPTED: 40}


def test_unit_of_work__connections_of_the_pool_were_cut__the_next_ones_work(
    postgresql: PostgresqlServer, url: str, engine: Engine
) -> None:
    store = SqlStore(engine)
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with pytest.raises(StoreUnavailable, match="gives no answer") as refused, store.unit_of_work() as work:
        work.purchases.add([a_record("1")], state=PurchaseState.ACCEPTED, received_at=1)
        postgresql.sql(url, cut)
        work.purchases.add([a_record("2")], state=PurchaseState.ACCEPTED, received_at=1)
    assert refused.value.who_acts is WhoActs.RETRY
    postgresql.sql(url, cut)
    with store.unit_of_work() as work:
        assert work.purchases.count_by_state() == {}


def test_unit_of_work__row_held_by_another__says_so(engine: Engine, url: str) -> None:
    store = SqlStore(engine)
    with store.unit_of_work() as work:
        put_report(work, a_report())
    with psycopg.connect(url) as holder:
        holder.execute("SELECT 1 FROM reports FOR UPDATE")
        with pytest.raises(StoreUnavailable, match="held by another process"), store.unit_of_work() as work:
            work.reports._connection.execute(text("SET LOCAL lock_timeout = '10ms'"))
            work.reports.move(b"r" * 32, source=ReportState.SEALED, target=ReportState.SIGNED)


def test_connections__of_the_pool__wait_no_longer_than_they_should(engine: Engine) -> None:
    shown = ("lock_timeout", "idle_in_transaction_session_timeout", "synchronous_commit")
    with engine.connect() as connection:
        # A unit that is rolled back takes none of it away.
        connection.rollback()
        found = [connection.execute(text(f"SHOW {name}")).scalar() for name in shown]
        assert found == ["30s", "20s", "on"]
        assert connection.execute(text("SHOW transaction_isolation")).scalar() == "serializable"


def test_open_store__by_several_at_once__makes_the_tables_once(postgresql: PostgresqlServer) -> None:
    url, ready, failures = postgresql.empty(), Barrier(3), []

    def start() -> None:
        ready.wait()
        try:
            open_store(url).dispose()
        except StoreError as error:
            failures.append(error)

    starting = [Thread(target=start) for _ in range(3)]
    for one in starting:
        one.start()
    for one in starting:
        one.join()
    assert failures == []


def test_open_store__older_revision__says_to_copy_it_by_the_servers_own_tool(
    postgresql: PostgresqlServer, url: str
) -> None:
    postgresql.sql(url, "UPDATE alembic_version SET version_num = '0004'")
    with pytest.raises(StoreOutdated, match="copy it by pg_dump, then run milepost store migrate"):
        open_store(url)


def test_migrate__at_the_newest__changes_nothing_and_copies_nothing(engine: Engine) -> None:
    assert migrate(engine).copy is None


def test_back_up__of_postgresql__names_its_own_tool(engine: Engine, tmp_path: object) -> None:
    with pytest.raises(StoreError, match="pg_dump"):
        back_up(engine, tmp_path / "copy.db")  # type: ignore[operator]


def test_open_engine__database_without_unicode__is_refused(postgresql: PostgresqlServer) -> None:
    postgresql.sql(postgresql.uri, "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    with pytest.raises(StoreError, match="keeps text as LATIN1"):
        open_engine(postgresql.url("latin"))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://oracle:hunter2@127.0.0.1:1/milepost",
        "postgresql://oracle:hunter2@127.0.0.1:no-port/milepost",
        "postgresql://oracle:hunter2/@127.0.0.1:5432:1/milepost",
        "postgresql://127.0.0.1:1/milepost?user=oracle&password=hunter2",
        "postgresql://oracle:hunter2@127.0.0.1:1/milepost?no_option=1",
        "mysql://oracle:hunter2@127.0.0.1/milepost",
    ],
)
def test_open_engine__does_not_open__says_no_word_of_the_password(url: str) -> None:
    with pytest.raises(StoreError) as refused:
        open_engine(url)
    told: BaseException | None = refused.value
    while told is not None:
        assert "hunter2" not in str(told)
        told = told.__cause__
