"""Copies of partners' requests on their way to a reporter, as its socket gets them.

given a reporter that takes a copy            then it has it as it was signed, with the time it is judged by
given one that does not take one              then no later one of that partner is sent, those of others are
    when it knows an outlet less than we do   then it is sent again until it does
    when a proxy answers for it               then it is sent again
    when it refuses what everyone refuses     then the next one follows
    when it refuses it for long               then that is a failure with what to do, said less and less often
given a large file                            then it has longer to answer
given a reporter that hangs                   then the others do not wait for it
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

import httpx
import pytest

from milepost.bootstrap import Parts, working
from milepost.bootstrap.reporting import make_feed_passing
from milepost.config import Settings
from milepost.domain.errors import WhoActs
from milepost.domain.quantities import PartnerCode
from milepost.ports import JudgedAt, KeptRequest
from milepost.store.engine import open_store
from milepost.store.feed_copies import SqlFeedCopies
from milepost.web import feed_passing
from milepost.web.copy_remedies import CopiesNotTaken
from milepost.web.feed_passing import FeedPassing

PUTIEN, TAMARIND = PartnerCode("putien"), PartnerCode("tamarind")
TAKEN: dict[str, Any] = {"answers": [{"answer": "accepted", "code": None}]}
UNKNOWN: dict[str, Any] = {"answers": [{"answer": "rejected", "code": "unknown_outlet"}]}
Said = tuple[int, dict[str, Any] | str]


@dataclass
class Reporter:
    """A socket that says what it is told to, and what came: target as it was sent, body, header."""

    url: str = ""
    answer: Callable[[bytes], Said] = lambda _body: (200, TAKEN)
    came: list[tuple[str, bytes]] = field(default_factory=list)
    judged_at: list[str | None] = field(default_factory=list)


@contextmanager
def _reporter(answer: Callable[[bytes], Said] | None = None) -> Iterator[Reporter]:
    stub = Reporter()
    if answer is not None:
        stub.answer = answer

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            stub.came.append((self.path, body))
            stub.judged_at.append(self.headers.get("Milepost-Judged-At"))
            status, document = stub.answer(body)
            content = (document if isinstance(document, str) else json.dumps(document)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/problem+json" if status >= 400 else "text/plain")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    stub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Ticks:
    """Seconds that go on when told."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def copies(database_url: str) -> SqlFeedCopies:
    return SqlFeedCopies(open_store(database_url))


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as made:
        yield made


def _keep(
    copies: SqlFeedCopies,
    body: bytes = b"{}",
    *,
    partner: PartnerCode = PUTIEN,
    target: bytes = b"/v1/purchases",
    unknown: int | None = 0,
) -> None:
    headers = {"content-type": "application/json"}
    kept = KeptRequest("POST", target, headers, partner, JudgedAt(1_000, 1_007), unknown)
    copies.add(kept, BytesIO(body))


def _problem(code: str) -> dict[str, str]:
    return {"type": f"urn:milepost:problem:{code}", "code": code}


def test_pass_on__a_target_that_clients_would_rewrite__goes_out_as_it_was_signed(
    copies: SqlFeedCopies, client: httpx.Client
) -> None:
    """It once was written anew, so that its signature was none, and stopped every copy after it."""
    targets = [b'/v1/purchases?source="a"<b>', b"/v1/purchases?source=a%2fb#c", b"/v1/purchases"]
    for target in targets:
        _keep(copies, target=target)
    with _reporter() as stub:
        assert FeedPassing([stub.url], copies, client).pass_on() == 3
    assert stub.came == [(target.decode(), b"{}") for target in targets]
    assert stub.judged_at == ["1000 1007"] * 3
    assert copies.partners() == []


def test_is_passing_to__what_a_reporter_lacks__is_on_its_way_unless_it_did_not_take_it(
    copies: SqlFeedCopies, client: httpx.Client
) -> None:
    with _reporter(lambda body: (401, _problem("unknown_key")) if body == b"bad" else (200, TAKEN)) as stub:
        passing = FeedPassing([stub.url], copies, client, Ticks())
        assert not passing.is_passing_to(stub.url)
        _keep(copies)
        assert passing.is_passing_to(stub.url)
        passing.pass_on()
        assert not passing.is_passing_to(stub.url)
        _keep(copies, b"bad")
        passing.pass_on()
        assert copies.partners() == [PUTIEN] and not passing.is_passing_to(stub.url)
        _keep(copies, partner=TAMARIND)
        assert passing.is_passing_to(stub.url)


def test_pass_on__one_partners_copy_is_not_taken__those_of_the_others_go_on(
    copies: SqlFeedCopies, client: httpx.Client
) -> None:
    """Finding: one partner's refused copy stopped the copies of all partners."""
    for body in (b"bad", b"later"):
        _keep(copies, body)
    _keep(copies, b"other", partner=TAMARIND)
    ticks = Ticks()
    with _reporter(lambda body: (401, _problem("unknown_key")) if body == b"bad" else (200, TAKEN)) as stub:
        passing = FeedPassing([stub.url], copies, client, ticks)
        assert passing.pass_on() == 1
        assert [body for _, body in stub.came] == [b"bad", b"other"]
        # It is left alone for a while, longer each time, and then sent once more.
        assert passing.pass_on() == 0 and len(stub.came) == 2
        for wait_s, sent in ((1, 3), (1, 3), (1, 4), (4, 5)):
            ticks.now += wait_s
            assert passing.pass_on() == 0 and len(stub.came) == sent
        stub.answer = lambda _body: (200, TAKEN)
        ticks.now += 60
        assert passing.pass_on() == 2
    assert [body for _, body in stub.came[-2:]] == [b"bad", b"later"] and copies.partners() == []


def test_pass_on__a_copy_that_no_client_can_send__holds_up_nobody(
    copies: SqlFeedCopies, client: httpx.Client
) -> None:
    """Found by attack: one partner's endless target stopped the copies of all partners after it, for good."""
    _keep(copies, b"bad", target=b"/v1/purchases?x=" + b"a" * 69_000)
    _keep(copies, b"later")
    _keep(copies, b"other", partner=TAMARIND)
    with _reporter() as stub:
        assert FeedPassing([stub.url], copies, client).pass_on() == 3
    assert [body for _, body in stub.came] == [b"later", b"other"] and copies.partners() == []


def test_pass_on__an_answer_breaks_off__those_of_other_partners_go_on(
    copies: SqlFeedCopies, client: httpx.Client
) -> None:
    _keep(copies, b"bad")
    _keep(copies, b"other", partner=TAMARIND)

    def breaks_off(body: bytes) -> Said:
        if body == b"bad":
            raise ConnectionResetError
        return 200, TAKEN

    with _reporter(breaks_off) as stub:
        passing = FeedPassing([stub.url], copies, client)
        assert passing.pass_on() == 1
    assert copies.partners() == [PUTIEN]


def test_pass_to__a_copy_is_refused_for_long__is_a_failure_said_less_and_less_often(
    copies: SqlFeedCopies, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    """Finding: a reporter without the feeds' secrets halted its lane, and only lines of the log said so."""
    _keep(copies, b"event", target=b"/v1/feeds/square")
    ticks = Ticks()
    with _reporter(lambda _body: (401, _problem("bad_signature"))) as stub:
        passing = FeedPassing(["http://127.0.0.1:9", stub.url], copies, client, ticks)
        for _ in range(100):
            passing.pass_on()
            with pytest.raises(CopiesNotTaken, match=r"place 2 refuses .*give it the feeds' secrets"):
                passing.require_taken(stub.url)
            ticks.now += 1
        said = [record.getMessage() for record in caplog.records]
        assert said.count("feed_copy_not_taken") == said.count("feed_copy_not_passed") == 7
        # Who gave no answer is no failure of this kind: that it does not live is seen elsewhere.
        passing.require_taken("http://127.0.0.1:9")
        stub.answer = lambda _body: (200, TAKEN)
        ticks.now += 60
        assert passing.pass_on() == 1
        passing.require_taken(stub.url)


def test_chore__a_reporter_refuses_copies__fails_with_what_to_do_and_comes_again_at_once(
    database_url: str, copies: SqlFeedCopies
) -> None:
    """Finding: the task was as well as ever, so that no alert told of it."""
    _keep(copies, target=b"/v1/feeds/toast")
    with _reporter(lambda _body: (401, _problem("bad_signature"))) as stub:
        settings = Settings(database_url=database_url, reporter_urls=stub.url)  # type: ignore[call-arg]
        (chore,) = working._passing_on(make_feed_passing(Parts(settings), settings))
        with pytest.raises(CopiesNotTaken, match="place 1 refuses copies of putien, 401 bad_signature"):
            chore.run()
    # Copies of the other partners go on as quickly as before.
    assert chore.backoff is not None
    assert max(chore.backoff.pause_s(9, who_acts) for who_acts in WhoActs) <= chore.every_s


def test_require_taken__another_process_passed_the_copy_on__is_no_failure_any_more(
    copies: SqlFeedCopies, client: httpx.Client
) -> None:
    _keep(copies)
    with _reporter(lambda _body: (401, _problem("unknown_key"))) as stub:
        passing = FeedPassing([stub.url], copies, client)
        assert passing.pass_on() == 0 and len(passing.refusals(stub.url)) == 1
        stub.answer = lambda _body: (200, TAKEN)
        assert FeedPassing([stub.url], copies, client).pass_on() == 1
        assert passing.pass_on() == 0 and passing.refusals(stub.url) == []


@pytest.mark.parametrize(
    "said",
    [
        (200, "<html>come back later</html>"),
        (200, {"status": "ok"}),
        (400, "bad request"),
        (400, {"code": "malformed_json"}),
        (400, _problem("body_incomplete")),
        (422, {"detail": "a proxy's"}),
        (503, _problem("queue_full")),
    ],
)
def test_pass_on__an_answer_that_is_not_ours_or_not_final__is_sent_again(
    copies: SqlFeedCopies, client: httpx.Client, said: Said
) -> None:
    """Finding: any 200, 400 and 422 counted as taken, so that a reporter lacked the purchases for ever."""
    _keep(copies)
    with _reporter(lambda _body: said) as stub:
        assert FeedPassing([stub.url], copies, client).pass_on() == 0
    assert len(stub.came) == 1 and copies.partners() == [PUTIEN]


@pytest.mark.parametrize(("status", "code"), [(400, "malformed_file"), (422, "file_totals_differ")])
def test_pass_on__what_everyone_refuses__is_followed_by_the_next(
    copies: SqlFeedCopies, client: httpx.Client, status: int, code: str
) -> None:
    _keep(copies, b"broken")
    _keep(copies, b"whole")
    with _reporter(lambda body: (status, _problem(code)) if body == b"broken" else (200, TAKEN)) as stub:
        assert FeedPassing([stub.url], copies, client).pass_on() == 2


def test_pass_on__an_outlet_known_here_and_not_there__is_sent_until_it_is_known(
    copies: SqlFeedCopies, client: httpx.Client
) -> None:
    """Finding: the reporter answered 200 and never had the purchases of an outlet that came late there."""
    _keep(copies)
    ticks = Ticks()
    with _reporter(lambda _body: (200, UNKNOWN)) as stub:
        passing = FeedPassing([stub.url], copies, client, ticks)
        assert passing.pass_on() == 0
        stub.answer = lambda _body: (200, TAKEN)
        ticks.now += 2
        assert passing.pass_on() == 1 and len(stub.came) == 2


def test_pass_on__an_outlet_known_nowhere__is_taken(copies: SqlFeedCopies, client: httpx.Client) -> None:
    """A till that names a wrong outlet is refused by all alike, and holds up nothing."""
    _keep(copies, unknown=1)
    with _reporter(lambda _body: (200, UNKNOWN)) as stub:
        assert FeedPassing([stub.url], copies, client).pass_on() == 1


def test_pass_on__a_large_file__has_longer_to_be_answered(
    copies: SqlFeedCopies, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Finding: a file that took a reporter more than a minute was sent again and again."""
    monkeypatch.setattr(feed_passing, "LEAST_S", 0.2)
    monkeypatch.setattr(feed_passing, "LEAST_BYTES_A_S", 1 << 18)
    _keep(copies, b"x" * (1 << 20))
    _keep(copies, b"small")

    def slowly(_body: bytes) -> Said:
        Event().wait(0.7)
        return 200, TAKEN

    with _reporter(slowly) as stub:
        assert FeedPassing([stub.url], copies, client).pass_on() == 1
    assert len(stub.came[0][1]) == 1 << 20 and copies.partners() == [PUTIEN]


def test_pass_on__one_reporter_hangs__the_others_do_not_wait(
    copies: SqlFeedCopies, client: httpx.Client
) -> None:
    for number in range(3):
        _keep(copies, str(number).encode())
    goes_on = Event()

    def hangs(_body: bytes) -> Said:
        goes_on.wait(20)
        return 200, TAKEN

    with _reporter(hangs) as hung, _reporter() as quick:
        passing = FeedPassing([hung.url, quick.url], copies, client)
        running = Thread(target=passing.pass_on)
        running.start()
        until = monotonic() + 10
        while len(quick.came) < 3:
            assert monotonic() < until, "the other reporter waited"
            sleep(0.005)
        assert len(hung.came) <= 1
        goes_on.set()
        running.join()
    assert len(hung.came) == 3 and copies.partners() == []
