"""Adds up what settled reports said, apart from the model, so that sums are compared with a third thing.

`settling` adds each report that was applied; `invariants` compare.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from milepost.domain.books import Judged
from milepost.domain.purchase import PurchaseKind
from milepost.domain.receipt import Grant, Settled
from milepost.domain.report import Entry, Report
from tests.support.receipt_words import Words

Sale = tuple[int, int]
"""Partner and purchase number."""


@dataclass(frozen=True, slots=True)
class SettledReport:
    """A report that was applied: what each purchase got, and the words and tree of its receipts."""

    report: Report
    judged: list[Judged]
    words: list[Words]
    tree: list[list[bytes]]

    @property
    def results(self) -> list[Settled]:
        return [one.settled for one in self.judged]

    @property
    def rows(self) -> Iterator[tuple[int, int, Entry, Settled]]:
        """Partner, purchase number, entry and result of each purchase."""
        results = iter(self.judged)
        for section in self.report.sections:
            for number, entry in enumerate(section.entries, start=section.first_number):
                yield section.partner_id, number, entry, next(results).settled


@dataclass(slots=True)
class Tally:
    """Units: miles. `lots` by member and last day, `debts` by member, `granted` by promotion and member.

    Shape: `places` says of each purchase in which report it settled, and where; `newest` of each sale the
        purchase with its newest receipt; `sales` in order.
    """

    reports: list[SettledReport] = field(default_factory=list)
    roots: dict[tuple[int, int], bytes] = field(default_factory=dict)
    places: dict[Sale, tuple[int, int]] = field(default_factory=dict)
    newest: dict[Sale, Sale] = field(default_factory=dict)
    grants: dict[Sale, tuple[Grant, ...]] = field(default_factory=dict)
    sales: list[Sale] = field(default_factory=list)
    lots: defaultdict[int, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    debts: Counter[int] = field(default_factory=Counter)
    issued: Counter[int] = field(default_factory=Counter)
    granted: defaultdict[int, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    awards: Counter[int] = field(default_factory=Counter)
    numbers: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    sequences: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    credited: int = 0
    reversed: int = 0
    redeemed: int = 0

    def add(self, done: SettledReport, *, today: int, pots: set[int]) -> None:
        """Units: `today` is the programme's day. Shape: `pots` are promotions that partners filled before."""
        lane, sequence = done.report.lane, done.report.sequence
        self.roots[lane, sequence] = done.tree[-1][0]
        self.sequences[lane].append(sequence)
        for place, (partner, number, entry, settled) in enumerate(done.rows):
            self.numbers[partner].append(number)
            self.places[partner, number] = len(self.reports), place
            self.issued[partner] += settled.credited - settled.returned
            self.credited += settled.credited
            if settled.credited:
                self.lots[entry.member][settled.last_day] += settled.credited - settled.debt_offset
                self.debts[entry.member] -= settled.debt_offset
            # Of sales and changes alike what pots pay more than before, below 0 for what they get back.
            of_pots = -self._from_pots(partner, number, settled, pots)
            self._add_grants(partner, number, entry, settled)
            self.issued[partner] -= of_pots + self._from_pots(partner, number, settled, pots)
        for (*_, entry, settled), one in zip(done.rows, done.judged, strict=True):
            if settled.returned:
                taken = self._take_back(entry.member, settled.returned, settled.last_day, today=today)
                assert taken == one.taken, "INV-1: what a refund took"
                self.debts[entry.member] += one.owed
                self.reversed += one.taken + one.owed
        self.reports.append(done)

    def _from_pots(self, partner: int, number: int, settled: Settled, pots: set[int]) -> int:
        """What the newest receipt of a sale has from pots."""
        sale = (partner, number if settled.amendment is None else settled.amendment.number)
        return sum(one.granted for one in self.grants.get(sale, ()) if one.promotion_id in pots)

    def _add_grants(self, partner: int, number: int, entry: Entry, settled: Settled) -> None:
        """What the newest receipts say; an amendment's takes the place of the one before."""
        sale = (partner, number if settled.amendment is None else settled.amendment.number)
        if entry.kind is PurchaseKind.SALE:
            self.sales.append(sale)
        elif settled.amendment is None:
            return
        for grant in self.grants.pop(sale, ()):
            self.granted[grant.promotion_id][entry.member] -= grant.granted
            self.awards[grant.promotion_id] -= grant.granted > 0
        for grant in settled.grants:
            self.granted[grant.promotion_id][entry.member] += grant.granted
            self.awards[grant.promotion_id] += grant.granted > 0
        self.newest[sale] = partner, number
        self.grants[sale] = settled.grants

    def _take_back(self, member: int, miles: int, own_day: int, *, today: int) -> int:
        """From the lot of its own, then, while that lives, from what dies soonest; how many there were."""
        left = miles - self._take(member, own_day, miles)
        for last_day in sorted(one for one in self.lots[member] if one >= today) if own_day >= today else ():
            left -= self._take(member, last_day, left)
        return miles - left

    def _take(self, member: int, last_day: int, miles: int) -> int:
        taken = min(self.lots[member][last_day], miles)
        self.lots[member][last_day] -= taken
        return taken

    def spend(self, member: int, miles: int, *, day: int) -> None:
        """Take miles from what lives on a day, the soonest to lapse first."""
        for last_day in sorted(one for one in self.lots[member] if one >= day):
            miles -= self._take(member, last_day, miles)
        assert miles == 0, "INV-9: more was spent than lived"

    def adjust_up(self, member: int, miles: int, *, last_day: int) -> None:
        self.lots[member][last_day] += miles
        self.credited += miles

    def adjust_down(self, member: int, miles: int, *, day: int) -> None:
        self.reversed += miles
        self.spend(member, miles, day=day)

    def merge(self, member: int, into: int, *, day: int) -> None:
        """Move what lives on a day, and the debt; what had lapsed was written off."""
        for last_day in [one for one in self.lots[member] if one >= day]:
            self.lots[into][last_day] += self.lots[member].pop(last_day)
        self.debts[into] += self.debts.pop(member, 0)

    def free(self, member: int, day: int) -> int:
        """Miles of a member that live on a day, less what it owes."""
        lots = self.lots.get(member, {})
        alive = sum(miles for last_day, miles in lots.items() if last_day >= day)
        return max(alive - self.debts[member], 0)
