"""Reads the keys by which partners and services sign requests, and reads them again when the file changes.

Before it the operator wrote the file; `authentication` asks it for the key a request names.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from milepost.chain.key_files import Secret
from milepost.domain.errors import MilepostError
from milepost.domain.quantities import PartnerCode
from milepost.event_log import EventLog
from milepost.web.changing_file import LOOK_EVERY_S, ChangingFile

OPERATOR = "@operator"
"""Stands in the file where a partner's code does, for keys of the operator's own services, which see all.
No partner has this name: a code begins with a letter or a digit."""
LEAST_SECRET_BYTES = 32
"""Shortest secret of a key, as long as the hash it keys."""
MOST_KEY_ID = 64
"""Longest name of a key in characters."""

_log = EventLog("web")


class PartnerKeysRefused(MilepostError):
    """The file of partners' keys is missing, or is not as it must be. The operator corrects it."""


@dataclass(frozen=True, slots=True)
class PartnerKey:
    """One key: whose it is, and when it holds, from `from_s` until before `until_s`, in unix seconds.

    Shape: `partner` is None for a key of the operator. From `compromised_s` on it counts for nothing any
        more, whatever time stands beside a signature: who knows the key writes that time too.
    """

    key_id: str
    partner: PartnerCode | None
    secret: Secret
    from_s: int
    until_s: int | None = None
    compromised_s: int | None = None

    def holds_at(self, now_s: int) -> bool:
        return self.from_s <= now_s and (self.until_s is None or now_s < self.until_s)

    def is_compromised(self, now_s: int) -> bool:
        return self.compromised_s is not None and now_s >= self.compromised_s


PartnerKeys = Mapping[str, PartnerKey]
"""Keys by their names, which no two share."""


def parse_partner_keys(text: Secret) -> PartnerKeys | None:
    """The keys of a file; None if it is not as it must be. It never raises: no traceback can show a secret.

    Shape: `{partner: [{"key": name, "secret": 64 hexadecimal digits or more, "from": unix seconds,
        "until": unix seconds or null, "compromised": unix seconds or null}]}`; several keys of one partner
        may hold at once, and the last may be left out.
    """
    try:
        found = json.loads(text.reveal())
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    keys: dict[str, PartnerKey] = {}
    for owner, entries in found.items():
        for entry in entries if isinstance(entries, list) else [None]:
            key = _key(owner, entry)
            if key is None or key.key_id in keys:
                return None
            keys[key.key_id] = key
    return keys


def _key(owner: str, entry: Any) -> PartnerKey | None:
    if not isinstance(entry, dict) or (owner.startswith("@") and owner != OPERATOR):
        return None
    key_id, digits = entry.get("key"), entry.get("secret")
    from_s, until_s, compromised_s = entry.get("from", 0), entry.get("until"), entry.get("compromised")
    if not (isinstance(key_id, str) and 0 < len(key_id) <= MOST_KEY_ID and key_id.isascii()):
        return None
    if not key_id.isprintable() or not isinstance(digits, str):
        return None
    if type(from_s) is not int or any(type(one) not in (int, type(None)) for one in (until_s, compromised_s)):
        return None
    try:
        secret = bytes.fromhex(digits)
    except ValueError:
        return None
    partner = None if owner == OPERATOR else PartnerCode(owner)
    key = PartnerKey(key_id, partner, Secret(secret), from_s, until_s, compromised_s)
    return key if _is_long(secret) else None


def _is_long(secret: bytes) -> bool:
    return len(secret) >= LEAST_SECRET_BYTES


class PartnerKeyFile:
    """The keys of a file, read anew when it has changed.

    Shape: `setting` names the file in messages; `tick` are seconds that never go back. It is looked at once
        in `every_s`. A change that cannot be read leaves the keys as they were, and the log says so.
    """

    def __init__(
        self, file: Path, setting: str, tick: Callable[[], float], every_s: float = LOOK_EVERY_S
    ) -> None:
        self.file, self._setting = file, setting
        self._kept: ChangingFile[PartnerKeys] = ChangingFile(
            file, tick, parse_partner_keys, self._changed, empty={}, every_s=every_s
        )

    def require(self) -> None:
        """Read the file, which must be there.

        Raises: PartnerKeysRefused, which never shows what the file holds.
        """
        if self._kept.read() is not None:
            return
        named = f"{self.file}, named by {self._setting},"
        if isinstance(unread := self._kept.text(), str):
            raise PartnerKeysRefused(
                f"{named} {unread}: have `milepost partners keys add` make it, or correct the setting."
            )
        raise PartnerKeysRefused(f"{named} holds no partners' keys: correct it, or take it from a copy.")

    def keys(self) -> PartnerKeys:
        """The keys as the file has them now."""
        return self._kept.current()

    def _changed(self, keys: PartnerKeys | None) -> None:
        if keys is None:
            _log.error("partner_keys_unreadable", file=str(self.file))
        else:
            _log.info("partner_keys_read", keys=len(keys))
