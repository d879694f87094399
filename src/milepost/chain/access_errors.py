"""Says in words what each error of OpenZeppelin's contracts means, as those of ours in contract_errors.py.

`errors.py` makes them of what a node answers; the relayer reads `who_acts` and commands read `exit_code`.
Source: OpenZeppelin's AccessManager, Pausable and libraries.
"""

from milepost.chain.contract_errors import ContractError
from milepost.domain.errors import WhoActs
from milepost.ports.chain import SettlingPaused

# Authority: OpenZeppelin's AccessManager, and the contracts that obey it.


class AccessManagedUnauthorized(ContractError):
    """The caller lacks the role of the function. Use an account that holds it."""

    exit_code = 4
    sentence = "{caller} holds no role that may call this: use an account that does."


class AccessManagedRequiredDelay(ContractError):
    """The role acts with a delay. Schedule the call through the authority and execute it later."""

    exit_code = 4
    sentence = (
        "{caller} may call this only {delay} seconds after scheduling it with the authority:"
        " schedule it first."
    )


class AccessManagedInvalidAuthority(ContractError):
    """The new authority is no contract. Name one."""

    sentence = "{authority} is no contract and cannot be the authority: name the new Authority."


class AccessManagerAlreadyScheduled(ContractError):
    """The call is scheduled already. Wait for its time."""

    sentence = "The operation 0x{operationId} is scheduled already: execute it when its time has come."


class AccessManagerBadConfirmation(ContractError):
    """A role was renounced for another account. Name the calling account."""

    exit_code = 4
    sentence = "A role is renounced by its holder alone: name the calling account."


class AccessManagerExpired(ContractError):
    """A scheduled call was not executed in time. Schedule it again."""

    sentence = "The operation 0x{operationId} has expired: schedule it again."


class AccessManagerInvalidInitialAdmin(ContractError):
    """The authority was given no first admin. Name one."""

    sentence = "{initialAdmin} cannot be the first admin: name an account."


class AccessManagerLockedFunction(ContractError):
    """A function whose role nobody can change. Leave it as it is."""

    sentence = "The function 0x{selector} is locked: its role cannot be changed."


class AccessManagerLockedRole(ContractError):
    """A role that nobody can change. Leave it as it is."""

    sentence = "Role {roleId} is locked: it cannot be changed."


class AccessManagerNotReady(ContractError):
    """A scheduled call is not due yet. Execute it when its delay is over."""

    who_acts = WhoActs.RETRY
    sentence = "The operation 0x{operationId} is not due yet: execute it when its delay is over."


class AccessManagerNotScheduled(ContractError):
    """The call was never scheduled, or is done or cancelled. Schedule it."""

    sentence = "The operation 0x{operationId} is not scheduled: schedule it first."


class AccessManagerUnauthorizedAccount(ContractError):
    """The caller lacks the role that manages the authority. Use an account that holds it."""

    exit_code = 4
    sentence = "{msgsender} does not hold role {roleId}: use an account that does."


class AccessManagerUnauthorizedCall(ContractError):
    """The caller may not have this call scheduled or executed.

    Use an account that holds the function's role.
    """

    exit_code = 4
    sentence = "{caller} may not call 0x{selector} of {target}: use an account that holds its role."


class AccessManagerUnauthorizedCancel(ContractError):
    """The caller may not cancel this call. Let who scheduled it, an admin or a guardian cancel."""

    exit_code = 4
    sentence = (
        "{msgsender} may not cancel what {caller} scheduled for {target}: let {caller}, an admin"
        " or a guardian do it."
    )


class AccessManagerUnauthorizedConsume(ContractError):
    """Only the contract that is called uses up its scheduled call. Execute it through the authority."""

    exit_code = 4
    sentence = "Not called by {target} itself: execute the operation through the authority."


# OpenZeppelin's libraries.


class AddressEmptyCode(ContractError):
    """A call went to an address without a contract. Correct the address."""

    sentence = "There is no contract at {target}: correct the address."


class FailedCall(ContractError):
    """An executed call failed without a reason. Ask the called function itself why."""

    sentence = "The call failed without saying why: call the function directly to learn the reason."


class InsufficientBalance(ContractError):
    """The contract has too little to send. Send it funds, or send no value."""

    exit_code = 4
    sentence = "The contract has {balance} wei and needs {needed}: send no value with this call."


class InvalidShortString(ContractError):
    """A short text in storage is damaged. Check which contract answers at the address."""

    sentence = "A stored text is not readable: check that the contract is the deployment's."


class SafeCastOverflowedUintDowncast(ContractError):
    """A number that its field cannot hold. Correct it."""

    sentence = "{value} does not fit into {bits} bits: correct the number."


class StringTooLong(ContractError):
    """A name or symbol of more than 31 bytes. Shorten it."""

    sentence = "{str!r} is longer than 31 bytes: shorten it."


# OpenZeppelin's Pausable.


class EnforcedPause(ContractError, SettlingPaused):
    """Settling is paused. Find out why; whoever holds the pause role lets it go on."""

    blames_report = False
    sentence = (
        "Settling is paused: find out why; a holder of PAUSE_ROLE lets it go on, and `milepost governance"
        " status` names them. What is accepted is kept, and settles then."
    )


class ExpectedPause(ContractError):
    """Unpausing what is not paused. Nothing needs to be done."""

    sentence = "Settling is not paused: there is nothing to unpause."
