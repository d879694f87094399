"""Sets the demo up on a chain: deploys, opens the store, enrols the members, and puts the oracle together.

`plan.py` says what is deployed; `season.py` then plays the month on what comes out of here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine
from web3 import Web3

from milepost.bootstrap import ChainClock, build_chain, deployed_partners
from milepost.chain.deploy import deploy_programme
from milepost.chain.deployment_file import Deployment
from milepost.chain.deployment_plan import DeploymentPlan
from milepost.chain.deployment_run import DoneStep, Web3Executor
from milepost.chain.embedded import advance_to, embedded_chain
from milepost.chain.local_signer import LocalSigner
from milepost.chain.member_ledger import NodeMemberLedger
from milepost.chain.node import Node
from milepost.chain.settlement_chain import NodeSettlementChain
from milepost.demo.accounts import demo_accounts, write_key_files
from milepost.demo.tips import write_members_csv
from milepost.feeds.member_rows import read_member_rows
from milepost.pipeline.enrol_members import enrol_members
from milepost.ports import MemberRow
from milepost.store.engine import open_store
from milepost.store.members import SqlMemberDirectory
from milepost.store.unit_of_work import SqlStore
from milepost.worker import Oracle

STARTS_AT = 1_524_182_400
"""2018-04-20T00:00:00Z, unix seconds: early enough for the notice of promotions that open on 1 May."""


class DemoChain(Protocol):
    """A chain whose clock the demo may move."""

    @property
    def node(self) -> Node: ...
    @property
    def kind(self) -> str:
        """What runs the contracts, as `build/demo.json` names it."""
        ...

    def advance_to(self, timestamp: int) -> None:
        """Mine a block of that date. Units: unix seconds."""
        ...


@dataclass(frozen=True, slots=True)
class EmbeddedDemoChain:
    """The chain inside this process, the demo's accounts funded."""

    node: Node
    kind: str = "eth-tester"

    def advance_to(self, timestamp: int) -> None:
        advance_to(self.node.web3, timestamp)


def embedded_demo_chain() -> EmbeddedDemoChain:
    """Start it at STARTS_AT."""
    web3 = embedded_chain(STARTS_AT)
    for account in demo_accounts().senders:
        web3.eth.send_transaction(
            {"from": web3.eth.accounts[0], "to": account.address, "value": Web3.to_wei(10, "ether")}
        )
    return EmbeddedDemoChain(Node(web3, "The embedded chain"))


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything the month is played on."""

    plan: DeploymentPlan
    deployment: Deployment
    chain: DemoChain
    settlement: NodeSettlementChain
    ledger: NodeMemberLedger
    engine: Engine
    oracle: Oracle


def set_stage(
    plan: DeploymentPlan,
    chain: DemoChain,
    *,
    folder: Path,
    members: Path | None = None,
    database_url: str | None = None,
    on_step: Callable[[DoneStep], None] = lambda _: None,
) -> Stage:
    """Deploy the plan and enrol the members, with keys and a new database below `folder`.

    Shape: `members` is the file of those to enrol; without one they are those of the month. A database that
        is named is used instead of a new one, and has to be empty.
    Raises: what deploying raises; StoreError if the database cannot be made.
    """
    accounts, web3 = demo_accounts(), chain.node.web3
    keys = write_key_files(folder, [partner.code for partner in plan.partners])
    executor = Web3Executor(web3, accounts.deployer, node=chain.node.name)
    deployment = deploy_programme(plan, executor, web3=web3, node=chain.node.name, on_step=on_step)
    engine = open_store(database_url or f"sqlite:///{folder / 'milepost.db'}")
    directory = SqlMemberDirectory(engine, keys.read_directory_key())
    ledger = NodeMemberLedger(chain.node, deployment, enroller=accounts.relayer)
    settlement = build_chain(
        web3, deployment, relayer=LocalSigner(accounts.relayer), node_name=chain.node.name
    )
    settlement.require_as_deployed()
    if members is None:
        members = folder / "members.csv"
        write_members_csv(members)
    _enrol(plan, directory, ledger, file=members)
    oracle = Oracle(
        store=SqlStore(engine),
        members=directory,
        partners=deployed_partners(plan.partners, deployment),
        accept=plan.programme.accept,
        secrets=keys.read_partner_secrets(),
        chain=settlement,
        clock=ChainClock(settlement),
        reporters=accounts.signing,
    )
    return Stage(plan, deployment, chain, settlement, ledger, engine, oracle)


def _enrol(
    plan: DeploymentPlan, directory: SqlMemberDirectory, ledger: NodeMemberLedger, *, file: Path
) -> None:
    rows = read_member_rows(file, plan.programme.tiers)
    enrol_members([row for row in rows if isinstance(row, MemberRow)], directory, ledger=ledger)
