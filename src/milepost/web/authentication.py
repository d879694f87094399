"""Tells who sent a request, by an HMAC over its time, method, target and the bytes of its body.

`partner_keys` gives the keys; `receiving` feeds the body through before anything parses it.
Source: docs/decisions/0021-sign-requests-with-hmac.md
"""

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from milepost.domain.quantities import PartnerCode
from milepost.ports import Clock
from milepost.web.partner_keys import PartnerKey, PartnerKeys
from milepost.web.problems import Code, Problem

KEY_HEADER = "Milepost-Key"
TIMESTAMP_HEADER = "Milepost-Timestamp"
SIGNATURE_HEADER = "Milepost-Signature"
WINDOW_S = 300
"""Seconds that a request's time may lie behind or ahead of this machine's."""

_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_SIGNATURE = re.compile(r"v1=([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed a request. Shape: `partner` is None for a service of the operator, which sees all."""

    key_id: str
    partner: PartnerCode | None

    @property
    def is_operator(self) -> bool:
        return self.partner is None


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as it was signed, but for its body: who keeps both can show that the partner sent it."""

    caller: Caller
    method: str
    target: bytes
    timestamp: str
    signature: str


class Signing:
    """A request whose head was looked at, and whose body is still to come."""

    def __init__(self, key: PartnerKey, request: SignedRequest) -> None:
        self._request, self._signature = request, request.signature
        head = f"{request.timestamp}\n{request.method}\n".encode() + request.target + b"\n"
        self._mac = hmac.new(key.secret.reveal(), head, "sha256")

    @property
    def caller(self) -> Caller:
        """Who the head names, which nothing proves before `finish`."""
        return self._request.caller

    def update(self, chunk: bytes) -> None:
        """Take the next bytes of the body, as they came."""
        self._mac.update(chunk)

    def finish(self) -> SignedRequest:
        """The request, once all of its body was taken.

        Raises: Problem, `bad_signature`.
        """
        if not hmac.compare_digest(f"v1={self._mac.hexdigest()}", self._signature):
            raise Problem(
                Code.BAD_SIGNATURE,
                "The signature is not that of this key over timestamp, method, target and body: sign the"
                " bytes as they are sent.",
            )
        return self._request


@dataclass(frozen=True, slots=True)
class Authenticator:
    """Checks signatures by the keys in force, now or, for copies that come late, when it was signed.

    Units: `window_s` seconds that a request's time may lie behind; ahead it may lie `WINDOW_S` always.
    """

    keys: Callable[[], PartnerKeys]
    clock: Clock
    window_s: int = WINDOW_S
    takes_copies: bool = False

    def begin(self, headers: Mapping[str, str], *, method: str, target: bytes) -> Signing:
        """Look at a request's head, before its body is read.

        Shape: `target` is the path with its query, as sent; names of headers in any case.
        Raises: Problem, `no_signature`, `bad_signature`, `stale_timestamp`, `compromised_key` or
            `unknown_key`.
        """
        key_id, timestamp, signature = (
            headers.get(name) for name in (KEY_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER)
        )
        if key_id is None or timestamp is None or signature is None:
            raise Problem(Code.NO_SIGNATURE, f"Send {KEY_HEADER}, {TIMESTAMP_HEADER} and {SIGNATURE_HEADER}.")
        if not _SIGNATURE.fullmatch(signature):
            raise Problem(
                Code.BAD_SIGNATURE, f"{SIGNATURE_HEADER} is not v1= and 64 digits 0-9 and a-f: write it so."
            )
        now_s = self.clock.now()
        if not _TIMESTAMP.fullmatch(timestamp):
            raise Problem(
                Code.STALE_TIMESTAMP, f"{TIMESTAMP_HEADER} is not unix seconds in digits: write it so."
            )
        # However late a copy may come, its partner signed it by a clock that goes right, and not ahead.
        if not -WINDOW_S <= now_s - int(timestamp) <= self.window_s:
            raise Problem(
                Code.STALE_TIMESTAMP,
                f"{TIMESTAMP_HEADER} is more than {self.window_s} seconds behind {now_s}, the time here, or"
                f" more than {WINDOW_S} ahead: set the clock, and sign when you send.",
            )
        key = self.keys().get(key_id)
        if key is not None and key.is_compromised(now_s):
            raise Problem(
                Code.COMPROMISED_KEY,
                "This key is known to others: sign with your new one, also what was signed with this one.",
            )
        if key is None or not key.holds_at(int(timestamp) if self.takes_copies else now_s):
            raise Problem(Code.UNKNOWN_KEY, "No key of that name is in force: ask the operator for one.")
        caller = Caller(key.key_id, key.partner)
        return Signing(key, SignedRequest(caller, method, target, timestamp, signature))


def sign(secret: bytes, *, timestamp: int, method: str, target: str, body: bytes = b"") -> str:
    """The value of the signature's header, for who sends a request."""
    message = f"{timestamp}\n{method}\n{target}\n".encode() + body
    return f"v1={hmac.digest(secret, message, 'sha256').hex()}"
