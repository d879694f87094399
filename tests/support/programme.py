"""A small programme for tests of the pipeline: two partners, five reporters, three members, on the fakes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from milepost.domain.accrual import Books, EarnTerms, PromotionState
from milepost.domain.calendar import Align
from milepost.domain.partner import EarnRate, EligibleParts, Outlet, Partner, PaymentMode
from milepost.domain.programme import Acceptance
from milepost.domain.promotion_terms import PromotionTerms, RewardKind
from milepost.domain.purchase import SubmittedPurchase
from milepost.pipeline.build_report import DeployedPartners
from milepost.pipeline.check_report import CheckingReporter, OwnCopy
from milepost.pipeline.ingest_purchase import Answer, Ingest, ingest_many
from milepost.pipeline.issue_receipt import Issuing
from milepost.pipeline.relay_report import relay_report
from milepost.pipeline.seal_report import Sealing, seal_report
from milepost.pipeline.sign_report import sign_report
from milepost.ports import LedgerAtBlock, Store, StoredReport
from milepost.testing import (
    FakeLedgerBook,
    FakeReporter,
    FakeSettlementChain,
    FixedSecrets,
    MemoryMemberDirectory,
    MemoryStore,
)
from tests.support.ledgers import a_lot_ledger
from tests.support.purchases import a_purchase

# 2018-05-14T13:00:00+08:00, half an hour after the usual bill.
NOON_S = 1_526_274_000
MEMBERS = ("1000000001", "1000000002", "1000000003")
REPORTERS = tuple(FakeReporter(f"reporter {name}") for name in "abcde")
ACCEPT = Acceptance(oldest_days=90, ahead_minutes=10)


def a_partner(code: str = "putien", **changes: Any) -> Partner:
    usual: dict[str, Any] = {
        "code": code,
        "title": code.title(),
        "currency": "HKD",
        "earn": EarnRate(miles=1, per_minor=400),
        "eligible": EligibleParts(),
        "payment": PaymentMode.OPEN,
        "available": None,
        "lane": 0,
        "outlets": (
            Outlet("causeway-bay", "Asia/Hong_Kong", 0, (32, 32)),
            Outlet("hkg-airport", "Asia/Hong_Kong", 1, (32, 32)),
            Outlet("soho", "America/New_York", 2, (-20, -16)),
        ),
    }
    return Partner(**{**usual, **changes})


PARTNERS = {"putien": a_partner(), "tamarind": a_partner("tamarind")}
DEPLOYED = DeployedPartners(PARTNERS, {"putien": 1, "tamarind": 2})
# One promotion that binds: three times the base, at most 400 miles a member.
TRIPLE = PromotionTerms(
    first_day=0,
    last_day=20_000,
    from_minute=0,
    until_minute=1_440,
    weekdays=0x7F,
    minimum=0,
    group=0,
    reward=RewardKind.MULTIPLE,
    multiple_bps=30_000,
    fixed_miles=0,
    per_member=400,
    listed=False,
    outlets=(),
)


def books() -> Books:
    """What the fake chain settles by: the partners and members above."""
    ledger = a_lot_ledger(align=Align.MONTH, enrolled=len(MEMBERS))
    return Books(
        accept=ACCEPT,
        ledger=ledger,
        partners={
            DEPLOYED.ids[code]: EarnTerms(
                partner.earn, tuple(outlet.offsets for outlet in partner.outlets), promotions=(1,)
            )
            for code, partner in PARTNERS.items()
        },
        promotions={1: PromotionState(TRIPLE)},
    )


@dataclass
class Oracle:
    """The whole oracle on fakes: every reporter checks against the one store."""

    store: Store = field(default_factory=MemoryStore)
    members: MemoryMemberDirectory = field(default_factory=lambda: MemoryMemberDirectory(MEMBERS))
    secrets: FixedSecrets = field(default_factory=FixedSecrets)
    chain: FakeSettlementChain = field(
        default_factory=lambda: FakeSettlementChain(books(), REPORTERS, quorum=3, starts_at=NOON_S)
    )

    @property
    def sealing(self) -> Sealing:
        return Sealing(self.store, self.members, DEPLOYED, self.secrets, ACCEPT)

    @property
    def issuing(self) -> Issuing:
        return Issuing(self.store, self.chain, self.secrets)

    @property
    def reporters(self) -> list[CheckingReporter]:
        copy = OwnCopy(self.store, self.members, DEPLOYED, self.secrets)
        return [CheckingReporter(reporter, copy) for reporter in REPORTERS]

    def ingest(self, *records: Any) -> list[Answer]:
        return list(ingest_many(records, Ingest(self.store, self.members, ACCEPT, self.chain)))

    def sealed(self, most: int = 400) -> StoredReport:
        report = seal_report(0, self.sealing, self.chain, most=most)
        assert report is not None
        return report

    def signed(self) -> StoredReport:
        return sign_report(self.sealed().content_hash, self.store, chain=self.chain, reporters=self.reporters)

    def relayed(self) -> StoredReport:
        return relay_report(self.signed().content_hash, self.store, chain=self.chain)

    def states(self) -> dict[str, int]:
        with self.store.unit_of_work() as work:
            return {str(state): count for state, count in work.purchases.count_by_state().items()}

    def report(self, content_hash: bytes) -> StoredReport:
        with self.store.unit_of_work() as work:
            report = work.reports.get(content_hash)
        assert report is not None
        return report


def submitted(sale_ref: str = "A-1001", member: str | None = MEMBERS[0], **changes: Any) -> SubmittedPurchase:
    return SubmittedPurchase(a_purchase(sale_ref=sale_ref, **changes), member)


def three_bills() -> Iterable[SubmittedPurchase]:
    """Two bills at Putien of two members, one at Tamarind of nobody's card."""
    return (
        submitted("A-1001"),
        submitted("A-1002", MEMBERS[1]),
        submitted("B-1", "nobody", partner="tamarind"),
    )


def book_of(oracle: Oracle) -> LedgerAtBlock:
    """The ledger as it stands, to be read whole."""
    return FakeLedgerBook(oracle.chain.books.ledger, oracle.chain.block, oracle.chain.final_block).newest()
