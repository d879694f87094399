"""Every vector of tests/vectors/promotions-v1.json through the whole main path, on anvil.

Each case is deployed, its members are imported, and each purchase is ingested, sealed, signed by three
reporters, relayed and read back at its own time. `tests/unit/cli/test_promotions_vectors.py` has `simulate`
give the same.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from milepost.chain.deployment_plan import DeploymentPlan, latest_start
from milepost.chain.roles import Role
from milepost.demo.accounts import QUORUM, demo_accounts
from milepost.demo.stage import Stage, set_stage
from milepost.domain.calendar import SECONDS_A_DAY
from milepost.domain.purchase import SubmittedPurchase
from milepost.domain.receipt import Settled
from milepost.local.anvil import free_port, running_anvil
from milepost.pipeline.ingest_purchase import AnswerKind
from tests.support.cli_stage import ROOT
from tests.support.feed_rows import csv_of
from tests.support.promotion_vectors import PromotionCase, found_as_expected, promotion_cases

LONGER_THAN_ACCEPTED_S = 91 * SECONDS_A_DAY
CASES = {case.name: case for case in promotion_cases()}


@pytest.mark.parametrize("name", CASES)
def test_settle__a_case_of_the_vectors__gives_what_is_expected(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    plan = a_demo_plan(case)
    first_s = min(one.purchase.occurred_at_s for one in case.purchases)
    starts_at = min(*latest_start(plan).values(), first_s) - SECONDS_A_DAY
    with running_anvil(ROOT, port=free_port(), log=tmp_path / "anvil.log", starts_at=starts_at) as anvil:
        members = tmp_path / "members.csv"
        members.write_bytes(csv_of(*case.members))
        stage = set_stage(plan, anvil, folder=tmp_path, members=members)
        for one in case.purchases:
            settle(one, stage)
        # What changes a sale that nobody knows waits for that sale as long as one would be taken.
        stage.chain.advance_to(stage.settlement.block_time() + LONGER_THAN_ACCEPTED_S)
        stage.oracle.settle_all()
        for place, one in enumerate(case.purchases):
            found = found_as_expected(case, place, settled_of(one, stage), ())
            assert found == without_losers(case.expected[place]), one.purchase.sale_ref


def without_losers(expected: Mapping[str, Any]) -> dict[str, Any]:
    """A receipt names who answered for a group, not who lost it."""
    return {
        key: [one for one in value if one["cut_by"] != "group"] if key == "promotions" else value
        for key, value in expected.items()
    }


def a_demo_plan(case: PromotionCase) -> DeploymentPlan:
    """The case's programme under the demo's accounts."""
    accounts = demo_accounts()
    return replace(
        case.plan,
        reporters=tuple(account.address for account in accounts.reporters),
        quorum=QUORUM,
        admin=accounts.admin.address,
        holders={Role.ENROL: (accounts.relayer.address,)},
    )


def settle(one: SubmittedPurchase, stage: Stage) -> None:
    at = one.purchase.occurred_at_s
    if at > stage.settlement.block_time():
        stage.chain.advance_to(at)
    (answer,) = stage.oracle.ingest([one])
    assert answer.kind is AnswerKind.ACCEPTED, answer
    stage.oracle.settle_all()


def settled_of(one: SubmittedPurchase, stage: Stage) -> Settled:
    with stage.oracle.store.unit_of_work() as work:
        stored = work.purchases.by_key(one.purchase.dedupe_key)
        assert stored is not None
        found = work.receipts.of_purchase(stored.purchase_id)
    assert found is not None, f"{one.purchase.sale_ref} did not settle"
    return found.settled
