"""The HTTP interface on a real store, behind a real socket, with the rest of the oracle on its fakes."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from time import monotonic, sleep
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from sqlalchemy import Engine

from milepost.pipeline.ingest_purchase import Ingest
from milepost.pipeline.issue_receipt import issue_receipt
from milepost.pipeline.make_statement import MemberUnknown
from milepost.ports import MemberRow
from milepost.store.answers import SqlAnswerStore
from milepost.store.engine import open_store
from milepost.store.members import SqlMemberDirectory
from milepost.store.unit_of_work import SqlReadingStore, SqlStore
from milepost.testing import FixedClock
from milepost.web.app import make_app
from milepost.web.authentication import Authenticator, sign
from milepost.web.partner_keys import PartnerKeyFile
from milepost.web.parts import Limits, WebParts
from milepost.web.rates import RateLimits
from tests.support.programme import ACCEPT, DEPLOYED, MEMBERS, NOON_S, PARTNERS, Oracle

SECRETS = {"putien-1": b"p" * 32, "putien-2": b"q" * 32, "tamarind-1": b"t" * 32, "operator-1": b"o" * 32}
OWNERS = {
    "putien-1": "putien",
    "putien-2": "putien",
    "tamarind-1": "tamarind",
    "operator-1": "@operator",
}
ROW = {
    "partner": "putien",
    "sale_ref": "A-1001",
    "outlet": "causeway-bay",
    "occurred_at": "2018-05-14T12:30:00+08:00",
    "currency": "HKD",
    "gross_minor": 60_000,
    "member": MEMBERS[0],
}


def a_row(**changes: Any) -> dict[str, Any]:
    """A record as a till sends it."""
    return {**ROW, **changes}


def keys_text(*, from_s: int = 0, until_s: int | None = None) -> str:
    """The file of partners' keys, every key in force at one time."""
    owned: dict[str, list[dict[str, Any]]] = {}
    for key_id, owner in OWNERS.items():
        entry = {"key": key_id, "secret": SECRETS[key_id].hex(), "from": from_s, "until": until_s}
        owned.setdefault(owner, []).append(entry)
    return json.dumps(owned)


@dataclass
class WebStage:
    """The app, the oracle on whose store it works, and a client that signs what it sends."""

    app: FastAPI
    parts: WebParts
    oracle: Oracle
    keys_file: Path
    machine: FixedClock
    address: str = ""
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=20))

    def signed(
        self, method: str, target: str, body: bytes = b"", *, key: str = "putien-1", at: int | None = None
    ) -> dict[str, str]:
        """The headers that sign a request."""
        timestamp = self.machine.now() if at is None else at
        signature = sign(SECRETS[key], timestamp=timestamp, method=method, target=target, body=body)
        return {
            "Milepost-Key": key,
            "Milepost-Timestamp": str(timestamp),
            "Milepost-Signature": signature,
        }

    def send(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        *,
        key: str = "putien-1",
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send a request as its partner does; `headers` go before those that sign it."""
        every = {**self.signed(method, target, body, key=key), **(headers or {})}
        return self.http.request(method, self.address + target, content=body, headers=every)

    def post(self, document: Any, *, target: str = "/v1/purchases", **options: Any) -> httpx.Response:
        """Send records as JSON."""
        headers = {"Content-Type": "application/json", **options.pop("headers", {})}
        return self.send("POST", target, json.dumps(document).encode(), headers=headers, **options)

    def get(self, target: str, **options: Any) -> httpx.Response:
        return self.send("GET", target, **options)


def answers_of(response: httpx.Response) -> list[str]:
    """The answer of each record, in their order."""
    assert response.status_code == 200, response.text
    return [one["answer"] for one in response.json()["answers"]]


def problem_of(response: httpx.Response) -> tuple[int, str]:
    """Status and code of a problem, whose form is checked."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    document = response.json()
    assert set(document) - {"stored"} == {"type", "title", "status", "detail", "code"}
    assert document["status"] == response.status_code
    assert document["type"] == f"urn:milepost:problem:{document['code']}"
    return response.status_code, document["code"]


@cache
def _template() -> bytes:
    """A migrated database with the members, which every stage begins with a copy of."""
    with TemporaryDirectory() as folder:
        engine = open_store(f"sqlite:///{folder}/milepost.db")
        members = [MemberRow(number) for number in MEMBERS]
        SqlMemberDirectory(engine, b"k" * 32).import_members(members)
        # The last connection that closes brings what stands in the log ahead into the file.
        engine.dispose()
        return Path(folder, "milepost.db").read_bytes()


def _state_member(member: str) -> dict[str, Any]:
    if member not in MEMBERS:
        raise MemberUnknown(member)
    return {"member": member, "balance": 7}


def make_stage(folder: Path, *, rate: str = "100000/second", limits: Limits | None = None) -> WebStage:
    """The app over an SQLite file in a folder, with members enrolled; nothing is served yet."""
    (folder / "milepost.db").write_bytes(_template())
    engine = open_store(f"sqlite:///{folder}/milepost.db")
    directory = SqlMemberDirectory(engine, b"k" * 32)
    oracle = Oracle(store=SqlStore(engine), members=directory)
    keys_file = folder / "partner-keys.json"
    keys_file.write_text(keys_text(), encoding="utf-8")
    machine = FixedClock(NOON_S)
    keys = PartnerKeyFile(keys_file, "MILEPOST_PARTNER_KEYS_FILE", monotonic, every_s=0)
    keys.require()
    parts = WebParts(
        authenticator=Authenticator(keys.keys, machine),
        rates=RateLimits(rate),
        ingest=Ingest(oracle.store, directory, ACCEPT, oracle.chain),
        store=SqlReadingStore(engine),
        partners=lambda: PARTNERS,
        partner_ids=lambda: DEPLOYED.ids,
        issue=lambda key: issue_receipt(key, oracle.issuing),
        state_member=_state_member,
        answers=SqlAnswerStore(engine),
        machine=machine,
        tick=monotonic,
        limits=limits or Limits(),
    )
    return WebStage(make_app(parts), parts, oracle, keys_file, machine)


@contextmanager
def served(stage: WebStage, **changes: Any) -> Iterator[WebStage]:
    """The stage's app on a free port until the block ends; `changes` are of its parts."""
    app = make_app(replace(stage.parts, **changes)) if changes else stage.app
    with serving(app) as address:
        yield replace(stage, app=app, address=address)


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """An app on a free port until the block ends; its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False))
    thread = Thread(target=server.run)
    thread.start()
    try:
        until = monotonic() + 20
        while not server.started:
            assert thread.is_alive() and monotonic() < until, "the server did not begin"
            sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def database_full(stage: WebStage, *, spare_pages: int = 0) -> Iterator[None]:
    """Leave the stage's database few pages to grow by until the block ends."""
    engine = stage.oracle.store._engine  # type: ignore[attr-defined]
    _most_pages(engine, _pages(engine) + spare_pages)
    try:
        yield
    finally:
        _most_pages(engine, 1_000_000)


def _pages(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.exec_driver_sql("PRAGMA page_count").scalar() or 0)


def _most_pages(engine: Engine, most: int) -> None:
    raw = engine.raw_connection()
    raw.cursor().execute(f"PRAGMA max_page_count = {most}")
    raw.close()
