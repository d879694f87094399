"""Builders of deployment plans, and a chain with one deployed; a test states only what matters to it."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import Web3

from milepost.chain.contracts import contract_at, method_of
from milepost.chain.deploy import deploy_programme
from milepost.chain.deployment_file import Deployment
from milepost.chain.deployment_plan import DeploymentPlan
from milepost.chain.deployment_run import Web3Executor
from milepost.chain.embedded import embedded_chain
from milepost.chain.roles import Role
from milepost.domain.calendar import Align
from milepost.domain.partner import EarnRate, EligibleParts, Outlet, Partner, PaymentMode
from milepost.domain.programme import Acceptance, LotRule, Programme, RuleVersion
from milepost.domain.promotion import Fixed, Limits, Multiple, Promotion, Stacking, Window

# 2018-04-01T00:00:00Z, a Sunday: a month before the promotions open.
START = 1_522_540_800


def account_named(name: str) -> LocalAccount:
    """The same account for the same name in every test."""
    return Account.from_key(Web3.keccak(text=f"an account of a test: {name}"))


ADMIN = account_named("admin")
GOVERNOR = account_named("governor")
MANAGER = account_named("programme manager")
ENROLLER = account_named("enroller")
RELAYER = account_named("relayer")
SUPPORT = account_named("support")
CUSTODIAN = account_named("custodian")
KEEPER = account_named("keeper of rewards")
APPROVER = account_named("approver")
STRANGER = account_named("stranger")
REPORTERS = tuple(account_named(f"reporter {i}") for i in range(5))


def a_programme(**changes: Any) -> Programme:
    """Three years from the day, Hong Kong time; 7 days' notice of promotions."""
    usual = Programme(
        name="asia-miles-2018",
        title="Asia Miles",
        utc_offset_minutes=480,
        tiers=(),
        versions=(RuleVersion(None, LotRule(36, Align.DAY)),),
        accept=Acceptance(oldest_days=90, ahead_minutes=10),
        notice_days=90,
        promotion_notice_days=7,
        symbol="MILE",
    )
    return replace(usual, **changes)


def a_partner(code: str = "putien", outlet_count: int = 2, **changes: Any) -> Partner:
    """A mile for 4.00, no limit; outlets in Hong Kong."""
    usual = Partner(
        code=code,
        title=code.title(),
        currency="HKD",
        earn=EarnRate(1, 400),
        eligible=EligibleParts(),
        payment=PaymentMode.OPEN,
        available=None,
        lane=0,
        outlets=tuple(Outlet(f"outlet-{i}", "Asia/Hong_Kong", i, (32, 32)) for i in range(outlet_count)),
    )
    return replace(usual, **changes)


def a_dining_promotion(name: str = "may-double", *partners: str, **changes: Any) -> Promotion:
    """Double miles through May 2018."""
    usual = Promotion(
        name=name,
        title=name.title(),
        partners=partners or ("putien",),
        window=Window(date(2018, 5, 1), date(2018, 5, 31)),
        reward=Multiple(20_000),
        terms=f"The terms of {name}: double miles.\n",
    )
    return replace(usual, **changes)


def a_plan(**changes: Any) -> DeploymentPlan:
    """Three partners, the first two of which share an offer set; 3 of 5 reporters sign; one holder a role."""
    usual = DeploymentPlan(
        programme=a_programme(),
        partners=(
            a_partner("putien", 20),
            a_partner("harbour-grill", payment=PaymentMode.PREPAID, available=50_000, alert_below=7_000),
            a_partner(
                "noon-kitchen",
                payment=PaymentMode.POSTPAID,
                available=9_000,
                outlets=(Outlet("market-street", "America/New_York", 0, (-20, -16)),),
            ),
        ),
        promotions=(
            a_dining_promotion(
                "may-double", "harbour-grill", "noon-kitchen", limits=Limits(per_member=100, budget=6_000)
            ),
            a_dining_promotion(
                "quiet-outlet",
                "putien",
                outlets_include=("outlet-3", "outlet-17"),
                reward=Fixed(60),
                stacking=Stacking("weekday"),
            ),
        ),
        reporters=tuple(reporter.address for reporter in REPORTERS),
        quorum=3,
        admin=ADMIN.address,
        holders={
            Role.GOVERN: (GOVERNOR.address,),
            Role.PUBLISH: (MANAGER.address,),
            Role.REGISTER: (MANAGER.address,),
            Role.ENROL: (ENROLLER.address,),
        },
    )
    return replace(usual, **changes)


@dataclass(frozen=True, slots=True)
class DeployedChain:
    """An embedded chain with a plan deployed on it by its first account."""

    web3: Web3
    plan: DeploymentPlan
    deployment: Deployment
    deployer: str


def deployed_chain(plan: DeploymentPlan | None = None, *, starts_at: int = START) -> DeployedChain:
    plan = plan or a_plan()
    web3 = embedded_chain(starts_at)
    deployer = web3.eth.accounts[0]
    deployment = deploy_programme(plan, Web3Executor(web3, deployer), web3=web3)
    return DeployedChain(web3, plan, deployment, deployer)


def fund(web3: Web3, *addresses: str) -> None:
    """Give an ether to each address from the chain's second account, and wait until they have it."""
    giver = web3.eth.accounts[1]
    sent = [web3.eth.send_transaction({"from": giver, "to": to, "value": 10**18}) for to in addresses]
    for tx_hash in sent:
        assert web3.eth.wait_for_transaction_receipt(tx_hash)["status"] == 1


def read(chain: DeployedChain, contract: str, function: str, *arguments: Any) -> Any:
    """What a view of a deployed contract answers."""
    at = contract_at(chain.web3, contract, chain.deployment.addresses.of(contract))
    return method_of(at, function, *arguments).call()


def send(chain: DeployedChain, account: Any, contract: str, function: str, *arguments: Any) -> None:
    """Call a function of a deployed contract from an account."""
    address = chain.deployment.addresses.of(contract)
    Web3Executor(chain.web3, account).call(contract, address, function=function, arguments=arguments)
