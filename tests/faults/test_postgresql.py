"""The oracle on PostgreSQL when its server ends connections, is away, or another session holds a table.

given a run killed at points where it stores   then the next one ends it, as on SQLite
given connections that the server ends         then the run says so, and the next one ends it
given a database that is not there for a while  then it is said, and nothing is sent
given a table that another session holds        then the run waits

In the full form every test of the tier runs on PostgreSQL too.
"""

from threading import Timer

import psycopg
import pytest

from milepost.fail_point import FailPoint
from tests.faults.test_fail_points import killed_at
from tests.support.case_databases import PostgresqlCase
from tests.support.fault_proxy import SEND, Call, Fate
from tests.support.fault_stage import FaultCase
from tests.support.relay_promises import require_promises

STORING = {
    FailPoint.INGEST_BEFORE_COMMIT: (1,),
    FailPoint.SEAL_BEFORE_COMMIT: (1,),
    FailPoint.TX_BEFORE_COMMIT: (1,),
    FailPoint.SENT_BEFORE_COMMIT: (1,),
    FailPoint.READ_CLOSED: (1,),
}


def _database(case: FaultCase) -> PostgresqlCase:
    assert isinstance(case.store, PostgresqlCase)
    return case.store


@killed_at(STORING)
def test_settle__killed_on_postgresql__is_ended_by_the_next_run(
    postgresql_case: FaultCase, point: FailPoint, time: int
) -> None:
    postgresql_case.settle_killed_at(point, time=time)
    postgresql_case.settle_to_the_end()
    require_promises(postgresql_case)


@pytest.mark.parametrize("method", [SEND, "eth_getLogs"])
def test_settle__server_ends_its_connections__says_so_and_the_next_run_ends_it(
    postgresql_case: FaultCase, method: str
) -> None:
    case, database = postgresql_case, _database(postgresql_case)
    ended: list[Call] = []
    backends = f"pg_stat_activity WHERE datname = '{database.name}' AND pid <> pg_backend_pid()"

    def end_connections(call: Call) -> Fate:
        if call.method == method and not ended:
            ended.append(call)
            database.query(f"SELECT pg_terminate_backend(pid) FROM {backends}")
        return Fate.PASSES

    case.proxy.before = end_connections
    assert case.settle() in (0, 2) and ended, case.printed[-1]
    assert "Traceback" not in case.printed[-1], case.printed[-1]
    case.settle_to_the_end()
    require_promises(case)


def test_settle__database_is_away__says_so_and_sends_nothing(postgresql_case: FaultCase) -> None:
    case, database = postgresql_case, _database(postgresql_case)
    case.settle_killed_at(FailPoint.SEND_BEFORE)
    server = database.server
    server.sql(server.uri, f"ALTER DATABASE {database.name} RENAME TO {database.name}_away")
    try:
        assert case.settle() == 2 and "Traceback" not in case.printed[-1], case.printed[-1]
    finally:
        server.sql(server.uri, f"ALTER DATABASE {database.name}_away RENAME TO {database.name}")
    assert not case.proxy.sent
    case.settle_to_the_end()
    require_promises(case)


def test_settle__another_session_holds_a_table__waits_for_it(postgresql_case: FaultCase) -> None:
    case = postgresql_case
    held: list[Call] = []

    def hold(call: Call) -> Fate:
        if call.method == "eth_getTransactionReceipt" and not held:
            held.append(call)
            other.execute("BEGIN")
            other.execute("LOCK TABLE reports IN ACCESS EXCLUSIVE MODE")
            Timer(2, other.rollback).start()
        return Fate.PASSES

    with psycopg.connect(_database(case).url, autocommit=True) as other:
        case.proxy.before = hold
        case.settle_to_the_end()
        assert held and case.drained_in_s > 2
    require_promises(case)
