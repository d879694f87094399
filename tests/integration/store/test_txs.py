"""What is asked of txs for every report does not take longer with every report before it."""

from pathlib import Path

from sqlalchemy import select

from milepost.ports import TxState
from milepost.store.engine import open_store
from milepost.store.tables import txs


def test_in_states__of_all_txs_ever__are_found_by_their_index(tmp_path: Path) -> None:
    """Finding: every sending read every tx of the past, each with its whole report."""
    engine = open_store(f"sqlite:///{tmp_path / 'milepost.db'}")
    unsent = select(txs).where(txs.c.state.in_([TxState.SIGNED, TxState.ACCEPTED]))
    asked = str(unsent.compile(engine, compile_kwargs={"literal_binds": True}))
    with engine.connect() as connection:
        plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}")]
    assert plan == ["SEARCH txs USING INDEX ix_txs_state (state=?)"]
