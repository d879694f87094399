"""Several addresses of nodes of one chain as one provider: who is asked, who gets what is sent.

`node.py` makes it when a setting names several; everything in `chain` asks through it and knows of one node.
Reads go to one endpoint as long as it keeps up, so that what is read in several steps is of one node.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any, TypeVar

from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse

from milepost.chain.endpoint import FAILURES, Endpoint, EndpointSnapshot, EndpointState, Now
from milepost.chain.refusals import refusal_of
from milepost.ports.chain import TxAlreadyKnown, TxNonceTooLow

MOST_LAG_BLOCKS = 3
"""Blocks an endpoint may be behind the highest head and still be asked: heads are not read at one instant."""
PROBE_EVERY_S = 5
"""Seconds after which heads and chain ids are asked for again."""
URGENT_EVERY_S = 1
"""The same while none can be asked."""
PROBE_TIMEOUT_S = 2

_A = TypeVar("_A")
_SEND = "eth_sendRawTransaction"
_CHAIN_ID = "eth_chainId"
# What is most certain goes first when every endpoint refuses.
_RANKS: tuple[type[Exception], ...] = (TxAlreadyKnown, TxNonceTooLow)
_WORDS = {
    EndpointState.UNKNOWN: "was not asked",
    EndpointState.OK: "failed just now",
    EndpointState.LAGGING: "is behind the others",
    EndpointState.WRONG_CHAIN: "is of another chain",
    EndpointState.UNREACHABLE: "does not answer",
    EndpointState.RATE_LIMITED: "asks to be left alone for a while",
}


class NoEndpoint(Exception):
    """No endpoint can be asked, or what one said counts for nothing. Says how each does, by its place."""

    def __init__(self, endpoints: Sequence[Endpoint], setting: str) -> None:
        said = ", ".join(f"number {one.place} {_WORDS[one.state]}" for one in endpoints)
        super().__init__(f"Of the {len(endpoints)} nodes in {setting} none can be asked now: {said}.")
        self.is_of_other_chain = all(one.state is EndpointState.WRONG_CHAIN for one in endpoints)


class Endpoints(JSONBaseProvider):
    """A provider over several endpoints, in the order of the setting; `now` counts seconds."""

    def __init__(
        self, endpoints: Sequence[Endpoint], *, setting: str = "the setting", now: Now = time.monotonic
    ) -> None:
        super().__init__()
        self._endpoints, self._setting, self._now = tuple(endpoints), setting, now
        self._lock = Lock()
        self._current: Endpoint | None = None
        self._chain_id: int | None = None
        self._highest = 0
        self._probed_at: float | None = None

    def expect_chain(self, chain_id: int) -> None:
        """From now on endpoints of another chain are not asked."""
        with self._lock:
            if self._chain_id != chain_id:
                self._chain_id, self._probed_at = chain_id, None

    def snapshot(self) -> tuple[EndpointSnapshot, ...]:
        """How each endpoint does, as was last found; nothing is asked."""
        return tuple(one.snapshot() for one in self._endpoints)

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """One answer, of the endpoint that is asked now, or of the next if it gives none.

        Shape: a raw tx goes to every endpoint, and one that takes it is enough.
        Raises: NoEndpoint.
        """
        self._probe_if_due()
        if method == _SEND:
            return self._broadcast(method, params)
        for endpoint in self._in_order():
            try:
                response = endpoint.make_request(method, params)
            except FAILURES:
                continue
            if not endpoint.is_reachable:
                continue
            self._current = endpoint
            if method == _CHAIN_ID:
                self._require_same_chain(endpoint, response)
            return response
        raise NoEndpoint(self._endpoints, self._setting)

    def _in_order(self) -> list[Endpoint]:
        """Those that may be asked, first the one that was asked before, then by height."""
        usable = self._in_states(EndpointState.OK)
        return sorted(usable, key=lambda one: (one is not self._current, -one.head.number if one.head else 0))

    def _in_states(self, *states: EndpointState) -> list[Endpoint]:
        """Looked for anew if there are none: one may have come back."""
        found = [one for one in self._endpoints if one.state in states]
        if not found:
            self._probe_if_due(is_urgent=True)
            found = [one for one in self._endpoints if one.state in states]
        return found

    def _broadcast(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Send to all at once; a node that is behind may take a tx as well as any."""
        targets = self._in_states(EndpointState.OK, EndpointState.LAGGING)
        found = _at_once(lambda one: one.make_request(method, params), targets)
        answers = [answer for answer in found if answer is not None]
        if not answers:
            raise NoEndpoint(self._endpoints, self._setting)
        return next((answer for answer in answers if "result" in answer), min(answers, key=_rank))

    def _require_same_chain(self, endpoint: Endpoint, response: RPCResponse) -> None:
        """Raises: NoEndpoint if the one that is asked changed to another chain: what it just said is void."""
        said = response.get("result")
        if self._chain_id is None or (isinstance(said, str) and int(said, 16) == self._chain_id):
            return
        endpoint.state, self._current = EndpointState.WRONG_CHAIN, None
        raise NoEndpoint(self._endpoints, self._setting)

    # ------------------------------------------------------------ health

    def _probe_if_due(self, *, is_urgent: bool = False) -> None:
        with self._lock:
            every_s = URGENT_EVERY_S if is_urgent else PROBE_EVERY_S
            if self._probed_at is None or self._now() >= self._probed_at + every_s:
                self._probe(is_urgent)
                self._probed_at = self._now()

    def _probe(self, is_urgent: bool) -> None:
        """Ask those that are not paused for chain and head, all at once; if urgent, those that failed too."""
        asked = [
            one
            for one in self._endpoints
            if not one.is_paused or (is_urgent and one.state is EndpointState.UNREACHABLE)
        ]
        found = _at_once(lambda one: one.probe(PROBE_TIMEOUT_S), asked)
        told = {one: answer for one, answer in zip(asked, found, strict=True) if answer is not None}
        # Until it is known which chain it should be, it is that of the first one that answers.
        first = next((chain_id for chain_id, _ in told.values()), None)
        wanted = first if self._chain_id is None else self._chain_id
        for one, (chain_id, _) in told.items():
            if chain_id != wanted:
                one.state = EndpointState.WRONG_CHAIN
        self._compare({one: head.number for one, (chain_id, head) in told.items() if chain_id == wanted})

    def _compare(self, heads: dict[Endpoint, int]) -> None:
        """Endpoints far behind the highest head are not believed, also while the one that told it is away."""
        top = max(heads.values(), default=0)
        is_whole = len(heads) == len(self._endpoints)
        # If all answer and none is as far as that, the chain itself went back.
        self._highest = top if is_whole else max(top, self._highest)
        for one, head in heads.items():
            is_behind = head + MOST_LAG_BLOCKS < self._highest
            one.state = EndpointState.LAGGING if is_behind else EndpointState.OK


def _at_once(ask: Callable[[Endpoint], _A], endpoints: Sequence[Endpoint]) -> list[_A | None]:
    """What each answers, None for one that gives no answer."""

    def answer(endpoint: Endpoint) -> _A | None:
        try:
            return ask(endpoint)
        except FAILURES:
            return None

    if not endpoints:
        return []
    with ThreadPoolExecutor(len(endpoints)) as threads:
        return list(threads.map(answer, endpoints))


def _rank(answer: RPCResponse) -> int:
    error: Any = answer.get("error")
    refusal = refusal_of(str(error.get("message", "")) if isinstance(error, dict) else str(error))
    return next((place for place, kind in enumerate(_RANKS) if isinstance(refusal, kind)), len(_RANKS))
