"""What a node or the way to it may do to one request: lose it, delay it, answer wrongly or in half.

Each mode stands between the oracle and the node: it gets the request and the way on, and gives a reply.
`fault_plan.py` says which mode meets which request; modes that know a chain's rules are in `chain_modes.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Event
from time import sleep

from tests.support.fault_calls import Call, Forward, Lost, Reply

Mode = Callable[[Call, Forward], Reply]
"""Raises: Lost."""


def passes(call: Call, forward: Forward) -> Reply:
    return forward(call)


def drop_before(call: Call, forward: Forward) -> Reply:
    """The node never gets the request."""
    raise Lost


def drop_after(call: Call, forward: Forward) -> Reply:
    """The node gets the request, and its answer never arrives."""
    forward(call)
    raise Lost


def duplicate(call: Call, forward: Forward) -> Reply:
    """The node gets the request twice; the answer is the second one."""
    forward(call)
    return forward(call)


def garbage(call: Call, forward: Forward) -> Reply:
    """A page for people in the place of JSON, and nothing is asked."""
    page = b"<html><body><h1>Welcome to the provider</h1></body></html>"
    return Reply(page, headers={"Content-Type": "text/html"})


def truncated(call: Call, forward: Forward) -> Reply:
    """The connection ends in the middle of the answer."""
    return replace(forward(call), is_cut=True)


def half_json(call: Call, forward: Forward) -> Reply:
    """An answer that is whole by HTTP and half by JSON."""
    reply = forward(call)
    return replace(reply, body=reply.body[: len(reply.body) // 2])


def wrong_id(call: Call, forward: Forward) -> Reply:
    """The answer to another question."""
    return Reply.of({"jsonrpc": "2.0", "id": 4_000_000_007, "result": "0x1"})


def delay(seconds: float) -> Mode:
    def delayed(call: Call, forward: Forward) -> Reply:
        sleep(seconds)
        return forward(call)

    return delayed


def status(code: int, *, retry_after_s: int | None = None) -> Mode:
    """An HTTP error, and nothing is asked."""
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}

    def refuses(call: Call, forward: Forward) -> Reply:
        return Reply(b'{"message": "not now"}', status=code, headers=headers)

    return refuses


@dataclass(frozen=True, slots=True)
class Hang:
    """Nothing comes until `released`, and the connection ends then; the node gets nothing."""

    released: Event
    longest_s: float = 60

    def __call__(self, call: Call, forward: Forward) -> Reply:
        self.released.wait(self.longest_s)
        raise Lost
