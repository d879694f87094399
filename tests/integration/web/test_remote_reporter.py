"""A reporter behind a URL that answers anything: only its own signature counts, and no log has its words.

given a reporter that answers as it should       then its signature, asked for once
given another's signature, none, or garbage      then it is refused, and who looks is the operator
given a refusal in words                         then they are told to a person, and left out of a log
given no answer, or one that never ends          then it is left alone for longer each time
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest

from milepost.chain.local_signer import LocalSigner
from milepost.codec.keccak import keccak
from milepost.domain.quoting import without_quoted
from milepost.pipeline.check_report import ReportDisagreement
from milepost.pipeline.sign_report import proposal_of
from milepost.ports import (
    Proposal,
    ReporterAnswerRefused,
    ReporterBehind,
    ReporterLacksPurchases,
    ReporterUnavailable,
)
from milepost.testing import FixedClock
from milepost.web.proposal_json import DISAGREEMENT, MOST_BYTES, REPORTER_PATH, SIGN_PATH
from milepost.web.remote_reporter import RemoteReporter
from tests.support.deployments import account_named
from tests.support.programme import NOON_S, Oracle, submitted

OURS, THEIRS, OTHER = (LocalSigner(account_named(name)) for name in ("ours", "theirs", "other"))
MESSAGE = b"the message of the report"


@dataclass
class Elsewhere:
    """What answers at the reporter's address: a status and a document, or bytes, for each path."""

    answers: dict[str, tuple[int, Any]] = field(
        default_factory=lambda: {REPORTER_PATH: (200, {"address": THEIRS.address})}
    )
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def refuses(self, status: int, **document: Any) -> None:
        self.answers[SIGN_PATH] = status, document

    def signs(self, signature: object) -> None:
        self.answers[SIGN_PATH] = 200, {"signature": signature}


@contextmanager
def answering(elsewhere: Elsewhere) -> Iterator[Elsewhere]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            elsewhere.asked.append(self.path)
            status, said = elsewhere.answers[self.path]
            content = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = answer

        def log_message(self, *_: Any) -> None:
            """It says nothing of its own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        elsewhere.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield elsewhere
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    with answering(Elsewhere()) as found:
        yield found


@dataclass
class Ticking:
    """Seconds that a test moves on."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def proposal() -> Proposal:
    oracle = Oracle()
    oracle.ingest(submitted("A-1"))
    report = oracle.sealed()
    with oracle.store.unit_of_work() as work:
        return proposal_of(work, report)


def remote(url: str, tick: Ticking | None = None) -> RemoteReporter:
    client = httpx.Client()
    return RemoteReporter(url, OURS, Oracle().chain, FixedClock(NOON_S), tick or Ticking(), client)


def test_sign__its_own_signature__is_given_and_its_address_asked_for_once(
    elsewhere: Elsewhere, proposal: Proposal
) -> None:
    signature = THEIRS.sign(keccak(MESSAGE))
    elsewhere.signs(f"0x{signature.hex()}")
    reporter = remote(elsewhere.url)
    assert reporter.address == THEIRS.address
    assert [reporter.sign(proposal, message=MESSAGE) for _ in range(2)] == [signature] * 2
    assert elsewhere.asked == [REPORTER_PATH, SIGN_PATH, SIGN_PATH]


@pytest.mark.parametrize(
    ("signature", "said"),
    [
        (f"0x{OTHER.sign(keccak(MESSAGE)).hex()}", "signed as"),
        (f"0x{THEIRS.sign(keccak(b'another')).hex()}", "signed as"),
        ("0x" + "00" * 65, "no signature"),
        ("0x", "no signature"),
        (None, "no signature"),
        ([1], "no signature"),
    ],
    ids=["another's", "of another report", "zeros", "empty", "none", "a list"],
)
def test_sign__anything_else_for_a_signature__is_refused(
    elsewhere: Elsewhere, proposal: Proposal, signature: object, said: str
) -> None:
    elsewhere.signs(signature)
    with pytest.raises(ReporterAnswerRefused, match=said):
        remote(elsewhere.url).sign(proposal, message=MESSAGE)


@pytest.mark.parametrize("document", [{}, {"address": "0x12"}, {"address": 7}, [], b"\xff", b"[" * 10_000])
def test_address__that_is_none__is_refused(elsewhere: Elsewhere, document: Any) -> None:
    elsewhere.answers[REPORTER_PATH] = 200, document
    with pytest.raises(ReporterAnswerRefused, match="does not say its address"):
        _ = remote(elsewhere.url).address


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (409, "proposal_refused", ReporterAnswerRefused),
        (503, "too_early", ReporterBehind),
        (503, "copy_lacks_purchases", ReporterLacksPurchases),
        (503, "unavailable", ReporterUnavailable),
        (429, "rate_limited", ReporterUnavailable),
        (418, "Mrs. Chan", ReporterAnswerRefused),
    ],
)
def test_sign__refused_in_words__tells_them_to_a_person_and_to_no_log(
    elsewhere: Elsewhere, proposal: Proposal, status: int, code: str, expected: type[Exception]
) -> None:
    elsewhere.refuses(status, code=code, detail="The bill of Mrs. Chan is settled already.")
    with pytest.raises(expected) as refused:
        remote(elsewhere.url).sign(proposal, message=MESSAGE)
    assert type(refused.value) is expected
    assert f"answered {status}" in str(refused.value) and "Mrs. Chan is settled" in str(refused.value)
    logged = without_quoted(str(refused.value))
    assert f"answered {status}" in logged and "Chan" not in logged
    assert (code in logged) == (code != "Mrs. Chan")


def test_sign__it_disputes_the_report__is_a_disagreement_only_with_another_report(
    elsewhere: Elsewhere, proposal: Proposal
) -> None:
    oracle = Oracle()
    oracle.ingest(submitted("A-1", gross_minor=70_000))
    own = oracle.sealed().report_bytes
    for said in (own, proposal.report_bytes, b"no report"):
        elsewhere.refuses(409, type=DISAGREEMENT, code="report_disagreement", own_report=f"0x{said.hex()}")
        expected = ReportDisagreement if said == own else ReporterAnswerRefused
        with pytest.raises(expected):
            remote(elsewhere.url).sign(proposal, message=MESSAGE)


def test_sign__endless_answer_or_none__is_left_alone_for_longer_each_time(
    elsewhere: Elsewhere, proposal: Proposal
) -> None:
    elsewhere.answers[SIGN_PATH] = 200, b" " * (MOST_BYTES + 1)
    tick = Ticking()
    reporter = remote(elsewhere.url, tick)
    with pytest.raises(ReporterUnavailable, match="gave no answer"):
        reporter.sign(proposal, message=MESSAGE)
    rests: list[float] = []
    for _ in range(3):
        asked, began = len(elsewhere.asked), tick.now
        while len(elsewhere.asked) == asked:
            tick.now += 0.5
            with pytest.raises(ReporterUnavailable):
                reporter.sign(proposal, message=MESSAGE)
        rests.append(tick.now - began)
    assert rests == [1.0, 2.0, 4.0]
