"""`milepost partners try`: one small sale of a partner over HTTP, followed to its receipt, and given back.

`bootstrap/trial.py` does it; onboarding and keys come before.
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from milepost.cli.session import AsJson, session_of

if TYPE_CHECKING:
    from milepost.bootstrap.trial import Trial

_URL = "http://127.0.0.1:8080"


def try_partner(
    context: typer.Context,
    partner: Annotated[
        str, typer.Argument(metavar="PARTNER", help="The partner's code.", show_default=False)
    ],
    member: Annotated[
        str,
        typer.Option(
            metavar="NUMBER", help="An enrolled number of your own, for tests only.", show_default=False
        ),
    ],
    url: Annotated[str, typer.Option(metavar="URL", help="Where milepost serve listens.")] = _URL,
    outlet: Annotated[
        str | None, typer.Option(metavar="CODE", help="The outlet.  [default: the partner's first]")
    ] = None,
    amount: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="MINOR", help="The bill, minor units.  [default: the smallest that earns a mile]"
        ),
    ] = None,
    undo: Annotated[
        str | None,
        typer.Option(
            metavar="SALE_REF", help="Sell nothing: give back this sale of a trial that was cut short."
        ),
    ] = None,
    patience: Annotated[
        float, typer.Option(min=1, metavar="SECONDS", help="Time for each of sale and void to be settled.")
    ] = 180.0,
    as_json: AsJson = False,
) -> None:
    """Sell for one mile, follow the sale to a receipt that verifies, then void it: on the running programme.

    It is signed with the partner's newest key of MILEPOST_PARTNER_KEYS_FILE, sent to the HTTP interface as a
    till's, settled by the worker, and verified by the node. The void takes back what the sale credited, so no
    mile stays; both records stay in the books. The sale counts as a visit and as activity of the member, and
    a void frees no place of a promotion: name a number that no person has. Exit code 0 if all of it came
    true, 1 if not, 3 if nothing answers or settles in time.
    """
    from milepost.bootstrap.partner_keys import read_keys
    from milepost.bootstrap.trial import TRIAL, make_trial
    from milepost.bootstrap.urls import service_url
    from milepost.cli.output import warn

    if undo is not None and not undo.startswith(TRIAL):
        raise typer.BadParameter(
            f"a trial's sale begins with {TRIAL}; a bill of a guest is voided by its till."
        )
    session = session_of(context)
    trial = make_trial(
        session.parts(),
        read_keys(session.settings().partner_keys_file),
        code=partner,
        url=service_url(url, "--url"),
        member=member,
        outlet=outlet,
        amount=amount,
    )
    trial.patience_s = patience
    if undo is not None:
        trial.sale_ref, trial.is_undo = undo, True
    try:
        _run(trial, as_json=as_json)
    finally:
        # However it ends, also by Ctrl-C.
        if trial.may_hold_miles:
            warn(
                f"The sale {trial.sale_ref} may be stored, and is not given back: the same line with"
                f" --undo {trial.sale_ref} gives back what it got."
            )


def _run(trial: "Trial", *, as_json: bool) -> None:
    from milepost.cli.output import answers, aside, money, print_json

    currency = trial.partner.currency
    said = aside() if as_json else answers()
    amount = money(trial.amount_minor, currency)
    said.print(f"{trial.sale_ref}, {trial.partner.code} at {trial.outlet.code}: {amount}", soft_wrap=True)
    steps: list[dict[str, Any]] = []
    for step in trial.run():
        steps.append({"step": step.step, "after_s": step.after_s, **step.said})
        words = ", ".join(f"{name} {value}" for name, value in step.said.items())
        said.print(f"{step.after_s:8.2f} s  {step.step.replace('_', ' ')}  {words}".rstrip(), soft_wrap=True)
    if as_json:
        print_json(
            {
                "partner": trial.partner.code,
                "sale_ref": trial.sale_ref,
                "outlet": trial.outlet.code,
                "key": trial.till.key.key_id,
                "amount_minor": trial.amount_minor,
                "currency": currency,
                "steps": steps,
            }
        )
    else:
        said.print(f"All of it came true, and {trial.sale_ref} was given back.", soft_wrap=True)
