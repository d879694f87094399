"""What a reporter's HTTP service does with a request: who sent it, what it asks for, and how it is answered.

`reporter_routes` hands it bodies; `pipeline.answer_proposal` decides. Source: docs/reporters.md
"""

from collections import Counter
from dataclasses import dataclass, field
from threading import Lock

from milepost.domain.errors import DomainError, MilepostError, WhoActs
from milepost.event_log import EventLog
from milepost.pipeline.answer_proposal import Answering, ProposalRefused, ProposalTooEarly, answer_proposal
from milepost.pipeline.attach_receipts import AttachmentDisputed
from milepost.pipeline.check_report import CopyLacksPurchases, ReportDisagreement
from milepost.pipeline.compare_reports import differences, differing_keys
from milepost.pipeline.follow_chain import follow_chain
from milepost.pipeline.rebuild_store import RebuiltStore
from milepost.ports import Proposal
from milepost.web.proposal_json import COPY_LACKS_PURCHASES, TOO_EARLY, ProposalUnreadable, read_proposal
from milepost.web.reporter_answers import Answer, RecentAnswer, problem
from milepost.web.seals import Seals

RETRY_AFTER_S = 5
MOST_WAITING = 4
"""Proposals of one reporter that wait for their turn: one a lane that it asks for at once."""
TURN_WITHIN_S = 8.0
"""Seconds that a proposal waits for its turn: its sender gives up after ten, unless told otherwise."""

_log = EventLog("reporter")


@dataclass(slots=True)
class ReporterService:
    """One reporter behind HTTP. Proposals are answered one after the other: each may read the chain.

    Shape: who sealed one is found out before that, so strangers hold up nobody; of one reporter a few wait
        at a time, so that it takes no other's turn.
    """

    answering: Answering
    seals: Seals = field(init=False)
    _described: RecentAnswer = field(init=False)
    _lock: Lock = field(default_factory=Lock)
    _waiting: Counter[str] = field(default_factory=Counter)
    _counting: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.seals = Seals(self.answering.chain, self.answering.machine)
        self._described = RecentAnswer(self._describe)

    def sign(self, body: bytes, *, timestamp: str | None, seal: str | None) -> Answer:
        """Answer one proposal; nothing of it is looked at before its seal is found to be a reporter's."""
        try:
            sender = self.seals.sender_of(body, timestamp or "", seal or "")
            return sender if isinstance(sender, Answer) else self._in_turn(sender, body)
        except MilepostError as error:
            return _failure(error)

    def _in_turn(self, sender: str, body: bytes) -> Answer:
        with self._counting:
            if self._waiting[sender] >= MOST_WAITING:
                return _busy()
            self._waiting[sender] += 1
        try:
            if not self._lock.acquire(timeout=TURN_WITHIN_S):
                return _busy()
            try:
                return self._sign(body, asked_by=sender)
            finally:
                self._lock.release()
        finally:
            with self._counting:
                self._waiting[sender] -= 1

    def follow(self) -> RebuiltStore:
        """Read what is final on chain, while no proposal is answered.

        Raises: what `follow_chain` does.
        """
        with self._lock:
            return follow_chain(self.answering.rebuilding, self.answering.chain)

    def describe(self) -> Answer:
        """What this reporter sees of the programme, a second ago at most: anybody may ask."""
        return self._described.get()

    def _describe(self) -> Answer:
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

    def _sign(self, body: bytes, *, asked_by: str) -> Answer:
        sent, chain = read_proposal(body), self.answering.chain
        if (sent.chain_id, sent.settlement) != (chain.chain_id, chain.settlement):
            return problem(
                409,
                "other_settlement",
                f"This reporter signs for {chain.settlement} on chain {chain.chain_id}: give both sides the"
                " same deployment.",
            )
        try:
            signature = answer_proposal(sent.proposal, self.answering, asked_by=asked_by)
        except ReportDisagreement as error:
            return _disagreement(error, sent.proposal)
        _log.info("report_signed", lane=sent.proposal.lane, sequence=sent.proposal.sequence)
        return Answer(200, {"address": self.answering.reporter.address, "signature": f"0x{signature.hex()}"})


def _disagreement(error: ReportDisagreement, proposal: Proposal) -> Answer:
    found = differences(proposal.report_bytes, error.own_bytes)
    _log.error(
        "report_disagreement",
        lane=proposal.lane,
        sequence=proposal.sequence,
        proposed=error.proposed.hex(),
        own=error.own.hex(),
    )
    answer = problem(409, "report_disagreement", str(error))
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
        return problem(400, "proposal_unreadable", str(error))
    if isinstance(error, ProposalRefused):
        return problem(409, "proposal_refused", str(error))
    if isinstance(error, AttachmentDisputed):
        return problem(409, "attachment_disputed", str(error))
    if isinstance(error, CopyLacksPurchases):
        answer = problem(503, COPY_LACKS_PURCHASES, str(error), retry_after_s=RETRY_AFTER_S)
        answer.document["lacking"] = error.lacking
        return answer
    if isinstance(error, ProposalTooEarly):
        return problem(503, TOO_EARLY, str(error), retry_after_s=1)
    if error.who_acts is WhoActs.RETRY:
        return problem(503, "not_yet", str(error), retry_after_s=RETRY_AFTER_S)
    return problem(
        503,
        "unavailable",
        "This reporter's operator has to act.",
        retry_after_s=RETRY_AFTER_S,
    )


def _busy() -> Answer:
    return problem(503, "not_yet", "Other proposals are being answered: ask again.", retry_after_s=1)
