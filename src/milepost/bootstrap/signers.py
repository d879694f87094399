"""Makes the keys that sign: of files in this process, or kept by a signer elsewhere that settings name.

`Parts` gives them to relaying, to signing and to what seals proposals.
"""

import ssl
import time
from pathlib import Path
from typing import TYPE_CHECKING

from eth_utils.address import is_checksum_formatted_address, is_hex_address, to_checksum_address

from milepost.bootstrap.urls import service_url
from milepost.config import Settings, SettingsRefused, setting_name
from milepost.domain.errors import ChainError
from milepost.ports import Signer
from milepost.secret_files import read_token

if TYPE_CHECKING:
    from milepost.chain.remote_signer import RemoteSigner, SignerService

_URL = setting_name("signer_url")


def remote_relayer(settings: Settings) -> "RemoteSigner | None":
    """The relayer's key at the signer, found there; None where settings name a file.

    Raises: SettingsRefused; SignerUnavailable, SignerRefused.
    """
    if settings.relayer_address is None:
        return None
    (signer,) = _signers(settings, "relayer_address", [settings.relayer_address])
    return signer


def remote_reporter_keys(settings: Settings) -> "tuple[RemoteSigner, ...]":
    """The reporters' keys at the signer, found there, in the order of the setting; none for a file.

    Raises: SettingsRefused; SignerUnavailable, SignerRefused.
    """
    stated = settings.reporter_addresses
    if stated is None:
        return ()
    return _signers(settings, "reporter_addresses", [one.strip() for one in stated.split(",") if one.strip()])


def probe(signer: Signer) -> None:
    """Make sure that a key elsewhere signs; a key in this process does.

    Raises: SignerUnavailable, SignerRefused.
    """
    from milepost.chain.remote_signer import RemoteSigner

    if isinstance(signer, RemoteSigner):
        signer.probe()


def is_up(signer: Signer) -> bool:
    """Whether a key is in this process, or its signer says that it is up."""
    from milepost.chain.remote_signer import RemoteSigner

    if not isinstance(signer, RemoteSigner):
        return True
    try:
        signer.service.require_up()
    except ChainError:
        return False
    return True


def _signers(settings: Settings, field: str, stated: list[str]) -> "tuple[RemoteSigner, ...]":
    from milepost.chain.remote_signer import RemoteSigner

    addresses = [_address(one, field) for one in stated]
    if not addresses or len(set(addresses)) != len(addresses):
        raise SettingsRefused(f"{setting_name(field)} names no address, or one twice: name each key once.")
    service = _service(settings, field)
    found = tuple(RemoteSigner(address, service) for address in addresses)
    for signer in found:
        signer.require_key()
    return found


def _address(stated: str, field: str) -> str:
    if not is_hex_address(stated) or (
        is_checksum_formatted_address(stated) and to_checksum_address(stated) != stated
    ):
        raise SettingsRefused(
            f"{setting_name(field)} holds what is no address: write 0x and 40 hexadecimal digits, as the"
            " chain shows it."
        )
    return to_checksum_address(stated)


def _service(settings: Settings, field: str) -> "SignerService":
    from milepost.chain.remote_signer import SignerService

    if settings.signer_url is None:
        raise SettingsRefused(
            f"{setting_name(field)} names a key that is kept elsewhere: say where by {_URL}, or leave the"
            " address out."
        )
    url = service_url(settings.signer_url, _URL)
    token = settings.signer_token_file
    return SignerService(
        url,
        _URL,
        time.monotonic,
        settings.signer_timeout_s,
        _tls(settings),
        None if token is None else read_token(token, setting=setting_name("signer_token_file")),
    )


def _tls(settings: Settings) -> ssl.SSLContext:
    """Raises: SettingsRefused for files that hold no certificate or key."""
    authority = settings.signer_ca_file
    try:
        context = ssl.create_default_context(cafile=authority)
    except OSError:
        raise SettingsRefused(
            f"{authority}, named by {setting_name('signer_ca_file')}, holds no certificate in PEM: correct"
            " it."
        ) from None
    certificate, key = settings.signer_cert_file, settings.signer_cert_key_file
    if (certificate is None) != (key is None):
        raise SettingsRefused(
            f"{setting_name('signer_cert_file')} and {setting_name('signer_cert_key_file')} belong together:"
            " name both, or none."
        )
    if certificate is not None and key is not None:
        _show_certificate(context, certificate, key)
    return context


def _show_certificate(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    try:
        # An encrypted key would have Python ask at the terminal.
        context.load_cert_chain(certificate, key, password=lambda: "")
    except (OSError, ValueError):
        raise SettingsRefused(
            f"{certificate} and {key}, named by {setting_name('signer_cert_file')} and"
            f" {setting_name('signer_cert_key_file')}, are no certificate in PEM and its key without a"
            " password: correct them."
        ) from None
