"""Plans: how ids are given, and what is refused before anything is sent."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from milepost.chain.deployment import OUTLETS_A_STEP, Call, deployment_steps, offer_sets
from milepost.chain.deployment_plan import TWO_DAYS_S, DeploymentRefused, check_plan, latest_start
from milepost.chain.roles import Role
from milepost.domain.errors import PromotionNotSettleable
from milepost.domain.partner import Outlet
from milepost.domain.promotion import Window
from tests.support.deployments import (
    ADMIN,
    REPORTERS,
    START,
    STRANGER,
    a_dining_promotion,
    a_partner,
    a_plan,
)

DEPLOYER = STRANGER.address


def test_check_plan__a_plan_in_time__is_accepted() -> None:
    check_plan(a_plan(), deployer=DEPLOYER, chain_time=START)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"quorum": 0}, "quorum of 0"),
        ({"quorum": 6}, "5 reporters with a quorum of 6"),
        ({"reporters": ()}, "0 reporters"),
        ({"reporters": (REPORTERS[0].address,) * 3}, "named twice"),
        ({"reporters": (REPORTERS[0].address.lower(),), "quorum": 1}, "checksum"),
        ({"admin": "0x1234"}, "checksum"),
        ({"admin": DEPLOYER}, "deployer"),
        ({"payment_token": ADMIN.address}, "name both or none"),
        ({"treasury": ADMIN.address}, "name both or none"),
        ({"payment_token": "0x12", "treasury": ADMIN.address}, "checksum"),
        ({"holders": {Role.PAUSE: (DEPLOYER,)}}, "deployer"),
        ({"holders": {Role.ADMIN: (ADMIN.address,)}}, "admin role has one holder"),
        ({"partners": (a_partner(), a_partner()), "promotions": ()}, "partner is given twice"),
        ({"promotions": (a_dining_promotion(), a_dining_promotion())}, "promotion is given twice"),
        ({"partners": (a_partner(outlets=(Outlet("x", "Asia/Hong_Kong", 1, (32, 32)),)),)}, "numbered 0, 1"),
    ],
)
def test_check_plan__contradiction__is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(DeploymentRefused, match=said):
        check_plan(a_plan(**changes), deployer=DEPLOYER, chain_time=START)


def test_check_plan__promotion_of_a_partner_that_is_not_there__is_refused() -> None:
    with pytest.raises(PromotionNotSettleable, match="nobody"):
        check_plan(
            a_plan(promotions=(a_dining_promotion("x", "nobody"),)), deployer=DEPLOYER, chain_time=START
        )


def test_latest_start__a_promotion__leaves_its_notice_and_the_time_to_deploy() -> None:
    """A day begins 14 hours before UTC where it begins first."""
    opening = int(datetime(2018, 5, 1, tzinfo=UTC).timestamp()) - 14 * 3600
    plan = a_plan()
    latest = latest_start(plan)["may-double"]
    assert opening - 7 * 86_400 - 3600 < latest < opening - 7 * 86_400
    check_plan(plan, deployer=DEPLOYER, chain_time=latest)
    with pytest.raises(DeploymentRefused, match="2018-04-23T"):
        check_plan(plan, deployer=DEPLOYER, chain_time=latest + 1)


def test_offer_sets__partners_with_equal_promotions__share_one() -> None:
    partners = tuple(a_partner(code) for code in ("a", "b", "c", "d"))
    promotions = (
        a_dining_promotion("both", "a", "c"),
        a_dining_promotion("one", "b", window=Window(date(2018, 6, 1), date(2018, 6, 2))),
    )
    plan = a_plan(partners=partners, promotions=promotions)
    assert plan.offers == {"a": (1,), "b": (2,), "c": (1,)}
    assert offer_sets(plan) == {(1,): 1, (2,): 2}


def test_ordered_reporters__in_any_order__rise_by_address() -> None:
    ordered = a_plan().ordered_reporters
    assert ordered == sorted(ordered, key=lambda address: int(address, 16))
    assert set(ordered) == {reporter.address for reporter in REPORTERS}


def test_delay_of__each_role__is_two_days_for_the_rules_and_none_for_the_rest() -> None:
    plan = a_plan()
    assert {role for role in Role if plan.delay_of(role)} == {Role.ADMIN, Role.GOVERN}
    assert plan.delay_of(Role.GOVERN) == plan.delay_of(Role.ADMIN) == TWO_DAYS_S
    assert a_plan(govern_delay_s=5).delay_of(Role.GOVERN) == 5


def test_deployment_steps__payment_token__goes_to_the_shop_with_its_treasury() -> None:
    token, treasury = REPORTERS[0].address, ADMIN.address
    plan = a_plan(payment_token=token, treasury=treasury)
    check_plan(plan, deployer=DEPLOYER, chain_time=START)
    (shop,) = (step for step in deployment_steps(plan, deployer=DEPLOYER) if step.name == "MilesShop")
    assert shop.arguments[2:] == (token, treasury)


def test_holders_of__role_without_holders__is_the_admin() -> None:
    assert a_plan(holders={}).holders_of(Role.PAUSE) == (ADMIN.address,)


def test_deployment_steps__256_outlets__are_added_in_parts() -> None:
    steps = deployment_steps(a_plan(partners=(a_partner("a", 256),), promotions=()), deployer=DEPLOYER)
    added = [step for step in steps if isinstance(step, Call) and step.function == "addOutlets"]
    assert [len(step.arguments[1]) for step in added] == [OUTLETS_A_STEP, 256 - OUTLETS_A_STEP]


def test_deployment_steps__each__says_what_it_is_for() -> None:
    steps = deployment_steps(a_plan(), deployer=DEPLOYER)
    assert all(step.name and step.purpose for step in steps)
    assert len({step.name for step in steps}) == len(steps)
