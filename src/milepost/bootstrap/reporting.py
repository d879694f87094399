"""Puts a reporter's service on the parts that settings describe, and keeps its store up to the chain.

`milepost reporter` serves what `make_reporter` gives.
"""

import threading
import time
from dataclasses import dataclass, field, replace

import httpx
from fastapi import FastAPI

from milepost.bootstrap.clocks import MachineClock
from milepost.bootstrap.parts import Parts
from milepost.bootstrap.remote_reporters import reporter_urls
from milepost.bootstrap.serving import make_web_parts
from milepost.config import Settings, SettingsRefused, setting_name
from milepost.domain.calendar import SECONDS_A_DAY
from milepost.domain.errors import MilepostError
from milepost.event_log import EventLog
from milepost.pipeline.answer_proposal import Answering
from milepost.pipeline.check_report import OwnCopy
from milepost.store.feed_copies import SqlFeedCopies
from milepost.web.app import make_app
from milepost.web.feed_passing import FeedPassing
from milepost.web.rates import RateLimits
from milepost.web.reporter_routes import reporter_app
from milepost.web.reporter_service import ReporterService

_RATE_OF_COPIES = "100000/second"
FOLLOW_S = 5.0
"""Seconds between two looks at the chain while no proposal comes."""

_log = EventLog("reporter")


def make_reporter(parts: Parts, settings: Settings) -> ReporterService:
    """The reporter whose one key the settings name, on its own store.

    Raises: SettingsRefused unless there is exactly one key; what opening the parts raises.
    """
    keys = parts.reporters
    if len(keys) != 1:
        raise SettingsRefused(
            f"{settings.reporter_keys_file}, named by {setting_name('reporter_keys_file')}, holds {len(keys)}"
            " keys: a reporter signs with one, and the others have stores of their own."
        )
    chain = parts.following_chain
    if not chain.is_reporter(keys[0].address):
        # It may be put there later, and follows the chain meanwhile.
        _log.warning(
            "reporter_outside_the_set",
            sentence=f"{keys[0].address} is no reporter of the present set: nothing that it signs counts"
            " until milepost governance set-reporters names it.",
        )
    copy = OwnCopy(
        parts.store,
        parts.members,
        parts.live_partners,
        parts.secrets,
    )
    return ReporterService(Answering(keys[0], copy, chain, parts.ledger, MachineClock()))


def make_reporter_app(parts: Parts, settings: Settings, service: ReporterService) -> FastAPI:
    """The reporter's routes, and those by which partners' requests are copied to it where it has their keys.

    Shape: a copy may come as late as a purchase may be old, under a key that held when it was signed.
    """
    if not settings.partner_keys_file.exists():
        return reporter_app(service)
    web_parts = make_web_parts(parts, settings)
    window_s = parts.programme.accept.oldest_days * SECONDS_A_DAY
    authenticator = replace(web_parts.authenticator, window_s=window_s, takes_copies=True)
    taking = replace(
        web_parts,
        authenticator=authenticator,
        rates=RateLimits(_RATE_OF_COPIES),
        keep_request=None,
        copies_since_s=window_s,
    )
    # Keys count here as of when a request was signed: nobody reads with one that has ended.
    return reporter_app(service, make_app(taking, takes_only=True))


def make_feed_passing(parts: Parts, settings: Settings) -> FeedPassing:
    """What passes partners' requests on to the reporters elsewhere; it has nothing to do without any.

    Raises: SettingsRefused.
    """
    client = httpx.Client(follow_redirects=False, trust_env=False)
    return FeedPassing(reporter_urls(settings), SqlFeedCopies(parts.engine), client)


@dataclass(slots=True)
class Following:
    """Follows the chain in a thread of its own, so that a proposal finds little left to read.

    Units: `round_at`, when it last began, and `followed_at`, when the chain last answered, in seconds of the
        monotonic clock.
    """

    service: ReporterService
    every_s: float = FOLLOW_S
    round_at: float = field(default_factory=time.monotonic)
    followed_at: float | None = None
    _ending: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Following":
        threading.Thread(target=self._run, name="milepost-follow", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()

    def _run(self) -> None:
        while not self._ending.wait(self.every_s):
            self.round_at = time.monotonic()
            try:
                rebuilt = self.service.follow()
            except MilepostError as error:
                _log.warning("chain_not_followed", error=type(error).__name__)
                continue
            self.followed_at = time.monotonic()
            if rebuilt.missing:
                count = sum(len(one.numbers) for one in rebuilt.missing)
                _log.warning("settled_purchases_missing", count=count)
