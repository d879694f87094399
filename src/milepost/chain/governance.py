"""Schedules and executes the acts of role holders through the authority, and reads who holds which role.

`governance_acts.py` lists the acts; commands and the drill of replacing Settlement run them here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress
from hexbytes import HexBytes
from web3 import Web3
from web3.contract import Contract
from web3.types import EventData

from milepost.chain.contracts import contract_at, method_of
from milepost.chain.deployment_file import Deployment
from milepost.chain.deployment_run import Mined, Web3Executor
from milepost.chain.errors import asking
from milepost.chain.governance_acts import Act
from milepost.chain.node import Node
from milepost.chain.roles import Role
from milepost.domain.calendar import shown_instant
from milepost.domain.errors import ChainError, WhoActs

BLOCKS_A_QUESTION = 10_000
"""Blocks whose logs are asked for at once; nodes refuse much larger ranges."""


class RoleMissing(ChainError):
    """An account is to act and lacks the role. Use the key of a holder."""

    exit_code: ClassVar[int] = 4

    def __init__(self, account: str, role: Role, holders: Sequence[str]) -> None:
        held = f"held by {', '.join(holders)}" if holders else "held by nobody"
        super().__init__(f"{account} does not hold {role.label}, which is {held}: use the key of a holder.")


class ActNotDue(ChainError):
    """A scheduled act is executed before its delay is over. Execute it when its time has come."""

    who_acts: ClassVar[WhoActs] = WhoActs.RETRY

    def __init__(self, act: Act, due: int) -> None:
        super().__init__(f"{_named(act)} is due at {shown_instant(due)} and not before: execute it then.")


class ActNotScheduled(ChainError):
    """An act with a delay is executed and was not scheduled, or expired, or is done. Schedule it."""

    def __init__(self, act: Act) -> None:
        super().__init__(
            f"{_named(act)} is not scheduled, has expired or is done: look at the status, or schedule it."
        )


class AdminNotProven(ChainError):
    """The admin who is to stay has not shown that anyone can act for it. Let it schedule something first."""

    def __init__(self, admin: str) -> None:
        super().__init__(
            f"{admin} has scheduled nothing with the authority yet: let it announce any act first, so that it"
            " is known that somebody can act for it."
        )


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a role, and how long after scheduling it acts. Units: seconds."""

    address: ChecksumAddress
    delay_s: int


class Cancellable(Protocol):
    """A scheduled call, by what the authority knows it."""

    @property
    def caller(self) -> ChecksumAddress: ...
    @property
    def target(self) -> ChecksumAddress: ...
    @property
    def data(self) -> bytes: ...


class Governance:
    """One programme's authority, through a node.

    Every method raises ChainUnavailable when the node gives no answer.
    """

    def __init__(self, node: Node, deployment: Deployment) -> None:
        self.node, self.deployment = node, deployment
        self._authority = contract_at(node.web3, "Authority", deployment.addresses.authority)

    def schedule(self, acts: Sequence[Act], account: LocalAccount) -> int | None:
        """Announce acts of one role, in one tx; what is announced already is left as it is.

        Shape: the unix second from which they may be executed; None where the account acts without delay, and
            nothing is announced.
        Raises: RoleMissing; TxUnderfunded; the decoded contract error.
        """
        delay_s = self._require_role(acts, account.address)
        if not delay_s:
            return None
        waiting = [act for act in acts if not self._due(act, account.address)]
        if waiting:
            self._send(account, "multicall", self.inner_calls(waiting, executing=False))
        return max(self._due(act, account.address) for act in acts)

    def execute(self, acts: Sequence[Act], account: LocalAccount) -> Mined:
        """Make the calls of one role, all in one tx or none.

        Raises: RoleMissing; ActNotScheduled and ActNotDue for a role with a delay; TxUnderfunded; the decoded
            contract error of a call that is refused.
        """
        if self._require_role(acts, account.address):
            now = self.now()
            for act in acts:
                due = self._due(act, account.address)
                if not due:
                    raise ActNotScheduled(act)
                if due > now:
                    raise ActNotDue(act, due)
        return self._send(account, "multicall", self.inner_calls(acts, executing=True))

    def inner_calls(self, acts: Sequence[Act], *, executing: bool) -> list[bytes]:
        """The calls that the authority's `multicall` takes."""
        if executing:
            return [self._encoded("execute", act.target, act.data) for act in acts]
        return [self._encoded("schedule", act.target, act.data, 0) for act in acts]

    def call_data(self, acts: Sequence[Act], *, executing: bool) -> bytes:
        """What a holder that is a contract, such as a multisig, sends to the authority for these acts."""
        return self._encoded("multicall", self.inner_calls(acts, executing=executing))

    def cancel(self, call: "Cancellable", account: LocalAccount) -> Mined:
        """Take back what was scheduled: by who did it, or an admin.

        Raises: the decoded contract error for anyone else.
        """
        return self._send(account, "cancel", call.caller, call.target, call.data)

    def renounce_admin(self, account: LocalAccount) -> Mined:
        """Give the admin role up, at once and for good."""
        return self._send(account, "renounceRole", Role.ADMIN, account.address)

    def delay_of(self, role: Role, account: str) -> int | None:
        """Seconds between scheduling and executing; None for who does not hold the role."""
        holds, delay_s = self.ask("hasRole", role, Web3.to_checksum_address(account))
        return int(delay_s) if holds else None

    def holders_of(self, role: Role) -> tuple[Holder, ...]:
        """Who holds a role now, from the logs of grants, each asked again."""
        granted = dict.fromkeys(
            Web3.to_checksum_address(log["args"]["account"])
            for log in self.logs("RoleGranted", roleId=int(role))
        )
        found = ((address, self.delay_of(role, address)) for address in granted)
        return tuple(Holder(address, delay_s) for address, delay_s in found if delay_s is not None)

    def logs(self, event: str, *, contract: Contract | None = None, **arguments: Any) -> list[EventData]:
        """Logs of one event since the deployment, of the authority unless told otherwise, in order."""
        found: list[EventData] = []
        with asking(self.node.name):
            head = self.node.web3.eth.block_number
            for first in range(self.deployment.start_block, head + 1, BLOCKS_A_QUESTION):
                found += (
                    (contract or self._authority)
                    .events[event]()
                    .get_logs(
                        from_block=first,
                        to_block=min(first + BLOCKS_A_QUESTION - 1, head),
                        argument_filters=arguments or None,
                    )
                )
        return found

    def ask(self, function: str, *arguments: Any) -> Any:
        """Call a view of the authority."""
        with asking(self.node.name):
            return method_of(self._authority, function, *arguments).call()

    def now(self) -> int:
        """The chain's time, by which delays count. Units: unix seconds."""
        with asking(self.node.name):
            return int(self.node.web3.eth.get_block("latest")["timestamp"])

    def _due(self, act: Act, caller: str) -> int:
        operation = self.ask("hashOperation", caller, act.target, act.data)
        return int(self.ask("getSchedule", operation))

    def _require_role(self, acts: Sequence[Act], account: str) -> int:
        (role,) = {act.role for act in acts}
        delay_s = self.delay_of(role, account)
        if delay_s is None:
            raise RoleMissing(account, role, [holder.address for holder in self.holders_of(role)])
        return delay_s

    def _encoded(self, function: str, *arguments: Any) -> bytes:
        return bytes(HexBytes(self._authority.encode_abi(function, args=list(arguments))))

    def _send(self, account: LocalAccount, function: str, *arguments: Any) -> Mined:
        executor = Web3Executor(self.node.web3, account, node=self.node.name)
        return executor.call("Authority", self._authority.address, function=function, arguments=arguments)


def require_admin_acts(governance: Governance, admin: ChecksumAddress, *, given_up_by: str) -> None:
    """Make sure that somebody can act for an admin before the other one gives the role up.

    Raises: RoleMissing if one of the two is no admin; AdminNotProven if `admin` never scheduled anything.
    """
    for account in (admin, given_up_by):
        if governance.delay_of(Role.ADMIN, account) is None:
            holders = [holder.address for holder in governance.holders_of(Role.ADMIN)]
            raise RoleMissing(account, Role.ADMIN, holders)
    callers = {log["args"]["caller"] for log in governance.logs("OperationScheduled")}
    if admin == given_up_by or admin not in callers:
        raise AdminNotProven(admin)


def _named(act: Act) -> str:
    return f"{act.contract}.{act.function} ({act.purpose})"
