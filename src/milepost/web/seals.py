"""Finds out which reporter sealed a proposal, before anything of it is looked at.

Before it `reporter_routes` read a head or a body; after it `reporter_service` answers a reporter, and nobody
else. Nothing here holds up a proposal that is being answered. Source: docs/reporters.md "The proposal"
"""

import re
from dataclasses import dataclass, field

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from milepost.chain.signatures import signer_of
from milepost.event_log import EventLog
from milepost.ports import Clock, SettlementChain
from milepost.web.proposal_json import SIGNATURE_HEADER, TIMESTAMP_HEADER, seal_digest
from milepost.web.reporter_answers import Answer, problem

WINDOW_S = 300
"""Seconds that a proposal's time may lie behind or ahead of this machine's."""
STRANGERS = "20/second"
"""How often the chain is asked about somebody who was never found to be a reporter."""

_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_SIGNATURE = re.compile(r"v1=0x([0-9a-f]{130})", re.ASCII)
_log = EventLog("reporter")


@dataclass(slots=True)
class Seals:
    """Checks seals by the reporters in force and this machine's clock; used by many threads at once."""

    chain: SettlementChain
    machine: Clock
    _once_reporters: set[str] = field(default_factory=set)
    _limit: RateLimitItem = field(default_factory=lambda: parse(STRANGERS))
    _limiter: MovingWindowRateLimiter = field(
        default_factory=lambda: MovingWindowRateLimiter(MemoryStorage())
    )

    def refuse_head(self, timestamp: str, seal: str) -> Answer | None:
        """What is wrong before the body is read; None for a head that may be a reporter's."""
        if not _SIGNATURE.fullmatch(seal) or not _TIMESTAMP.fullmatch(timestamp):
            return problem(401, "no_signature", f"Send {TIMESTAMP_HEADER} and {SIGNATURE_HEADER}.")
        now_s = self.machine.now()
        if abs(now_s - int(timestamp)) > WINDOW_S:
            return problem(401, "stale_timestamp", f"The time here is {now_s}: set the clock.")
        return None

    def sender_of(self, body: bytes, timestamp: str, seal: str) -> str | Answer:
        """The address of the reporter that sealed this body, or what to answer to anybody else.

        Raises: ChainUnavailable.
        """
        refusal = self.refuse_head(timestamp, seal)
        if refusal is not None:
            return refusal
        signer = signer_of(seal_digest(body, timestamp), bytes.fromhex(seal.removeprefix("v1=0x")))
        if signer is None:
            return _stranger(None)
        # Whoever was one is asked about at once: strangers use up no reporter's share.
        if signer not in self._once_reporters and not self._limiter.hit(self._limit, "strangers"):
            return problem(503, "not_yet", "Too many strangers ask now: ask again.", retry_after_s=1)
        if not self.chain.is_reporter(signer):
            return _stranger(signer)
        self._once_reporters.add(signer)
        return signer


def _stranger(signer: str | None) -> Answer:
    _log.warning("proposal_of_a_stranger", signer=signer)
    return problem(401, "bad_signature", "The seal is not that of a reporter of the present set.")
