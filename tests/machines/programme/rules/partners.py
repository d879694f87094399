"""What happens to partners: registered, given outlets, miles and another rate, suspended and let in again."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from milepost.domain.partner import EarnRate
from tests.machines.programme.base import ProgrammeBase
from tests.machines.programme.strategies import funds, numbers, outlets, payments, picked, rates
from tests.machines.programme.twins import refused

MOST_OUTLETS = 256


class PartnerRules(ProgrammeBase):
    """Partners are drawn as numbers that stand for one of those registered."""

    @rule(earn=rates, payment=payments, available=funds, offsets=outlets)
    def register_partner(
        self, earn: EarnRate, payment: int, available: int, offsets: tuple[tuple[int, int], ...]
    ) -> None:
        self.register(earn, payment, available, offsets)

    @rule(partner=numbers, offsets=outlets, many=st.booleans())
    def add_outlets(self, partner: int, offsets: tuple[tuple[int, int], ...], many: bool) -> None:
        number = self._partner(partner)
        terms = self.twins.model.books.partners[number]
        added = offsets * 16 if many else offsets
        too_many = len(terms.offsets) + len(added) > MOST_OUTLETS
        with refused("PartnerOutletsTooMany" if too_many else None):
            self.twins.act("addOutlets", number, added)
            terms.offsets += added

    @rule(partner=numbers, miles=st.sampled_from((0, 1, 500, 20_000)))
    def fund(self, partner: int, miles: int) -> None:
        number, model = self._partner(partner), self.twins.model
        terms = model.books.partners[number]
        with refused("PartnerFundingInvalid" if terms.available is None or miles == 0 else None):
            self.twins.act("fund", number, miles)
            assert terms.available is not None
            terms.available += miles
            model.funded[number] += miles

    @rule(partner=numbers)
    def suspend_or_let_in_again(self, partner: int) -> None:
        number = self._partner(partner)
        terms = self.twins.model.books.partners[number]
        self.twins.act("setSuspended", number, not terms.is_suspended)
        terms.is_suspended = not terms.is_suspended

    @rule(partner=numbers, earn=rates)
    def set_earn_rate(self, partner: int, earn: EarnRate) -> None:
        number = self._partner(partner)
        self.twins.act("setEarnRate", number, earn.miles, earn.per_minor)
        self.twins.model.books.partners[number].earn = earn

    def _partner(self, number: int) -> int:
        return picked(sorted(self.twins.model.books.partners), number)
