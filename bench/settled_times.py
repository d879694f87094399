"""Watches a chain while a worker settles, and says when each purchase was credited.

`latency_rows.py` and `memory_rows.py` use it; times are of this machine's own count, `time.monotonic`.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from sqlalchemy import select

from bench.oracle_programs import Program, ProgramFailed
from bench.oracle_stage import OracleStage
from milepost.chain.node import connect
from milepost.ports import PurchaseState
from milepost.store.engine import reading
from milepost.store.tables import purchases, settled_purchases, settlements

_LOOK_EVERY_S = 0.01
_COUNT_EVERY_S = 0.2

Seen = dict[int, float]
"""When each block was first seen."""


@contextmanager
def seeing_blocks(stage: OracleStage) -> Iterator[Seen]:
    """The blocks that come while the block lasts, each as it is there."""
    web3 = connect(stage.anvil.url, setting="make bench-oracle").web3
    seen, ended = {}, Event()
    last = web3.eth.block_number

    def look() -> None:
        newest = last
        while not ended.wait(_LOOK_EVERY_S):
            head, now = web3.eth.block_number, time.monotonic()
            for number in range(newest + 1, head + 1):
                seen[number] = now
            newest = max(newest, head)

    watching = Thread(target=look, daemon=True)
    watching.start()
    try:
        yield seen
    finally:
        ended.set()
        watching.join()


def settled_and_waiting(stage: OracleStage) -> tuple[int, int]:
    """How many purchases are final, and how many are accepted or under way."""
    with stage.stage.oracle.store.unit_of_work() as work:
        states = work.purchases.count_by_state()
    settled = states.get(PurchaseState.SETTLED_FINAL, 0)
    return settled, sum(states.values()) - settled


def wait_until_settled(
    stage: OracleStage,
    count: int,
    worker: Program,
    *,
    within_s: float,
    on_look: Callable[[int], None] = lambda _: None,
) -> int:
    """Wait until so many purchases are final, or the time is over; how many are. `on_look` hears it too.

    Raises: ProgramFailed if the worker ends.
    """
    until = time.monotonic() + within_s
    while True:
        worker.require_running()
        settled, _ = settled_and_waiting(stage)
        on_look(settled)
        if settled >= count or time.monotonic() > until:
            return settled
        time.sleep(_COUNT_EVERY_S)


def require_settled(stage: OracleStage, count: int, worker: Program, *, within_s: float) -> None:
    """Raises: ProgramFailed."""
    settled = wait_until_settled(stage, count, worker, within_s=within_s)
    if settled < count:
        raise ProgramFailed(f"Only {settled} of {count} purchases are settled after {within_s:.0f} s.")


def credited_at(stage: OracleStage, seen: Seen, till: str) -> dict[str, float]:
    """When the block of each settled purchase of a till was seen, by its reference."""
    query = (
        select(purchases.c.sale_ref, settlements.c.block_number)
        .join_from(settled_purchases, purchases, settled_purchases.c.purchase_id == purchases.c.purchase_id)
        .join(settlements, settlements.c.content_hash == settled_purchases.c.content_hash)
        .where(purchases.c.sale_ref.startswith(f"{till}-", autoescape=True))
    )
    with reading(stage.stage.engine) as connection:
        return {sale_ref: seen[block] for sale_ref, block in connection.execute(query)}
