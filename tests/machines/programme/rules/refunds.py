"""Refunds, voids and changed bills, true and forged; claims; miles spent and debts collected."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.machines.programme.amending import seal_changes, seal_claim
from tests.machines.programme.base import ProgrammeBase
from tests.machines.programme.logs import transfers_of
from tests.machines.programme.rules.members import members
from tests.machines.programme.settling import attempt, can_settle, sign
from tests.machines.programme.strategies import (
    Bill,
    Change,
    good_bills,
    lanes,
    numbers,
    picked,
    reports_of_changes,
)
from tests.machines.programme.twins import SPENDER, STRANGER, refused


class RefundRules(ProgrammeBase):
    """What is changed is one of the newest sales, so that one bill is changed again and again."""

    @precondition(lambda self: self.twins.model.tally.sales and can_settle(self.twins.model))
    @rule(
        given=st.lists(reports_of_changes, min_size=1, max_size=3),
        sold=st.lists(good_bills, max_size=3),
        lane=lanes,
    )
    def change_bills(self, given: list[list[Change]], sold: list[Bill], lane: int) -> None:
        """Reports one after the other, each of several changes, the first beside sales."""
        for place, changes in enumerate(given):
            report = seal_changes(self.twins.model, changes, sold if place == 0 else (), lane)
            attempt(self.twins, sign(self.twins, report))

    @precondition(lambda self: self._nobodys() and can_settle(self.twins.model))
    @rule(sale=numbers, member=members, lane=lanes)
    def claim(self, sale: int, member: int, lane: int) -> None:
        """A purchase that was settled for nobody gets its member, who may be nobody too."""
        model = self.twins.model
        report = seal_claim(model, picked(self._nobodys()[::-1], sale), member, lane)
        attempt(self.twins, sign(self.twins, report))

    @rule(member=st.integers(1, 6), share=st.sampled_from((1, 5, 9, 10, 11)))
    def redeem(self, member: int, share: int) -> None:
        """So many tenths of what a member may spend: what is spent a refund finds no more."""
        model, ledger = self.twins.model, self.twins.model.books.ledger
        today = ledger.day_of(model.now_s)
        live = ledger.balance_at(member, model.now_s)
        miles = max(live * share // 10, 1)
        name = "LedgerAccountClosed" if member in ledger.closed else None
        with refused(name or ("LedgerMilesShort" if miles > live else None)):
            self.twins.contracts.ledger.redeem(member, miles, sender=SPENDER)
            assert transfers_of(self.twins) == model.transfer(member, -miles), "INV-4: transfers of spending"
            ledger.redeem(member, miles, today=today)
            model.tally.spend(member, miles, day=today)
            model.tally.redeemed += miles

    @rule(member=members)
    def collect(self, member: int) -> None:
        """Anyone may have a debt paid out of what lives."""
        model, ledger = self.twins.model, self.twins.model.books.ledger
        today = ledger.day_of(model.now_s)
        with refused(None if 1 <= member <= ledger.enrolled else "LedgerMemberUnknown"):
            paid = self.twins.contracts.ledger.collect(member, sender=STRANGER)
            assert paid == ledger.collect(member, today=today), "INV-1: what paid a debt"
            transfers = model.transfer(member, -paid) if paid else []
            assert [one for one in transfers_of(self.twins) if one[2]] == transfers
            model.tally.spend(member, paid, day=today)
            model.tally.debts[member] -= paid

    def _nobodys(self) -> list[tuple[int, int]]:
        tally, books = self.twins.model.tally, self.twins.model.books
        return [sale for sale in tally.sales[-20:] if books.issued[tally.newest[sale]].entry.member == 0]
