"""What `SqlPurchaseStore` costs: a worker asks it several times a second, over years of purchases."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from milepost.ports import PurchaseState
from milepost.store.engine import open_store
from milepost.store.unit_of_work import SqlStore
from tests.support.stored import a_record

PARTNERS = ("putien", "tamarind")
MANY, FEW = 5_000, 6
"""Purchases that must not be read, and that are asked for."""


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Many purchases that are settled, then many that are accepted, of both partners in turn."""
    engine = open_store(database_url)
    for state in (PurchaseState.SETTLED_FINAL, PurchaseState.ACCEPTED):
        records = [a_record(f"{state}-{n}", partner=PARTNERS[n % 2]) for n in range(MANY)]
        with SqlStore(engine).unit_of_work() as work:
            work.purchases.add(records, state=state, received_at=1)
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))
    yield engine
    engine.dispose()


def test_accepted__of_two_partners__are_in_order_of_arrival(engine: Engine) -> None:
    with SqlStore(engine).unit_of_work() as work:
        first = work.purchases.accepted(PARTNERS, most=FEW)
        second = work.purchases.accepted(PARTNERS, most=FEW, after=first[-1].purchase_id)
        other = work.purchases.accepted(PARTNERS[1:], most=FEW)
    refs = [stored.purchase.sale_ref for stored in (*first, *second)]
    assert refs == [f"accepted-{n}" for n in range(2 * FEW)]
    assert [stored.purchase.sale_ref for stored in other] == [f"accepted-{2 * n + 1}" for n in range(FEW)]


def test_accepted__years_are_settled_and_many_wait__reads_no_more_than_it_gives(engine: Engine) -> None:
    """Finding: PostgreSQL read every purchase that was ever settled, and SQLite sorted all that wait."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if "purchases" in statement:
            asked.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    with SqlStore(engine).unit_of_work() as work:
        work.purchases.accepted(PARTNERS, most=FEW, occurred_by=2**40)
    event.remove(engine, "before_cursor_execute", note)
    work_of = _steps_of_sqlite if engine.dialect.name == "sqlite" else _rows_of_postgresql
    assert sum(work_of(engine, *one) for one in asked) < MANY / 2


def test_known__asked_of_many__leaves_no_cycle_that_holds_them(engine: Engine) -> None:
    """Finding: a server that took a million purchases in by batches held the references of all of them."""
    records = [a_record(f"accepted-{n}", partner=PARTNERS[n % 2]) for n in range(FEW)]
    with SqlStore(engine).unit_of_work() as work:
        work.purchases.known([record.key for record in records])
        gc.collect()
        gc.set_debug(gc.DEBUG_SAVEALL)
        try:
            assert len(work.purchases.known([record.key for record in records])) == FEW
            gc.collect()
            held = [one for one in gc.garbage if isinstance(one, list | dict) and "accepted-0" in str(one)]
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
    assert held == []


def _rows_of_postgresql(engine: Engine, statement: str, values: Any) -> int:
    """Rows that the plan touches, those among them that it does not want."""
    with engine.connect() as connection:
        explained = connection.exec_driver_sql(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values
        ).scalar_one()
    nodes, rows = [explained[0]["Plan"]], 0
    while nodes:
        node = nodes.pop()
        rows += node["Actual Rows"] * node["Actual Loops"] + node.get("Rows Removed by Filter", 0)
        nodes += node.get("Plans", [])
    return rows


def _steps_of_sqlite(engine: Engine, statement: str, values: Any) -> int:
    """Instructions of its machine, of which each row takes some."""
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1

    raw = engine.raw_connection()
    try:
        driver: Any = raw.driver_connection
        driver.set_progress_handler(step, 1)
        driver.execute(statement, values).fetchall()
        driver.set_progress_handler(None, 1)
    finally:
        raw.close()
    return steps
