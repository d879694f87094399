"""Measures how long the HTTP interface takes to answer Toast: `python -m bench.webhooks`.

Toast wants half a second on average. Orders of two sizes are sent over a socket to the app on SQLite, each
another order, one after the other, and by eight senders at once. docs/feeds.md holds the figures.
"""

import json
import statistics
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from uuid import UUID

from milepost.feeds.signatures import TOAST_HEADER, toast_signature
from tests.support import toast_orders
from tests.support.programme import PARTNERS
from tests.support.web_stage import WebStage, make_stage, served

ORDERS = 100
SENDERS = 8
LARGE_BYTES = 600_000
"""What Toast says that an order's body can pass."""

Body = Callable[[int], bytes]


def usual(number: int) -> bytes:
    """An order of one check, as most are."""
    return toast_orders.order_of(toast_orders.check_of(guid=str(UUID(int=number))))


def large(number: int) -> bytes:
    """The same with as much beside it that nobody reads, such as its dishes."""
    dish = {"guid": str(UUID(int=0)), "displayName": "soup of the day", "price": 12.5, "modifiers": []}
    dishes = [dish] * (LARGE_BYTES // len(json.dumps(dish)))
    check = toast_orders.check_of(guid=str(UUID(int=1_000_000 + number)), selections=dishes)
    return toast_orders.order_of(check)


def times_of(stage: WebStage, body: Body, *, senders: int, first: int) -> list[float]:
    """Seconds to each answer."""

    def send(number: int) -> float:
        content = body(number)
        signature = toast_signature(content, toast_orders.SECRET, timestamp=toast_orders.TIMESTAMP)
        began = perf_counter()
        response = stage.http.post(
            f"{stage.address}/v1/feeds/toast", content=content, headers={TOAST_HEADER: signature}
        )
        took = perf_counter() - began
        assert [one["answer"] for one in response.json()["answers"]] == ["accepted"], response.text
        return took

    with ThreadPoolExecutor(senders) as pool:
        return list(pool.map(send, range(first, first + ORDERS)))


def main() -> None:
    """Print a row a kind of order and number of senders."""
    connected = {**PARTNERS, "putien": replace(PARTNERS["putien"], feeds=(toast_orders.TOAST,))}
    print("| order | senders | mean ms | p95 ms | slowest ms |\n|---|--:|--:|--:|--:|")
    with (
        tempfile.TemporaryDirectory() as folder,
        served(
            make_stage(Path(folder)),
            partners=lambda: connected,
            feed_secrets=lambda *_: (toast_orders.SECRET,),
        ) as stage,
    ):
        first = 0
        for body in (usual, large):
            for senders in (1, SENDERS):
                times = [1_000 * one for one in times_of(stage, body, senders=senders, first=first)]
                first += ORDERS
                size = f"{body.__name__}, {len(body(0)):,} bytes"
                figures = (statistics.mean(times), statistics.quantiles(times, n=20)[-1], max(times))
                print(f"| {size} | {senders} | " + " | ".join(f"{one:.0f}" for one in figures) + " |")


if __name__ == "__main__":
    main()
