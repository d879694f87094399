"""A programme on ape's chain, deployed contract by contract, and what its actors do with it.

Partners: 1 open and 2 prepaid in Hong Kong, 3 postpaid in New York. Members 1 to 100. A mile for 4.00.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ape.api import AccountAPI, ReceiptAPI
from ape.contracts import ContractInstance
from ape.managers.chain import ChainManager
from ape.managers.project import ProjectManager
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from milepost.chain.roles import DESK_ACTS, FUNCTIONS, Role
from milepost.codec.report_bytes import decode_report, encode_report
from milepost.codec.results import decode_results
from milepost.domain.calendar import SECONDS_A_DAY
from milepost.domain.promotion_terms import NO_BUDGET, PromotionTerms
from milepost.domain.receipt import Settled
from milepost.domain.report import Entry, Report, Section
from tests.support.deployments import REPORTERS as FIVE
from tests.support.promotions import some_terms, terms_tuple
from tests.support.purchases import an_entry
from tests.support.reports import signed_by

REPORTERS = tuple(sorted(FIVE, key=lambda reporter: int(reporter.address, 16)))
"""By rising address, as the contract keeps them."""
QUORUM = 3
MEMBERS = 100
OPEN_PARTNER, PREPAID_PARTNER, POSTPAID_PARTNER = 1, 2, 3
PREPAID_MILES = 50_000
HONG_KONG = (32, 32)
NEW_YORK = (-20, -16)
NOTICE_S = 7 * 86_400
OLDEST_DAYS = 90
AHEAD_MINUTES = 10
UTC_OFFSET = 480
DAILY_LIMIT = 10_000
"""Miles that may be adjusted in a day."""
TREASURY = "0x7ea5000000000000000000000000000000000000"
"""Where payments at the shop go."""

ALIGN_DAY, ALIGN_MONTH, ALIGN_QUARTER, ALIGN_YEAR = range(4)


@dataclass(frozen=True, slots=True)
class Programme:
    """The contracts of one programme, and one holder of each role."""

    chain: ChainManager
    authority: ContractInstance
    ledger: ContractInstance
    registry: ContractInstance
    book: ContractInstance
    receipts: ContractInstance
    settlement: ContractInstance
    desk: ContractInstance
    redemption: ContractInstance
    shop: ContractInstance
    token: ContractInstance
    lens: ContractInstance
    admin: AccountAPI
    manager: AccountAPI
    relayer: AccountAPI

    @property
    def now(self) -> int:
        """Date of the head, in unix seconds; the next tx comes a second later unless the clock is moved."""
        return int(self.chain.blocks.head.timestamp)

    def move_to(self, instant_s: int) -> None:
        """Date the head `instant_s`."""
        if instant_s != self.now:
            self.chain.mine(timestamp=instant_s)

    # ------------------------------------------------------------ reports

    def next_number(self, partner: int) -> int:
        return int(self.registry.partnerOf(partner).lastNumber) + 1

    def a_section(self, *entries: Entry, partner: int = OPEN_PARTNER, **changes: Any) -> Section:
        """A section whose first number is the next; its base time is now."""
        first, base = changes.get("first_number"), changes.get("base_time")
        return Section(
            partner,
            self.next_number(partner) if first is None else first,
            self.now if base is None else base,
            entries or (an_entry(),),
        )

    def a_report(self, *sections: Section, lane: int = 0, sequence: int | None = None) -> bytes:
        """The lane's next report: by default one bill of member 1 at the open partner, now."""
        if sequence is None:
            sequence = int(self.receipts.nextSequence(lane))
        return encode_report(Report(lane, sequence, sections or (self.a_section(),)))

    def sign(
        self, report: bytes, reporters: Sequence[LocalAccount] = REPORTERS[:QUORUM], version: int = 1
    ) -> bytes:
        """Signatures of the first three reporters, rising."""
        return signed_by(
            reporters,
            report,
            chain_id=self.chain.chain_id,
            settlement=str(self.settlement.address),
            version=version,
        )

    def settle(self, *sections: Section, lane: int = 0) -> "Settlement":
        """Settle a report of these sections, relayed by a stranger to all roles."""
        return self.settle_bytes(self.a_report(*sections, lane=lane))

    def settle_bytes(self, report: bytes, signatures: bytes | None = None) -> "Settlement":
        signatures = self.sign(report) if signatures is None else signatures
        tx = self.settlement.settle(report, signatures, sender=self.relayer)
        return Settlement(report, tx, self.settlement)

    def award(self, *entries: Entry, partner: int = OPEN_PARTNER, **changes: Any) -> list[Settled]:
        """What became of these purchases, settled as one section."""
        return self.settle(self.a_section(*entries, partner=partner, **changes)).results

    def earn(self, miles: int, *, member: int = 1, days_ago: int = 0) -> None:
        """Have a member earn miles by a purchase of today, or of days ago."""
        entry = an_entry(member=member, eligible_minor=miles * 400, seconds=0)
        self.award(entry, base_time=self.now - days_ago * SECONDS_A_DAY)

    # ------------------------------------------------------------ promotions

    def publish(self, terms: PromotionTerms, budget: int = NO_BUDGET) -> int:
        self.book.publish(terms_tuple(terms), budget, b"\x11" * 32, sender=self.manager)
        return int(self.book.promotionCount())

    def offer(self, partner: int, *promotions: int) -> int:
        """Give a partner a set of these promotions."""
        self.book.compose(list(promotions), sender=self.manager)
        offer_set = int(self.book.offerSetCount())
        self.book.assign(partner, offer_set, sender=self.manager)
        return offer_set


@dataclass(frozen=True, slots=True)
class Settlement:
    """A settled report."""

    report: bytes
    tx: ReceiptAPI
    contract: ContractInstance

    @property
    def event(self) -> Any:
        (event,) = self.tx.decode_logs(self.contract.ReportSettled)
        return event

    @property
    def results(self) -> list[Settled]:
        return decode_results(bytes(self.event.results), decode_report(self.report))

    @property
    def root(self) -> bytes:
        return bytes(self.event.root)


def open_terms(now_s: int, **changes: Any) -> PromotionTerms:
    """Terms of a fixed 100 miles that may be published now: they open after the notice, for half a year."""
    first = (now_s + NOTICE_S) // 86_400 - 7305 + 2
    return some_terms(**{"first_day": first, "last_day": first + 180, **changes})


def deploy(chain: ChainManager, project: ProjectManager, accounts: Sequence[AccountAPI]) -> Programme:
    """Deploy all contracts by the first account, the admin; the second holds every role, undelayed."""
    admin, manager, relayer = accounts[:3]
    authority = admin.deploy(project.Authority, admin)
    settings = (UTC_OFFSET, 60, 1, 0, False, False, False, 1)
    by_day = (0, 36, ALIGN_DAY, 0, 0, 0, 0)
    reversals = admin.deploy(project.LedgerReversals)
    ledger = admin.deploy(project.MilesLedger, authority, reversals, "Asia Miles", "MILE", settings, [by_day])
    registry = admin.deploy(project.PartnerRegistry, authority, OLDEST_DAYS, AHEAD_MINUTES)
    book = admin.deploy(project.PromotionBook, authority, registry, ledger, NOTICE_S)
    receipts = admin.deploy(project.ReceiptBook, authority)
    settlement = admin.deploy(project.Settlement, authority, registry, ledger, book, receipts)
    desk = admin.deploy(project.AdjustmentDesk, authority, ledger, DAILY_LIMIT)
    redemption = admin.deploy(project.RedemptionDesk, authority, ledger, registry)
    token = admin.deploy(project.Token__Mock)
    shop = admin.deploy(project.MilesShop, authority, ledger, token, TREASURY)
    programme = Programme(
        chain, authority, ledger, registry, book, receipts, settlement, desk, redemption, shop, token,
        admin.deploy(project.MilesLens), admin, manager, relayer,
    )  # fmt: skip
    _wire(programme)
    _fill(programme)
    return programme


def selector_of(contract: ContractInstance, function: str) -> bytes:
    (method,) = (one for one in contract.contract_type.mutable_methods if one.name == function)
    return keccak(text=method.selector)[:4]


def _wire(programme: Programme) -> None:
    contracts = {
        "MilesLedger": programme.ledger,
        "PartnerRegistry": programme.registry,
        "PromotionBook": programme.book,
        "ReceiptBook": programme.receipts,
        "Settlement": programme.settlement,
        "AdjustmentDesk": programme.desk,
        "RedemptionDesk": programme.redemption,
        "MilesShop": programme.shop,
    }
    authority, admin = programme.authority, programme.admin
    for role in Role:
        if role is not Role.ADMIN:
            authority.grantRole(role.value, programme.manager, 0, sender=admin)
    for name, roles in FUNCTIONS.items():
        for role, functions in roles.items():
            selectors = [selector_of(contracts[name], function) for function in functions]
            authority.setTargetFunctionRole(contracts[name], selectors, role.value, sender=admin)
    manager = programme.manager
    for contract in (programme.ledger, programme.registry, programme.book, programme.receipts):
        contract.setSettler(programme.settlement, sender=manager)
    for desk, acts in DESK_ACTS.items():
        programme.ledger.setDesk(contracts[desk], acts, sender=manager)
    programme.registry.setPromotionBook(programme.book, sender=manager)
    programme.settlement.setReporters([r.address for r in REPORTERS], QUORUM, sender=manager)


def _fill(programme: Programme) -> None:
    registry, manager = programme.registry, programme.manager
    for payment, available, outlets in (
        (0, 0, [HONG_KONG, HONG_KONG, NEW_YORK]),
        (1, PREPAID_MILES, [HONG_KONG] * 20),
        (2, PREPAID_MILES, [NEW_YORK]),
    ):
        registry.register(1, 400, payment, available, sender=manager)
        registry.addOutlets(registry.partnerCount(), outlets, sender=manager)
    programme.ledger.enrol(MEMBERS, sender=manager)
