"""Runs the due steps of the main path, one after the other, from accepted purchases to final settlements.

`bootstrap` puts an `Oracle` together; commands and the demo feed it, let it settle, and ask it for receipts.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from milepost.domain.errors import ChainError, MilepostError, StoreError, WhoActs
from milepost.domain.programme import Acceptance
from milepost.domain.purchase import DedupeKey, SubmittedPurchase
from milepost.domain.quantities import Lane
from milepost.domain.receipt import MemberReceipt
from milepost.pipeline.attach_receipts import is_amendment
from milepost.pipeline.build_report import DeployedPartners
from milepost.pipeline.bump_fees import Bumping
from milepost.pipeline.check_report import CheckingReporter, OwnCopy, RebuiltOnce
from milepost.pipeline.compare_clocks import latest_instant
from milepost.pipeline.ingest_purchase import Answer, Ingest, ingest_many
from milepost.pipeline.issue_receipt import Issuing, issue_receipt, issue_receipts
from milepost.pipeline.read_settlements import ReadSettlements, read_settlements
from milepost.pipeline.rebuild_store import RebuiltStore, rebuild_store, require_all_final
from milepost.pipeline.reconcile import Reconciliation, reconcile
from milepost.pipeline.relay_report import relay_report, watch_report
from milepost.pipeline.restore_purchases import Rebuilding
from milepost.pipeline.seal_report import MOST_PURCHASES, Sealing, latest_judged, seal_report
from milepost.pipeline.sign_report import OnPassedOver, ReportersBehind, in_turn, sign_report
from milepost.ports import (
    AskTogether,
    Clock,
    MemberDirectory,
    PartnerSecrets,
    Rejection,
    Reporter,
    ReportState,
    ReportTooLarge,
    SettlementChain,
    SettlingPaused,
    SigningReporter,
    Store,
    StoredPurchase,
    StoredReport,
)

_FIRST_PAUSE_MS = 20
_DUE = (ReportState.SEALED, ReportState.SIGNED, ReportState.RELAYING)
# What is left of the due ones when each was relayed and waited for: another's tx settled its sequence.
_SETTLED_ELSEWHERE = (ReportState.SIGNED, ReportState.RELAYING)

MOST_WAITING = 10_000
"""Accepted purchases looked at to say which wait; only a wrong clock makes as many wait."""


class Step(StrEnum):
    """What was just done with a report, in the order of the main path."""

    SEALED = "sealed"
    SIGNED = "signed"
    APPLIED = "applied"
    FINAL = "final"


OnStep = Callable[[Step, StoredReport], None]
"""Hears of each step of each report once it is stored."""


class ReportFailed(ChainError):
    """The chain did not take a report; its purchases wait for another cut. The operator removes the cause."""

    def __init__(self, report: StoredReport) -> None:
        super().__init__(
            f"Report {report.sequence} of lane {report.lane} failed: {report.failure} Its purchases are kept;"
            " settle again when the reason is gone."
        )
        self.report = report


class SettlingTooSlow(ChainError):
    """Nothing went wrong and the chain is not done in the time given. Run again; nothing is lost."""

    who_acts = WhoActs.RETRY

    def __init__(self, waited_for: str, timeout_s: int) -> None:
        super().__init__(
            f"{waited_for} after {timeout_s} s: nothing is lost; settle again, and it goes on from here."
        )


@dataclass(frozen=True, slots=True)
class Patience:
    """How to wait for the chain. Units: seconds between two looks, until sending again, and until giving up;
    `behind_s` for reporters whose nodes are a block behind.

    The first looks come sooner, each after as long as was waited before: a block that is due at once is not
    waited for a whole second. A node that was started anew has lost its pool, and nobody else has the tx
    then: the same bytes go again.
    """

    poll_s: int = 1
    resend_s: int = 10
    timeout_s: int = 180
    behind_s: int = 30
    sleep: Callable[[float], None] = time.sleep

    def pause_ms(self, waited_ms: int) -> int:
        """Milliseconds until the next look, after having waited so many."""
        return min(max(waited_ms, _FIRST_PAUSE_MS), self.poll_s * 1_000)


@dataclass(frozen=True, slots=True)
class SettledReports:
    """What settling left final: the reports' content hashes in order of the chain, and their purchases."""

    reports: tuple[bytes, ...]
    purchases: int


@dataclass(frozen=True, slots=True)
class Oracle:
    """Every part of a programme's oracle. Its own reporters check against the one store.

    Shape: `reporters` may be empty for one that only reads; `remote` are asked after them, and check by their
        own copies, `together`; `on_passed_over` hears why one gave no signature. With the `machine`'s clock,
        work stops when the chain's is ahead of it, and purchases may lie ahead of a chain that lags: they
        wait.
    """

    store: Store
    members: MemberDirectory
    partners: DeployedPartners
    accept: Acceptance
    secrets: PartnerSecrets
    chain: SettlementChain
    clock: Clock
    reporters: Sequence[Reporter] = ()
    machine: Clock | None = None
    patience: Patience = field(default_factory=Patience)
    remote: Sequence[SigningReporter] = ()
    together: AskTogether = in_turn
    on_passed_over: OnPassedOver = lambda _error: None
    bumping: Bumping = field(default_factory=Bumping)

    def ingest(self, records: Iterable[SubmittedPurchase | Rejection]) -> Iterator[Answer]:
        """Store purchases; one answer a record, in order, as they are stored. Lazy: iterate to ingest."""
        return ingest_many(records, Ingest(self.store, self.members, self.accept, self.clock, self.machine))

    def rebuild(
        self,
        feed: Iterable[SubmittedPurchase | Rejection],
        *,
        on_step: OnStep = lambda _step, _report: None,
    ) -> RebuiltStore:
        """Bring a store that is older than the chain up to it; what was never settled is ingested afterwards.

        Raises: what `rebuild_store` does; ReportsNotFinal while the newest reports on chain are not.
        """
        rebuilt = rebuild_store(
            feed,
            Rebuilding(self.store, self.members, self.partners, self.secrets),
            self.chain,
            on_report=lambda report: on_step(Step.FINAL, report),
        )
        if not rebuilt.missing:
            self.read()
            require_all_final(self.lanes, self.store, self.chain)
        return rebuilt

    def settle_all(
        self, *, most: int = MOST_PURCHASES, on_step: OnStep = lambda _step, _report: None
    ) -> SettledReports:
        """Settle everything that is accepted, in reports of at most `most` purchases, until all is final.

        Shape: what an earlier run left unfinished comes first, and what changes a sale after that sale is
            final. Running again settles nothing twice. While settling is paused everything is sealed and
            signed, with reporters elsewhere one report a lane, and nothing sent: the next run sends it.
        Raises: ClocksDiffer; what the steps raise, ReportFailed, SettlingTooSlow; all that was done until
            then stays. SettlingPaused at the end.
        """
        self.require_right_time()
        done = [self.read()]
        self._announce(done[0], on_step)
        paused: list[SettlingPaused] = []
        self._finish(on_step, paused)
        if not paused and self._in_states(*_SETTLED_ELSEWHERE):
            # Nothing is sealed on top of what may be another cut than ours.
            done.append(self._read_until_final(on_step, *_SETTLED_ELSEWHERE))
        is_more = True
        while is_more:
            sealed = [self._settle_lane(lane, on_step, paused, most=most) for lane in self.lanes]
            # While settling is paused, what is signed stays so, and nobody waits for it.
            done.append(self._read_until_final(on_step, *(() if paused else _SETTLED_ELSEWHERE)))
            # Amendments are sealed once the receipts that they change are final; those of an earlier run too.
            is_news = any(sealed) or bool(done[-1].reports)
            is_more = is_news and not paused and bool(self._amending())
        if paused:
            raise paused[0]
        return SettledReports(
            tuple(report for read in done for report in read.reports), sum(read.purchases for read in done)
        )

    def signed(self, report_hash: bytes, *, behind_ms: int) -> StoredReport:
        """Collect signatures, and ask again for so long while reporters' nodes are a block behind.

        Raises: what `sign_report` does.
        """
        told: set[str] = set()

        def tell_once(error: MilepostError) -> None:
            if str(error) not in told:
                told.add(str(error))
                self.on_passed_over(error)

        waited_ms = 0
        while True:
            try:
                return sign_report(
                    report_hash,
                    self.store,
                    chain=self.chain,
                    reporters=self._own,
                    elsewhere=self.remote,
                    together=self.together,
                    on_passed_over=tell_once,
                )
            except ReportersBehind:
                if waited_ms >= behind_ms:
                    raise
            pause_ms = self.patience.pause_ms(waited_ms)
            self.patience.sleep(pause_ms / 1_000)
            waited_ms += pause_ms

    def require_right_time(self) -> None:
        """Raises: ClocksDiffer if the chain is ahead of this machine."""
        latest_instant(self.clock.now(), self.machine, self.accept)

    def waiting(self) -> list[StoredPurchase]:
        """Accepted purchases that lie too far ahead of the chain's time to be settled, the soonest first."""
        occurred_by = latest_judged(self.chain, self.accept)
        ahead = [stored for stored in self._accepted() if stored.purchase.occurred_at_s > occurred_by]
        return sorted(ahead, key=lambda stored: stored.purchase.occurred_at_s)

    def unmatched(self) -> list[StoredPurchase]:
        """Accepted amendments that are due and wait: for a sale that has not come, or for its receipt."""
        occurred_by = latest_judged(self.chain, self.accept)
        return [stored for stored in self._amending() if stored.purchase.occurred_at_s <= occurred_by]

    def read(self) -> ReadSettlements:
        """Read what is final on chain into the store."""
        return read_settlements(self.store, chain=self.chain)

    def reconcile(self) -> Reconciliation:
        return reconcile(self.store, self.chain)

    def receipt(self, key: DedupeKey) -> MemberReceipt:
        """Raises: PurchaseUnknown, PurchaseNotSettled."""
        return issue_receipt(key, self._issuing)

    def receipts(self, reports: Iterable[bytes]) -> Iterator[MemberReceipt]:
        """The receipts of all purchases of final reports, named by their content hashes, in order."""
        for report in reports:
            yield from issue_receipts(report, self._issuing)

    @property
    def lanes(self) -> list[Lane]:
        return sorted({partner.lane for partner in self.partners.partners.values()})

    @property
    def _sealing(self) -> Sealing:
        return Sealing(self.store, self.members, self.partners, self.secrets, self.accept)

    @property
    def _issuing(self) -> Issuing:
        return Issuing(self.store, self.chain, self.secrets)

    @property
    def _own(self) -> list[SigningReporter]:
        copy = RebuiltOnce(OwnCopy(self.store, self.members, self.partners, self.secrets))
        return [CheckingReporter(reporter, copy) for reporter in self.reporters]

    @property
    def _checking(self) -> list[SigningReporter]:
        return [*self._own, *self.remote]

    def _finish(self, on_step: OnStep, paused: list[SettlingPaused]) -> None:
        self._relay_what_a_reorg_took()
        given_up: set[Lane] = set()
        for report in self._in_states(*_DUE):
            if report.lane not in given_up:
                try:
                    self._settle(report, on_step)
                except ReportTooLarge:
                    # It has failed, and the later ones of its lane: all their purchases are sealed anew.
                    given_up.add(report.lane)
                except SettlingPaused as error:
                    paused.append(error)
                    if self.remote:
                        given_up.add(report.lane)

    def _settle_lane(self, lane: Lane, on_step: OnStep, paused: list[SettlingPaused], *, most: int) -> bool:
        """Seal and settle all that can be of a lane, and say whether there was something.

        Shape: fewer purchases in a report once one was too large for a tx.
        """
        is_some = False
        if self.remote and any(report.lane == lane for report in self._in_states(*_DUE)):
            # Settling is paused. Reporters elsewhere sign what the chain takes next, and nothing on top.
            return False
        while (report := seal_report(lane, self._sealing, self.chain, most=most)) is not None:
            is_some = True
            on_step(Step.SEALED, report)
            try:
                self._settle(report, on_step)
            except ReportTooLarge as error:
                count = sum(section.count for section in report.sections)
                if count == 1:
                    raise
                most = max(error.fitting(count), 1)
            except SettlingPaused as error:
                paused.append(error)
                if self.remote:
                    break
        return is_some

    def _accepted(self) -> list[StoredPurchase]:
        with self.store.unit_of_work() as work:
            return work.purchases.accepted(list(self.partners.ids), most=MOST_WAITING)

    def _amending(self) -> list[StoredPurchase]:
        return [stored for stored in self._accepted() if is_amendment(stored)]

    def _relay_what_a_reorg_took(self) -> None:
        """Send reports again that were applied and are no longer; no step is announced twice."""
        applied = self._in_states(ReportState.APPLIED)
        watched = [watch_report(one.content_hash, self.store, chain=self.chain) for one in applied]
        # Only now: the lowest nonce must go first, and any of them may be gone.
        for report in watched:
            if report.state is ReportState.RELAYING:
                self._settle(report, lambda _step, _report: None)

    def _in_states(self, *states: ReportState) -> list[StoredReport]:
        with self.store.unit_of_work() as work:
            return work.reports.in_states(*states)

    def _settle(self, report: StoredReport, on_step: OnStep) -> None:
        """Sign, relay and wait until the chain has applied the report.

        While it was under way its reporters, its Settlement or a pause may have changed: then it is sealed as
        before, and takes the same way again.
        """
        while (report := self._sign_and_relay(report, on_step)).state is ReportState.SEALED:
            pass
        if report.state is ReportState.FAILED:
            raise ReportFailed(report)
        if report.state is ReportState.APPLIED:
            on_step(Step.APPLIED, report)

    def _sign_and_relay(self, report: StoredReport, on_step: OnStep) -> StoredReport:
        report = self.signed(report.content_hash, behind_ms=self.patience.behind_s * 1_000)
        on_step(Step.SIGNED, report)
        report = relay_report(report.content_hash, self.store, chain=self.chain, bumping=self.bumping)
        waited_ms = sent_ms = 0
        while report.state is ReportState.RELAYING:
            waited_ms = self._wait(waited_ms, f"Report {report.sequence} of lane {report.lane} is not mined")
            if waited_ms - sent_ms < self.patience.resend_s * 1_000:
                report = watch_report(report.content_hash, self.store, chain=self.chain)
            else:
                report = relay_report(report.content_hash, self.store, chain=self.chain, bumping=self.bumping)
                sent_ms = waited_ms
        return report

    def _read_until_final(self, on_step: OnStep, *awaited: ReportState) -> ReadSettlements:
        reports: tuple[bytes, ...] = ()
        purchases = waited_ms = tried_ms = 0
        while True:
            read = self.read()
            self._announce(read, on_step)
            reports, purchases = reports + read.reports, purchases + read.purchases
            pending = self._in_states(*awaited, ReportState.APPLIED)
            if not pending:
                return ReadSettlements(reports, purchases, read.up_to)
            self._relay_what_a_reorg_took()
            if waited_ms - tried_ms >= self.patience.resend_s * 1_000:
                tried_ms = waited_ms
                self._settle_what_another_left(on_step, awaited)
            waited_ms = self._wait(waited_ms, f"{len(pending)} reports are applied and not final")

    def _settle_what_another_left(self, on_step: OnStep, states: Sequence[ReportState]) -> None:
        """Settle reports that nobody has sent: another run, which began after this one, may have ended."""
        for report in self._in_states(*states):
            if self.chain.next_sequence(report.lane) <= report.sequence:
                self._settle(report, on_step)

    def _announce(self, read: ReadSettlements, on_step: OnStep) -> None:
        for content_hash in read.reports:
            with self.store.unit_of_work() as work:
                report = work.reports.get(content_hash)
            if report is None:
                raise StoreError(f"The store lost report {content_hash.hex()}: restore it from a backup.")
            on_step(Step.FINAL, report)

    def _wait(self, waited_ms: int, waited_for: str) -> int:
        if waited_ms >= self.patience.timeout_s * 1_000:
            raise SettlingTooSlow(waited_for, self.patience.timeout_s)
        pause_ms = self.patience.pause_ms(waited_ms)
        self.patience.sleep(pause_ms / 1_000)
        return waited_ms + pause_ms
