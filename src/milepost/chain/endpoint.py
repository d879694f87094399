"""One address of a node: asks it, checks that an answer is one, and keeps count of how it does.

`node.py` connects to a single one as it is; `endpoints.py` chooses among several. Neither says an address in
a message: addresses of nodes carry keys.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Any

import requests
from eth_typing import URI
from requests.utils import get_netrc_auth
from web3.exceptions import BadResponseFormat
from web3.providers.rpc import HTTPProvider
from web3.types import RPCEndpoint, RPCResponse

Now = Callable[[], float]
"""Seconds of some clock."""

# Until an endpoint that failed is asked again: twice as long each time.
_FIRST_PAUSE_S = 1
_LONGEST_PAUSE_S = 30
_MOST_DOUBLINGS = 10
_LONGEST_RETRY_AFTER_S = 300
_LIMITED = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
# Some providers answer with status 200 that there was too much.
_LIMIT_WORDS = ("too many requests", "rate limit", "rate-limit")


class EndpointState(StrEnum):
    """How an address of a node does."""

    UNKNOWN = "unknown"
    """It was not asked yet, or not compared with others since it came back."""
    OK = "ok"
    LAGGING = "lagging"
    """It answers, with an older block than others: nothing is concluded from it."""
    WRONG_CHAIN = "wrong_chain"
    UNREACHABLE = "unreachable"
    """It does not answer, or answers what is no answer."""
    RATE_LIMITED = "rate_limited"
    """It asked to be left alone for a while."""


class ErrorKind(StrEnum):
    """What was wrong with an answer, or that there was none."""

    TIMEOUT = "timeout"
    CONNECTION = "connection"
    RATE_LIMITED = "rate_limited"
    """429 or 503, or words that say the same."""
    STATUS = "status"
    """Another status of HTTP than 200."""
    UNREADABLE = "unreadable"
    ERROR_ANSWER = "error_answer"
    """An error by JSON-RPC, such as a revert: the node does as it should."""


@dataclass(frozen=True, slots=True)
class Head:
    """The newest block that an endpoint told of; `timestamp` in unix seconds."""

    number: int
    timestamp: int


@dataclass(frozen=True, slots=True)
class EndpointSnapshot:
    """How an endpoint does, to be shown: its place in the setting from 1, requests, and how many failed.

    Shape: `errors` by kind; those of JSON-RPC are no failures.
    """

    place: int
    state: EndpointState
    head: Head | None
    requests: int
    failures: int
    errors: Mapping[ErrorKind, int] = field(default_factory=dict)


FAILURES = (requests.RequestException, ConnectionError, TimeoutError, BadResponseFormat)
"""What asking an endpoint raises when it gives no answer."""


class Endpoint(HTTPProvider):
    """A node by HTTP, without web3's own retries: the pipeline decides what is asked again, and when."""

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float,
        place: int = 1,
        is_alone: bool = True,
        now: Now = time.monotonic,
    ) -> None:
        super().__init__(
            url,
            request_kwargs={"timeout": timeout_s},
            # One for all threads, which ask several endpoints at once.
            session=_session(url),
            exception_retry_configuration=None,
        )
        self._url = URI(url)
        self.place, self._is_alone, self._timeout_s, self._now = place, is_alone, timeout_s, now
        self.state = EndpointState.UNKNOWN
        self.head: Head | None = None
        self._requests = self._failures = self._in_a_row = 0
        self._paused_until = 0.0
        self._errors: Counter[ErrorKind] = Counter()

    @property
    def is_paused(self) -> bool:
        """Whether it is to be left alone for now."""
        return self._now() < self._paused_until

    @property
    def is_reachable(self) -> bool:
        return self.state not in (EndpointState.UNREACHABLE, EndpointState.RATE_LIMITED)

    def snapshot(self) -> EndpointSnapshot:
        return EndpointSnapshot(
            self.place, self.state, self.head, self._requests, self._failures, dict(self._errors)
        )

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """One answer. Raises: what FAILURES names, once it is noted."""
        return self._request(method, params, self._timeout_s)

    def probe(self, timeout_s: float) -> tuple[int, Head]:
        """The id of its chain and its newest block, asked with less patience.

        Raises: what FAILURES names.
        """
        found = [
            self._request(RPCEndpoint(method), params, min(timeout_s, self._timeout_s))
            for method, params in (("eth_chainId", []), ("eth_getBlockByNumber", ["latest", False]))
        ]
        try:
            chain_id, block = _number(found[0]["result"]), found[1]["result"]
            self.head = Head(_number(block["number"]), _number(block["timestamp"]))
        except (KeyError, TypeError, ValueError) as error:
            failure = BadResponseFormat("no chain id, or no newest block")
            if self.is_reachable:
                self._note_failure(failure)
            raise failure from error
        return chain_id, self.head

    def _request(self, method: RPCEndpoint, params: Any, timeout_s: float) -> RPCResponse:
        self._requests += 1
        try:
            response = self._ask(method, params, timeout_s)
        except FAILURES as error:
            self._note_failure(error)
            raise
        if _is_limit(response):
            self._errors[ErrorKind.RATE_LIMITED] += 1
            self._pause(EndpointState.RATE_LIMITED, None)
            return response
        self._in_a_row = 0
        if response.get("error"):
            self._errors[ErrorKind.ERROR_ANSWER] += 1
        if not self.is_reachable or self.state is EndpointState.UNKNOWN:
            # Among several it is first compared with the others.
            self.state = EndpointState.OK if self._is_alone else EndpointState.UNKNOWN
        return response

    def _ask(self, method: RPCEndpoint, params: Any, timeout_s: float) -> RPCResponse:
        request = self.encode_rpc_request(method, params)
        raw = self._request_session_manager.make_post_request(
            self._url, request, **{**self.get_request_kwargs(), "timeout": timeout_s}
        )
        try:
            response: Any = self.decode_rpc_response(raw)
            asked: Any = self.decode_rpc_response(request)
        except (ValueError, RecursionError) as error:
            raise BadResponseFormat("the answer is no JSON") from error
        if not isinstance(response, dict) or ("result" in response) == bool(response.get("error")):
            raise BadResponseFormat("the answer is neither a result nor an error")
        # What a node could not read has no id.
        if response.get("id") != asked["id"] and not (response.get("id") is None and "error" in response):
            raise BadResponseFormat("the answer is of another request")
        return response  # type: ignore[return-value]

    def _note_failure(self, error: Exception) -> None:
        self._failures += 1
        self._errors[_kind_of(error)] += 1
        answer = getattr(error, "response", None)
        if answer is not None and answer.status_code in _LIMITED:
            self._pause(EndpointState.RATE_LIMITED, _retry_after_s(answer.headers.get("Retry-After")))
        else:
            self._pause(EndpointState.UNREACHABLE, None)

    def _pause(self, state: EndpointState, asked_s: float | None) -> None:
        own_s = min(_FIRST_PAUSE_S * 2**self._in_a_row, _LONGEST_PAUSE_S)
        self._in_a_row = min(self._in_a_row + 1, _MOST_DOUBLINGS)
        self.state = state
        self._paused_until = self._now() + (
            own_s if asked_s is None else min(asked_s, _LONGEST_RETRY_AFTER_S)
        )


def _session(url: str) -> requests.Session:
    """A session that has read the environment once: requests would read proxies and .netrc for each request,
    which took a tenth of settling's time with a node on this machine.
    """
    session = requests.Session()
    found = session.merge_environment_settings(url, {}, None, None, None)
    session.proxies, session.verify = found["proxies"], found["verify"]
    session.auth = get_netrc_auth(url)
    session.trust_env = False
    return session


def _kind_of(error: Exception) -> ErrorKind:
    answer = getattr(error, "response", None)
    if answer is not None:
        return ErrorKind.RATE_LIMITED if answer.status_code in _LIMITED else ErrorKind.STATUS
    if isinstance(error, BadResponseFormat):
        return ErrorKind.UNREADABLE
    # One that takes too long to connect is both to the library.
    is_late = isinstance(error, requests.Timeout | TimeoutError)
    return ErrorKind.TIMEOUT if is_late else ErrorKind.CONNECTION


def _is_limit(response: RPCResponse) -> bool:
    error: Any = response.get("error")
    if not isinstance(error, dict):
        return False
    said = str(error.get("message", "")).lower()
    return error.get("code") == HTTPStatus.TOO_MANY_REQUESTS or any(word in said for word in _LIMIT_WORDS)


def _retry_after_s(text: str | None) -> float | None:
    """What a header asks for, in seconds or as a date; None for neither."""
    if text is None:
        return None
    if text.strip().isdecimal():
        return int(text)
    try:
        return max(parsedate_to_datetime(text).timestamp() - time.time(), 0)
    except ValueError:
        return None


def _number(text: Any) -> int:
    return int(str(text), 16)
