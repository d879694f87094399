"""What the holders of roles need on a stage: keys with gas money, and delays that can be waited out."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eth_account.signers.local import LocalAccount

from milepost.bootstrap import Parts
from milepost.chain.deployment_file import read_deployment
from milepost.config import Settings
from tests.support.cli_stage import CliStage, cli_stage, key_of
from tests.support.deployments import ADMIN, MANAGER, STRANGER

TWO_DAYS_S = 172_800


@contextmanager
def governed_stage(folder: Path) -> Iterator[CliStage]:
    """The usual stage. The admin governs too, with two days' delay each; the manager pauses at once."""
    with cli_stage(folder) as stage:
        for account in (ADMIN, MANAGER, STRANGER):
            give_gas_money(stage, account.address)
            write_key(stage, account)
        yield stage


def give_gas_money(stage: CliStage, address: str) -> None:
    web3 = stage.web3
    tx_hash = web3.eth.send_transaction({"from": web3.eth.accounts[1], "to": address, "value": 10**18})
    assert web3.eth.wait_for_transaction_receipt(tx_hash)["status"] == 1


def write_key(stage: CliStage, account: LocalAccount) -> Path:
    return stage.write_secret(f"{account.address}.key", key_of(account))


def govern(stage: CliStage, *words: object, by: LocalAccount = ADMIN) -> str:
    """Run `milepost governance` by a key, which works, and give what it printed."""
    done = stage.run("governance", *words, governance_key_file=write_key(stage, by))
    assert done.exit_code == 0, done.output
    return done.stdout


def refused(stage: CliStage, *words: object, by: LocalAccount = ADMIN) -> tuple[int, str]:
    """Run `milepost governance` by a key, which is refused: exit code, and what it complained."""
    done = stage.run("governance", *words, governance_key_file=write_key(stage, by))
    assert done.exit_code != 0, done.output
    return done.exit_code, " ".join(done.stderr.split())


def status(stage: CliStage) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(govern(stage, "status", "--json"))
    return found


def wait(stage: CliStage, seconds: int) -> None:
    """Let so much time of the chain pass."""
    request(stage, "evm_increaseTime", seconds)
    request(stage, "evm_mine")


def request(stage: CliStage, method: str, *params: Any) -> Any:
    """Ask anvil for what web3 has no function for."""
    return stage.web3.provider.make_request(method, list(params))["result"]  # type: ignore[arg-type]


def parts(stage: CliStage) -> Parts:
    """The adapters of a process that starts now, by the stage's settings and deployment file."""
    names = {name.removeprefix("MILEPOST_").lower(): value for name, value in stage.settings.items()}
    return Parts(Settings(**names))  # type: ignore[arg-type]


def settlement_of(stage: CliStage) -> str:
    """What the deployment file names."""
    return str(read_deployment(stage.folder / "ethereum-local.json").addresses.settlement)
