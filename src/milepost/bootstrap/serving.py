"""Puts the HTTP interface on the parts that settings describe.

`milepost serve` makes its app of what `make_web_parts` gives; the node need not be up for it to begin.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from milepost.bootstrap.clocks import MachineClock
from milepost.bootstrap.parts import Parts
from milepost.bootstrap.remote_reporters import reporter_urls
from milepost.bootstrap.statements import names_of, state_member
from milepost.config import Settings, SettingsRefused, setting_name
from milepost.domain.feed_connection import FeedSystem
from milepost.domain.purchase import DedupeKey
from milepost.domain.quantities import PartnerCode
from milepost.domain.receipt import MemberReceipt
from milepost.event_log import EventLog
from milepost.pipeline.find_purchase import require_remembered
from milepost.pipeline.ingest_purchase import Ingest
from milepost.pipeline.issue_receipt import issue_receipt
from milepost.pipeline.write_statement import statement_document
from milepost.ports import Clock
from milepost.secret_files import exposure
from milepost.store.answers import SqlAnswerStore
from milepost.store.feed_copies import SqlFeedCopies
from milepost.store.unit_of_work import SqlAddingStore, SqlReadingStore
from milepost.web.authentication import Authenticator
from milepost.web.feed_secrets import FeedSecretFile, no_secrets
from milepost.web.partner_keys import PartnerKeyFile
from milepost.web.parts import Limits, WebParts
from milepost.web.rates import RateLimits

_log = EventLog("web")


@dataclass(slots=True)
class HeldChainClock:
    """The port `Clock`: the chain's time, by how far it was ahead of this machine a second ago.

    A node that is slow or gone holds up no till: purchases are then judged by what it said last.
    """

    chain: Clock
    machine: Clock
    every_s: float = 1.0
    _ahead_s: int | None = None
    _asked_at: float = 0.0
    _answered_at: float = 0.0
    _asking: "Future[int] | None" = None
    _lock: Any = field(default_factory=Lock)
    _thread: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="milepost-clock")
    )

    def now(self) -> int:
        """Raises: ChainError while the chain has never answered."""
        with self._lock:
            if self._ahead_s is None:
                self._ahead_s, self._asked_at = self._measure(), time.monotonic()
            elif time.monotonic() - self._asked_at >= self.every_s:
                self._ask_again(self._ahead_s)
            return self.machine.now() + self._ahead_s

    def _ask_again(self, held_s: int) -> None:
        if self._asking is not None:
            if not self._asking.done():
                return
            if (error := self._asking.exception()) is None:
                self._ahead_s = self._asking.result()
            else:
                _log.warning("chain_time_unknown", error=type(error).__name__, ahead_s=held_s)
        self._asking, self._asked_at = self._thread.submit(self._measure), time.monotonic()

    def ask(self, within_s: float) -> None:
        """Ask the chain, unless that was done a moment ago, and wait at most so long for its answer.

        Raises: as `now`.
        """
        self.now()
        with self._lock:
            asking = self._asking
        if asking is not None:
            wait([asking], within_s)

    @property
    def silent_s(self) -> float:
        """Seconds since the chain last answered, once it has."""
        return time.monotonic() - self._answered_at

    def _measure(self) -> int:
        ahead_s = self.chain.now() - self.machine.now()
        self._answered_at = time.monotonic()
        return ahead_s


@dataclass(frozen=True, slots=True)
class _PendingTime:
    """The chain's clock, connected when it is first asked."""

    parts: Parts

    def now(self) -> int:
        return self.parts.reading_chain.pending_time()


def make_web_parts(parts: Parts, settings: Settings) -> WebParts:
    """What the HTTP interface stands on: files and the database are opened, the node is not asked.

    Raises: what opening them raises, with exit code 2.
    """
    setting = setting_name("partner_keys_file")
    keys = PartnerKeyFile(settings.partner_keys_file, setting, time.monotonic)
    keys.require()
    # First what may have to be waited for, so that what warns does so once.
    engine = parts.engine
    if (sentence := exposure(settings.partner_keys_file, setting=setting)) is not None:
        parts.warn(sentence)
    machine = MachineClock()
    partners = parts.live_partners
    clock = HeldChainClock(_PendingTime(parts), machine)
    copies = SqlFeedCopies(engine, settings.http_copies_bytes)
    return WebParts(
        authenticator=Authenticator(keys.keys, machine),
        rates=_rates(settings),
        ingest=Ingest(
            parts.store,
            parts.members,
            parts.programme.accept,
            clock,
            machine,
            adding=SqlAddingStore(engine),
        ),
        store=SqlReadingStore(engine),
        partners=lambda: partners.partners,
        partner_ids=lambda: partners.ids,
        issue=lambda key: _issue(parts, key),
        state_member=lambda member: _state(parts, member),
        answers=SqlAnswerStore(engine, most_bytes=settings.http_answers_bytes),
        machine=machine,
        tick=time.monotonic,
        limits=_limits(settings),
        keep_request=copies.add if reporter_urls(settings) else None,
        note_unknown=copies.note_unknown,
        feed_secrets=_feed_secrets(parts, settings),
    )


def _feed_secrets(parts: Parts, settings: Settings) -> Callable[[PartnerCode, FeedSystem], tuple[str, ...]]:
    """Raises: FeedSecretsRefused if a file is named and cannot be used."""
    if settings.feed_secrets_file is None:
        return no_secrets
    setting = setting_name("feed_secrets_file")
    file = FeedSecretFile(settings.feed_secrets_file, setting, time.monotonic)
    file.require()
    if (sentence := exposure(settings.feed_secrets_file, setting=setting)) is not None:
        parts.warn(sentence)
    return file.secrets_of


def _limits(settings: Settings) -> Limits:
    return Limits(
        body_bytes=settings.http_body_bytes,
        file_bytes=settings.http_file_bytes,
        waiting_purchases=settings.http_waiting,
        stored_answer_s=settings.http_answers_kept_s,
    )


def _rates(settings: Settings) -> RateLimits:
    try:
        return RateLimits(settings.http_rate)
    except ValueError as error:
        raise SettingsRefused(
            f"{setting_name('http_rate')} states no rate ({error}): write 200/second;100000/hour."
        ) from None


def _issue(parts: Parts, key: DedupeKey) -> MemberReceipt:
    receipt = issue_receipt(key, parts.issuing)
    require_remembered(receipt, parts.members)
    return receipt


def _state(parts: Parts, member: str) -> dict[str, Any]:
    found, coming = state_member(member, None, parts)
    return statement_document(member, found, coming, names_of(parts.deployment))
