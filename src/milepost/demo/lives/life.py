"""Lives the history through one programme: deploys it, settles and redeems in order of time, reads the lots.

The reference model does the same beside the chain; `checks.py` compares what both say.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from heapq import merge
from pathlib import Path

from milepost.chain.deploy import deploy_programme
from milepost.chain.deployment_plan import DeploymentPlan
from milepost.chain.deployment_run import Web3Executor
from milepost.chain.roles import Role
from milepost.demo.accounts import demo_accounts, write_key_files
from milepost.demo.history.feed import base_of
from milepost.demo.history.rows import HistoryPurchase
from milepost.demo.lives.habit import AWARD, who_redeems
from milepost.demo.lives.on_chain import NO_TOTALS, LedgerTotals, LivesChain
from milepost.demo.lives.places import Place, begins, noon
from milepost.demo.lives.purchases import DAYS, Batch, batches, member_ids
from milepost.demo.lives.reports import ReportMaker
from milepost.demo.lives.tally import Tally, alive
from milepost.demo.plan import plan_of
from milepost.domain.ledger import Ledger
from milepost.domain.programme import Programme
from milepost.domain.quantities import DayNumber, MemberId, Miles
from milepost.local.anvil import AnvilChain
from milepost.simulation.model import Model

_NONE = Miles(0)

OnPurchases = Callable[[int], None]
"""Hears how many purchases were settled."""


@dataclass(slots=True)
class Life:
    """What became of a programme's miles, by the chain and by the reference model.

    Shape: `due` purchases are in the file, and earn `base` miles; `differing` members have other live lots by
        the chain than by the model; `balances` of all members in the end, by the ledger.
    Units: `seconds` real ones.
    """

    place: Place
    programme: Programme
    members: int
    due: int
    base: Miles
    chain: Tally
    model: Tally
    purchases: int = 0
    reports: int = 0
    redemptions: int = 0
    lots: int = 0
    differing: int = 0
    balances: Miles = _NONE
    totals: LedgerTotals = NO_TOTALS
    model_balances: Miles = _NONE
    seconds: float = 0.0


def live(
    history: Sequence[HistoryPurchase],
    place: Place,
    anvil: AnvilChain,
    *,
    root: Path,
    folder: Path,
    days: int = DAYS,
    on_purchases: OnPurchases = lambda _: None,
) -> Life:
    """Live the history through a programme on a fresh chain; keys go below `folder`.

    Shape: `root` is a checkout of Milepost; purchases settle together by so many `days`.
    Raises: ModelDisagrees at the first purchase that the model judges otherwise; what deploying raises;
        BlockIncomplete.
    """
    started = time.perf_counter()
    player = _Player.of(history, place, anvil, root=root, folder=folder)
    for event in player.events(history, days=days):
        if isinstance(event.act, Batch):
            player.settle(event.act)
            on_purchases(len(event.act.purchases))
        else:
            player.redeem(event.at)
    player.close()
    player.life.seconds = time.perf_counter() - started
    return player.life


def lives_plan(root: Path, programme: str) -> DeploymentPlan:
    """A programme with the history's two partners and no promotions; the relayer has custody of members.

    Raises: CatalogueError for a file that is missing or refused.
    """
    partners = root / "examples" / "history" / "partners"
    plan = plan_of(root / "programmes" / f"{programme}.yaml", partners=[partners], promotions=())
    return replace(plan, holders={**plan.holders, Role.CUSTODY: (demo_accounts().relayer.address,)})


@dataclass(frozen=True, slots=True)
class _Event:
    """Purchases, or None for a quarter day. Units: `at` in unix seconds."""

    at: int
    act: Batch | None


@dataclass(slots=True)
class _Player:
    """Does everything twice: on chain, and in the reference model."""

    place: Place
    chain: LivesChain
    model: Model
    maker: ReportMaker
    members: Sequence[MemberId]
    life: Life

    @classmethod
    def of(
        cls, history: Sequence[HistoryPurchase], place: Place, anvil: AnvilChain, *, root: Path, folder: Path
    ) -> "_Player":
        plan, ids = lives_plan(root, place.programme), member_ids(history)
        keys = write_key_files(folder, [partner.code for partner in plan.partners])
        executor = Web3Executor(anvil.node.web3, demo_accounts().deployer, node=anvil.node.name)
        deployment = deploy_programme(plan, executor, web3=anvil.node.web3, node=anvil.node.name)
        return cls(
            place,
            LivesChain.take_over(anvil, deployment, members=len(ids)),
            Model(plan, enrolled=len(ids)),
            ReportMaker.of(plan, deployment, secrets=keys.read_partner_secrets(), members=ids),
            list(ids.values()),
            Life(
                place,
                plan.programme,
                members=len(ids),
                due=len(history),
                base=base_of(history, plan),
                chain=Tally(place),
                model=Tally(place),
            ),
        )

    @property
    def ledger(self) -> Ledger:
        return self.model.books.ledger

    def events(self, history: Sequence[HistoryPurchase], *, days: int) -> Iterator[_Event]:
        """Batchs and quarter days in order of time."""
        settled = (_Event(batch.at, batch) for batch in batches(history, self.place, days=days))
        redeemed = (_Event(self._noon(day), None) for day in self.place.quarter_days())
        return merge(settled, redeemed, key=lambda event: event.at)

    def settle(self, batch: Batch) -> None:
        """Settle purchases; the model judges each as the chain did, or stops."""
        logs = self.chain.settle(self.maker.make(batch.purchases), at=batch.at)
        today = self.ledger.day_of(batch.at)
        before = self.ledger.credited
        for log in logs:
            judged = self.model.settle(log, now_s=batch.at)
            self.life.purchases += len(judged)
            self.life.chain.earn(sum(one.settled.base + one.settled.bonus for one in judged), today)
        self.life.model.earn(self.ledger.credited - before, today)
        self.life.reports += len(logs)

    def redeem(self, at: int) -> None:
        """One award of each who has enough; lots are read before and after, as lapsed ones may go with it."""
        redeeming, today = who_redeems(self.members, self.ledger, at=at), self.ledger.day_of(at)
        life, before = self.life, dict(self.chain.lots_of(redeeming, at=at))
        self.chain.redeem(redeeming, at=at)
        life.chain.redeem(len(redeeming) * AWARD, today)
        for member, after in self.chain.lots_of(redeeming, at=at):
            life.chain.write_off(before[member], after, today=today)
        for member in redeeming:
            self._redeem_in_model(member, today)
        life.redemptions += len(redeeming)

    def _redeem_in_model(self, member: MemberId, today: DayNumber) -> None:
        lots, redeemed = self.ledger.lots_of(member), self.ledger.redeemed
        self.ledger.redeem(member, AWARD, today=today)
        self.life.model.redeem(self.ledger.redeemed - redeemed, today)
        self.life.model.write_off(lots, self.ledger.lots_of(member), today=today)

    def close(self) -> None:
        """Move time to the end and read every lot, once."""
        life, end = self.life, begins(self.place.end, self.ledger.utc_offset_minutes)
        today = self.ledger.day_of(end)
        self.chain.pass_time(end)
        for member, lots in self.chain.lots_of(self.members, at=end):
            modelled = self.ledger.lots_of(member)
            life.chain.close(lots)
            life.model.close(modelled)
            life.lots += len(lots)
            life.differing += alive(lots, today) != alive(modelled, today)
        life.balances = self.chain.balances(self.members, at=end)
        life.totals = self.chain.totals()
        life.model_balances = Miles(sum(self.ledger.balance_at(member, end) for member in self.members))

    def _noon(self, day: date) -> int:
        return noon(day, self.ledger.utc_offset_minutes)
