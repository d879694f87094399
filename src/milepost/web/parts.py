"""What the HTTP interface stands on: handed in by who makes the app, so that it opens nothing itself.

`bootstrap.serving` fills it from the settings, tests from fakes; every module beside takes what it needs.
"""

from asyncio import Lock
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from weakref import WeakValueDictionary

from milepost.domain.feed_connection import FeedSystem
from milepost.domain.partner import Partner
from milepost.domain.purchase import DedupeKey
from milepost.domain.quantities import PartnerCode, PartnerId
from milepost.domain.receipt import MemberReceipt
from milepost.pipeline.ingest_purchase import Ingest
from milepost.ports import AnswerStore, Clock, KeptRequest, Store
from milepost.web.authentication import Authenticator
from milepost.web.feed_secrets import no_secrets
from milepost.web.rates import RateLimits

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken: sizes in bytes, records of one request, seconds, purchases that wait.

    A file may take `file_timeout_s`, and must bring `file_least_rate` bytes a second on the whole, once
    `file_grace_s` are over: who sends slower holds its place for no longer.
    """

    body_bytes: int = 4 * MIB
    file_bytes: int = 256 * MIB
    records: int = 10_000
    body_timeout_s: int = 60
    file_timeout_s: int = 900
    file_grace_s: int = 30
    file_least_rate: int = 16_384
    files_at_once: int = 16
    files_a_partner: int = 2
    waiting_purchases: int = 200_000
    retry_after_s: int = 5
    stored_answer_s: int = 86_400


@dataclass(frozen=True, slots=True)
class WebParts:
    """Every part of the HTTP interface.

    Shape: `store` is read by requests, `ingest` holds the one that is written; `keep_request` is called with
        each authenticated request that brings purchases, and its body, before any of them is stored, and
        `note_unknown` with its number once it is known how many of a file's records are of nobody known.
        `copies_since_s` is for who takes such copies from others: how many seconds late they may come.
        `feed_secrets` are those by which a till's system may sign for a partner, none where none is known.
        `turns` are of the requests with an `Idempotency-Key` that are under way, by partner and key.
    """

    authenticator: Authenticator
    rates: RateLimits
    ingest: Ingest
    store: Store
    partners: Callable[[], Mapping[PartnerCode, Partner]]
    partner_ids: Callable[[], Mapping[PartnerCode, PartnerId]]
    issue: Callable[[DedupeKey], MemberReceipt]
    state_member: Callable[[str], dict[str, Any]]
    answers: AnswerStore
    machine: Clock
    tick: Callable[[], float]
    limits: Limits = field(default_factory=Limits)
    keep_request: Callable[[KeptRequest, BinaryIO], int] | None = None
    note_unknown: Callable[[int, int], None] = lambda _copy, _unknown: None
    copies_since_s: int | None = None
    feed_secrets: Callable[[PartnerCode, FeedSystem], tuple[str, ...]] = no_secrets
    turns: MutableMapping[tuple[PartnerCode, str], Lock] = field(default_factory=WeakValueDictionary)
