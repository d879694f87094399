"""Partners' accounts to be read, in memory, over the chain of the reference model.

Tests give it to stating accounts and reconciling partners' files where a programme gives the contracts.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from milepost.domain.partner import PaymentMode
from milepost.domain.quantities import Miles, PartnerId, PromotionId
from milepost.ports import (
    Block,
    ChainUnavailable,
    PartnerLog,
    PublishedPromotion,
    SettledLog,
    StandingPartner,
    TimedLog,
)
from milepost.testing.fake_chain import FakeSettlementChain


@dataclass
class FakePartnerBook:
    """The port `PartnerBook`.

    Shape: what `chain` settled, and `acts` of the registry by the time of their blocks; partners without a
        row in `standings` have no limit.
    """

    chain: FakeSettlementChain
    acts: list[tuple[int, PartnerLog]] = field(default_factory=list)
    standings: dict[PartnerId, StandingPartner] = field(default_factory=dict)
    published: dict[PromotionId, PublishedPromotion] = field(default_factory=dict)
    changed: Callable[[], bool] = lambda: False

    @property
    def block(self) -> Block:
        return self.chain.final_block()

    def logs(self) -> Iterator[TimedLog]:
        settled = self.chain.settled_logs(0, self.block.number)
        logs = [
            TimedLog(self.chain.block(log.block_number).timestamp, log)
            for log in settled
            if isinstance(log, SettledLog)
        ]
        logs += [TimedLog(at_s, log) for at_s, log in self.acts]
        return iter(sorted(logs, key=lambda one: one.at_s))

    def standing(self, partner_id: PartnerId) -> StandingPartner:
        return self.standings.get(partner_id, StandingPartner(PaymentMode.OPEN, None, Miles(0), False))

    def promotions(self) -> Mapping[PromotionId, PublishedPromotion]:
        return self.published

    def require_unchanged(self) -> None:
        if self.changed():
            raise ChainUnavailable(f"Block {self.block.number} was replaced.")
