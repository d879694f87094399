"""A till on the plain model: sells, refunds, voids and amends bills by name, one report each."""

from dataclasses import dataclass, field
from typing import Any

from milepost.domain.accrual import settle
from milepost.domain.books import Attached, Books, Judged
from milepost.domain.promotion_terms import RewardKind, Row
from milepost.domain.purchase import PurchaseKind
from milepost.domain.receipt import Settled
from milepost.domain.report import Report, Section
from tests.support.promotions import OPENING
from tests.support.purchases import an_entry

DAY_S = 86_400


def per_step(step: int = 100, miles: int = 1) -> dict[str, Any]:
    """Fields of terms that reward each step."""
    return {"reward": RewardKind.PER_STEP, "step": step, "fixed_miles": miles}


def a_table(kind: RewardKind, *rows: tuple[int, int]) -> dict[str, Any]:
    """Fields of terms with a table of (from, miles)."""
    return {"reward": kind, "fixed_miles": 0, "table": tuple(Row(*row) for row in rows)}


def visits(*, every: int = 0, from_visit: int = 0, miles: int = 90, yearly: bool = False) -> dict[str, Any]:
    """Fields of terms that reward visits with miles."""
    return {
        "reward": RewardKind.VISIT,
        "fixed_miles": miles,
        "every": every,
        "from_visit": from_visit,
        "yearly": yearly,
    }


@dataclass
class Till:
    """Shape: bills by name; `partner` is the one whose outlets it stands at. Units: unix seconds."""

    books: Books
    partner: int = 1
    now_s: int = OPENING
    bills: dict[str, tuple[int, int]] = field(default_factory=dict)
    entries: int = 0

    def sell(self, name: str, eligible: int = 40_000, *, after: int = 0, **changes: Any) -> Judged:
        """A sale so many seconds after the opening; the chain's clock is never behind it."""
        self.bills[name] = self.partner, self._next
        self.now_s = max(self.now_s, OPENING + after)
        return self._settle(after, None, eligible_minor=eligible, **changes)

    def refund(self, name: str, eligible: int, **changes: Any) -> Settled:
        return self._change(name, PurchaseKind.REFUND, eligible_minor=eligible, **changes)

    def void(self, name: str, **changes: Any) -> Settled:
        return self._change(name, PurchaseKind.VOID, eligible_minor=0, **changes)

    def amend(self, name: str, eligible: int, **changes: Any) -> Settled:
        """State a bill's new total."""
        return self._change(name, PurchaseKind.AMEND, eligible_minor=eligible, **changes)

    def newest(self, name: str) -> Attached:
        """The newest receipt of a bill, as reporters attach it."""
        sale = self.bills[name]
        return Attached(self.books.issued[sale[0], self.books.heads.get(sale, sale[1])])

    @property
    def _next(self) -> int:
        return 1 + sum(partner == self.partner for partner, _ in self.books.issued)

    def _change(self, name: str, kind: PurchaseKind, **changes: Any) -> Settled:
        attached = changes.pop("attached", None) or self.newest(name)
        receipt = attached.receipt
        member = receipt.entry.member if receipt else 1
        after = self.now_s - OPENING
        return self._settle(after, attached, **{"kind": kind, "member": member, **changes}).settled

    def _settle(self, after: int, attached: Attached | None, **changes: Any) -> Judged:
        self.entries += 1
        entry = an_entry(**{"facts": self.entries.to_bytes(16, "big"), **changes})
        section = Section(self.partner, self._next, OPENING + after - entry.seconds, (entry,))
        report = Report(0, self.entries, (section,))
        attachments = None if entry.kind is PurchaseKind.SALE else [attached]
        (judged,) = settle(report, self.books, now_s=self.now_s, attached=attachments)
        return judged
