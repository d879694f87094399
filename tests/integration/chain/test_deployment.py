"""A plan deployed on the embedded chain: what stands there afterwards."""

import pytest

from milepost.chain.deployment_check import verify_deployment
from milepost.chain.deployment_plan import NOWHERE
from milepost.chain.roles import (
    FUNCTIONS,
    SETTLER_ONLY,
    DeskAct,
)
from milepost.domain.promotion_terms import OutletMask
from tests.support.deployments import (
    START,
    DeployedChain,
    read,
)


def test_deploy_programme__whole_plan__is_as_its_own_check_reads_it(chain: DeployedChain) -> None:
    verify_deployment(chain.web3, chain.plan, addresses=chain.deployment.addresses, deployer=chain.deployer)


def test_deploy_programme__partners__are_numbered_by_code(chain: DeployedChain) -> None:
    assert chain.deployment.partners == {"harbour-grill": 1, "noon-kitchen": 2, "putien": 3}
    harbour, noon, putien = (read(chain, "PartnerRegistry", "partnerOf", i) for i in (1, 2, 3))
    # Miles, per minor, payment, available, offer set, last number, outlets, suspended, alert below.
    assert tuple(harbour) == (1, 400, 1, 50_000, 1, 0, 2, False, 7_000)
    assert tuple(noon) == (1, 400, 2, 9_000, 1, 0, 1, False, 0)
    assert tuple(putien) == (1, 400, 0, 0, 2, 0, 20, False, 0)


def test_deploy_programme__partners_with_equal_promotions__share_an_offer_set(chain: DeployedChain) -> None:
    assert read(chain, "PromotionBook", "offerSetCount") == 2
    assert read(chain, "PromotionBook", "promotionsOf", 1) == [1]
    assert read(chain, "PromotionBook", "promotionsOf", 2) == [2]


def test_deploy_programme__outlets__keep_number_and_offsets(chain: DeployedChain) -> None:
    assert read(chain, "PartnerRegistry", "outletOf", 2, 0) == [[-20, -16], True]
    assert read(chain, "PartnerRegistry", "outletOf", 3, 19) == [[32, 32], True]
    assert read(chain, "PartnerRegistry", "outletOf", 3, 20) == [[0, 0], False]


def test_deploy_programme__promotions__have_terms_hash_and_budget(chain: DeployedChain) -> None:
    terms = read(chain, "PromotionBook", "termsOf", 2)
    listed, outlets, _ = terms[-3:]
    assert listed is True
    assert [OutletMask(*outlet) for outlet in outlets] == [OutletMask(3, 1 << 3 | 1 << 17)]
    text = "The terms of quiet-outlet: double miles.\n"
    assert read(chain, "PromotionBook", "termsHashOf", 2) == chain.web3.keccak(text=text)
    assert read(chain, "PromotionBook", "budgetOf", 1)[1] == 6_000
    assert chain.deployment.promotions == {"may-double": 1, "quiet-outlet": 2}


def test_deploy_programme__rules__are_the_programmes(chain: DeployedChain) -> None:
    assert read(chain, "MilesLedger", "settings")[0] == 480
    assert read(chain, "MilesLedger", "expiryAt", START)[1] == 1
    assert read(chain, "MilesLedger", "name") == "Asia Miles"
    assert read(chain, "MilesLedger", "symbol") == "MILE"
    assert read(chain, "PartnerRegistry", "acceptance") == [90, 10]
    assert read(chain, "PromotionBook", "noticePeriod") == 7 * 86_400


@pytest.mark.parametrize("contract", SETTLER_ONLY)
def test_deploy_programme__each_settler_slot__names_settlement(chain: DeployedChain, contract: str) -> None:
    assert read(chain, contract, "settler") == chain.deployment.addresses.settlement


@pytest.mark.parametrize(
    ("desk", "acts"),
    [
        ("AdjustmentDesk", DeskAct.ADJUST),
        ("RedemptionDesk", DeskAct.REDEEM),
        ("MilesShop", DeskAct.SELL | DeskAct.TRANSFER),
    ],
)
def test_deploy_programme__each_desk__may_do_its_own_and_no_more(
    chain: DeployedChain, desk: str, acts: DeskAct
) -> None:
    addresses = chain.deployment.addresses
    assert read(chain, "MilesLedger", "deskActs", addresses.of(desk)) == acts
    assert read(chain, desk, "ledger") == addresses.ledger


def test_deploy_programme__desks__begin_as_planned(chain: DeployedChain) -> None:
    assert read(chain, "AdjustmentDesk", "dailyLimit") == 100_000
    assert read(chain, "RedemptionDesk", "registry") == chain.deployment.addresses.registry
    assert [read(chain, "MilesShop", name) for name in ("token", "treasury")] == [NOWHERE, NOWHERE]
    assert read(chain, "MilesShop", "limits") == (0, 0, 0, 0)


@pytest.mark.parametrize("contract", FUNCTIONS)
def test_deploy_programme__each_contract__obeys_the_authority(chain: DeployedChain, contract: str) -> None:
    assert read(chain, contract, "authority") == chain.deployment.addresses.authority
