"""Passes partners' requests on to the reporters, unchanged and in order, so that each checks them itself.

Before it the HTTP interface kept what partners signed; after it a reporter elsewhere has its own copy, which
no worker could have invented. Source: docs/reporters.md "Feed copies"
"""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from milepost.event_log import EventLog
from milepost.ports import FeedCopies, FeedCopy

MOST_A_RUN = 500
"""Copies that one reporter gets before the next one is looked at."""
_TIMEOUT = httpx.Timeout(60.0, connect=2.0)

# A file that breaks off in its middle is refused by everyone alike, after what stands before that was stored.
_ANSWERED = (httpx.codes.OK, httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY)

_log = EventLog("web")


@dataclass(frozen=True, slots=True)
class FeedPassing:
    """Who is passed what: reporters by their URLs."""

    urls: Sequence[str]
    copies: FeedCopies
    client: httpx.Client

    def pass_on(self) -> int:
        """Pass on what reporters lack, and remove what all have; says how many copies were passed.

        Shape: a reporter that does not take a copy gets no later one before it: it is sent again next time,
            and what it has already it answers as duplicates.
        Raises: StoreError.
        """
        passed = sum(self._to(url) for url in self.urls)
        self.copies.remove_passed(self.urls)
        return passed

    def _to(self, url: str) -> int:
        passed = 0
        last = self.copies.passed_to(url)
        while passed < MOST_A_RUN and (copy := self.copies.next_after(last)) is not None:
            if not self._is_taken(url, copy):
                break
            self.copies.set_passed(url, copy.copy_id)
            last, passed = copy.copy_id, passed + 1
        return passed

    def _is_taken(self, url: str, copy: FeedCopy) -> bool:
        kept = copy.request
        target = url + kept.target.decode("ascii")
        try:
            with self.client.stream(
                kept.method,
                target,
                content=self.copies.body(copy.copy_id),
                headers=dict(kept.headers),
                timeout=_TIMEOUT,
                # As it was signed: the client would write some of it otherwise.
                extensions={"target": kept.target},
            ) as response:
                status = response.status_code
        except httpx.HTTPError as error:
            _log.warning("feed_copy_not_passed", copy=copy.copy_id, error=type(error).__name__)
            return False
        if status != httpx.codes.OK:
            _log.error("feed_copy_refused", copy=copy.copy_id, status=status)
        return status in _ANSWERED
