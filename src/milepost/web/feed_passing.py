"""Passes partners' requests on to the reporters, unchanged and in order, so that each checks them itself.

Before it the HTTP interface kept what partners signed; after it a reporter elsewhere has its own copy, which
no worker could have invented; `copy_answers` tells whether it took one.
Source: docs/reporters.md "Feed copies"
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx

from milepost.domain.quantities import PartnerCode
from milepost.event_log import EventLog
from milepost.ports import FeedCopies, FeedCopy
from milepost.web.copy_answers import MOST_ANSWER_BYTES, CopyAnswer, Taken, read_answer
from milepost.web.judging import JUDGED_AT_HEADER, header_of

MOST_A_RUN = 500
"""Copies of one partner that one reporter gets before those of the next partner."""
CONNECT_S = 2.0
LEAST_S = 60.0
"""Seconds in which a reporter answers a copy, however small."""
LEAST_BYTES_A_S = 1 << 18
"""How quickly a reporter takes a large file in at the least: 256 MiB in 17 minutes and a half."""
_FIRST_REST_S = 1.0
_MOST_REST_S = 60.0

_log = EventLog("web")


@dataclass(slots=True)
class _Rest:
    """How long one partner's copies are left alone at one reporter that did not take the first of them."""

    until: float
    pause_s: float


@dataclass(frozen=True, slots=True)
class FeedPassing:
    """Who is passed what: reporters by their URLs. `tick` are seconds that never go back."""

    urls: Sequence[str]
    copies: FeedCopies
    client: httpx.Client
    tick: Callable[[], float] = time.monotonic
    now_s: Callable[[], float] = time.time
    _rests: dict[tuple[str, PartnerCode], _Rest] = field(default_factory=dict)

    def pass_on(self) -> int:
        """Pass on what reporters lack, to all of them at once; says how many copies were passed.

        Raises: StoreError.
        """
        if not self.urls:
            return 0
        with ThreadPoolExecutor(len(self.urls), thread_name_prefix="milepost-copies") as threads:
            return sum(threads.map(self.pass_to, self.urls))

    def pass_to(self, url: str) -> int:
        """Pass on what one reporter lacks, and remove what all have; says how many copies were passed.

        Shape: a reporter that does not take a partner's copy gets no later one of that partner before it: it
            is sent again, less and less often, and what it has already it answers as duplicates. Those of
            other partners go on.
        Raises: StoreError.
        """
        passed = 0
        last = self.copies.passed_to(url)
        for partner in self.copies.partners():
            some, is_there = self._of_partner(url, partner, last.get(partner, 0))
            passed += some
            if not is_there:
                break
        self.copies.remove_passed(self.urls)
        return passed

    def _of_partner(self, url: str, partner: PartnerCode, last: int) -> tuple[int, bool]:
        """How many of a partner's copies were passed, and whether the reporter answered them."""
        passed, rest = 0, self._rests.get((url, partner))
        if rest is not None and self.tick() < rest.until:
            return 0, True
        while passed < MOST_A_RUN and (copy := self.copies.next_after(partner, last)) is not None:
            answer = self._sent(url, copy)
            if answer is None or answer.taken is Taken.NOT_YET:
                self._leave_alone(url, partner, answer)
                return passed, answer is not None
            if answer.taken is Taken.REFUSED:
                _log.error("feed_copy_refused", copy=copy.copy_id, status=answer.status, code=answer.code)
            self._rests.pop((url, partner), None)
            self.copies.set_passed(url, partner, copy.copy_id)
            last, passed = copy.copy_id, passed + 1
        return passed, True

    def _leave_alone(self, url: str, partner: PartnerCode, answer: CopyAnswer | None) -> None:
        former = self._rests.get((url, partner))
        pause_s = _FIRST_REST_S if former is None else min(former.pause_s * 2, _MOST_REST_S)
        if answer is None:
            # Nobody is there: it costs little to look.
            pause_s = _FIRST_REST_S
        self._rests[url, partner] = _Rest(self.tick() + pause_s, pause_s)

    def _sent(self, url: str, copy: FeedCopy) -> CopyAnswer | None:
        """What a reporter said to a copy; None where it gave no answer."""
        try:
            status, media_type, content = self._answer(url, copy)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            _log.warning("feed_copy_not_passed", copy=copy.copy_id, error=type(error).__name__)
            return None
        answer = read_answer(status, media_type, content, copy, now_s=self.now_s())
        if answer.taken is Taken.NOT_YET:
            _log.warning("feed_copy_not_taken", copy=copy.copy_id, status=status, code=answer.code)
        return answer

    def _answer(self, url: str, copy: FeedCopy) -> tuple[int, str, bytes]:
        kept = copy.request
        patience_s = LEAST_S + copy.size / LEAST_BYTES_A_S
        ends_at = self.tick() + patience_s
        headers = dict(kept.headers)
        if kept.judged_at is not None:
            headers[JUDGED_AT_HEADER] = header_of(kept.judged_at)
        content = bytearray()
        with self.client.stream(
            kept.method,
            url + kept.target.decode("ascii"),
            content=self.copies.body(copy.copy_id),
            headers=headers,
            timeout=httpx.Timeout(patience_s, connect=CONNECT_S),
            # As it was signed: the client would write some of it otherwise.
            extensions={"target": kept.target},
        ) as response:
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > MOST_ANSWER_BYTES or self.tick() > ends_at:
                    raise httpx.ReadTimeout("too long", request=response.request)
        return response.status_code, response.headers.get("content-type", ""), bytes(content)
