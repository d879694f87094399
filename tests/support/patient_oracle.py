"""An oracle over the fakes, and one that waits for nothing: each wait mines a block of its chain."""

from collections.abc import Callable
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


def fake_oracle(patience: Callable[[FakeSettlementChain], Patience] = lambda _chain: Patience()) -> Oracle:
    """One over the fakes; `patience` is told of its chain."""
    parts = programme.Oracle()
    return Oracle(
        store=parts.store,
        members=parts.members,
        partners=DEPLOYED,
        accept=ACCEPT,
        secrets=parts.secrets,
        chain=parts.chain,
        clock=parts.chain,
        reporters=REPORTERS,
        patience=patience(parts.chain),
    )


def patient_oracle(*, automine: bool = True, finality: int = 0) -> Oracle:
    """One for which each wait mines a block. Its reports are final so many blocks after their own."""
    oracle = fake_oracle(lambda chain: Patience(sleep=Waiting(chain).sleep))
    assert isinstance(oracle.chain, FakeSettlementChain)
    oracle.chain.automine, oracle.chain.finality = automine, finality
    return oracle
