"""One attempt against a receiver on loopback, kind or not.

given it takes the message         then that is noted, however long its answer is
given it refuses, redirects, hangs, drips, resets, or is not there    then the attempt says so in a word
given it asks us to wait           then we are told how long
given https with a certificate that nobody vouches for    then nothing is sent
"""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from milepost.domain.webhook import Attempt, Problem
from milepost.webhooks.addresses import parse_networks
from milepost.webhooks.sending import open_sender
from tests.support.breaking_tls import breaking_tls
from tests.support.webhook_receiver import DRIPS, FLOODS, HANGS, RESETS, Receiver, receiver

LOOPBACK = parse_networks("127.0.0.0/8,::1/128", setting="S")
NOW = 1_800_000_000
HEADERS = {"webhook-id": "evt_1"}


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


@pytest.fixture
def localhost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's side of TLS with a certificate of localhost that senders trust."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    file = _certificate(tmp_path)
    context.load_cert_chain(file)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return context


def _send(url: str, *, attempt_s: float = 5, networks: object = LOOPBACK) -> Attempt:
    async def once() -> Attempt:
        async with open_sender(networks, attempt_s=attempt_s) as sender:  # type: ignore[arg-type]
            return await sender.send(url, '{"a":"Ü"}', HEADERS, at=NOW)

    return asyncio.run(once())


def test_send__taken__the_receiver_has_the_very_bytes(there: Receiver) -> None:
    attempt = _send(there.url + "?token=1")
    assert (attempt.status, attempt.problem, attempt.at) == (204, None, NOW)
    (request,) = there.received
    assert (request.path, request.body) == ("/hooks?token=1", '{"a":"Ü"}'.encode())
    assert request.headers["content-type"] == "application/json"
    assert request.headers["host"] == there.url.split("/")[2]
    assert request.headers["webhook-id"] == "evt_1"


@pytest.mark.parametrize("status", [400, 404, 410, 429, 500, 503])
def test_send__refused__is_told_by_status(there: Receiver, status: int) -> None:
    there.usual = status
    attempt = _send(there.url)
    assert (attempt.status, attempt.problem) == (status, Problem.STATUS)


def test_send__redirected__is_not_followed(there: Receiver) -> None:
    there.usual = 302
    attempt = _send(there.url)
    assert (attempt.status, attempt.problem) == (302, Problem.REDIRECT)
    assert [one.path for one in there.received] == ["/hooks"]


@pytest.mark.parametrize("how", [HANGS, DRIPS])
def test_send__no_answer_in_time__is_given_up(there: Receiver, how: str) -> None:
    there.usual = how
    attempt = _send(there.url, attempt_s=0.3)
    assert (attempt.status, attempt.problem) == (None, Problem.TIMEOUT)
    assert 300 <= attempt.duration_ms < 3_000


def test_send__reset__is_a_connections_problem(there: Receiver) -> None:
    there.usual = RESETS
    attempt = _send(there.url)
    assert (attempt.status, attempt.problem) == (None, Problem.CONNECTION)


def test_send__answer_without_end__is_taken_and_not_read(there: Receiver) -> None:
    there.usual = FLOODS
    attempt = _send(there.url)
    assert (attempt.status, attempt.problem) == (200, None)
    assert attempt.duration_ms < 3_000


def test_send__nobody_there__is_a_connections_problem() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        attempt = _send(f"http://127.0.0.1:{taken.getsockname()[1]}/")
    assert (attempt.status, attempt.problem) == (None, Problem.CONNECTION)


def test_send__network_that_is_not_named__nothing_is_sent(there: Receiver) -> None:
    assert _send(there.url, networks=()).problem is Problem.ADDRESS
    assert there.received == []


def test_send__name_without_an_address__is_told_apart() -> None:
    assert _send("https://nowhere.invalid/").problem is Problem.NAME


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("99999999999999999999", 999_999_999),
        (format_datetime(datetime.fromtimestamp(NOW + 90, UTC), usegmt=True), 90),
        (format_datetime(datetime.fromtimestamp(NOW - 90, UTC), usegmt=True), 0),
        ("soon", 0),
        ("-5", 0),
    ],
)
def test_send__asked_to_wait__says_how_long(there: Receiver, text: str, seconds: int) -> None:
    there.usual = (429, {"retry-after": text})
    assert _send(there.url).retry_after_s == seconds


def test_send__certificate_nobody_vouches_for__nothing_is_sent(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(tmp_path))
    with receiver(tls=context) as found:
        attempt = _send(found.url)
        assert (attempt.status, attempt.problem) == (None, Problem.TLS)
        assert found.received == []


def test_send__certificate_of_the_name__is_checked_by_the_name_though_the_address_is_connected_to(
    localhost: ssl.SSLContext,
) -> None:
    with receiver(tls=localhost) as found:
        assert _send(found.url.replace("127.0.0.1", "localhost")).status == 204
        assert _send(found.url).problem is Problem.TLS


def test_send__tls_breaks_after_the_status__the_status_is_the_answer(
    localhost: ssl.SSLContext,
) -> None:
    """Finding: what was taken would have been sent again."""
    with breaking_tls(localhost, head=b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n") as url:
        attempt = _send(url.replace("127.0.0.1", "localhost"))
    assert (attempt.status, attempt.problem) == (200, None)


def _certificate(folder: Path) -> Path:
    """A self-signed certificate of localhost alone, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("192.0.2.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    file = folder / "receiver.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file
