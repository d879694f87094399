"""What the demo deploys is what its rule names, published in time for the notice."""

from pathlib import Path

from milepost.chain.deployment_plan import check_plan
from milepost.demo.accounts import demo_accounts
from milepost.demo.plan import PARTNERS, PROMOTIONS, demo_plan
from milepost.demo.stage import STARTS_AT
from milepost.demo.tips import purchases_from_tips

ROOT = Path(__file__).parents[3]


def test_demo_plan__its_partners__are_those_of_the_bills() -> None:
    rows = purchases_from_tips(ROOT / "examples" / "tips.csv")
    assert {row["partner"] for row in rows} == set(PARTNERS)


def test_demo_plan__its_promotions__are_all_that_the_partners_offer() -> None:
    plan = demo_plan(ROOT)
    files = sorted((ROOT / "promotions").glob("*.yaml"))
    ours = [path.stem for path in files if any(code in path.read_text() for code in PARTNERS)]
    assert tuple(ours) == PROMOTIONS == tuple(plan.promotion_ids)


def test_demo_plan__at_the_start_of_its_chain__is_in_time() -> None:
    check_plan(demo_plan(ROOT), deployer=demo_accounts().deployer.address, chain_time=STARTS_AT)
