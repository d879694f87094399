"""A reporter elsewhere that lacks only what is on its way to it: it is asked again in a moment.

Partners' requests are passed on beside the lanes, and a lane that seals at once is there before them.
`bootstrap.working` puts it around each reporter elsewhere.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from milepost.ports import Proposal, ReporterBehind, ReporterLacksPurchases, SigningReporter

MOST_AWAITED_S = 30.0
"""Seconds of asking in vain after which it lacks purchases: on a busy day some are always coming."""


@dataclass(slots=True)
class AwaitedReporter:
    """The port `SigningReporter` over another one.

    Shape: `is_more_coming` says whether copies of partners' requests are on their way to it; `tick` are
        seconds that never go back.
    """

    reporter: SigningReporter
    is_more_coming: Callable[[], bool]
    tick: Callable[[], float] = monotonic
    _lacking_since: float = field(default=0.0, init=False)
    _lacked_at: float | None = field(default=None, init=False)

    @property
    def address(self) -> str:
        return self.reporter.address

    def sign(self, proposal: Proposal, *, message: bytes) -> bytes:
        # Looked at first: what arrives while it answers was on its way when it was asked.
        is_more_coming = self.is_more_coming()
        try:
            signature = self.reporter.sign(proposal, message=message)
        except ReporterLacksPurchases as error:
            if is_more_coming and self._is_awaited():
                raise ReporterBehind(str(error)) from None
            raise
        self._lacked_at = None
        return signature

    def _is_awaited(self) -> bool:
        now = self.tick()
        # Who was not asked for as long may have got meanwhile what it lacked then.
        if self._lacked_at is None or now - self._lacked_at > MOST_AWAITED_S:
            self._lacking_since = now
        self._lacked_at = now
        return now - self._lacking_since <= MOST_AWAITED_S
