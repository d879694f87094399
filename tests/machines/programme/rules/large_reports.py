"""Reports at the edges of a block: 200 partners in one, more than a tx has gas for, too little gas."""

from random import Random

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from milepost.domain.partner import EarnRate
from milepost.domain.report import Report, Section
from tests.machines.programme.base import ProgrammeBase, in_flight
from tests.machines.programme.settling import Signed, attempt, can_settle, settles, sign
from tests.machines.programme.strategies import AHEAD_MINUTES, OFFSETS, lanes
from tests.support.purchases import an_entry

PARTNERS = 200
MOST_GAS = 16_777_216
"""Most gas of one tx: EIP-7825."""
TOO_MANY = 1_600
"""Purchases of new members that cost more than that."""
seeds = st.integers(0, 2**32 - 1)


class LargeReportRules(ProgrammeBase):
    """Their bills come from a seed: drawn one by one they would leave no room for anything else."""

    has_partners = False
    was_too_large = False

    @precondition(lambda self: can_settle(self.twins.model) and not self.has_partners)
    @rule(seed=seeds, lane=lanes)
    def settle_200_partners(self, seed: int, lane: int) -> None:
        self.has_partners = True
        model, random = self.twins.model, Random(seed)
        while len(model.books.partners) < PARTNERS:
            self.register(EarnRate(1, 100), 0, 0, (OFFSETS[0],))
        sections = tuple(
            Section(partner, model.numbers[partner] + 1, model.now_s, (_entry(random, 4),))
            for partner in sorted(model.books.partners)
        )
        done = settles(self.twins, sign(self.twins, Report(lane, model.sequences[lane] + 1, sections)))
        assert len(done.results) >= PARTNERS

    @precondition(lambda self: can_settle(self.twins.model) and not self.was_too_large)
    @rule(seed=seeds, lane=lanes)
    def settle_more_than_a_tx_has_gas_for(self, seed: int, lane: int) -> None:
        """Refused whole by the gas limit, and nothing changed; smaller cuts settle."""
        self.was_too_large = True
        model, random = self.twins.model, Random(seed)
        first = self.twins.act("enrol", TOO_MANY)
        assert first == model.books.ledger.enrol(TOO_MANY)
        entries = [_entry(random, 1, member=first + i) for i in range(TOO_MANY)]
        partner = self.register(EarnRate(1, 1), 0, 0, (OFFSETS[0],))
        size = TOO_MANY
        while entries:
            section = Section(partner, model.numbers[partner] + 1, model.now_s, tuple(entries[:size]))
            signed = sign(self.twins, Report(lane, model.sequences[lane] + 1, (section,)))
            is_settled = attempt(self.twins, signed, gas=MOST_GAS) is not None
            assert not is_settled or size < TOO_MANY, "it was to be too large"
            entries, size = (entries[size:], size) if is_settled else (entries, size // 2)

    @rule(signed=in_flight, gas=st.integers(21_000, 700_000))
    def send_with_little_gas(self, signed: Signed, gas: int) -> None:
        """INV-4: by the gas that a relayer gives it decides when a report settles, never what comes of it."""
        attempt(self.twins, signed, gas=gas)


def _entry(random: Random, members: int, **changes: int) -> object:
    usual = {
        "member": random.randint(1, members),
        "eligible_minor": random.choice((400, 5_000, 10**6)),
        "seconds": random.randint(0, AHEAD_MINUTES * 60),
        "facts": random.randbytes(16),
    }
    return an_entry(**{**usual, **changes})
