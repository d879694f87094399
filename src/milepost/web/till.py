"""Sends purchases to the HTTP interface and asks what became of them, signed as a partner's till signs.

`bootstrap.trial` tries a new partner with it; the server is any that speaks docs/http.md.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import urlencode

import httpx

from milepost.domain.errors import MilepostError, WhoActs
from milepost.web.authentication import KEY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from milepost.web.partner_keys import PartnerKey

PURCHASES = "/v1/purchases"
RECEIPTS = "/v1/receipts"
_NOT_YET = (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
_LATER = (
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
    # Of a proxy before a server that is started anew.
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.GATEWAY_TIMEOUT,
)
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)


class ServerSilent(MilepostError):
    """The HTTP interface gave no answer, or asks to come again. Retry."""

    who_acts: ClassVar[WhoActs] = WhoActs.RETRY
    exit_code: ClassVar[int] = 3

    def __init__(self, said: str, *, is_sent: bool) -> None:
        super().__init__(said)
        # Whether it may have got the request, and done it.
        self.is_sent = is_sent


class ServerRefused(MilepostError):
    """The HTTP interface refused a request, or is none. The operator corrects what it names."""

    exit_code: ClassVar[int] = 3

    def __init__(self, said: str, code: str = "") -> None:
        super().__init__(said)
        self.code = code


@dataclass(frozen=True, slots=True)
class Till:
    """A till with one key. `now` gives unix seconds, `url` has no slash at its end."""

    url: str
    key: PartnerKey
    now: Callable[[], float] = time.time
    client: httpx.Client = field(
        default_factory=lambda: httpx.Client(timeout=30, follow_redirects=False, trust_env=False)
    )

    def send(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one record. Raises: ServerSilent, ServerRefused."""
        body = json.dumps(record).encode()
        status, answer = self._ask("POST", PURCHASES, body)
        found = answer.get("answers")
        if status != HTTPStatus.OK or not isinstance(found, list) or len(found) != 1:
            raise self._refusal(status, answer)
        only: dict[str, Any] = found[0]
        return only

    def records(self, partner: str, sale_ref: str) -> list[dict[str, Any]]:
        """Every record of a bill; none for one that is not stored. Raises: ServerSilent, ServerRefused."""
        status, answer = self._ask("GET", f"{PURCHASES}/{partner}?{urlencode({'sale_ref': sale_ref})}")
        if status in _NOT_YET:
            return []
        if status != HTTPStatus.OK:
            raise self._refusal(status, answer)
        found: list[dict[str, Any]] = answer["purchases"]
        return found

    def receipt(self, partner: str, sale_ref: str, kind: str) -> str:
        """The text of a receipt file. Raises: ServerSilent, ServerRefused."""
        asked = urlencode({"sale_ref": sale_ref, "kind": kind})
        response = self._response("GET", f"{RECEIPTS}/{partner}?{asked}", b"")
        if response.status_code != HTTPStatus.OK:
            raise self._refusal(response.status_code, _document(response))
        return response.text

    def _ask(self, method: str, target: str, body: bytes = b"") -> tuple[int, dict[str, Any]]:
        response = self._response(method, target, body)
        return response.status_code, _document(response)

    def _response(self, method: str, target: str, body: bytes) -> httpx.Response:
        now, secret = int(self.now()), self.key.secret.reveal()
        headers = {
            KEY_HEADER: self.key.key_id,
            TIMESTAMP_HEADER: str(now),
            SIGNATURE_HEADER: sign(secret, timestamp=now, method=method, target=target, body=body),
            "Content-Type": "application/json",
        }
        try:
            response = self.client.request(method, f"{self.url}{target}", content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # From None: what caused it shows the request with its headers.
            raise ServerSilent(
                f"{self.url} gave no answer ({type(error).__name__}): start milepost serve, or name where it"
                " listens by --url.",
                is_sent=not isinstance(error, _NOT_SENT),
            ) from None
        if response.status_code in _LATER:
            raise ServerSilent(
                f"{self.url} answered {response.status_code}: try again in a while.", is_sent=True
            )
        return response

    def _refusal(self, status: int, answer: dict[str, Any]) -> ServerRefused:
        code, detail = (str(answer.get(name, ""))[:300] for name in ("code", "detail"))
        said = f"{self.url} answered {status} {code}: {detail}".rstrip(" :.")
        return ServerRefused(f"{said}. See docs/http.md, and that the URL is that of milepost serve.", code)


def _document(response: httpx.Response) -> dict[str, Any]:
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
