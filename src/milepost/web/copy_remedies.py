"""Says what an operator does about a reporter that does not take a copy of a partner's request.

Before it `feed_passing` got the reporter's answer; after it the log, `milepost settle` and the worker's chore
say so.
"""

from dataclasses import dataclass

from milepost.domain.errors import MilepostError
from milepost.domain.quantities import PartnerCode
from milepost.web.copy_answers import CopyAnswer
from milepost.web.ingesting import UNKNOWN_CODES
from milepost.web.problems import Code

FEEDS_PATH = b"/v1/feeds/"

_NO_ROUTE = "name the file of partners' keys there, and start it again: without it, it takes no copies"
_BUSY = "it is asked again; if it stays so, see its log"
_BY_CODE = {
    Code.BAD_SIGNATURE.label: "give it this partner's keys as they are here",
    Code.UNKNOWN_KEY.label: "give it this partner's keys as they are here, former ones too",
    Code.STALE_TIMESTAMP.label: "set the clocks, of that machine and of this one",
    Code.NOT_FOUND.label: _NO_ROUTE,
    Code.METHOD_NOT_ALLOWED.label: _NO_ROUTE,
    Code.QUEUE_FULL.label: _BUSY,
    Code.RATE_LIMITED.label: _BUSY,
    Code.UNAVAILABLE.label: _BUSY,
    **dict.fromkeys(UNKNOWN_CODES, "give it this partner's agreement as it is here"),
}


class CopiesNotTaken(MilepostError):
    """A reporter does not take copies of partners' requests. Its operator gives it what it lacks."""


@dataclass(frozen=True, slots=True)
class CopyRefusal:
    """A copy that a reporter, by its place among the URLs, does not take; those after it wait."""

    place: int
    partner: PartnerCode
    target: bytes
    answer: CopyAnswer

    def sentence(self) -> str:
        """What is wrong and what to do. It names no URL, which could hold a password."""
        said = f"{self.answer.status} {self.answer.code}".strip()
        return (
            f"The reporter at place {self.place} refuses copies of {self.partner}, {said}: {self._remedy()}."
        )

    def _remedy(self) -> str:
        if self.answer.code == Code.BAD_SIGNATURE.label and self.target.startswith(FEEDS_PATH):
            return "give it the feeds' secrets as they are here"
        return _BY_CODE.get(self.answer.code, "see its log, and what stands between")
