"""What a database's driver raises becomes an error that says who acts, and quotes no value."""

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from milepost.domain.errors import StoreError, WhoActs
from milepost.ports import PurchaseState, StoreBusy, StoreUnavailable
from milepost.store.engine import open_store
from milepost.store.failures import answering, is_server_away
from milepost.store.unit_of_work import SqlStore
from tests.support.stored import a_record


def test_answering__a_second_one__is_a_race_and_quotes_no_value(database_url: str) -> None:
    store = SqlStore(open_store(database_url))
    with store.unit_of_work() as work:
        work.purchases.add([a_record("A-7")], state=PurchaseState.ACCEPTED, received_at=1)
    with pytest.raises(StoreBusy, match="refuses a second one") as refused, store.unit_of_work() as work:
        work.purchases.add([a_record("A-7")], state=PurchaseState.ACCEPTED, received_at=1)
    assert "A-7" not in str(refused.value)
    assert refused.value.who_acts is WhoActs.RETRY


def test_answering__what_contradicts_itself__is_for_the_operator(database_url: str) -> None:
    engine = open_store(database_url)
    with pytest.raises(StoreError, match="contradicts") as refused, answering(), engine.begin() as connection:
        connection.execute(text("INSERT INTO member_numbers VALUES ('', 7, '')"))
    assert not isinstance(refused.value, StoreBusy | StoreUnavailable)
    assert refused.value.who_acts is WhoActs.OPERATOR


def test_answering__wrong_statement__is_for_the_operator(database_url: str) -> None:
    engine = open_store(database_url)
    with pytest.raises(StoreError, match="did not take it"), answering(), engine.begin() as connection:
        connection.execute(text("SELECT nothing FROM nowhere"))


@pytest.mark.parametrize(
    ("said", "is_away"),
    [
        ('connection to server at "db", port 5432 failed: Connection refused', True),
        ("failed: FATAL:  the database system is starting up", True),
        ("failed: FATAL:  the database system is not yet accepting connections", True),
        ("failed: FATAL:  sorry, too many clients already", True),
        ('failed: FATAL:  password authentication failed for user "oracle"', False),
        ('failed: FATAL:  database "oracle" does not exist', False),
    ],
)
def test_is_server_away__what_a_server_says__tells_what_passes_from_what_stays(
    said: str, is_away: bool
) -> None:
    refused = OperationalError("connect", None, psycopg.OperationalError(said))
    assert is_server_away(refused) is is_away
