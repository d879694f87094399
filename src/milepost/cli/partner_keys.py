"""`milepost partners keys`: gives partners the keys by which they sign requests, and ends them.

`web/partner_keys.py` reads the file in the processes that serve, within a second and without a restart.
"""

import json
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from milepost.cli.session import AsJson, session_of

if TYPE_CHECKING:
    from milepost.web.partner_keys import PartnerKeys

app = typer.Typer(no_args_is_help=True, help="Keys by which partners sign what they send over HTTP.")

OVERLAP_H = 24
"""Hours for which a key that is replaced still holds, unless told otherwise."""
_SECRET_BYTES = 32

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
        typer.Option(metavar="FILE", help="Write the new key there, for its owner only, and do not show it."),
    ] = None,
    overlap_h: Annotated[
        int, typer.Option("--overlap", metavar="HOURS", min=0, help="How long its present keys still hold.")
    ] = OVERLAP_H,
    as_json: AsJson = False,
) -> None:
    """Give a partner a new key; the ones it has hold for a while longer, so that its tills can change over.

    The secret is shown once. It stands in the file MILEPOST_PARTNER_KEYS_FILE, made if there is none.
    """
    from milepost.cli.output import answers, print_json
    from milepost.secret_files import write_secret_file

    file = session_of(context).settings().partner_keys_file
    _require_owner(context, owner)
    keys = _read(file)
    now_s = int(time.time())
    taken = {entry["key"] for entries in keys.values() for entry in entries}
    key_id = next(name for n in range(1, len(taken) + 2) if (name := f"{owner.strip('@')}-{n}") not in taken)
    secret = secrets.token_hex(_SECRET_BYTES)
    for entry in keys.get(owner, []):
        if entry.get("until") is None or entry["until"] > now_s + overlap_h * 3_600:
            entry["until"] = now_s + overlap_h * 3_600
    keys.setdefault(owner, []).append({"key": key_id, "secret": secret, "from": now_s, "until": None})
    _write(file, keys)
    if output is not None:
        write_secret_file(output, f"{secret}\n")
    shown = {"key": key_id, "partner": owner, "secret": None if output else secret, "file": str(output or "")}
    if as_json:
        print_json(shown)
        return
    answers().print(f"key     {key_id}", soft_wrap=True)
    answers().print(f"secret  {f'written to {output}' if output else secret}", soft_wrap=True)


@app.command("list")
def list_keys(context: typer.Context, as_json: AsJson = False) -> None:
    """List keys: whose they are, and from when to when they hold. Never their secrets."""
    from milepost.cli.output import answers, print_json, table
    from milepost.domain.calendar import shown_instant

    found = _parsed(session_of(context).settings().partner_keys_file)
    rows = sorted(found.values(), key=lambda key: (key.partner or "", key.from_s, key.key_id))
    if as_json:
        print_json(
            [
                {
                    "key": key.key_id,
                    "partner": key.partner or "@operator",
                    "from": key.from_s,
                    "until": key.until_s,
                }
                for key in rows
            ]
        )
        return
    shown = table("key", "partner", "from", "until")
    for key in rows:
        until = "" if key.until_s is None else shown_instant(key.until_s)
        shown.add_row(key.key_id, key.partner or "@operator", shown_instant(key.from_s), until)
    answers().print(shown)


@app.command("end")
def end(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="KEY", help="The key's name, as `list` shows it.")],
) -> None:
    """End a key, at once: what is signed with it is refused within a second."""
    from milepost.cli.output import answers
    from milepost.config import SettingsRefused

    file = session_of(context).settings().partner_keys_file
    keys = _read(file)
    now_s = int(time.time())
    entry = next((one for entries in keys.values() for one in entries if one["key"] == key), None)
    if entry is None:
        raise SettingsRefused(f"{file} has no key {key!r}: `milepost partners keys list` shows those it has.")
    if entry.get("until") is not None and entry["until"] <= now_s:
        answers().print(f"{key} has ended already: nothing to do.")
        return
    entry["until"] = now_s
    _write(file, keys)
    answers().print(f"{key} has ended.")


def _require_owner(context: typer.Context, owner: str) -> None:
    """Raises: SettingsRefused for a code without an agreement."""
    from milepost.catalogue.model import nearest
    from milepost.config import SettingsRefused
    from milepost.web.partner_keys import OPERATOR

    known = [partner.code for partner in session_of(context).parts().partners]
    if owner != OPERATOR and owner not in known:
        raise SettingsRefused(f"There is no agreement of a partner {owner!r}; {nearest(owner, known)}")


def _read(file: Path) -> dict[str, list[dict[str, Any]]]:
    """The file as it is written; empty where there is none.

    Raises: PartnerKeysRefused.
    """
    if not file.exists():
        return {}
    _parsed(file)
    found: dict[str, list[dict[str, Any]]] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _parsed(file: Path) -> "PartnerKeys":
    from milepost.config import setting_name
    from milepost.web.partner_keys import PartnerKeyFile

    keys = PartnerKeyFile(file, setting_name("partner_keys_file"), time.monotonic)
    keys.require()
    return keys.keys()


def _write(file: Path, keys: dict[str, list[dict[str, Any]]]) -> None:
    from milepost.secret_files import write_secret_file

    file.parent.mkdir(parents=True, exist_ok=True)
    write_secret_file(file, json.dumps(keys, indent=2) + "\n")
