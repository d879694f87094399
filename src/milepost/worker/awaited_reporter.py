"""A reporter elsewhere that lacks only what is on its way to it: it is asked again in a moment.

Partners' requests are passed on beside the lanes, and a lane that seals at once is there before them.
`bootstrap.working` puts it around each reporter elsewhere.
"""

from collections.abc import Callable
from dataclasses import dataclass

from milepost.ports import Proposal, ReporterBehind, ReporterLacksPurchases, SigningReporter


@dataclass(frozen=True, slots=True)
class AwaitedReporter:
    """The port `SigningReporter` over another one.

    Shape: `is_more_coming` says whether copies of partners' requests are on their way to it.
    """

    reporter: SigningReporter
    is_more_coming: Callable[[], bool]

    @property
    def address(self) -> str:
        return self.reporter.address

    def sign(self, proposal: Proposal, *, message: bytes) -> bytes:
        # Looked at first: what arrives while it answers was on its way when it was asked.
        is_more_coming = self.is_more_coming()
        try:
            return self.reporter.sign(proposal, message=message)
        except ReporterLacksPurchases as error:
            if is_more_coming:
                raise ReporterBehind(str(error)) from None
            raise
