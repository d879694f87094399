"""The peer of `milepost serve`: the same server reads the same bodies and only writes the rows.

It checks no signature and judges nothing; each request is one commit. `http_rows.py` starts it as a process.
"""

import asyncio
import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi import FastAPI, Request, Response
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, insert

from milepost.bootstrap.http_process import make_server, open_socket
from milepost.config import Settings
from milepost.store.engine import open_engine

DATABASE = "BENCH_DATABASE_URL"
_WRITERS = {"sqlite": 1, "postgresql": 8}
"""SQLite takes one writer at a time: more of them would only wait for one another."""

_TEXT = String(128)
_rows = Table(
    "bare_purchases",
    MetaData(),
    Column("partner", _TEXT, primary_key=True),
    Column("sale_ref", _TEXT, primary_key=True),
    Column("outlet", _TEXT),
    Column("occurred_at", _TEXT),
    Column("currency", String(3)),
    Column("gross_minor", Integer),
    Column("member", _TEXT),
)


def make_bare_app(engine: Engine) -> FastAPI:
    """One route, that of purchases, over a table of its own."""
    # A writer at a time on SQLite; nothing is read, so PostgreSQL needs no more than its usual isolation.
    _rows.metadata.create_all(engine)
    threads = ThreadPoolExecutor(_WRITERS[engine.dialect.name], thread_name_prefix="bare-writer")
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    def write(body: bytes) -> int:
        rows: list[dict[str, Any]] = [json.loads(line) for line in body.splitlines()]
        with engine.begin() as connection:
            connection.execute(insert(_rows), rows)
        return len(rows)

    @app.post("/v1/purchases")
    async def post_purchases(request: Request) -> Response:
        body = bytearray()
        async for chunk in request.stream():
            body.extend(chunk)
        written = await asyncio.get_running_loop().run_in_executor(threads, write, bytes(body))
        answers = json.dumps({"answers": [{"answer": "accepted"}] * written})
        return Response(answers.encode(), media_type="application/json")

    return app


def main() -> None:
    """Serve until SIGTERM, as `milepost serve` does."""
    engine = open_engine(os.environ[DATABASE])
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="READ COMMITTED")
    app = make_bare_app(engine)
    with open_socket("127.0.0.1", 0) as listening:
        print(f"Listening on http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        make_server(app, Settings()).run(sockets=[listening])


if __name__ == "__main__":
    main()
