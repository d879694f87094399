"""What a worker needs so that of several only one at a time does a thing: leases with fencing tokens.

`store` keeps them beside what they guard; `worker` takes, renews and gives them back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from milepost.domain.errors import StoreError, WhoActs


@dataclass(frozen=True, slots=True)
class Lease:
    """A right to do what `name` says, for a time: `token` rises by one whenever it goes to somebody."""

    name: str
    holder: str
    token: int


class LeaseLost(StoreError):
    """A unit of work came after its lease had ended. Nothing of it was stored; who has the lease goes on."""

    who_acts = WhoActs.RETRY

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The lease {name} has ended, and another process may hold it: nothing was stored. It is taken"
            " again when it is free."
        )
        self.name = name


class Leases(Protocol):
    """Leases by name, at most one holder each; every instant is of the one clock of whoever keeps them."""

    def acquire(self, name: str, holder: str, *, ttl_ms: int) -> Lease | None:
        """Take a lease that nobody holds, or whose time has ended; None if somebody else holds it.

        Shape: who has it already gets it with the next token, and its former one is worth nothing.

        Raises: StoreUnavailable.
        """
        ...

    def renew(self, held: Sequence[Lease], *, ttl_ms: int) -> list[Lease]:
        """Let leases end so many milliseconds from now; those that somebody else took are not in the answer.

        Raises: StoreUnavailable.
        """
        ...

    def release(self, held: Sequence[Lease]) -> None:
        """Give leases back at once; one that somebody else took stays theirs."""
        ...

    def live(self) -> list[Lease]:
        """All whose time has not ended, by name."""
        ...
