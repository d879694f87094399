"""Checks the URLs of services that this process speaks to, before anything goes there.

Settings and options name them; `signers.py` and `trial.py` ask here.
"""

import ipaddress
from urllib.parse import urlsplit

from milepost.config import SettingsRefused


def service_url(stated: str, named: str) -> str:
    """The URL without a slash at its end; `named` is the setting or option that has it.

    Raises: SettingsRefused for what is no URL of a server, or is not safe to ask; without the URL, which may
        hold a password.
    """
    try:
        parts = urlsplit(stated)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if host is None or parts.scheme not in ("http", "https") or "@" in parts.netloc or parts.query:
        raise SettingsRefused(f"{named} is no URL of a server: write https://, a host, a port, no password.")
    if parts.scheme == "http" and not _is_loopback(host):
        raise SettingsRefused(
            f"{named} begins with http://, and its host is not this machine: whoever is between could read"
            " and change what is said. Write https://."
        )
    return stated.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
