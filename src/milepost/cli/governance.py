"""`milepost governance`: what the holders of roles do, at once or after their delay, and what is in force.

Deploying gave out the roles; docs/roles.md says who may do what, docs/operations.md in which order.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from milepost.cli.session import AsJson, session_of

if TYPE_CHECKING:
    from eth_typing import ChecksumAddress

    from milepost.bootstrap import Parts
    from milepost.chain.contracts import ContractAddresses
    from milepost.chain.governance_acts import Act

app = typer.Typer(
    no_args_is_help=True,
    help="Pause, remove and set reporters, replace Settlement, hand the admin role over.\n\n"
    "What a role does after a delay takes two runs: the first announces it, the same with --execute does it."
    " Acts go out from the key that MILEPOST_GOVERNANCE_KEY_FILE names; --calldata prints instead what a"
    " multisig that holds the role sends.",
)

Execute = Annotated[
    bool, typer.Option("--execute", help="Do what was announced, its delay being over; else announce it.")
]
CallData = Annotated[
    bool,
    typer.Option("--calldata", help="Send nothing: print as JSON the call that a multisig makes instead."),
]
Quorum = Annotated[int, typer.Option(min=1, help="Signatures a report needs.")]
ReporterAddresses = Annotated[
    list[str], typer.Argument(metavar="REPORTER...", help="Addresses of all reporters of the new set.")
]
Second = Annotated[
    str, typer.Argument(metavar="SETTLEMENT", help="Address of the second Settlement, as deployed.")
]
LONGEST_DELAY_S = 30 * 86_400
"""Of a new admin: one that could not act for years would leave the programme without any."""
MOST_REPORTERS = 32
"""As Settlement has it."""
_ActsOf = Callable[["ContractAddresses"], "list[Act]"]


@app.command("status")
def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Show roles, holders and delays, the pause, the reporters, the settler slots, and what is scheduled."""
    from milepost.chain.governance_status import read_status
    from milepost.cli.governance_view import show_status, status_document
    from milepost.cli.output import answers, print_json

    found = read_status(session_of(context).parts().governance)
    if as_json:
        print_json(status_document(found))
    else:
        show_status(found, answers())


@app.command("pause")
def pause(context: typer.Context, calldata: CallData = False) -> None:
    """Stop settling, at once. Ingesting, sealing, signing, receipts and statements go on."""
    from milepost.chain.governance_acts import pausing

    run_acts(context, pausing, execute=True, calldata=calldata)


@app.command("resume")
def resume(context: typer.Context, calldata: CallData = False) -> None:
    """Let settling go on, at once. What was sealed and signed meanwhile is sent by the next `settle`."""
    from milepost.chain.governance_acts import resuming

    run_acts(context, resuming, execute=True, calldata=calldata)


@app.command("remove-reporter")
def remove_reporter(
    context: typer.Context,
    reporter: Annotated[str, typer.Argument(help="Address of the reporter whose key is lost or stolen.")],
    calldata: CallData = False,
) -> None:
    """Take one reporter out of the set, at once; never below the quorum.

    Its signatures count no more, also on reports under way; those of the others do.
    """
    from milepost.chain.governance_acts import removing_reporter

    removed = _address(reporter)
    run_acts(
        context, lambda addresses: removing_reporter(addresses, removed), execute=True, calldata=calldata
    )


@app.command("set-reporters")
def set_reporters(
    context: typer.Context,
    reporters: ReporterAddresses,
    quorum: Quorum,
    execute: Execute = False,
    calldata: CallData = False,
) -> None:
    """Put another set of reporters in force, after the governing delay.

    Reports signed by the former set and not settled are signed anew; nothing settles twice.
    """
    from milepost.chain.governance_acts import setting_reporters

    named = _set_of(reporters, quorum)
    run_acts(
        context,
        lambda addresses: setting_reporters(addresses, named, quorum),
        execute=execute,
        calldata=calldata,
    )


@app.command("deploy-settlement")
def deploy_settlement(context: typer.Context) -> None:
    """Deploy a second Settlement over the present ledger, registry and books. It may do nothing yet.

    Needs a key with gas money and no role. Prints the address, which the next commands take.
    """
    from milepost.chain.settlement_replacement import deploy_settlement as deploy
    from milepost.cli.output import answers

    parts = session_of(context).parts()
    address = deploy(parts.governance, parts.deployer)
    answers().print(address, soft_wrap=True)


@app.command("prepare-settlement")
def prepare_settlement(
    context: typer.Context,
    settlement: Second,
    reporters: ReporterAddresses,
    quorum: Quorum,
    execute: Execute = False,
    calldata: CallData = False,
) -> None:
    """Give a second Settlement its reporters and its functions to roles: by the admin, after its delay."""
    from milepost.chain.governance_acts import preparing_settlement
    from milepost.chain.settlement_replacement import require_parts

    second, named = _address(settlement), _set_of(reporters, quorum)
    parts = session_of(context).parts()
    require_parts(parts.governance, second)
    run_acts(
        context,
        lambda addresses: preparing_settlement(second, named, quorum, authority=addresses.authority),
        execute=execute,
        calldata=calldata,
        parts=parts,
    )


@app.command("replace-settlement")
def replace_settlement(
    context: typer.Context, settlement: Second, execute: Execute = False, calldata: CallData = False
) -> None:
    """Move the four settler slots to a second Settlement: by the governor, after its delay, in one tx.

    With --execute the second Settlement must be prepared. Afterwards run `milepost governance adopt` wherever
    a deployment file is kept.
    """
    from milepost.chain.governance_acts import moving_slots
    from milepost.chain.settlement_replacement import require_parts, require_ready

    second = _address(settlement)
    parts = session_of(context).parts()
    (require_ready if execute else require_parts)(parts.governance, second)
    run_acts(
        context,
        lambda addresses: moving_slots(addresses, second),
        execute=execute,
        calldata=calldata,
        parts=parts,
    )


@app.command("adopt")
def adopt(context: typer.Context) -> None:
    """Write into the deployment file which Settlement holds the slots, and which did so before.

    Needs no key. Waits for the block in which the slots moved to be final: run it again until it is.
    """
    from milepost.chain.deployment_file import change_deployment
    from milepost.chain.settlement_replacement import adopted
    from milepost.cli.output import answers

    parts = session_of(context).parts()
    governance = parts.governance
    final = parts.finality.final_block(parts.node.web3)
    deployment = adopted(governance, final_block=final["number"])
    change_deployment(
        parts.deployment_file,
        # Partners and promotions are as others wrote them meanwhile.
        lambda found: replace(
            found,
            addresses=deployment.addresses,
            reporters=deployment.reporters,
            former_settlements=deployment.former_settlements,
        ),
    )
    former = deployment.former_settlements
    said = f"; before it {former[-1].address} up to block {former[-1].last_block}" if former else ""
    answers().print(
        f"{parts.deployment_file}: Settlement {deployment.addresses.settlement}{said}.", soft_wrap=True
    )


@app.command("hand-over-admin")
def hand_over_admin(
    context: typer.Context,
    admin: Annotated[str, typer.Argument(metavar="ADDRESS", help="The new admin, such as a multisig.")],
    delay: Annotated[
        int, typer.Option(min=1, max=LONGEST_DELAY_S, help="The new admin's delay, seconds.")
    ] = 172_800,
    execute: Execute = False,
    calldata: CallData = False,
) -> None:
    """Make another account admin beside the present one, after the present one's delay.

    Then let the new admin announce something, and give the role up: `milepost governance give-up-admin`.
    """
    from milepost.chain.governance_acts import granting_admin

    new = _address(admin)
    run_acts(
        context,
        lambda addresses: granting_admin(addresses, new, delay),
        execute=execute,
        calldata=calldata,
    )


@app.command("give-up-admin")
def give_up_admin(
    context: typer.Context,
    to: Annotated[str, typer.Option(metavar="ADDRESS", help="The admin who stays.")],
) -> None:
    """Give the admin role up for good, once the admin who stays has shown that it can act.

    It shows that by having scheduled anything through the authority: an address that nobody can act for would
    leave the programme without an admin.
    """
    from milepost.chain.governance import require_admin_acts
    from milepost.cli.output import answers

    parts = session_of(context).parts()
    stays, governor = _address(to), parts.governor
    require_admin_acts(parts.governance, stays, given_up_by=governor.address)
    parts.governance.renounce_admin(governor)
    answers().print(f"{governor.address} is admin no more; {stays} is.", soft_wrap=True)


@app.command("cancel")
def cancel(
    context: typer.Context,
    operation: Annotated[
        str, typer.Argument(help="What `status` calls the scheduled call, 0x and 64 digits.")
    ],
) -> None:
    """Take back a scheduled call: by who scheduled it, or an admin."""
    from milepost.chain.governance_status import scheduled_calls
    from milepost.cli.output import answers
    from milepost.domain.errors import ChainError

    parts = session_of(context).parts()
    found = {f"0x{one.operation.hex()}": one for one in scheduled_calls(parts.governance)}
    if operation.lower() not in found:
        raise ChainError(f"{operation} is not scheduled: look at `milepost governance status`.")
    parts.governance.cancel(found[operation.lower()], parts.governor)
    answers().print(f"Cancelled {operation}.", soft_wrap=True)


def run_acts(
    context: typer.Context,
    acts_of: _ActsOf,
    *,
    execute: bool,
    calldata: bool,
    parts: "Parts | None" = None,
) -> None:
    """Announce acts, execute what was announced, or print what a multisig sends; and show it."""
    from milepost.cli.governance_view import calldata_document, show_executed, show_scheduled
    from milepost.cli.output import answers, print_json

    parts = parts or session_of(context).parts()
    governance = parts.governance
    acts = acts_of(parts.deployment.addresses)
    if calldata:
        print_json(calldata_document(governance, acts, executing=execute))
    elif execute:
        show_executed(acts, governance.execute(acts, parts.governor), answers())
    else:
        show_scheduled(acts, governance.schedule(acts, parts.governor), answers())


def _set_of(given: list[str], quorum: int) -> "list[ChecksumAddress]":
    """The reporters of a set that Settlement will take: else it would be refused once the delay is over."""
    from milepost.config import SettingsRefused

    named = [_address(reporter) for reporter in given]
    if doubled := sorted({one for one in named if named.count(one) > 1}):
        raise SettingsRefused(f"{', '.join(doubled)} is named twice: name each reporter once.")
    if len(named) > MOST_REPORTERS:
        raise SettingsRefused(f"{len(named)} reporters are too many: name {MOST_REPORTERS} at most.")
    if quorum > len(named):
        raise SettingsRefused(
            f"{len(named)} reporters cannot give {quorum} signatures: name more, or a lower --quorum."
        )
    return named


def _address(given: str) -> "ChecksumAddress":
    from eth_utils.address import is_address, to_checksum_address

    from milepost.config import SettingsRefused

    if not is_address(given):
        raise SettingsRefused(f"{given!r} is no address: write 0x and 40 hexadecimal digits.")
    if not int(given, 16):
        raise SettingsRefused(f"{given} is nobody's address: write that of an account.")
    return to_checksum_address(given)
