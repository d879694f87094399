"""Writes the keys by which partners sign requests: a new one, with an overlap for the old ones, or an end.

`web/partner_keys.py` reads the file in the processes that serve; `milepost partners keys` and `milepost up`
write it.
"""

import json
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from milepost.config import SettingsRefused, setting_name
from milepost.secret_files import changing, write_secret_file
from milepost.web.partner_keys import PartnerKeyFile, PartnerKeys

_SECRET_BYTES = 32
_Entries = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as it is shown once: its name, and its secret in hex."""

    key_id: str
    secret: str


def give_key(file: Path, owner: str, *, now_s: int, overlap_s: int) -> NewKey:
    """Give a partner a new key; the ones it has hold for `overlap_s` more seconds at most.

    Shape: `owner` is a partner's code, or OPERATOR. The file and its folder are made where there are none.
    Raises: PartnerKeysRefused for a file that is none; SecretFileRefused where it cannot be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with changing(file):
        entries = _read(file)
        taken = {entry["key"] for keys in entries.values() for entry in keys}
        names = (f"{owner.strip('@')}-{n}" for n in range(1, len(taken) + 2))
        made = NewKey(next(name for name in names if name not in taken), secrets.token_hex(_SECRET_BYTES))
        for entry in entries.get(owner, []):
            if entry.get("until") is None or entry["until"] > now_s + overlap_s:
                entry["until"] = now_s + overlap_s
        new = {"key": made.key_id, "secret": made.secret, "from": now_s, "until": None}
        entries.setdefault(owner, []).append(new)
        _write(file, entries)
    return made


def end_key(file: Path, key_id: str, *, now_s: int, is_compromised: bool = False) -> bool:
    """End a key, and say whether that changed anything.

    Shape: a compromised one counts no more for what was signed before either, as copies that come late are.
    Raises: SettingsRefused for one that is not there; PartnerKeysRefused; SecretFileRefused.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with changing(file):
        entries = _read(file)
        found = next((one for keys in entries.values() for one in keys if one["key"] == key_id), None)
        if found is None:
            raise SettingsRefused(
                f"{file} has no key {key_id!r}: `milepost partners keys list` shows those it has."
            )
        has_ended = found.get("until") is not None and found["until"] <= now_s
        is_marked = not is_compromised or found.get("compromised") is not None
        if has_ended and is_marked:
            return False
        if not has_ended:
            found["until"] = now_s
        if not is_marked:
            found["compromised"] = now_s
        _write(file, entries)
    return True


def read_keys(file: Path) -> PartnerKeys:
    """The keys of a file. Raises: PartnerKeysRefused."""
    keys = PartnerKeyFile(file, setting_name("partner_keys_file"), time.monotonic)
    keys.require()
    return keys.keys()


def _read(file: Path) -> _Entries:
    """The file as it is written; empty where there is none. Raises: PartnerKeysRefused."""
    if not file.exists():
        return {}
    read_keys(file)
    found: _Entries = json.loads(file.read_text(encoding="utf-8"))
    return found


def _write(file: Path, entries: _Entries) -> None:
    write_secret_file(file, json.dumps(entries, indent=2) + "\n")
