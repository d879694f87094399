"""Has a key that is kept elsewhere sign, over the HTTP interface of Web3Signer, and believes no answer.

`bootstrap` makes it for the relayer and for reporters where settings name a signer instead of a file.
Source: the `eth1` interface of Web3Signer; docs/decisions/0028-let-keys-sign-elsewhere-by-web3signer.md
"""

import asyncio
import json
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
from eth_keys.datatypes import PublicKey
from eth_utils.exceptions import ValidationError

from milepost.chain.key_files import Secret
from milepost.chain.signatures import signer_of
from milepost.codec.keccak import keccak
from milepost.ports.chain import SignerRefused, SignerUnavailable

KEYS_PATH = "/api/v1/eth1/publicKeys"
SIGN_PATH = "/api/v1/eth1/sign/"
UP_PATH = "/upcheck"

MOST_KEYS_BYTES = 1 << 20
"""Of a list of keys: some seven thousand fit."""
MOST_ANSWER_BYTES = 1 << 12
PROBE = b"milepost: does this key sign?"
"""Signed when the operator asks for it: no tx, no report and no seal begins so."""
_FIRST_REST_S, _MOST_REST_S = 1.0, 30.0
_SIGNATURE = re.compile(rb"0x[0-9a-fA-F]{130}")
_PUBLIC_KEY = re.compile(r"0x(?:04)?[0-9a-fA-F]{128}", re.ASCII)


@dataclass(slots=True)
class SignerService:
    """A service that keeps keys, behind a URL that one setting names.

    Shape: `token` is shown to it where it wants one; `tick` are seconds that never go back. After no answer
        it is left alone for a while, twice as long each time, so that a hung one holds up few reports.
    Units: `timeout_s` for connecting and the whole answer, however slowly it comes.
    """

    url: str
    setting: str
    tick: Callable[[], float]
    timeout_s: float = 5.0
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    token: Secret | None = None
    _rests_until: float = field(default=0.0, init=False)
    _rest_s: float = field(default=_FIRST_REST_S, init=False)

    def public_keys(self) -> dict[str, str]:
        """Each key it keeps, as it writes it, by checksummed address.

        Raises: SignerUnavailable, SignerRefused.
        """
        content = self._ask("GET", KEYS_PATH, most=MOST_KEYS_BYTES)
        try:
            listed = json.loads(content)
        except (ValueError, RecursionError):
            listed = None
        if not isinstance(listed, list):
            raise SignerRefused(f"{self._named} lists no keys: see that the URL is that of Web3Signer.")
        written = [one for one in listed if isinstance(one, str) and _PUBLIC_KEY.fullmatch(one)]
        return {address: one for one in written if (address := _address(one)) is not None}

    def sign(self, public_key: str, message: bytes) -> bytes:
        """What it answers for a signature, which nobody looked at yet.

        Raises: SignerUnavailable, SignerRefused.
        """
        content = self._ask("POST", SIGN_PATH + public_key, sent={"data": f"0x{message.hex()}"}).strip()
        if not _SIGNATURE.fullmatch(content):
            raise SignerRefused(f"{self._named} answered what is no signature: see what it runs.")
        return bytes.fromhex(content[2:].decode())

    def require_up(self) -> None:
        """Raises: SignerUnavailable, SignerRefused."""
        self._ask("GET", UP_PATH)

    @property
    def _named(self) -> str:
        return f"The signer that {self.setting} names"

    def _ask(self, method: str, path: str, *, most: int = MOST_ANSWER_BYTES, sent: object = None) -> bytes:
        if self.tick() < self._rests_until:
            raise SignerUnavailable(f"{self._named} gave no answer lately: it is asked again soon.")
        try:
            status, content = asyncio.run(self._in_time(method, path, most, sent))
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            # OSError: out of time, or a TLS alert read after the handshake, which httpx lets through.
            self._rests_until = self.tick() + self._rest_s
            self._rest_s = min(self._rest_s * 2, _MOST_REST_S)
            # From None: the cause may show the address and what was sent.
            raise SignerUnavailable(
                f"{self._named} gave no answer ({type(error).__name__}): start it, or correct the setting;"
                " nothing is lost, and it is asked again."
            ) from None
        self._rest_s = _FIRST_REST_S
        if status == 200:
            return content
        raise self._refusal(status)

    async def _in_time(self, method: str, path: str, most: int, sent: object) -> tuple[int, bytes]:
        async with asyncio.timeout(self.timeout_s), self._client() as client:
            async with client.stream(method, self.url + path, json=sent) as response:
                content = bytearray()
                async for piece in response.aiter_raw():
                    content += piece
                    if len(content) > most:
                        raise httpx.DecodingError("too long", request=response.request)
            return response.status_code, bytes(content)

    def _client(self) -> httpx.AsyncClient:
        headers = {"accept-encoding": "identity"}
        if self.token is not None:
            headers["authorization"] = f"Bearer {self.token.reveal()}"
        timeout = httpx.Timeout(self.timeout_s)
        return httpx.AsyncClient(
            verify=self.tls, headers=headers, timeout=timeout, follow_redirects=False, trust_env=False
        )

    def _refusal(self, status: int) -> SignerUnavailable | SignerRefused:
        said = f"{self._named} answered {status}"
        if status >= 500 or status == 429:
            return SignerUnavailable(f"{said}: look at its log; it is asked again.")
        if status in (401, 403):
            return SignerRefused(f"{said}: give it the token or the certificate that it wants.")
        if status == 404:
            return SignerRefused(f"{said}: it has no such key any more, or is no Web3Signer for eth1.")
        return SignerRefused(f"{said}: see that the URL is that of Web3Signer for eth1.")


@dataclass(slots=True)
class RemoteSigner:
    """One key of a service; the port `Signer`. Only a signature that gives its own address is returned."""

    address: str
    service: SignerService
    _public_key: str | None = field(default=None, init=False)

    def require_key(self) -> None:
        """Find the key at the service, once.

        Raises: SignerUnavailable; SignerRefused if there is no key of this address.
        """
        if self._public_key is None:
            found = self.service.public_keys()
            if self.address not in found:
                raise SignerRefused(
                    f"The signer that {self.service.setting} names has no key of {self.address}, and"
                    f" {len(found)} others: load that key there, or name the address of one that it has."
                )
            self._public_key = found[self.address]

    def sign_message(self, message: bytes) -> bytes:
        self.require_key()
        assert self._public_key is not None
        try:
            signature = self.service.sign(self._public_key, message)
        except SignerRefused:
            # Its keys may have been written anew: they are asked for again.
            self._public_key = None
            raise
        if signer_of(keccak(message), signature) != self.address:
            self._public_key = None
            raise SignerRefused(
                f"The signer that {self.service.setting} names answered what is no signature by"
                f" {self.address} of what it got, or one in the form that chains refuse: nothing was sent."
                " See what it runs, and which key it has under that name."
            )
        return signature

    def probe(self) -> None:
        """Make sure that it is up, has the key, and signs with it; what is signed is of no use to anybody.

        Raises: SignerUnavailable, SignerRefused.
        """
        self.service.require_up()
        self.sign_message(PROBE)


def _address(written: str) -> str | None:
    try:
        return PublicKey(bytes.fromhex(written[-128:])).to_checksum_address()
    except ValidationError:
        return None
