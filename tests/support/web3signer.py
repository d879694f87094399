"""A service that keeps keys and signs over real HTTP, as Web3Signer's `eth1` interface does.

It listens on loopback and hashes what it gets; a test tells it how to misbehave.
"""

import json
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

_ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
_SIGN = re.compile(r"/api/v1/eth1/sign/(0x[0-9a-f]{128})")


class Manner(Enum):
    """How it answers what it is asked to sign; the last three, what it is asked at all."""

    RIGHT = auto()
    HIGH_S = auto()
    WRONG_KEY = auto()
    GARBAGE = auto()
    OTHER_MESSAGE = auto()
    ENDLESS = auto()
    NO_LIST = auto()
    HUNG = auto()
    DRIPPING = auto()


@dataclass(slots=True)
class Web3Signer:
    """The running service; `asked` has each path that was asked for, `signed` each message."""

    accounts: list[LocalAccount]
    token: str | None = None
    manner: Manner = Manner.RIGHT
    status: int = 200
    asked: list[str] = field(default_factory=list)
    signed: list[bytes] = field(default_factory=list)
    url: str = ""
    ending: threading.Event = field(default_factory=threading.Event)

    def settings(self, *, relayer: LocalAccount | None = None, reporters: object = None) -> dict[str, str]:
        """The settings by which a process has its keys here, by their names in lower case."""
        found = {"signer_url": self.url}
        if relayer is not None:
            found["relayer_address"] = relayer.address
        if isinstance(reporters, list | tuple):
            found["reporter_addresses"] = ",".join(account.address for account in reporters)
        return found

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, str, str]:
        """Status, type and text. Source: the OpenAPI file of Web3Signer for eth1."""
        if self.status != 200:
            return self.status, "text/plain", ""
        if (method, path) == ("GET", "/upcheck"):
            return 200, "text/plain; charset=utf-8", "OK"
        if (method, path) == ("GET", "/api/v1/eth1/publicKeys"):
            if self.manner is Manner.NO_LIST:
                return 200, "application/json", "{}"
            return 200, "application/json", json.dumps([public_key(one) for one in self.accounts])
        found = _SIGN.fullmatch(path)
        account = next((one for one in self.accounts if found and public_key(one) == found[1]), None)
        if method != "POST" or account is None:
            return 404, "text/plain", ""
        return 200, "text/plain; charset=utf-8", self._sign(account, json.loads(body)["data"])

    def _sign(self, account: LocalAccount, data: str) -> str:
        message = bytes.fromhex(data.removeprefix("0x"))
        self.signed.append(message)
        if self.manner is Manner.GARBAGE:
            return "0xnothing"
        if self.manner is Manner.ENDLESS:
            return "0x" + "00" * (1 << 20)
        if self.manner is Manner.OTHER_MESSAGE:
            message += b"!"
        key = account if self.manner is not Manner.WRONG_KEY else self.accounts[-1]
        signature = bytes(key.unsafe_sign_hash(keccak(message)).signature)
        if self.manner is Manner.HIGH_S:
            high = _ORDER - int.from_bytes(signature[32:64], "big")
            signature = signature[:32] + high.to_bytes(32, "big") + bytes([55 - signature[64]])
        return f"0x{signature.hex()}"


def public_key(account: LocalAccount) -> str:
    """As Web3Signer names a key: both coordinates, without the leading 04."""
    return f"0x{account._key_obj.public_key.to_bytes().hex()}"


@contextmanager
def web3signer(
    *accounts: LocalAccount, token: str | None = None, tls: ssl.SSLContext | None = None, port: int = 0
) -> Iterator[Web3Signer]:
    """Serve the keys of accounts until the block ends."""
    service = Web3Signer(list(accounts), token)
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(service))
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    service.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield service
    finally:
        service.ending.set()
        server.shutdown()
        server.server_close()


def _handler(service: Web3Signer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._do("GET")

        def do_POST(self) -> None:
            self._do("POST")

        def _do(self, method: str) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            service.asked.append(self.path)
            if service.manner is Manner.HUNG:
                service.ending.wait()
                return
            if service.manner is Manner.DRIPPING:
                self._drip()
                return
            wanted = None if service.token is None else f"Bearer {service.token}"
            if wanted is not None and self.headers.get("authorization") != wanted:
                status, kind, text = 401, "text/plain", ""
            else:
                status, kind, text = service.answer(method, self.path, body)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self._write(text.encode())

        def _drip(self) -> None:
            """A head that never ends, one letter after the other."""
            self._write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not service.ending.wait(0.05) and self._write(b"a"):
                pass

        def _write(self, text: bytes) -> bool:
            try:
                self.wfile.write(text)
            except OSError:
                return False
            return True

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


def make_certificates(folder: Path) -> tuple[Path, Path]:
    """One certificate for 127.0.0.1 that vouches for itself, as server and as client, and its key."""
    import datetime
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "milepost test")])
    now = datetime.datetime.now(datetime.UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, key_file = folder / "signer.crt", folder / "signer.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    key_file.chmod(0o600)
    return certificate, key_file
