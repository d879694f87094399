"""`milepost partners`: brings partners onto a running programme, suspends them, and adds outlets.

Deploying registered the first ones; `partner.py` shows their accounts, `partner_keys.py` their keys.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from milepost.cli.governance import CallData, run_acts
from milepost.cli.partner_keys import app as keys_app
from milepost.cli.partner_trial import try_partner
from milepost.cli.session import session_of

if TYPE_CHECKING:
    from milepost.bootstrap import Parts
    from milepost.chain.partner_onboarding import Onboarding, RegistryReader
    from milepost.domain.partner import Partner

app = typer.Typer(
    no_args_is_help=True,
    help="Bring partners onto a running programme: agreement, outlets, keys, suspension.\n\n"
    "Acts go out from the key that MILEPOST_GOVERNANCE_KEY_FILE names, of a holder of REGISTER_ROLE;"
    " --calldata prints instead what a multisig that holds the role sends.",
)

app.add_typer(keys_app, name="keys")
app.command("try")(try_partner)

Agreement = Annotated[
    Path, typer.Argument(metavar="FILE", help="The partner's agreement, in the folder of agreements.")
]


@app.command("add")
def add(context: typer.Context, agreement: Agreement, calldata: CallData = False) -> None:
    """Register a partner with its outlets, in one tx, and write its id into the deployment file.

    A run that was cut short is run again: a partner the registry has already is only written down. It gets a
    secret for its salts in the file MILEPOST_PARTNER_SECRETS_FILE, which every reporter needs.
    """
    from milepost.cli.output import note
    from milepost.config import setting_name
    from milepost.secret_files import give_partner_secret

    parts = session_of(context).parts()
    partner = _agreed(parts, agreement)
    planned = _registry(parts).plan_partner(partner)
    if not _done(context, parts, planned, calldata=calldata):
        return
    settings = session_of(context).settings()
    is_new = give_partner_secret(
        settings.partner_secrets_file, partner.code, setting=setting_name("partner_secrets_file")
    )
    if is_new:
        note(f"{partner.code} got a secret in {settings.partner_secrets_file}: give it to every reporter.")
    note(
        f"Next: `milepost partners keys add {partner.code}` gives it a key to send purchases with, and"
        f" `milepost partners try {partner.code} --member NUMBER` sells and gives back for one mile with it."
    )


@app.command("outlets")
def outlets(context: typer.Context, agreement: Agreement, calldata: CallData = False) -> None:
    """Add the outlets that stand in a partner's agreement after those the chain has, and write them down.

    Outlets keep their numbers and clocks for good: a file that moves one is refused.
    """
    parts = session_of(context).parts()
    planned = _registry(parts).plan_outlets(_agreed(parts, agreement))
    _done(context, parts, planned, calldata=calldata)


@app.command("suspend")
def suspend(
    context: typer.Context,
    partner: Annotated[
        str, typer.Argument(metavar="PARTNER", help="The partner's code.", show_default=False)
    ],
    resume: Annotated[bool, typer.Option("--resume", help="Let it go on instead.")] = False,
    calldata: CallData = False,
) -> None:
    """Suspend a partner, at once: its purchases are taken and settle with `suspended_partner`, for nothing.

    Keys of its tills still work, so that nothing it sends is lost; `milepost partners keys end` stops them.
    """
    from milepost.cli.output import note
    from milepost.cli.partner import find_partner

    parts = session_of(context).parts()
    _, partner_id = find_partner(parts, partner)
    registry = _registry(parts)
    if registry.is_suspended(partner_id) is not resume and not calldata:
        note(f"{partner} {'is not suspended' if resume else 'is suspended already'}: nothing to do.")
        return
    run_acts(
        context,
        lambda _: registry.suspending(partner_id, is_suspended=not resume),
        execute=True,
        calldata=calldata,
        parts=parts,
    )


def _done(context: typer.Context, parts: "Parts", planned: "Onboarding", *, calldata: bool) -> bool:
    """Make the calls and write the deployment file; False if they were only printed."""
    from milepost.chain.deployment_file import change_deployment
    from milepost.cli.output import note

    if planned.acts:
        run_acts(context, lambda _: list(planned.acts), execute=True, calldata=calldata, parts=parts)
        if calldata:
            note(f"Once it is mined run this again: it writes {parts.deployment_file}.")
            return False
    _registry(parts).require_done(planned)
    if planned.added_to(parts.deployment) == parts.deployment:
        note(f"{planned.partner.code} is on chain as its file says: nothing to do.")
        return True
    change_deployment(parts.deployment_file, planned.added_to)
    note(f"{planned.partner.code} is partner {planned.partner_id}, as {parts.deployment_file} says now.")
    return True


def _agreed(parts: "Parts", agreement: Path) -> "Partner":
    """The partner of a file, which the folder of agreements must hold: every process reads it there.

    Raises: SettingsRefused; CatalogueError.
    """
    from milepost.catalogue import load_partners
    from milepost.config import SettingsRefused

    (partner,) = load_partners([agreement])
    if partner not in parts.partners:
        raise SettingsRefused(
            f"{agreement} is not in the folder of agreements: put it there, where every process reads it."
        )
    return partner


def _registry(parts: "Parts") -> "RegistryReader":
    from milepost.chain.partner_onboarding import RegistryReader

    return RegistryReader(parts.governance.node, parts.deployment)
