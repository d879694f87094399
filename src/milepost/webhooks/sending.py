"""Sends one signed message to one endpoint, and says in a word what came of it.

`delivering.py` decides what is sent and when; here is all that a receiver, kind or not, can do to us.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

import httpx

from milepost.domain.webhook import Attempt, Problem
from milepost.webhooks.addresses import (
    Address,
    AddressRefused,
    NameUnknown,
    Network,
    Target,
    UrlRefused,
    parse_url,
    resolve,
)

ATTEMPT_S = 15
"""Longest that one attempt lasts, whatever the receiver does; Standard Webhooks says 15 to 30 seconds."""

MOST_ANSWER = 16 * 1024
"""Bytes of an answer that are read, and dropped, so that its connection serves again; then it is shut."""

_DRAIN_S = 1

_CONNECT_S = 5
_MOST_ADDRESSES = 3
_MOST_CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class Sender:
    """What sends: a client for connections, and the networks besides public ones that it may go to."""

    client: httpx.AsyncClient
    networks: Sequence[Network]
    attempt_s: float = ATTEMPT_S

    async def send(self, url: str, body: str, headers: Mapping[str, str], *, at: int) -> Attempt:
        """Send once; whatever happens is an attempt. Units: `at` in unix seconds."""
        started = time.monotonic_ns()
        status, problem, retry_after = await self._outcome(url, body.encode(), headers, at)
        took_ms = (time.monotonic_ns() - started) // 1_000_000
        return Attempt(at, took_ms, status, problem, retry_after)

    async def _outcome(
        self, url: str, body: bytes, headers: Mapping[str, str], at: int
    ) -> tuple[int | None, Problem | None, int]:
        try:
            async with asyncio.timeout(self.attempt_s):
                target = parse_url(url)
                addresses = await resolve(target, self.networks)
                response = await self._post(target, addresses[:_MOST_ADDRESSES], body, headers)
        except (TimeoutError, httpx.TimeoutException):
            return None, Problem.TIMEOUT, 0
        except NameUnknown:
            return None, Problem.NAME, 0
        except (AddressRefused, UrlRefused):
            return None, Problem.ADDRESS, 0
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return None, _connection_problem(error), 0
        status = response.status_code
        return status, _problem_of(status), _retry_after(response.headers.get("retry-after"), at)

    async def _post(
        self, target: Target, addresses: Sequence[Address], body: bytes, headers: Mapping[str, str]
    ) -> httpx.Response:
        """Post to the first address that takes a connection, each time as if by the name."""
        for address in addresses[:-1]:
            try:
                return await self._post_to(target, address, body, headers)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                # Nothing was sent there.
                continue
        return await self._post_to(target, addresses[-1], body, headers)

    async def _post_to(
        self, target: Target, address: Address, body: bytes, headers: Mapping[str, str]
    ) -> httpx.Response:
        request = self.client.build_request(
            "POST",
            target.url_at(address),
            content=body,
            headers={**headers, "host": target.authority, "content-type": "application/json"},
            # The certificate is to be the name's, though the address is connected to.
            extensions={"sni_hostname": target.host},
        )
        response = await self.client.send(request, stream=True)
        # The status is the answer; a body that does not come, or does not end, changes nothing of it.
        with suppress(httpx.HTTPError, OSError):
            async with asyncio.timeout(_DRAIN_S):
                await _drain(response)
        await response.aclose()
        return response


@asynccontextmanager
async def open_sender(networks: Sequence[Network], *, attempt_s: float = ATTEMPT_S) -> AsyncIterator[Sender]:
    """A sender for one round: no redirects, no proxy of the environment, no cookies kept by accident."""
    client = httpx.AsyncClient(
        follow_redirects=False,
        trust_env=False,
        verify=ssl.create_default_context(),
        timeout=httpx.Timeout(attempt_s, connect=min(_CONNECT_S, attempt_s)),
        # None is kept: it was made for one name, and another endpoint may have the same address.
        limits=httpx.Limits(max_connections=_MOST_CONNECTIONS, max_keepalive_connections=0),
        headers={"user-agent": "Milepost-Webhooks/1", "accept": "*/*", "accept-encoding": "identity"},
    )
    async with client:
        yield Sender(client, networks, attempt_s)


async def _drain(response: httpx.Response) -> None:
    read = 0
    async for piece in response.aiter_raw():
        read += len(piece)
        if read > MOST_ANSWER:
            return


def _problem_of(status: int) -> Problem | None:
    if 200 <= status < 300:
        return None
    return Problem.REDIRECT if 300 <= status < 400 else Problem.STATUS


def _connection_problem(error: BaseException) -> Problem:
    """TLS where that is the cause at the bottom, else the connection."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return Problem.TLS
        cause = cause.__cause__ or cause.__context__
    return Problem.CONNECTION


def _retry_after(text: str | None, now: int) -> int:
    """Seconds that a receiver asks us to wait, by number or by date; 0 for none, or for what is neither."""
    if text is None:
        return 0
    given = text.strip()
    if given.isascii() and given.isdigit():
        # A number of any length is read, and cut where it is used.
        return int(given[:9])
    try:
        moment = parsedate_to_datetime(given)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0, int(moment.timestamp()) - now)
    except (ValueError, TypeError, OverflowError):
        return 0
