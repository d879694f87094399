"""An oracle over the fakes that waits for nothing: each wait mines a block of its chain."""

from dataclasses import dataclass, field

from milepost.testing import FakeSettlementChain
from milepost.worker import Oracle, Patience
from tests.support import programme
from tests.support.programme import ACCEPT, DEPLOYED, REPORTERS


@dataclass
class Waiting:
    """Patience that mines a block for each wait, and counts them."""

    chain: FakeSettlementChain
    waits: list[float] = field(default_factory=list)
    mines: bool = True

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        if self.mines:
            self.chain.mine()


def patient_oracle(*, automine: bool = True, finality: int = 0) -> Oracle:
    """Its reports are final so many blocks after their own."""
    parts = programme.Oracle()
    parts.chain.automine, parts.chain.finality = automine, finality
    return Oracle(
        store=parts.store,
        members=parts.members,
        partners=DEPLOYED,
        accept=ACCEPT,
        secrets=parts.secrets,
        chain=parts.chain,
        clock=parts.chain,
        reporters=REPORTERS,
        patience=Patience(sleep=Waiting(parts.chain).sleep),
    )
