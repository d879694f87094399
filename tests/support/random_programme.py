"""A random programme twice, as contracts on a bare EVM and as the plain model, and reports for both."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from ape.managers.project import ProjectManager
from eth_abi.abi import decode

from milepost.chain.reporter_keys import LocalReporter
from milepost.codec.digest import report_digest
from milepost.codec.report_bytes import encode_report
from milepost.codec.results import decode_results
from milepost.domain.accrual import Books, EarnTerms, PromotionState
from milepost.domain.calendar import Align
from milepost.domain.partner import EarnRate
from milepost.domain.programme import Acceptance
from milepost.domain.promotion_terms import NO_BUDGET, OutletMask, PromotionTerms, RewardKind
from milepost.domain.purchase import PurchaseKind
from milepost.domain.receipt import Settled
from milepost.domain.report import Entry, Report, Section
from tests.support.deployments import account_named
from tests.support.evm import CHAIN_ID, Evm, EvmContract
from tests.support.evm_programme import deploy_contracts
from tests.support.ledgers import a_lot_ledger
from tests.support.promotions import OPENING, OPENING_DAY, terms_tuple
from tests.support.purchases import an_entry
from tests.support.random_promotions import rich_fields

REPORTER = LocalReporter(account_named("the one reporter"))
RULES = ((36, "day"), (36, "month"), (36, "quarter"), (36, "year"), (1, "day"), (18, "day"))
DAY = 86_400
# Offsets in quarter hours: Hong Kong, New York, Kathmandu, Chatham, and the ends of the earth.
OFFSETS = ((32, 32), (-20, -16), (23, 23), (51, 55), (-48, -44), (56, -56), (0, 4))


@dataclass(slots=True)
class Twins:
    """The contracts and the model, always in the same state."""

    random: Random
    evm: Evm
    books: Books
    authority: EvmContract
    ledger: EvmContract
    registry: EvmContract
    book: EvmContract
    receipts: EvmContract
    settlement: EvmContract
    desk: EvmContract
    lens: EvmContract
    redemption: EvmContract
    shop: EvmContract
    now_s: int = OPENING

    # ------------------------------------------------------------ settling

    def settle(self, report: Report) -> tuple[list[Settled], bytes]:
        """What the contracts make of a report, and the root they emit."""
        report_bytes = encode_report(report)
        signature = REPORTER.sign(
            report_digest(CHAIN_ID, self.settlement.address, reporters_version=1, report_bytes=report_bytes)
        )
        self.settlement.check(report_bytes, signature)
        self.settlement.settle(report_bytes, signature)
        # The ledger's transfers come before; no member of these programmes is linked.
        (log,) = self.evm.machine.result.logs
        root, results = decode(["bytes32", "bytes"], log.data[1])
        return decode_results(results, report), root

    def move_on(self) -> None:
        """A while passes: seconds, or months."""
        self.now_s += self.random.choice((1, 600, DAY, 9 * DAY, 100 * DAY))
        self.evm.set_time(self.now_s)

    # ------------------------------------------------------------ random reports

    def a_report(self) -> Report:
        partners = sorted(self.random.sample(sorted(self.books.partners), self.random.randint(1, 4)))
        lane = self.random.choice((0, 0, 5))
        return Report(lane, self.receipts.nextSequence(lane), tuple(map(self._section, partners)))

    def _section(self, partner: int) -> Section:
        span = self.random.choice((0, 3_600, DAY, 100 * DAY))
        base_time = self.now_s - span
        entries = [self._entry(partner, base_time, span) for _ in range(self.random.randint(1, 20))]
        first = self.registry.partnerOf(partner)[5] + 1
        return Section(partner, first, base_time, tuple(entries))

    def _entry(self, partner: int, base_time: int, span: int) -> Entry:
        pick = self.random
        seconds = pick.randint(0, span + 700)
        if pick.random() < 0.4:
            # Onto an hour, or the second before: edges of days, hours and windows are there.
            edge = (base_time + seconds) // 3_600 * 3_600 - pick.randint(0, 1)
            seconds = max(edge - base_time, 0)
        return an_entry(
            member=pick.choice((0, 1, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 13, 2**40 - 1)),
            eligible_minor=pick.choice((0, 399, 400, pick.randint(0, 10**5), pick.randint(0, 2**40 - 1))),
            seconds=min(seconds, 2**24 - 1),
            outlet=pick.choice((0, 0, 0, 1, 2, 15, 16, 17, 255, 256, 4095)),
            kind=pick.choice((*[PurchaseKind.SALE] * 12, PurchaseKind.REFUND, PurchaseKind.AMEND)),
            offset_choice=pick.randint(0, 1),
            channel=pick.randint(0, 3),
            party=pick.randint(0, 63),
            facts=pick.randbytes(16),
        )

    # ------------------------------------------------------------ random acts of the operator

    def act(self) -> None:
        """One change that an operator may make between reports, or none."""
        self.random.choice(
            (self._stop, self._raise_budget, self._fund, self._suspend, self._close, self._rate)
        )()

    def _stop(self) -> None:
        for number, state in self.books.promotions.items():
            stop_at = self.now_s + self.random.randint(0, 900)
            if self.random.random() < 0.3 and stop_at < state.stop_at:
                self.book.stop(number, stop_at)
                state.stop_at = stop_at

    def _raise_budget(self) -> None:
        for number, state in self.books.promotions.items():
            if state.budget != NO_BUDGET and self.random.random() < 0.5:
                state.budget += self.random.randint(1, 500)
                self.book.raiseBudget(number, state.budget)

    def _fund(self) -> None:
        for number, terms in self.books.partners.items():
            if terms.available is not None:
                miles = self.random.randint(1, 3_000)
                self.registry.fund(number, miles)
                terms.available += miles

    def _suspend(self) -> None:
        number, terms = self.random.choice(sorted(self.books.partners.items()))
        terms.is_suspended = not terms.is_suspended
        self.registry.setSuspended(number, terms.is_suspended)

    def _close(self) -> None:
        member = self.random.randint(3, 8)
        if member not in self.books.ledger.closed:
            self.ledger.close(member)
            self.books.ledger.closed.add(member)

    def _rate(self) -> None:
        number, terms = self.random.choice(sorted(self.books.partners.items()))
        terms.earn = _rate(self.random)
        self.registry.setEarnRate(number, terms.earn.miles, terms.earn.per_minor)


def _rate(pick: Random) -> EarnRate:
    return EarnRate(*pick.choice(((1, 400), (1, 400), (3, 100), (1, 1), (65_535, 1), (7, 2**32 - 1))))


def random_twins(project: ProjectManager, seed: int) -> Twins:
    """Deploy and fill both; everything is published in time, and the clock stands at `OPENING`."""
    pick = Random(seed)
    evm = Evm(project)
    evm.set_time(OPENING - 100 * DAY)
    months, align = RULES[seed % len(RULES)]
    offset = pick.choice((480, -300, 330, 840, -840))
    accept = Acceptance(pick.choice((90, 1_000)), 10)
    books = Books(accept, a_lot_ledger(months, Align(align), offset_minutes=offset, enrolled=12), {})
    contracts = deploy_contracts(evm, books, notice_s=0)
    contracts.settlement.setReporters([REPORTER.address], 1)
    contracts.ledger.enrol(12)
    twins = Twins(pick, evm, books, **contracts._asdict())
    for _ in range(pick.randint(4, 5)):
        _register(twins)
    for _ in range(pick.randint(0, 12)):
        _publish(twins)
    _offer(twins)
    evm.set_time(OPENING)
    return twins


def _register(twins: Twins) -> None:
    pick, number = twins.random, len(twins.books.partners) + 1
    earn = _rate(pick)
    payment = pick.choice((0, 0, 1, 2))
    available = pick.choice((0, 500, 5_000, 10**7)) if payment else None
    offsets = tuple(pick.choice(OFFSETS) for _ in range(pick.choice((1, 3, 16, 17, 20))))
    twins.registry.register(earn.miles, earn.per_minor, payment, available or 0)
    twins.registry.addOutlets(number, offsets)
    twins.books.partners[number] = EarnTerms(earn, offsets, available=available)


def _publish(twins: Twins) -> None:
    pick, number = twins.random, len(twins.books.promotions) + 1
    terms = _terms(pick)
    if pick.random() < 0.6:
        terms = replace(terms, **rich_fields(pick))
    budget = pick.choice((NO_BUDGET, NO_BUDGET, 1, 300, 2_000, 10**6))
    twins.book.publish(terms_tuple(terms), budget, bytes(32))
    twins.books.promotions[number] = PromotionState(terms, budget=budget)


def _terms(pick: Random) -> PromotionTerms:
    first_day = OPENING_DAY + pick.choice((-90, -30, 0, pick.randint(-90, 2)))
    is_multiple = pick.random() < 0.5
    from_minute, until_minute = pick.choice(
        ((0, 1440),) * 9 + ((660, 900), (1320, 120), (1439, 1), (0, 1), (720, 719), (60, 1440), (1380, 60))
    )
    masks = tuple(OutletMask(i, pick.getrandbits(256)) for i in range(1, 6) if pick.random() < 0.2)
    return PromotionTerms(
        first_day=first_day,
        last_day=first_day + pick.choice((0, 60, 92, 400, 400, 400)),
        from_minute=from_minute,
        until_minute=until_minute,
        weekdays=pick.choice((127, 127, 127, pick.randint(1, 127))),
        minimum=pick.choice((0, 0, 400, 40_000)),
        group=pick.choice((0, 7, 9, 2**32 - 1)),
        reward=RewardKind.MULTIPLE if is_multiple else RewardKind.FIXED,
        multiple_bps=pick.choice((10_001, 15_000, 20_000, 40_000, 1_000_000)) if is_multiple else 0,
        fixed_miles=0 if is_multiple else pick.choice((1, 100, 100, 500, 2**22 - 1)),
        per_member=pick.choice((0, 0, 1, 250, 1_000, 2**22 - 1)),
        listed=bool(masks) and pick.random() < 0.2,
        outlets=masks,
    )


def _offer(twins: Twins) -> None:
    """Give most partners a set, often a shared one, and shorten it to four groups."""
    pick, promotions = twins.random, twins.books.promotions
    sets: list[tuple[int, ...]] = []
    for _ in range(pick.randint(1, 3)):
        chosen = _four_groups(
            sorted(pick.sample(sorted(promotions), pick.randint(len(promotions) // 2, len(promotions)))),
            twins,
        )
        if chosen:
            twins.book.compose(chosen)
            sets.append(tuple(chosen))
    for number, terms in twins.books.partners.items():
        if sets and pick.random() < 0.9:
            offer_set = pick.randint(1, len(sets))
            twins.book.assign(number, offer_set)
            terms.promotions, terms.offer_set = sets[offer_set - 1], offer_set


def _four_groups(promotions: Sequence[int], twins: Twins) -> list[int]:
    kept: list[int] = []
    groups: set[int] = set()
    for number in promotions:
        group = twins.books.promotions[number].terms.group or -number
        if len(groups | {group}) <= 4:
            groups.add(group)
            kept.append(number)
    return kept
