"""Adds up what settled reports said, apart from the model, so that sums are compared with a third thing.

`settling` adds each report that was applied; `invariants` compare.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from milepost.domain.receipt import Settled
from milepost.domain.report import Entry, Report
from tests.support.receipt_words import Words


@dataclass(frozen=True, slots=True)
class SettledReport:
    """A report that was applied: what each purchase got, and the words and tree of its receipts."""

    report: Report
    results: list[Settled]
    words: list[Words]
    tree: list[list[bytes]]

    @property
    def rows(self) -> Iterator[tuple[int, int, Entry, Settled]]:
        """Partner, purchase number, entry and result of each purchase."""
        results = iter(self.results)
        for section in self.report.sections:
            for number, entry in enumerate(section.entries, start=section.first_number):
                yield section.partner_id, number, entry, next(results)


@dataclass(slots=True)
class Tally:
    """Units: miles. `lots` by member and last day, `granted` by promotion and member."""

    reports: list[SettledReport] = field(default_factory=list)
    lots: defaultdict[int, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    issued: Counter[int] = field(default_factory=Counter)
    granted: defaultdict[int, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    awards: Counter[int] = field(default_factory=Counter)
    numbers: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    sequences: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    credited: int = 0
    reversed: int = 0

    def add(self, done: SettledReport) -> None:
        self.reports.append(done)
        self.sequences[done.report.lane].append(done.report.sequence)
        for partner, number, entry, settled in done.rows:
            self.numbers[partner].append(number)
            miles = settled.base + settled.bonus
            self.issued[partner] += miles
            self.credited += miles
            if miles:
                self.lots[entry.member][settled.last_day] += miles
            for grant in settled.grants:
                self.granted[grant.promotion_id][entry.member] += grant.granted
                self.awards[grant.promotion_id] += grant.granted > 0

    def adjust_up(self, member: int, miles: int, *, last_day: int) -> None:
        self.lots[member][last_day] += miles
        self.credited += miles

    def adjust_down(self, member: int, miles: int, *, day: int) -> None:
        """Take miles from what lives on a day, the soonest to lapse first."""
        self.reversed += miles
        for last_day in sorted(one for one in self.lots[member] if one >= day):
            taken = min(self.lots[member][last_day], miles)
            self.lots[member][last_day] -= taken
            miles -= taken

    def merge(self, member: int, into: int, *, day: int) -> None:
        """Move what lives on a day; what had lapsed was written off."""
        for last_day in [one for one in self.lots[member] if one >= day]:
            self.lots[into][last_day] += self.lots[member].pop(last_day)

    def alive(self, member: int, day: int) -> int:
        """Miles of a member that live on a day."""
        lots = self.lots.get(member, {})
        return sum(miles for last_day, miles in lots.items() if last_day >= day)
