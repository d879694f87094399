"""Sets a programme up on a machine inside the process, and settles reports on it through the real Settlement.

`playing.py` makes the reports; what is deployed is what `deployment.py` deploys anywhere.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from milepost.chain.deployment import deployment_steps
from milepost.chain.deployment_plan import DeploymentPlan, check_plan, latest_start
from milepost.chain.deployment_run import run_steps
from milepost.chain.evm import CHAIN_ID, Evm, EvmContract, EvmExecutor
from milepost.chain.reporter_keys import LocalReporter
from milepost.codec.digest import report_digest
from milepost.domain.calendar import SECONDS_A_DAY
from milepost.domain.partner import Partner
from milepost.domain.programme import Programme
from milepost.domain.promotion import Promotion
from milepost.domain.promotion_terms import NO_BUDGET
from milepost.domain.quantities import Lane, PromotionId
from milepost.ports import MemberRow

ONLY_LANE = Lane(0)
"""Purchases of all lanes settle in one: their order is that of the file."""

MEMBERS_A_CALL = 500
"""Members whose enrolment one call dates."""
SOME_DAY_S = 946_684_800
"""When a chain starts that has nothing to be early for: 2000-01-01, unix seconds."""

_FIRST_SET = 1


def _own_key(name: str) -> LocalAccount:
    """A key of nothing but this process: everyone may know it."""
    made: LocalAccount = Account.from_key(keccak(text=f"milepost simulation: {name}"))
    return made


ADMIN, REPORTER = _own_key("admin"), _own_key("reporter")


@dataclass(frozen=True, slots=True)
class BudgetLeft:
    """A promotion as the book keeps it. Units: miles; `left` None without a budget."""

    granted: int
    awards: int
    left: int | None


def simulation_plan(
    programme: Programme, partners: Sequence[Partner], promotions: Sequence[Promotion]
) -> DeploymentPlan:
    """What is deployed to try promotions: a quorum of one key, and one admin who holds every role."""
    return DeploymentPlan(
        programme=programme,
        partners=tuple(partners),
        promotions=tuple(promotions),
        reporters=(REPORTER.address,),
        quorum=1,
        admin=ADMIN.address,
    )


class SimulatedChain:
    """One programme on a machine of its own, deployed early enough for every promotion's notice.

    Raises: DeploymentRefused and PromotionNotSettleable for a plan that no chain would take;
        DeploymentStepFailed with the contract's own reason.
    """

    def __init__(self, plan: DeploymentPlan, *, first_s: int | None) -> None:
        """Units: `first_s` is the unix second of the earliest purchase, None where there is none."""
        self.plan, self._evm = plan, Evm()
        needed = [*latest_start(plan).values(), *([] if first_s is None else [first_s])]
        starts_at = min(needed, default=SOME_DAY_S) - SECONDS_A_DAY
        check_plan(plan, deployer=self._evm.deployer, chain_time=starts_at)
        self._evm.set_time(starts_at)
        self.now_s = self.starts_at = starts_at
        executor = EvmExecutor(self._evm)
        run_steps(deployment_steps(plan, deployer=self._evm.deployer), executor)
        self._contracts = executor.contracts
        self._reporter = LocalReporter(REPORTER)

    def contract(self, name: str) -> EvmContract:
        return self._contracts[name]

    def enrol(self, members: Iterable[MemberRow]) -> None:
        """Enrol members in order, with tier, segments and time: the first gets id 1.

        Shape: who has no time of its own is enrolled from the beginning.
        """
        rows = list(members)
        ledger = self.contract("MilesLedger")
        if rows:
            ledger.enrol(len(rows), sender=ADMIN.address)
        for member, row in enumerate(rows, start=1):
            if row.tier or row.segments:
                ledger.setProfile(member, row.tier, row.segments, sender=ADMIN.address)
        book = self.contract("PromotionBook")
        for first in range(0, len(rows), MEMBERS_A_CALL):
            some = rows[first : first + MEMBERS_A_CALL]
            times = [self.enrolled_at(row) for row in some]
            ids = list(range(first + 1, first + 1 + len(some)))
            book.setEnrolledAt(ids, times, sender=ADMIN.address)

    def enrolled_at(self, row: MemberRow) -> int:
        """Units: unix seconds."""
        return self.starts_at if row.enrolled_at is None else row.enrolled_at

    def move_to(self, instant_s: int) -> None:
        """Let the clock follow the purchases: it never goes back. Units: unix seconds."""
        if instant_s > self.now_s:
            self.now_s = instant_s
            self._evm.set_time(instant_s)

    def settle(self, report: bytes) -> bytes:
        """Sign a report and settle it; the results of its event come back.

        Raises: the contract's refusal, which no report made here deserves.
        """
        settlement = self.contract("Settlement")
        digest = report_digest(
            CHAIN_ID, settlement.address, reporters_version=_FIRST_SET, report_bytes=report
        )
        settlement.settle(report, self._reporter.sign(digest), sender=ADMIN.address)
        (event,) = settlement.emitted("ReportSettled")
        return bytes(event["results"])

    def budget_of(self, promotion: PromotionId) -> BudgetLeft:
        found = self.contract("PromotionBook").budgetOf(promotion)
        left = None if found.budget == NO_BUDGET else found.budget - found.granted
        return BudgetLeft(found.granted, found.awards, left)
