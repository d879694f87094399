"""Reads secrets from the files that settings name, adds a partner's, and says which of them others may read.

`bootstrap` reads keys of the member directory and secrets of partners here; keys of the chain are read there.
"""

import fcntl
import json
import re
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from milepost.chain.key_files import Secret
from milepost.domain.errors import MilepostError
from milepost.domain.quantities import PartnerCode
from milepost.whole_file import OPEN_TO_ITS_OWNER, write_whole

DIRECTORY_KEY_BYTES = 32
LEAST_SECRET_BYTES = 32
"""Shortest secret of a partner; a shorter one could be guessed, and with it every salt."""

# Source: RFC 6750, section 2.1.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*", re.ASCII)


class SecretFileRefused(MilepostError):
    """A file of secrets is missing, or does not hold what its setting needs. The operator corrects it."""


class SecretMissing(MilepostError):
    """A partner has no secret in the file. The operator adds it."""


class FilePartnerSecrets:
    """The port `PartnerSecrets` over what a file held."""

    def __init__(self, secrets: Mapping[str, bytes], *, file: Path, setting: str) -> None:
        self._secrets = secrets
        self._named = f"{file}, named by {setting},"

    def secret_of(self, partner: PartnerCode) -> bytes:
        """Raises: SecretMissing."""
        try:
            return self._secrets[partner]
        except KeyError:
            raise SecretMissing(f"{self._named} holds no secret of {partner}: add it.") from None


def read_partner_secrets(path: Path, *, setting: str) -> FilePartnerSecrets:
    """Read a JSON object of secrets in hex by partner code.

    Raises: SecretFileRefused, which never shows what the file holds.
    """
    found = _secrets(_text(path, setting))
    if not found:
        raise SecretFileRefused(
            f'{path}, named by {setting}, holds no secrets: write {{"partner": "64 hexadecimal digits"}}.'
        )
    for code, secret in found.items():
        if secret is None:
            raise SecretFileRefused(
                f"The secret of {code} in {path}, named by {setting}, is none: write"
                f" {2 * LEAST_SECRET_BYTES} hexadecimal digits or more."
            )
    return FilePartnerSecrets(
        {code: secret.reveal() for code, secret in found.items() if secret is not None},
        file=path,
        setting=setting,
    )


def give_partner_secret(path: Path, partner: PartnerCode, *, setting: str) -> bool:
    """Give a partner that has none a secret of its own, and say whether that was so.

    Shape: the file is written whole or not at all, open to its owner only; it must be there. Every reporter
        needs the same secret.
    Raises: SecretFileRefused, which never shows what the file holds.
    """
    with changing(path):
        text = _with_secret(_text(path, setting), partner)
        if text is None:
            read_partner_secrets(path, setting=setting).secret_of(partner)
            return False
        write_secret_file(path, text.reveal())
    return True


@contextmanager
def changing(path: Path) -> Iterator[None]:
    """Nobody else who changes the file this way does so meanwhile: two at once would lose what one wrote.

    Raises: SecretFileRefused.
    """
    lock = path.with_name(f".{path.name}.lock")
    try:
        held = lock.open("w")
    except OSError as error:
        raise SecretFileRefused(
            f"{path} cannot be changed ({error.strerror}): see that its folder can be written."
        ) from None
    with held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def write_secret_file(path: Path, text: str) -> None:
    """Write a file of secrets whole or not at all, open to its owner only.

    Raises: SecretFileRefused.
    """
    try:
        write_whole(path, text, mode=OPEN_TO_ITS_OWNER)
    except OSError as error:
        raise SecretFileRefused(
            f"{path} cannot be written ({error.strerror}): nothing was changed."
        ) from None


def read_directory_key(path: Path, *, setting: str) -> bytes:
    """Read the 32 bytes of the member directory's key, in hex.

    Raises: SecretFileRefused, which never shows what the file holds.
    """
    key = _bytes(_text(path, setting).reveal().strip())
    if key is None or len(key.reveal()) != DIRECTORY_KEY_BYTES:
        raise SecretFileRefused(
            f"{path}, named by {setting}, holds no key of the member directory: write"
            f" {2 * DIRECTORY_KEY_BYTES} hexadecimal digits."
        )
    found: bytes = key.reveal()
    return found


def read_token(path: Path, *, setting: str) -> Secret:
    """Read the token by which this process is let in somewhere: one line of printable characters.

    Raises: SecretFileRefused, which never shows what the file holds.
    """
    token = Secret(_text(path, setting).reveal().strip())
    if not _is_token(token):
        raise SecretFileRefused(
            f"{path}, named by {setting}, holds no token: write one line of letters, digits and -._~+/=."
        )
    return token


def exposure(path: Path, *, setting: str) -> str | None:
    """A sentence if others than its owner may read a file of secrets, else None; also for a missing file.

    Shape: of a folder the first file of it that others may read.
    """
    if path.is_dir():
        found = (exposure(file, setting=setting) for file in sorted(path.iterdir()) if file.is_file())
        return next((sentence for sentence in found if sentence is not None), None)
    try:
        mode = path.stat().st_mode
    except OSError:
        return None
    if not mode & (stat.S_IRGRP | stat.S_IROTH | stat.S_IWGRP | stat.S_IWOTH):
        return None
    return f"{path}, named by {setting}, is open to others than its owner: run chmod 600 {path}."


def _text(path: Path, setting: str) -> Secret:
    try:
        return Secret(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise SecretFileRefused(
            f"{path}, named by {setting}, cannot be read: create it, or correct the setting."
        ) from None


# What is below here handles secrets in the open, and never raises: no traceback can show them.


def _with_secret(text: Secret, partner: str) -> Secret | None:
    """The file's text with a new secret of a partner; None if it has one, or is no JSON object."""
    try:
        found = json.loads(text.reveal())
    except ValueError:
        return None
    if not isinstance(found, dict) or partner in found:
        return None
    made = {**found, partner: secrets.token_hex(LEAST_SECRET_BYTES)}
    return Secret(json.dumps(made, indent=2) + "\n")


def _secrets(text: Secret) -> dict[str, Secret | None]:
    try:
        found = json.loads(text.reveal())
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {code: _long_enough(_bytes(secret)) for code, secret in found.items()}


def _is_token(token: Secret) -> bool:
    return _TOKEN.fullmatch(token.reveal()) is not None


def _long_enough(secret: Secret | None) -> Secret | None:
    return secret if secret is not None and len(secret.reveal()) >= LEAST_SECRET_BYTES else None


def _bytes(digits: object) -> Secret | None:
    if not isinstance(digits, str):
        return None
    try:
        return Secret(bytes.fromhex(digits.removeprefix("0x")))
    except ValueError:
        return None
