"""What the HTTP interface needs to give a repeated request the answer that its first sending got.

`store` implements it over a database; `web` asks it for requests that carry an Idempotency-Key.
"""

from dataclasses import dataclass
from typing import Protocol

from milepost.domain.quantities import PartnerCode


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The answer a request got; `request_hash` binds all of the request. `stored_at` in unix seconds."""

    request_hash: bytes
    body: bytes
    stored_at: int


class AnswerStore(Protocol):
    """Answers by partner and Idempotency-Key, each in a unit of work of its own."""

    def find(self, partner: PartnerCode, key: str, *, since_s: int) -> StoredAnswer | None:
        """The answer kept under a key since then."""
        ...

    def keep(self, partner: PartnerCode, key: str, answer: StoredAnswer, *, since_s: int) -> None:
        """Keep an answer; a younger one of the same key stands. Those from before `since_s` are deleted.

        Shape: a store keeps so many bytes of a partner; beyond them the oldest go before their time.
        """
        ...
