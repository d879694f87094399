"""The SQL outbox keeps the promises of every outbox, on each database; the whole path fills it once."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from milepost.domain.webhook import EventType
from milepost.pipeline.announce_settlements import announce_again
from milepost.pipeline.read_settlements import read_settlements
from milepost.ports import MemberRow, Store
from milepost.store.engine import open_store
from milepost.store.members import SqlMemberDirectory
from milepost.store.tables import webhook_messages
from milepost.store.unit_of_work import SqlStore
from milepost.store.webhook_endpoints import SqlEndpoints
from tests.support.outbox_promises import OUTBOX_PROMISES, Subscribe
from tests.support.programme import MEMBERS, Oracle, three_bills

KEY = b"k" * 32


def _subscribe(store: Store, partner: str | None) -> int:
    assert isinstance(store, SqlStore)
    return (
        SqlEndpoints(store, KEY).add("https://a.example/", partner=partner, events=EventType)[0].endpoint_id
    )


@pytest.mark.parametrize("promise", OUTBOX_PROMISES, ids=lambda promise: promise.__name__)
def test_sql_outbox__as_every_outbox__keeps_its_promise(
    promise: Callable[[Store, Subscribe], None], database_url: str
) -> None:
    promise(SqlStore(open_store(database_url)), _subscribe)


def test_sql_outbox__disabled_endpoint__wants_nothing(database_url: str) -> None:
    store = SqlStore(open_store(database_url))
    number = _subscribe(store, None)
    SqlEndpoints(store, KEY).disable(number, "a test")
    with store.unit_of_work() as work:
        assert work.outbox.subscriptions() == []
        assert len(work.outbox.subscriptions(number)) == 1


def test_sql_outbox__whole_path__has_one_message_a_purchase_and_no_number(database_url: str) -> None:
    engine = open_store(database_url)
    oracle = Oracle(store=SqlStore(engine), members=SqlMemberDirectory(engine, KEY))
    oracle.members.import_members([MemberRow(number) for number in MEMBERS])
    number = _subscribe(oracle.store, None)
    oracle.ingest(*three_bills())
    oracle.relayed()
    read_settlements(oracle.store, chain=oracle.chain)
    read_settlements(oracle.store, chain=oracle.chain)
    with oracle.store.unit_of_work() as work:
        bodies = list(work.connection.execute(select(webhook_messages.c.body)).scalars())
    assert len(bodies) == 3
    assert not any(member in body for member in MEMBERS for body in bodies)
    assert announce_again(oracle.store, number, since=0, until=1 << 40) == 3
    with oracle.store.unit_of_work() as work:
        assert work.connection.execute(select(func.count()).select_from(webhook_messages)).scalar() == 3
