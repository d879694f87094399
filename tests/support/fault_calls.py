"""A question to a node and its answer, as the fault proxy hands them through its modes.

`fault_proxy.py` makes them from HTTP; `fault_modes.py` changes, delays or loses them.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

SEND = "eth_sendRawTransaction"


class Lost(Exception):
    """The connection ends without an answer."""


@dataclass(frozen=True, slots=True)
class Call:
    """One question; `place` counts all that came to the proxy, from 1."""

    id: Any
    method: str
    params: list[Any]
    place: int

    @property
    def body(self) -> bytes:
        asked = {"jsonrpc": "2.0", "id": self.id, "method": self.method, "params": self.params}
        return json.dumps(asked).encode()

    def asking(self, method: str, *params: Any) -> "Call":
        """Another question in its place."""
        return replace(self, method=method, params=list(params))


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back by HTTP. With `is_cut` the connection ends in the middle of the body."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    is_cut: bool = False

    @property
    def answer(self) -> dict[str, Any]:
        """The body read as JSON."""
        return cast(dict[str, Any], json.loads(self.body))

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> "Reply":
        return cls(json.dumps(answer).encode())


Forward = Callable[[Call], Reply]
"""Asks the node, or the next mode before it. Raises: Lost."""


def result_for(call: Call, result: Any) -> Reply:
    return Reply.of({"jsonrpc": "2.0", "id": call.id, "result": result})


def error_for(call: Call, code: int, message: str) -> Reply:
    return Reply.of({"jsonrpc": "2.0", "id": call.id, "error": {"code": code, "message": message}})
