"""Takes the reports of one lane as far as they get without waiting: seal, sign, relay, watch.

`loop` gives every lane it holds a round in turn; the reader closes what has become final.
"""

from dataclasses import dataclass, field
from time import monotonic

from milepost.domain.quantities import Lane
from milepost.event_log import EventLog
from milepost.pipeline.relay_report import relay_report, watch_report
from milepost.pipeline.seal_report import MOST_PURCHASES, seal_report
from milepost.pipeline.take_over import give_up_others_txs, send_others_txs
from milepost.ports import ReportState, ReportTooLarge, StoredReport
from milepost.worker.oracle import Oracle, ReportFailed

_log = EventLog("worker")

_BEHIND_MS = 500
"""How long other lanes wait for reporters whose nodes are a block behind; then the lane is tried again."""

_OPEN = (ReportState.SEALED, ReportState.SIGNED, ReportState.RELAYING, ReportState.APPLIED)


@dataclass(slots=True)
class LaneRound:
    """One lane of an oracle whose store is fenced by the lane's lease; `run` is one round of it.

    Shape: one report of a lane is under way at a time, as the contract takes the next sequence only; what is
        mined and not final does not hold up the next. `most` shrinks when a report was too large for a tx,
        and grows again. `is_under_way` while a tx was sent and is not mined.
    """

    oracle: Oracle
    lane: Lane
    most: int = MOST_PURCHASES
    is_under_way: bool = False
    _sent_at: dict[bytes, float] = field(default_factory=dict)
    _said: dict[bytes, ReportState] = field(default_factory=dict)

    def run(self) -> bool:
        """One round; whether something was settled, so that there may be more.

        Raises: what the steps raise, ReportFailed; all that was done until then stays.
        """
        for report in self._open():
            if self._step(report).state is not ReportState.APPLIED:
                return False
        if not self._is_something_accepted():
            return False
        self.oracle.require_right_time()
        sealed = seal_report(self.lane, self.oracle._sealing, self.oracle.chain, most=self.most)
        if sealed is None:
            return False
        self._say("report_sealed", sealed, purchases=_count(sealed))
        return self._step(sealed).state is ReportState.APPLIED

    def _open(self) -> list[StoredReport]:
        with self.oracle.store.unit_of_work() as work:
            found = [report for report in work.reports.in_states(*_OPEN) if report.lane == self.lane]
        names = {report.content_hash for report in found}
        self._said = {name: state for name, state in self._said.items() if name in names}
        self._sent_at = {name: sent_at for name, sent_at in self._sent_at.items() if name in names}
        return found

    def _is_something_accepted(self) -> bool:
        codes = self.oracle.partners.of_lane(self.lane)
        with self.oracle.store.unit_of_work() as work:
            return bool(work.purchases.accepted(codes, most=1))

    def _step(self, report: StoredReport) -> StoredReport:
        self.is_under_way = False
        try:
            after = self._moved(report)
        except ReportTooLarge as error:
            if _count(report) == 1:
                raise
            # It has failed, and its purchases are sealed anew, fewer at a time.
            self.most = max(error.fitting(_count(report)), 1)
            self._say("report_too_large", report, most=self.most)
            return report
        if after.state is ReportState.FAILED:
            raise ReportFailed(after)
        self.is_under_way = after.state is ReportState.RELAYING
        self._notice(after)
        return after

    def _moved(self, report: StoredReport) -> StoredReport:
        oracle, name = self.oracle, report.content_hash
        if report.state is ReportState.APPLIED:
            report = watch_report(name, oracle.store, chain=oracle.chain)
        if report.state is ReportState.RELAYING and not self._is_to_be_sent(name):
            report = watch_report(name, oracle.store, chain=oracle.chain)
        if report.state is ReportState.RELAYING and self._is_to_be_sent(name):
            return self._sent_again(report)
        if report.state in (ReportState.SEALED, ReportState.SIGNED):
            return self._relayed(oracle.signed(name, behind_ms=_BEHIND_MS))
        return report

    def _sent_again(self, report: StoredReport) -> StoredReport:
        """Send what was stored once more; what another address signed goes first, and ours when it fails."""
        oracle, name = self.oracle, report.content_hash
        is_new_here = name not in self._sent_at
        self._say("report_sent_again", report)
        if is_new_here and send_others_txs(name, oracle.store, chain=oracle.chain):
            self._sent_at[name] = monotonic()
            return watch_report(name, oracle.store, chain=oracle.chain)
        give_up_others_txs(name, oracle.store, chain=oracle.chain)
        return self._relayed(report)

    def _relayed(self, report: StoredReport) -> StoredReport:
        self._sent_at[report.content_hash] = monotonic()
        name, oracle = report.content_hash, self.oracle
        return relay_report(name, oracle.store, chain=oracle.chain, bumping=oracle.bumping)

    def _is_to_be_sent(self, name: bytes) -> bool:
        """Whether this process has not sent it for a while: a node that was started anew has no pool."""
        return monotonic() - self._sent_at.get(name, float("-inf")) >= self.oracle.patience.resend_s

    def _notice(self, report: StoredReport) -> None:
        if self._said.get(report.content_hash) is report.state:
            return
        self._said[report.content_hash] = report.state
        self._say(f"report_{report.state}", report)
        if report.state is ReportState.APPLIED:
            self.most = min(self.most + self.most // 10 + 1, MOST_PURCHASES)
            self._sent_at.pop(report.content_hash, None)

    def _say(self, event: str, report: StoredReport, **more: object) -> None:
        _log.info(event, lane=report.lane, report_sequence=report.sequence, **more)


def _count(report: StoredReport) -> int:
    return sum(section.count for section in report.sections)
