"""A reporter's service over sockets, with real keys and the rest on its fakes: who can hold up whom.

given a proposal that is being answered
    when strangers send theirs                    then they are refused meanwhile
    when its reporter sends many more             then those come again, and others wait their turn
given a head without a seal                       then it is refused before any of its body came
given a body that does not come                   then it is given up in time
given many strangers                              then the chain is asked about few of them
given three reporters that are asked together
    when each answers once all are asked          then the report is signed
    when one hangs                                then the others make the quorum, and nobody waits for it
given many who ask what the reporter sees         then it looks once a second
"""

import json
import socket
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Barrier, Event
from time import monotonic

import httpx
import pytest

from milepost.chain.reporter_keys import LocalReporter
from milepost.domain.quantities import MemberId
from milepost.pipeline.answer_proposal import Answering
from milepost.pipeline.check_report import OwnCopy
from milepost.pipeline.ingest_purchase import Ingest, ingest_many
from milepost.pipeline.sign_report import sign_report
from milepost.ports import ReporterSet, ReportState, StoredReport
from milepost.testing import FakeMemberLedger, FakeSettlementChain, FixedClock, FixedSecrets
from milepost.testing.memory_members import MemoryMemberDirectory
from milepost.testing.memory_store import MemoryStore
from milepost.web import reporter_routes, reporter_service
from milepost.web.proposal_json import SIGN_PATH, SIGNATURE_HEADER, TIMESTAMP_HEADER, seal_digest
from milepost.web.remote_reporter import RemoteReporter
from milepost.web.reporter_routes import reporter_app
from milepost.web.reporter_service import ReporterService
from milepost.worker.asking import together
from tests.support.deployments import REPORTERS, account_named
from tests.support.programme import ACCEPT, DEPLOYED, MEMBERS, NOON_S, Oracle, books, three_bills
from tests.support.web_stage import serving

OURS, THEIRS, OTHER = (LocalReporter(account) for account in REPORTERS[:3])
AWAY = [LocalReporter(account) for account in REPORTERS[1:4]]


class Counting(FakeSettlementChain):
    """A chain that counts what it is asked about reporters."""

    asked = 0

    def reporter_set(self) -> ReporterSet:
        self.asked += 1
        return super().reporter_set()

    def is_reporter(self, address: str) -> bool:
        self.asked += 1
        return super().is_reporter(address)


@dataclass
class Stage:
    service: ReporterService
    chain: Counting
    address: str
    http: httpx.Client

    def propose(self, sender: LocalReporter, body: bytes = b"{}") -> tuple[int, str]:
        """Status and code of the answer to a body that says nothing."""
        sent = self.http.post(f"{self.address}{SIGN_PATH}", content=body, headers=_headers(sender, body))
        assert sent.headers["content-type"] == "application/problem+json"
        return sent.status_code, sent.json()["code"]


def _headers(sender: LocalReporter, body: bytes) -> dict[str, str]:
    seal = sender.sign(seal_digest(body, str(NOON_S))).hex()
    return {TIMESTAMP_HEADER: str(NOON_S), SIGNATURE_HEADER: f"v1=0x{seal}"}


@pytest.fixture
def stage() -> Iterator[Stage]:
    chain = Counting(books(), [OURS, THEIRS, OTHER], quorum=2, starts_at=NOON_S)
    copy = OwnCopy(MemoryStore(), MemoryMemberDirectory(MEMBERS), DEPLOYED, FixedSecrets())
    ledger = FakeMemberLedger(chain.books.ledger)
    service = ReporterService(Answering(OURS, copy, chain, ledger, FixedClock(NOON_S)))
    with serving(reporter_app(service)) as address, httpx.Client(timeout=20, trust_env=False) as http:
        chain.asked = 0
        yield Stage(service, chain, address, http)


def test_sign__strangers_while_a_proposal_is_answered__are_refused_meanwhile(stage: Stage) -> None:
    """Finding: seals were checked under the lock that honest proposals wait for."""
    with stage.service._lock:
        assert stage.propose(LocalReporter(account_named("a stranger"))) == (401, "bad_signature")
    assert stage.propose(THEIRS) == (400, "proposal_unreadable")


def test_sign__one_reporter_sends_many_at_once__others_get_their_turn(stage: Stage) -> None:
    many = reporter_service.MOST_WAITING + 3
    with ThreadPoolExecutor(many + 1) as threads:
        with stage.service._lock:
            asked = [threads.submit(stage.propose, THEIRS) for _ in range(many)]
            busy = Event()
            for one in asked:
                one.add_done_callback(lambda _: sum(one.done() for one in asked) == 3 and busy.set())
            assert busy.wait(10)
            other = threads.submit(stage.propose, OTHER)
        assert other.result() == (400, "proposal_unreadable")
        found = sorted(one.result() for one in asked)
    assert found == [(400, "proposal_unreadable")] * (many - 3) + [(503, "not_yet")] * 3


def test_sign__its_turn_does_not_come__is_told_to_ask_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporter_service, "TURN_WITHIN_S", 0.05)
    with stage.service._lock:
        assert stage.propose(THEIRS) == (503, "not_yet")


def _spoken(stage: Stage, head: str) -> bytes:
    """The first line of what is answered to a head whose body never comes."""
    host, port = stage.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(
            f"POST {SIGN_PATH} HTTP/1.1\r\nHost: x\r\n{head}Content-Length: 9\r\n\r\n{{".encode()
        )
        return connection.recv(4_096).split(b"\r\n", 1)[0]


def test_sign__no_seal__is_refused_before_its_body_came(stage: Stage) -> None:
    assert _spoken(stage, "") == b"HTTP/1.1 401 Unauthorized"
    late = {**_headers(THEIRS, b"{}"), TIMESTAMP_HEADER: str(NOON_S - 301)}
    assert (
        _spoken(stage, "".join(f"{name}: {value}\r\n" for name, value in late.items())).split()[1] == b"401"
    )


def test_sign__a_body_that_does_not_come__is_given_up(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Finding: a proposal's body had no time limit, so that idle senders held every connection."""
    monkeypatch.setattr(reporter_routes, "BODY_WITHIN_S", 0.1)
    head = "".join(f"{name}: {value}\r\n" for name, value in _headers(THEIRS, b"{}").items())
    assert _spoken(stage, head) == b"HTTP/1.1 408 Request Timeout"


def test_sign__many_strangers__the_chain_is_asked_about_few_and_reporters_are_answered(stage: Stage) -> None:
    assert stage.propose(THEIRS) == (400, "proposal_unreadable")
    stage.chain.asked = 0
    strangers = [LocalReporter(account_named(f"stranger {number}")) for number in range(40)]
    answers = {stage.propose(one) for one in strangers}
    assert answers <= {(401, "bad_signature"), (503, "not_yet")}
    # A slow machine takes more than the second that the limit is for.
    if (503, "not_yet") in answers:
        assert stage.chain.asked < 40
    stage.service.seals._limiter.storage.reset()
    assert stage.propose(THEIRS) == (400, "proposal_unreadable")


def test_describe__asked_by_many__looks_once_a_second(stage: Stage) -> None:
    """Finding: anybody could have every question to `GET /v1/reporter` read chain and store."""
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(stage.http.get, f"{stage.address}/v1/reporter") for _ in range(60)]
        found = [one.result() for one in asked]
    assert {one.status_code for one in found} == {200}
    assert {json.loads(one.content)["address"] for one in found} == {OURS.address}
    assert stage.chain.asked <= 5


class Meeting(MemoryMemberDirectory):
    """A directory that answers once as many reporters as the barrier counts ask theirs."""

    barrier = Barrier(3, timeout=20)

    def ids_of(self, keys: Iterable[bytes]) -> Mapping[bytes, MemberId]:
        self.barrier.wait()
        return super().ids_of(keys)


@contextmanager
def _elsewhere(
    oracle: Oracle, accounts: list[LocalReporter], directory: type[MemoryMemberDirectory]
) -> Iterator[tuple[list[RemoteReporter], list[ReporterService]]]:
    """Reporters behind sockets, each with a store of its own that was fed the same."""
    chain, services = oracle.chain, []
    for account in accounts:
        copy = OwnCopy(MemoryStore(), directory(MEMBERS), DEPLOYED, FixedSecrets())
        list(ingest_many(three_bills(), Ingest(copy.store, copy.members, ACCEPT, chain)))
        ledger = FakeMemberLedger(chain.books.ledger)
        services.append(ReporterService(Answering(account, copy, chain, ledger, FixedClock(NOON_S))))
    with ExitStack() as stack:
        client = stack.enter_context(httpx.Client(trust_env=False))
        urls = [stack.enter_context(serving(reporter_app(service))) for service in services]
        yield (
            [RemoteReporter(url, OURS, chain, FixedClock(NOON_S), monotonic, client) for url in urls],
            services,
        )


def _proposing(quorum: int) -> tuple[Oracle, StoredReport]:
    chain = FakeSettlementChain(books(), [OURS, *AWAY], quorum=quorum, starts_at=NOON_S)
    oracle = Oracle(chain=chain)
    oracle.ingest(*three_bills())
    return oracle, oracle.sealed()


def _sign(oracle: Oracle, report: StoredReport, elsewhere: list[RemoteReporter]) -> ReportState:
    return sign_report(
        report.content_hash,
        oracle.store,
        chain=oracle.chain,
        reporters=[],
        elsewhere=elsewhere,
        together=together,
    ).state


def test_sign_report__three_elsewhere_that_answer_once_all_are_asked__sign() -> None:
    """Finding: they were asked one after the other, so a round took as long as all of them together."""
    oracle, report = _proposing(quorum=3)
    with _elsewhere(oracle, AWAY, Meeting) as (elsewhere, _):
        assert _sign(oracle, report, elsewhere) is ReportState.SIGNED


def test_sign_report__one_elsewhere_hangs__the_others_make_the_quorum() -> None:
    oracle, report = _proposing(quorum=2)
    with _elsewhere(oracle, AWAY, MemoryMemberDirectory) as (elsewhere, services):
        began_at = monotonic()
        with services[0]._lock:
            assert _sign(oracle, report, elsewhere) is ReportState.SIGNED
            assert monotonic() - began_at < reporter_service.TURN_WITHIN_S
