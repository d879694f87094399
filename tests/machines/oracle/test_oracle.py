"""The oracle over the shipped fake chain: its steps in any order, killed anywhere, on a troubled chain.

given an oracle with a store in memory or on SQLite, and bills fed to it, some again, some refunded or changed
  when any step is run on any report, killed at a fail point, while node, chain and reporters misbehave
    then what the store calls final is in a final block (INV-8), and each raw tx was stored before sent (R4)
    and once all is quiet, within a few runs (R6), R1, R2, R3 and R5 hold: each purchase is settled once
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from milepost.domain.purchase import DedupeKey, Purchase, PurchaseKind
from milepost.fail_point import FailPoint
from milepost.pipeline.build_report import DeployedPartners
from milepost.pipeline.bump_fees import Bumping
from milepost.pipeline.cancel_nonce import NothingToCancel, cancel_nonce
from milepost.pipeline.ingest_purchase import Answer
from milepost.pipeline.reconcile import require_reconciled
from milepost.pipeline.relay_report import NonceDisplaced, NonceMissing, relay_report, watch_report
from milepost.pipeline.seal_report import SettledElsewhere, seal_report
from milepost.pipeline.sign_report import QuorumNotCollected, counting_signatures, sign_report
from milepost.ports import (
    ChainUnavailable,
    PurchaseState,
    ReportState,
    ReportTooLarge,
    SettlingPaused,
    Store,
    StoredReport,
    TxFeeTooLow,
    TxNonceTooLow,
    TxNotReplaced,
    TxUnderfunded,
)
from milepost.store.engine import open_store
from milepost.store.unit_of_work import SqlStore
from milepost.testing import FakeSettlementChain, FixedSecrets, MemoryMemberDirectory, MemoryStore
from milepost.testing.fake_refusals import ContractRefusal
from milepost.worker import Oracle, Patience, ReportFailed, SettlingTooSlow
from tests.machines.depth import DEPTH
from tests.machines.every_rule import EveryRuleMachine
from tests.machines.oracle.killing import Killed, killed_at, points_of
from tests.machines.oracle.promises import require_final_is_final, require_promises
from tests.support.programme import ACCEPT, MEMBERS, NOON_S, REPORTERS, a_partner, books, submitted

FINALITY = 2
BUMPING = Bumping(after_s=2, most_fee=200)
MOST_RUNS = 6
"""Runs in which the queue must drain once all is quiet; each may end on what another must do first."""
# What a step may say on such a chain, and what the next run goes on from.
_EXPECTED = (
    ChainUnavailable,
    ContractRefusal,
    NonceDisplaced,
    NothingToCancel,
    QuorumNotCollected,
    ReportFailed,
    ReportTooLarge,
    SettledElsewhere,
    SettlingPaused,
    SettlingTooSlow,
    TxNonceTooLow,
    TxUnderfunded,
)
_PARTNERS = {"putien": a_partner(), "tamarind": a_partner("tamarind", lane=1)}
_DEPLOYED = DeployedPartners(_PARTNERS, {"putien": 1, "tamarind": 2})
_ALL_STATES = tuple(ReportState)
_bills = st.tuples(
    st.sampled_from(sorted(_PARTNERS)),
    st.integers(1, 40),
    st.sampled_from((*MEMBERS, "nobody", None)),
    # As a till says it again, now and then something else.
    st.sampled_from((0, 0, 0, 0, 7)),
)
_CHANGES = (PurchaseKind.REFUND, PurchaseKind.REFUND, PurchaseKind.VOID, PurchaseKind.AMEND)
_STEPS = ("seal", "sign", "relay", "relay", "watch", "read", "cancel")
_troubles = st.sampled_from(
    (
        *[None] * 5,
        *("is_down", "is_paused", "refuses_reports", "loses_next_answer", "has_no_gas_money"),
        *("forget_pool", "use_nonce", "reorg"),
    )
)
"""What goes wrong while a step is run or a block is mined; without one all is well again."""
_kills = st.one_of(st.none(), st.none(), st.integers(0, 40))


class StoringChain(FakeSettlementChain):
    """Asks of every raw tx that reaches the node whether the store had it before (R4)."""

    store: Store

    def send(self, raw: bytes) -> None:
        with self.store.unit_of_work() as work:
            sent = {tx.signed.raw for report in work.reports.in_states(*_ALL_STATES)
                    for tx in work.txs.of_report(report.content_hash)}  # fmt: skip
        assert raw in sent, "R4: a tx was sent that is not in the store"
        super().send(raw)


class OracleMachine(EveryRuleMachine):
    """One programme, one chain, one store; every rule may be the act of another process."""

    folder: TemporaryDirectory[str] | None = None
    coming: str | None = None

    @initialize(is_sql=st.booleans(), replaces=st.booleans())
    def begin(self, is_sql: bool, replaces: bool) -> None:
        self.accepted: dict[DedupeKey, Purchase] = {}
        self.secrets = FixedSecrets()
        self.chain = StoringChain(books(), REPORTERS, quorum=3, starts_at=NOON_S)
        self.reporters, self.quorum = list(REPORTERS), 3
        self.chain.automine, self.chain.finality = False, FINALITY
        self.chain.pool.replaces = replaces
        for _ in range(FINALITY):
            self.chain.mine()
        self.folder = TemporaryDirectory() if is_sql else None
        self.store: Store = MemoryStore()
        self.members = MemoryMemberDirectory(MEMBERS)
        self.restart()
        self.feed([("putien", number, MEMBERS[number % 3], 0) for number in range(41, 45)], None)

    def teardown(self) -> None:
        try:
            if hasattr(self, "chain"):
                self.settle_in_quiet()
        finally:
            if self.folder is not None:
                self.folder.cleanup()

    def restart(self) -> None:
        """A new process: what it knows is what is stored."""
        if self.folder is not None:
            self.store = SqlStore(open_store(f"sqlite:///{Path(self.folder.name) / 'oracle.db'}"))
        self.chain.store = self.store
        self.oracle = Oracle(
            store=self.store,
            members=self.members,
            partners=_DEPLOYED,
            accept=ACCEPT,
            secrets=self.secrets,
            chain=self.chain,
            clock=self.chain,
            reporters=REPORTERS,
            patience=Patience(timeout_s=6, resend_s=2, sleep=self._wait),
            bumping=BUMPING,
        )

    # ------------------------------------------------------------ the oracle's steps

    @rule(bills=st.lists(_bills, min_size=1, max_size=5), kill=_kills)
    def feed(self, bills: list[tuple[str, int, str | None, int]], kill: int | None) -> None:
        """Bills come again, some with another amount under their old reference."""
        records = [
            submitted(f"A-{number}", member, partner=partner, eligible_minor=40_000 + number + change)
            for partner, number, member, change in bills
        ]
        answers: list[Answer] = []
        self._do(lambda: answers.extend(self.oracle.ingest(records)), _picked(points_of("ingest"), kill))
        with self.store.unit_of_work() as work:
            stored = work.purchases.by_keys([record.purchase.dedupe_key for record in records])
        assert {answer.key for answer in answers} <= stored.keys(), "R1: answered and not stored"
        for key, found in stored.items():
            assert self.accepted.setdefault(key, found.purchase) == found.purchase, "R1: another purchase"

    @rule(
        place=st.integers(0, 40), kind=st.sampled_from(_CHANGES), eligible=st.integers(0, 45_000), kill=_kills
    )
    def change(self, place: int, kind: PurchaseKind, eligible: int, kill: int | None) -> None:
        """A refund, a void or another total of a bill that was accepted, wherever that is by now."""
        sales = [sale for sale in self.accepted.values() if sale.kind is PurchaseKind.SALE]
        sale = sales[place % len(sales)]
        number = 1 + len(self.accepted)
        record = submitted(
            f"R-{number}" if kind is PurchaseKind.REFUND else sale.sale_ref,
            None,
            partner=sale.partner,
            kind=kind,
            revision=0 if kind is PurchaseKind.REFUND else number,
            original_sale_ref=sale.sale_ref if kind is PurchaseKind.REFUND else None,
            eligible_minor=eligible,
        )
        self._do(lambda: list(self.oracle.ingest([record])), _picked(points_of("ingest"), kill))
        with self.store.unit_of_work() as work:
            stored = work.purchases.by_key(record.purchase.dedupe_key)
        if stored is not None:
            self.accepted[record.purchase.dedupe_key] = record.purchase

    @rule(step=st.sampled_from(_STEPS), place=st.integers(0, 5), trouble=_troubles, kill=_kills)
    def step(self, step: str, place: int, trouble: str | None, kill: int | None) -> None:
        """One step of the main path, on any report there is; without one purchases are sealed."""
        reports, chain = self._reports(), self.chain
        step = step if reports or step == "read" else "seal"
        report_hash = reports[place % len(reports)].content_hash if reports else b""
        checking = self.oracle._checking
        steps: dict[str, Callable[[], object]] = {
            "seal": lambda: seal_report(place % 2, self.oracle._sealing, chain, most=1 + place),
            "sign": lambda: sign_report(report_hash, self.store, chain=chain, reporters=checking),
            "relay": lambda: relay_report(report_hash, self.store, chain=chain, bumping=BUMPING),
            "watch": lambda: watch_report(report_hash, self.store, chain=chain),
            "read": self.oracle.read,
            "cancel": lambda: self._cancel(chain.mined_nonce() + place % 2),
        }
        with self._troubled(trouble):
            self._do(steps[step], _picked(points_of(step), kill))

    @rule(
        most=st.integers(1, 4), trouble=_troubles, is_later=st.booleans(), kill=_kills, time=st.integers(1, 3)
    )
    def settle_all(self, most: int, trouble: str | None, is_later: bool, kill: int | None, time: int) -> None:
        """A whole run of the command. Trouble may come while it waits, with what it sent in the pool."""
        with self._troubled(trouble, is_later=is_later):
            self._do(lambda: self.oracle.settle_all(most=most), _picked(points_of("settle_all"), kill), time)

    # ------------------------------------------------------------ what the chain and others do

    @rule(blocks=st.integers(1, 4), depth=st.sampled_from((0, 0, *range(1, FINALITY + 1))), trouble=_troubles)
    def mine(self, blocks: int, depth: int, trouble: str | None) -> None:
        """After a reorg no deeper than what is final, or without one; what is mined then may revert."""
        with self._troubled(trouble):
            if depth:
                self.chain.reorg(depth)
            for _ in range(blocks):
                self.chain.mine()

    @rule(base_fee=st.sampled_from((0, 0, 40, 90, 10_000)), refuses_cheap=st.booleans())
    def price(self, base_fee: int, refuses_cheap: bool) -> None:
        """What blocks ask from now on, at times more than may be paid; nodes keep what pays less, or not."""
        self.chain.pool.base_fee, self.chain.pool.refuses_cheap = base_fee, refuses_cheap

    @rule(reporters=st.sets(st.integers(0, 4), min_size=3), quorum=st.integers(2, 3), how=st.integers(0, 2))
    def change_who_signs(self, reporters: set[int], quorum: int, how: int) -> None:
        """Another set, the same set at another Settlement, or one reporter less at once."""
        if how == 2:
            if len(self.reporters) > self.quorum:
                self.chain.remove_reporter(self.reporters.pop())
            return
        self.reporters, self.quorum = [REPORTERS[place] for place in sorted(reporters)], quorum
        (self.chain.replace_settlement if how else self.chain.set_reporters)(self.reporters, quorum)

    @rule(place=st.integers(0, 9))
    def another_relays(self, place: int) -> None:
        """Whoever kept the signatures, of a report that was given up too."""
        reports = self._reports()
        if reports:
            report = reports[place % len(reports)]
            found = counting_signatures(report, self.store, chain=self.chain).signatures
            self.chain.settle_by_another(report.report_bytes, b"".join(one.signature for one in found))

    # ------------------------------------------------------------ what must hold

    @invariant()
    def inv_8_final_is_final(self) -> None:
        require_final_is_final(self.store, self.chain)

    @invariant()
    def r5_sums_agree(self) -> None:
        """At every moment, whatever is under way: as of what was read."""
        require_reconciled(self.oracle.reconcile())

    def settle_in_quiet(self) -> None:
        """Faults stop; R6: the queue drains within a few runs, and then the rest holds."""
        self.chain.set_reporters(REPORTERS, 3)
        self.chain.pool.base_fee = 0
        for _ in range(MOST_RUNS):
            self._do(self.oracle.settle_all, None)
            # Some runs end at once on what only a later block decides.
            self.chain.mine()
            if self._is_drained():
                break
        assert self._is_drained(), "R6: the queue does not drain"
        self.inv_8_final_is_final()
        require_promises(self.store, self.chain, self.accepted, self.secrets)
        assert self.oracle.reconcile().is_equal, "R5: reconciliation"
        assert len(list(self.oracle.receipts(self._hashes(ReportState.FINAL)))) == len(self.accepted)

    # ------------------------------------------------------------ how

    @contextmanager
    def _troubled(self, trouble: str | None, *, is_later: bool = False) -> Iterator[None]:
        if is_later:
            self.coming = trouble
        else:
            self._begin(trouble)
        try:
            yield
        finally:
            self.coming = None
            self._begin(None)

    def _begin(self, trouble: str | None) -> None:
        chain = self.chain
        if trouble in ("forget_pool", "use_nonce"):
            getattr(chain, trouble)()
        elif trouble == "reorg":
            chain.reorg(1)
        chain.has_gas_money = trouble != "has_no_gas_money"
        for flag in ("is_down", "is_paused", "refuses_reports", "loses_next_answer"):
            setattr(chain, flag, trouble == flag)

    def _wait(self, _seconds: float) -> None:
        """While the oracle waits a block comes, and before it what was to go wrong."""
        if self.coming is not None:
            self._begin(self.coming)
            self.coming = None
        self.chain.mine()

    def _do(self, act: Callable[[], object], kill: FailPoint | None, time: int = 1) -> None:
        try:
            with killed_at(kill, time):
                act()
        except Killed:
            self.restart()
        except NonceMissing:
            # The operator does as told: of what others sent from this address a reorg has lost one.
            self.chain.use_nonce()
        except _EXPECTED:
            return

    def _cancel(self, nonce: int) -> None:
        """An operator's empty tx; what the node does not take for its fees stays stored."""
        try:
            cancel_nonce(nonce, self.store, chain=self.chain, bumping=BUMPING)
        except (TxFeeTooLow, TxNotReplaced):
            return

    def _reports(self) -> list[StoredReport]:
        with self.store.unit_of_work() as work:
            return work.reports.in_states(*_ALL_STATES)

    def _hashes(self, *states: ReportState) -> list[bytes]:
        return [report.content_hash for report in self._reports() if report.state in states]

    def _is_drained(self) -> bool:
        with self.store.unit_of_work() as work:
            states = set(work.purchases.count_by_state())
        return states <= {PurchaseState.SETTLED_FINAL} and self.oracle.reconcile().is_equal


def _picked(points: list[FailPoint], number: int | None) -> FailPoint | None:
    return None if number is None else points[number % len(points)]


TestOracle = OracleMachine.TestCase
TestOracle.settings = DEPTH
