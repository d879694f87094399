"""Executes the steps of a deployment, by whatever can deploy and call.

`deployment.py` gives the steps; `deployment_check.py` reads back what they did.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, cast

from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import TimeExhausted
from web3.types import TxParams, TxReceipt

from milepost.chain.contracts import ContractAddresses, artifact, contract_at, method_of
from milepost.chain.deployment import AddressOf, Deploy, Step
from milepost.chain.errors import asking
from milepost.domain.errors import ChainError, MilepostError

RECEIPT_TIMEOUT_S = 180
"""How long a step's tx may take to be mined; then the deployment stops and says so."""

_GAS_MARGIN_PERCENT = 120


class DeploymentStepFailed(ChainError):
    """A step of a deployment failed. The operator removes the reason that is named and deploys anew."""

    def __init__(self, step: Step, reason: str) -> None:
        super().__init__(f'Deployment stopped at the step "{step.name}" ({step.purpose}): {reason}')
        self.step = step


class Executor(Protocol):
    """Sends the txs of a deployment from one account and waits until each is mined."""

    @property
    def address(self) -> str:
        """The deployer."""
        ...

    def deploy(self, contract: str, arguments: tuple[Any, ...]) -> tuple[ChecksumAddress, "Mined"]: ...
    def call(
        self, contract: str, address: ChecksumAddress, *, function: str, arguments: tuple[Any, ...]
    ) -> "Mined": ...


@dataclass(frozen=True, slots=True)
class Mined:
    """Where a step's tx was mined, and the gas it used."""

    block_number: int
    gas_used: int


@dataclass(frozen=True, slots=True)
class DoneStep:
    """A step with what it took; `address` of what it deployed or called."""

    step: Step
    address: ChecksumAddress
    mined: Mined


@dataclass(frozen=True, slots=True)
class DeployedContracts:
    """What a run of all steps left. `start_block` is the first that holds anything of it."""

    addresses: ContractAddresses
    start_block: int
    steps: tuple[DoneStep, ...]


def run_steps(
    steps: list[Step], executor: Executor, *, on_step: Callable[[DoneStep], None] = lambda _: None
) -> DeployedContracts:
    """Execute steps in order; `on_step` hears of each that is done.

    Raises: DeploymentStepFailed with the step and the decoded reason, at the first that fails. What was
        deployed until then stays on chain without an owner of use; a new run deploys everything anew.
    """
    addresses: dict[str, ChecksumAddress] = {}
    done: list[DoneStep] = []
    for step in steps:
        try:
            arguments = tuple(_resolved(argument, addresses) for argument in step.arguments)
            if isinstance(step, Deploy):
                address, mined = executor.deploy(step.contract, arguments)
                addresses[step.contract] = address
            else:
                address = addresses[step.contract]
                mined = executor.call(step.contract, address, function=step.function, arguments=arguments)
        except MilepostError as error:
            raise DeploymentStepFailed(step, str(error)) from error
        done.append(DoneStep(step, address, mined))
        on_step(done[-1])
    return DeployedContracts(ContractAddresses.from_names(addresses), done[0].mined.block_number, tuple(done))


class Web3Executor:
    """Deploys by plain web3: signs with a local account, or lets the node sign for an address it holds."""

    def __init__(
        self, web3: Web3, deployer: LocalAccount | ChecksumAddress, *, node: str = "The node"
    ) -> None:
        self._web3 = web3
        self._account = None if isinstance(deployer, str) else deployer
        self._address = Web3.to_checksum_address(deployer if isinstance(deployer, str) else deployer.address)
        self._node = node

    @property
    def address(self) -> str:
        return self._address

    def deploy(self, contract: str, arguments: tuple[Any, ...]) -> tuple[ChecksumAddress, Mined]:
        """Raises: ChainError with the reason if it is not deployed."""
        compiled = artifact(contract)
        constructor = self._web3.eth.contract(abi=compiled.abi, bytecode=compiled.bytecode).constructor(
            *arguments
        )
        receipt = self._mined_receipt(self.send(constructor))
        return Web3.to_checksum_address(cast(ChecksumAddress, receipt["contractAddress"])), _mined(receipt)

    def call(
        self, contract: str, address: ChecksumAddress, *, function: str, arguments: tuple[Any, ...]
    ) -> Mined:
        """Raises: ChainError with the decoded contract error if it is refused."""
        act = method_of(contract_at(self._web3, contract, address), function, *arguments)
        return self.wait(self.send(act))

    def send(self, act: Any, *, nonce: int | None = None) -> HexBytes:
        """Send a call; the next free nonce is taken unless one is given. The hash of the tx comes back.

        Raises: as `call`.
        """
        with asking(self._node):
            # The estimate runs the call, and so finds out why it would fail before anything is sent.
            gas = act.estimate_gas({"from": self._address}) * _GAS_MARGIN_PERCENT // 100
            params: TxParams = {"from": self._address, "gas": gas}
            if self._account is None:
                return HexBytes(act.transact(params))
            if nonce is None:
                nonce = self._web3.eth.get_transaction_count(self._address, "pending")
            tx = act.build_transaction({**params, "nonce": nonce})
            return self._web3.eth.send_raw_transaction(self._account.sign_transaction(tx).raw_transaction)

    def wait(self, tx_hash: HexBytes) -> Mined:
        """Wait until a tx is mined.

        Raises: ChainError if it reverted, or is not mined in time.
        """
        return _mined(self._mined_receipt(tx_hash))

    def _mined_receipt(self, tx_hash: HexBytes) -> TxReceipt:
        with asking(self._node):
            receipt = self._receipt(tx_hash)
        if receipt["status"] != 1:
            raise ChainError(f"The tx 0x{tx_hash.hex()} reverted although it was asked before: try anew.")
        return receipt

    def _receipt(self, tx_hash: HexBytes) -> TxReceipt:
        try:
            return self._web3.eth.wait_for_transaction_receipt(tx_hash, timeout=RECEIPT_TIMEOUT_S)
        except TimeExhausted as error:
            raise ChainError(
                f"its tx 0x{tx_hash.hex()} is not mined after {RECEIPT_TIMEOUT_S} s: look after the chain."
            ) from error


def _mined(receipt: TxReceipt) -> Mined:
    return Mined(receipt["blockNumber"], receipt["gasUsed"])


def _resolved(argument: Any, addresses: dict[str, ChecksumAddress]) -> Any:
    return addresses[argument.contract] if isinstance(argument, AddressOf) else argument
