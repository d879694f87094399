"""A programme on anvil with its files and keys in a folder: what a command line finds in real life."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from click.testing import Result
from eth_account.signers.local import LocalAccount
from typer.testing import CliRunner
from web3 import Web3

from milepost.catalogue import load_partners, load_programme, load_promotions
from milepost.chain.deploy import deploy_programme
from milepost.chain.deployment_file import Deployment, write_deployment
from milepost.chain.deployment_plan import DeploymentPlan
from milepost.chain.deployment_run import Web3Executor
from milepost.chain.roles import Role
from milepost.cli import app
from milepost.demo.plan import PARTNERS, PROMOTIONS
from tests.support.anvil import anvil_process
from tests.support.deployments import (
    ADMIN,
    APPROVER,
    CUSTODIAN,
    ENROLLER,
    KEEPER,
    MANAGER,
    RELAYER,
    REPORTERS,
    START,
    SUPPORT,
    account_named,
    fund,
)

ROOT = Path(__file__).resolve().parents[2]
PARTNER_SECRET = bytes.fromhex("5e" * 32)
POOR_ENROLLER = account_named("enroller without gas money")
JUNE = START + 62 * 86_400
DEMO_PROMOTIONS = [ROOT / "promotions" / f"{name}.yaml" for name in PROMOTIONS]


@dataclass(frozen=True, slots=True)
class CliStage:
    """Where everything is; `run` is the command with settings that fit unless told otherwise."""

    web3: Web3
    rpc_url: str
    deployment: Deployment
    folder: Path
    partners: Path
    process: "subprocess.Popen[bytes]"

    @property
    def settings(self) -> dict[str, str]:
        return {
            "MILEPOST_RPC_URL": self.rpc_url,
            "MILEPOST_DATABASE_URL": f"sqlite:///{self.folder / 'milepost.db'}",
            "MILEPOST_DEPLOYMENT_FILE": str(self.folder / "ethereum-local.json"),
            "MILEPOST_PARTNERS": str(self.partners),
            "MILEPOST_RELAYER_KEY_FILE": str(self.folder / "relayer.key"),
            "MILEPOST_ENROLLER_KEY_FILE": str(self.folder / "enroller.key"),
            "MILEPOST_SUPPORT_KEY_FILE": str(self.folder / "support.key"),
            "MILEPOST_APPROVER_KEY_FILE": str(self.folder / "approver.key"),
            "MILEPOST_CUSTODY_KEY_FILE": str(self.folder / "custody.key"),
            "MILEPOST_KEEPER_KEY_FILE": str(self.folder / "keeper.key"),
            "MILEPOST_REPORTER_KEYS_FILE": str(self.folder / "reporters.json"),
            "MILEPOST_PARTNER_SECRETS_FILE": str(self.folder / "partner-secrets.json"),
            "MILEPOST_DIRECTORY_KEY_FILE": str(self.folder / "directory.key"),
            "MILEPOST_FINALITY": "instant",
        }

    def run(self, *words: object, **settings: object) -> Result:
        """Run the command; settings by their names in lower case go before the usual ones."""
        changed = {f"MILEPOST_{name.upper()}": str(value) for name, value in settings.items()}
        return run_cli(*words, env={**self.settings, **changed})

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def write_secret(self, name: str, text: str) -> Path:
        path = self.write(name, text)
        path.chmod(0o600)
        return path


def run_cli(*words: object, env: Mapping[str, str] | None = None) -> Result:
    """Run the command in this process, without any setting but those given."""
    clean = {name: None for name in os.environ if name.startswith("MILEPOST_")}
    settings = {**clean, "COLUMNS": "160", **(env or {})}
    return CliRunner().invoke(app, [str(word) for word in words], env=settings)


@contextmanager
def cli_stage(
    folder: Path,
    *,
    partners: Path = ROOT / "partners",
    anvil_options: Sequence[str] = (),
    programme: str = "asia-miles-2018",
    promotions: Sequence[Path] = (),
) -> Iterator[CliStage]:
    """Anvil at June 2018 with the programme's own files deployed, its keys and a new database in `folder`."""
    with anvil_process(starts_at=START, options=anvil_options) as started:
        web3 = started.node.web3
        senders = (RELAYER, ENROLLER, SUPPORT, APPROVER, CUSTODIAN, KEEPER)
        fund(web3, *(account.address for account in senders))
        deployment = deploy_programme(
            a_stage_plan(partners, programme, promotions), Web3Executor(web3, web3.eth.accounts[0]), web3=web3
        )
        url = web3.provider.endpoint_uri  # type: ignore[attr-defined]
        stage = CliStage(web3, url, deployment, folder, partners, started.process)
        write_deployment(deployment, folder / "ethereum-local.json")
        write_keys(stage)
        web3.provider.make_request("evm_setNextBlockTimestamp", [JUNE])  # type: ignore[arg-type]
        web3.provider.make_request("evm_mine", [])  # type: ignore[arg-type]
        yield stage


def write_keys(stage: CliStage) -> None:
    """Write every key and secret of the stage, where its settings look for them."""
    stage.write_secret("relayer.key", key_of(RELAYER))
    stage.write_secret("enroller.key", key_of(ENROLLER))
    stage.write_secret("support.key", key_of(SUPPORT))
    stage.write_secret("approver.key", key_of(APPROVER))
    stage.write_secret("custody.key", key_of(CUSTODIAN))
    stage.write_secret("keeper.key", key_of(KEEPER))
    stage.write_secret("reporters.json", json.dumps([key_of(reporter) for reporter in REPORTERS]))
    stage.write_secret("directory.key", "d1" * 32)
    stage.write_secret(
        "partner-secrets.json", json.dumps(dict.fromkeys(stage.deployment.partners, PARTNER_SECRET.hex()))
    )


def key_of(account: LocalAccount) -> str:
    return f"0x{bytes(account.key).hex()}"


def a_stage_plan(
    folder: Path, programme: str = "asia-miles-2018", promotions: Sequence[Path] = ()
) -> DeploymentPlan:
    """What is deployed on the stage, with the agreements in a folder; programmes by their files' names."""
    partners = load_partners([folder / f"{code}.yaml" for code in (*PARTNERS, "putien")])
    return DeploymentPlan(
        programme=load_programme(ROOT / "programmes" / f"{programme}.yaml"),
        partners=partners,
        promotions=load_promotions(promotions or DEMO_PROMOTIONS, partners),
        reporters=tuple(reporter.address for reporter in REPORTERS),
        quorum=3,
        admin=ADMIN.address,
        holders={
            Role.ENROL: (ENROLLER.address, POOR_ENROLLER.address),
            Role.PAUSE: (MANAGER.address,),
            # An approver may propose too; nobody approves a proposal of their own.
            Role.SUPPORT: (SUPPORT.address, APPROVER.address),
            Role.APPROVE: (APPROVER.address,),
            Role.CUSTODY: (CUSTODIAN.address, MANAGER.address),
            Role.REWARD: (KEEPER.address, MANAGER.address),
            Role.SELL: (MANAGER.address,),
        },
    )
