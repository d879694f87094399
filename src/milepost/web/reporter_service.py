"""What a reporter's HTTP service does with a request: who sent it, what it asks for, and how it is answered.

`reporter_routes` hands it bodies; `pipeline.answer_proposal` decides. Source: docs/reporters.md
"""

import re
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from milepost.chain.signatures import signer_of
from milepost.domain.errors import DomainError, MilepostError, WhoActs
from milepost.event_log import EventLog
from milepost.pipeline.answer_proposal import Answering, ProposalRefused, ProposalTooEarly, answer_proposal
from milepost.pipeline.attach_receipts import AttachmentDisputed
from milepost.pipeline.check_report import CopyLacksPurchases, ReportDisagreement
from milepost.pipeline.compare_reports import differences, differing_keys
from milepost.pipeline.follow_chain import follow_chain
from milepost.pipeline.rebuild_store import RebuiltStore
from milepost.ports import Proposal
from milepost.web.proposal_json import (
    PROBLEM,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    TOO_EARLY,
    ProposalUnreadable,
    read_proposal,
    seal_digest,
)

WINDOW_S = 300
"""Seconds that a proposal's time may lie behind or ahead of this machine's."""
RETRY_AFTER_S = 5

_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_SIGNATURE = re.compile(r"v1=0x([0-9a-f]{130})", re.ASCII)
_log = EventLog("reporter")


@dataclass(frozen=True, slots=True)
class Answer:
    """A status with its document; `retry_after_s` where asking again later makes sense."""

    status: int
    document: dict[str, Any]
    retry_after_s: int | None = None


@dataclass(slots=True)
class ReporterService:
    """One reporter behind HTTP. Proposals are answered one after the other: each may read the chain."""

    answering: Answering
    _lock: Lock = field(default_factory=Lock)

    def sign(self, body: bytes, *, timestamp: str | None, seal: str | None) -> Answer:
        """Answer one proposal; nothing of it is looked at before its seal is found to be a reporter's."""
        try:
            with self._lock:
                return self._sign(body, timestamp or "", seal or "")
        except MilepostError as error:
            return _failure(error)

    def follow(self) -> RebuiltStore:
        """Read what is final on chain, while no proposal is answered.

        Raises: what `follow_chain` does.
        """
        with self._lock:
            return follow_chain(self.answering.rebuilding, self.answering.chain)

    def describe(self) -> Answer:
        """What this reporter sees of the programme."""
        chain, store = self.answering.chain, self.answering.copy.store
        try:
            in_force = chain.reporter_set()
            with store.unit_of_work() as work:
                up_to, states = work.receipts.read_up_to(), work.purchases.count_by_state()
                newest = work.purchases.newest_received_at()
        except MilepostError as error:
            return _failure(error)
        return Answer(
            200,
            {
                "address": self.answering.reporter.address,
                "chain_id": chain.chain_id,
                "settlement": chain.settlement,
                "reporter_set": in_force.version,
                "quorum": in_force.quorum,
                "newest_purchase_received_at": newest,
                "purchases": {str(state): count for state, count in sorted(states.items())},
                "read_up_to_block": None if up_to is None else up_to.number,
            },
        )

    def _sign(self, body: bytes, timestamp: str, seal: str) -> Answer:
        refusal = self._refuse_stranger(body, timestamp, seal)
        if refusal is not None:
            return refusal
        sent, chain = read_proposal(body), self.answering.chain
        if (sent.chain_id, sent.settlement) != (chain.chain_id, chain.settlement):
            return _problem(
                409,
                "other_settlement",
                f"This reporter signs for {chain.settlement} on chain {chain.chain_id}: give both sides the"
                " same deployment.",
            )
        try:
            signature = answer_proposal(sent.proposal, self.answering)
        except ReportDisagreement as error:
            return _disagreement(error, sent.proposal)
        _log.info("report_signed", lane=sent.proposal.lane, sequence=sent.proposal.sequence)
        return Answer(200, {"address": self.answering.reporter.address, "signature": f"0x{signature.hex()}"})

    def _refuse_stranger(self, body: bytes, timestamp: str, seal: str) -> Answer | None:
        found = _SIGNATURE.fullmatch(seal)
        if not found or not _TIMESTAMP.fullmatch(timestamp):
            return _problem(401, "no_signature", f"Send {TIMESTAMP_HEADER} and {SIGNATURE_HEADER}.")
        now_s = self.answering.machine.now()
        if abs(now_s - int(timestamp)) > WINDOW_S:
            return _problem(401, "stale_timestamp", f"The time here is {now_s}: set the clock.")
        signer = signer_of(seal_digest(body, timestamp), bytes.fromhex(found[1]))
        if signer is None or not self.answering.chain.is_reporter(signer):
            _log.warning("proposal_of_a_stranger", signer=signer)
            return _problem(401, "bad_signature", "The seal is not that of a reporter of the present set.")
        return None


def _disagreement(error: ReportDisagreement, proposal: Proposal) -> Answer:
    found = differences(proposal.report_bytes, error.own_bytes)
    _log.error(
        "report_disagreement",
        lane=proposal.lane,
        sequence=proposal.sequence,
        proposed=error.proposed.hex(),
        own=error.own.hex(),
    )
    answer = _problem(409, "report_disagreement", str(error))
    answer.document.update(
        reporter=error.reporter,
        proposed_hash=f"0x{error.proposed.hex()}",
        own_hash=f"0x{error.own.hex()}",
        own_report=f"0x{error.own_bytes.hex()}",
        purchases=[
            {
                "partner": key.partner,
                "source": key.source,
                "sale_ref": key.sale_ref,
                "kind": key.kind.name,
                "revision": key.revision,
                "differs": list(one.what),
            }
            for one, key in zip(found, differing_keys(found, proposal.keys), strict=False)
        ],
    )
    return answer


def _failure(error: MilepostError) -> Answer:
    """What an error is over HTTP: a refusal for good, or for now."""
    _log.warning("proposal_not_signed", error=type(error).__name__)
    if isinstance(error, ProposalUnreadable | DomainError):
        return _problem(400, "proposal_unreadable", str(error))
    if isinstance(error, ProposalRefused):
        return _problem(409, "proposal_refused", str(error))
    if isinstance(error, AttachmentDisputed):
        return _problem(409, "attachment_disputed", str(error))
    if isinstance(error, CopyLacksPurchases):
        answer = _problem(503, "copy_lacks_purchases", str(error), retry_after_s=RETRY_AFTER_S)
        answer.document["lacking"] = error.lacking
        return answer
    if isinstance(error, ProposalTooEarly):
        return _problem(503, TOO_EARLY, str(error), retry_after_s=1)
    if error.who_acts is WhoActs.RETRY:
        return _problem(503, "not_yet", str(error), retry_after_s=RETRY_AFTER_S)
    return _problem(
        503,
        "unavailable",
        "This reporter's operator has to act.",
        retry_after_s=RETRY_AFTER_S,
    )


def _problem(status: int, code: str, detail: str, *, retry_after_s: int | None = None) -> Answer:
    document: dict[str, Any] = {
        "type": f"{PROBLEM}{code}",
        "title": code.replace("_", " "),
        "status": status,
        "detail": detail,
        "code": code,
    }
    return Answer(status, document, retry_after_s)
