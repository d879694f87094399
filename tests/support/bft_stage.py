"""A programme deployed on four validators, and one case on it for all tests of the tier.

The tests share the case, as a chain cannot be set back: each adds its sales, disturbs the chain, and ends on
R1 to R6 over all that was ever sold.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import monotonic

from milepost.catalogue import load_partners, load_programme
from milepost.chain.deploy import deploy_programme
from milepost.chain.deployment_file import write_deployment
from milepost.chain.deployment_plan import DeploymentPlan
from milepost.chain.deployment_run import Web3Executor
from milepost.chain.node import connect
from milepost.chain.roles import Role
from milepost.demo.plan import PARTNERS
from tests.support.bft_figures import Figures, Span, figures_of
from tests.support.bft_homes import CHAIN_ID
from tests.support.bft_network import BftNetwork, Validator, bft_network, wait_until
from tests.support.bft_till import Till, Trade, trading
from tests.support.case_databases import SqliteCase, has_raw_tx
from tests.support.cli_stage import ROOT, CliStage, write_keys
from tests.support.deployments import ADMIN, ENROLLER, RELAYER, REPORTERS, account_named
from tests.support.fault_proxy import FaultProxy
from tests.support.fault_stage import MEMBERS, FaultCase
from tests.support.relay_promises import require_promises

DEPLOYER = account_named("deployer on four validators")
FUNDED = (DEPLOYER.address, RELAYER.address, ENROLLER.address)
_MEMBERS_HEADER = "member,tier,segments,enrolled_at\n"
_SETTING = "MILEPOST_RPC_URL"
_SETTLED_FILES = 2
_BUMPS_AFTER_S = "3"
_SETTLES_AGAIN_IN_S = 120


@dataclass(slots=True)
class BftCase(FaultCase):
    """The case: its node is the first validator, behind a proxy that keeps what was sent."""

    network: BftNetwork = field(kw_only=True)
    till: Till = field(kw_only=True)
    second: FaultProxy = field(kw_only=True)
    asks_second: bool = False
    figures: list[Figures] = field(default_factory=list)

    @property
    def feeds(self) -> list[Path]:
        return [sales.file for sales in self.till.files]

    @property
    def settings(self) -> dict[str, str]:
        # Replacements are tried, and refused, wherever they are due: this chain knows none.
        nodes = [self.proxy.url, *([self.second.url] if self.asks_second else [])]
        changed = {_SETTING: ",".join(nodes), "MILEPOST_BUMP_AFTER_S": _BUMPS_AFTER_S}
        return {**super(BftCase, self).settings, **changed}

    @property
    def plan(self) -> DeploymentPlan:
        return bft_plan(self.stage.partners)

    @property
    def ours(self) -> Validator:
        """The validator that the oracle asks."""
        return self.network.validators[0]

    def require_promises(self) -> None:
        """Settle what is left, then assert R1 to R6, and that no validator has another chain."""
        self.settle_to_the_end()
        self.network.wait_level()
        require_promises(self)
        newest = min(head for head in self.network.heads() if head is not None)
        for number in range(max(1, newest - 200), newest + 1, 20):
            assert len(self.network.block_hashes(number)) == 1, f"two blocks {number}"

    @contextmanager
    def asking_two(self) -> Iterator[None]:
        """Have the oracle ask the second validator too."""
        self.asks_second = True
        try:
            yield
        finally:
            self.asks_second = False

    @contextmanager
    def disturbed(self, fault: str) -> Iterator["Disturbance"]:
        """Sell and settle while the block disturbs the chain, until all is settled and R1 to R6 hold."""
        first = len(self.till.files)
        with trading(self) as trade:
            self._settled_again(trade)
            made = Disturbance(self, trade, monotonic(), self.newest())
            try:
                yield made
            finally:
                # A test that failed leaves the next one a whole network.
                self.network.make_whole()
            assert made.span is not None, "the fault has an end"
            self._settled_again(trade)
        assert not trade.said("task_crashed"), trade.said("task_crashed")
        self.figures.append(figures_of(fault, trade, made.span, self.till.files[first:]))
        self.require_promises()

    def _settled_again(self, trade: Trade) -> None:
        """Wait until sales of from now on have settled."""
        now = monotonic()
        wait_until(
            lambda: len(trade.settled_since(now)) >= _SETTLED_FILES,
            within_s=_SETTLES_AGAIN_IN_S,
            what=lambda: f"new sales settle: {trade.workers[-1].printed[-2000:]}",
        )

    def newest(self) -> int:
        """The newest block that any validator knows."""
        return max(head for head in self.network.heads() if head is not None)


@dataclass(slots=True)
class Disturbance:
    """A fault while it lasts; `end` is called when the chain is whole again."""

    case: BftCase
    trade: Trade
    began: float
    first_block: int
    span: Span | None = None

    def last(self, seconds: float) -> None:
        """Let the fault last until so long after it began."""
        wait_until(lambda: monotonic() >= self.began + seconds, within_s=seconds + 1, what=lambda: "time")

    def end(self, newest: int) -> None:
        """Note the newest block that was made while it lasted."""
        self.span = Span(self.began, monotonic(), newest - self.first_block)


def bft_plan(partners: Path) -> DeploymentPlan:
    """The demo's programme and partners, noon-kitchen in a lane of its own, without promotions of 2018."""
    return DeploymentPlan(
        programme=load_programme(ROOT / "programmes/asia-miles-2018.yaml"),
        partners=load_partners([partners / f"{code}.yaml" for code in PARTNERS]),
        promotions=(),
        reporters=tuple(reporter.address for reporter in REPORTERS),
        quorum=3,
        admin=ADMIN.address,
        holders={Role.ENROL: (ENROLLER.address,)},
    )


@contextmanager
def bft_case(folder: Path) -> Iterator[BftCase]:
    """Four validators, the programme deployed there, its members enrolled; all ended with the block."""
    partners = folder / "partners"
    partners.mkdir(parents=True)
    for code in PARTNERS:
        shutil.copy(ROOT / f"partners/{code}.yaml", partners)
    agreement = partners / "noon-kitchen.yaml"
    agreement.write_text(agreement.read_text(encoding="utf-8").replace("\nlane: 0\n", "\nlane: 1\n"))
    (folder / "chain").mkdir()
    with bft_network(folder / "chain", FUNDED) as network:
        stage = _stage(network, folder, partners)
        store = SqliteCase(folder / "milepost.db")
        proxy, second = (
            FaultProxy(one.url, is_stored=partial(has_raw_tx, store)) for one in network.validators[:2]
        )
        # What went over either wire is judged together.
        second.sent = proxy.sent
        with proxy.serving(), second.serving():
            till = Till(folder)
            first = stage.web3.eth.block_number
            case = BftCase(stage, folder, proxy, store, first, network=network, till=till, second=second)
            _enrol(case)
            yield case


def _stage(network: BftNetwork, folder: Path, partners: Path) -> CliStage:
    ours = network.validators[0]
    web3 = connect(ours.url, setting=_SETTING).web3
    deployment = deploy_programme(bft_plan(partners), Web3Executor(web3, DEPLOYER), web3=web3)
    assert deployment.chain_id == CHAIN_ID and ours.process is not None
    stage = CliStage(web3, ours.url, deployment, folder, partners, ours.process)
    write_deployment(deployment, folder / "ethereum-local.json")
    write_keys(stage)
    return stage


def _enrol(case: BftCase) -> None:
    members = case.folder / "members.csv"
    members.write_text(_MEMBERS_HEADER + "".join(f"{number},,,\n" for number in MEMBERS), encoding="utf-8")
    assert case.run("members", "import", members) == 0, case.printed[-1]
