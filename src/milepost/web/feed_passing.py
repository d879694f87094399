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
from milepost.web.copy_remedies import CopiesNotTaken, CopyRefusal
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

_NOBODY_THERE = (httpx.ConnectError, httpx.ConnectTimeout)
_log = EventLog("web")


@dataclass(frozen=True, slots=True)
class _Rest:
    """How long one partner's copies are left alone at one reporter that did not take the first of them.

    Shape: `refusal` None where it gave no answer. It is said again at `say_at`.
    """

    until: float
    pause_s: float
    say_at: float
    refusal: CopyRefusal | None


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
        last, waiting = self.copies.passed_to(url), self.copies.partners()
        for one in [one for one in self._rests if one[0] == url and one[1] not in waiting]:
            # Another process passed them on.
            del self._rests[one]
        for partner in waiting:
            some, is_there = self._of_partner(url, partner, last.get(partner, 0))
            passed += some
            if not is_there:
                break
        self.copies.remove_passed(self.urls)
        return passed

    def is_passing_to(self, url: str) -> bool:
        """Whether a reporter lacks copies that are on their way, and not only such as it did not take.

        Raises: StoreError.
        """
        last = self.copies.passed_to(url)
        return any(
            (url, partner) not in self._rests
            and self.copies.next_after(partner, last.get(partner, 0)) is not None
            for partner in self.copies.partners()
        )

    def refusals(self, url: str) -> list[CopyRefusal]:
        """What a reporter did not take when it was last sent, a copy a partner."""
        return [rest.refusal for (to, _), rest in self._rests.items() if to == url and rest.refusal]

    def require_taken(self, url: str) -> None:
        """Raises: CopiesNotTaken if there is such a refusal, for whoever counts failures."""
        if found := self.refusals(url):
            raise CopiesNotTaken(" ".join(one.sentence() for one in found))

    def _of_partner(self, url: str, partner: PartnerCode, last: int) -> tuple[int, bool]:
        """How many of a partner's copies were passed, and whether the reporter answered them."""
        passed, rest = 0, self._rests.get((url, partner))
        if rest is not None and self.tick() < rest.until:
            return 0, True
        while passed < MOST_A_RUN and (copy := self.copies.next_after(partner, last)) is not None:
            answer = self._sent(url, copy)
            if not isinstance(answer, CopyAnswer) or answer.taken is Taken.NOT_YET:
                self._leave_alone(url, copy, answer)
                # Who breaks off one partner's copy may take those of the others.
                return passed, not isinstance(answer, _NOBODY_THERE)
            if answer.taken is Taken.REFUSED:
                _log.error("feed_copy_refused", copy=copy.copy_id, status=answer.status, code=answer.code)
            self.copies.set_passed(url, partner, copy.copy_id)
            last, passed = copy.copy_id, passed + 1
        self._rests.pop((url, partner), None)
        return passed, True

    def _leave_alone(self, url: str, copy: FeedCopy, answer: CopyAnswer | Exception) -> None:
        """Send it again later, and say why at first, when that changes, and less and less often."""
        kept, now = copy.request, self.tick()
        former = self._rests.get((url, kept.partner))
        place = self.urls.index(url) + 1
        refusal = (
            CopyRefusal(place, kept.partner, kept.target, answer) if isinstance(answer, CopyAnswer) else None
        )
        pause_s, say_at = (_FIRST_REST_S / 2, now) if former is None else (former.pause_s, former.say_at)
        if now >= say_at or (former and former.refusal) != refusal:
            pause_s = min(pause_s * 2, _MOST_REST_S)
            say_at = now + pause_s
            _say(copy, place, refusal, answer)
        # Where nobody is, it costs little to look.
        until = now + (_FIRST_REST_S if isinstance(answer, _NOBODY_THERE) else pause_s)
        self._rests[url, kept.partner] = _Rest(until, pause_s, say_at, refusal)

    def _sent(self, url: str, copy: FeedCopy) -> CopyAnswer | Exception:
        """What a reporter said to a copy, or why it gave no answer; what no client can send is refused."""
        try:
            status, media_type, content = self._answer(url, copy)
        except httpx.InvalidURL:
            return CopyAnswer(Taken.REFUSED, 0, "unsendable")
        except httpx.HTTPError as error:
            return error
        return read_answer(status, media_type, content, copy, now_s=self.now_s())

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


def _say(copy: FeedCopy, place: int, refusal: CopyRefusal | None, answer: object) -> None:
    if refusal is None:
        _log.warning("feed_copy_not_passed", copy=copy.copy_id, reporter=place, error=type(answer).__name__)
        return
    _log.warning(
        "feed_copy_not_taken",
        copy=copy.copy_id,
        reporter=place,
        status=refusal.answer.status,
        code=refusal.answer.code,
        sentence=refusal.sentence(),
    )
