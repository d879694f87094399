"""`milepost partners keys`: gives partners the keys by which they sign requests, and ends them.

`bootstrap/partner_keys.py` writes the file; the processes that serve read it within a second.
"""

import time
from pathlib import Path
from typing import Annotated

import typer

from milepost.cli.session import AsJson, session_of

app = typer.Typer(no_args_is_help=True, help="Keys by which partners sign what they send over HTTP.")

_COLUMNS = ("key", "partner", "from", "until", "compromised")

OVERLAP_H = 24
"""Hours for which a key that is replaced still holds, unless told otherwise."""

Owner = Annotated[
    str,
    typer.Argument(
        metavar="PARTNER", help="The partner's code; @operator for a service of our own, which sees all."
    ),
]


@app.command("add")
def add(
    context: typer.Context,
    owner: Owner,
    output: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Write the new secret there, for its owner only, and do not show it.",
        ),
    ] = None,
    overlap_h: Annotated[
        int, typer.Option("--overlap", metavar="HOURS", min=0, help="How long its present keys still hold.")
    ] = OVERLAP_H,
    as_json: AsJson = False,
) -> None:
    """Give a partner a new key; the ones it has hold for a while longer, so that its tills can change over.

    The secret is shown once. It stands in the file MILEPOST_PARTNER_KEYS_FILE, made if there is none.
    """
    from milepost.bootstrap.partner_keys import give_key
    from milepost.cli.output import answers, print_json
    from milepost.secret_files import write_secret_file

    _require_owner(context, owner)
    file = session_of(context).settings().partner_keys_file
    made = give_key(file, owner, now_s=int(time.time()), overlap_s=overlap_h * 3_600)
    if output is not None:
        write_secret_file(output, f"{made.secret}\n")
    if as_json:
        shown = None if output else made.secret
        print_json({"key": made.key_id, "partner": owner, "secret": shown, "file": output and str(output)})
        return
    answers().print(f"key     {made.key_id}", soft_wrap=True)
    answers().print(f"secret  {f'written to {output}' if output else made.secret}", soft_wrap=True)


@app.command("list")
def list_keys(context: typer.Context, as_json: AsJson = False) -> None:
    """List keys: whose they are, and from when to when they hold. Never their secrets."""
    from milepost.bootstrap.partner_keys import read_keys
    from milepost.cli.output import answers, print_json, table
    from milepost.domain.calendar import shown_instant
    from milepost.web.partner_keys import OPERATOR

    found = read_keys(session_of(context).settings().partner_keys_file)
    rows = sorted(found.values(), key=lambda key: (key.partner or "", key.from_s, key.key_id))
    if as_json:
        listed = [
            (key.key_id, key.partner or OPERATOR, key.from_s, key.until_s, key.compromised_s) for key in rows
        ]
        print_json([dict(zip(_COLUMNS, row, strict=True)) for row in listed])
        return
    shown = table(*_COLUMNS)
    for key in rows:
        times = ("" if at is None else shown_instant(at) for at in (key.until_s, key.compromised_s))
        shown.add_row(key.key_id, key.partner or OPERATOR, shown_instant(key.from_s), *times)
    answers().print(shown)


@app.command("end")
def end(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="KEY", help="The key's name, as `list` shows it.")],
    compromised: Annotated[
        bool,
        typer.Option("--compromised", help="It is known to others: what was signed with it counts no more."),
    ] = False,
) -> None:
    """End a key, at once: what is signed with it is refused within a second.

    A reporter still takes copies of what was signed while the key held, by the time that stands beside the
    signature. Whoever knows the key writes that time: end such a key with --compromised, here and at every
    reporter, and have the partner send again what waited, with a new key.
    """
    from milepost.bootstrap.partner_keys import end_key
    from milepost.cli.output import answers

    file = session_of(context).settings().partner_keys_file
    is_new = end_key(file, key, now_s=int(time.time()), is_compromised=compromised)
    ended = "is compromised: nothing that it signed counts any more" if compromised else "has ended"
    answers().print(f"{key} {ended}." if is_new else f"{key} has ended already: nothing to do.")


def _require_owner(context: typer.Context, owner: str) -> None:
    """Raises: SettingsRefused for a code without an agreement."""
    from milepost.catalogue.model import nearest
    from milepost.config import SettingsRefused
    from milepost.web.partner_keys import OPERATOR

    known = [partner.code for partner in session_of(context).parts().partners]
    if owner != OPERATOR and owner not in known:
        raise SettingsRefused(f"There is no agreement of a partner {owner!r}; {nearest(owner, known)}")
