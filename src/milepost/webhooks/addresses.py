"""Decides where webhooks may go: not into the network that this machine stands in.

An operator's URL is checked when it is added, and the addresses of its host anew at each delivery: a name may
lead elsewhere by then. `sending.py` connects to the very addresses that were checked.
"""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from milepost.domain.errors import MilepostError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MOST_URL = 2_048
"""Longest URL of an endpoint, characters."""

_PORTS = {"https": 443, "http": 80}
# Public by their form, and leading to an IPv4 address of anyone's choice behind a translator.
_TRANSLATED = tuple(map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))


class UrlRefused(MilepostError):
    """A webhook URL that may not be used. The operator corrects it, or the networks of the setting."""


class AddressRefused(MilepostError):
    """A webhook's host leads into a network that the settings do not name. The operator looks into it."""


class NameUnknown(MilepostError):
    """A webhook's host has no address. It is tried again; the operator looks if it lasts."""


@dataclass(frozen=True, slots=True)
class Target:
    """An endpoint's URL in parts. Shape: `path` with its query, as it is sent."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The `Host` header."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == _PORTS[self.scheme] else f"{name}:{self.port}"

    def url_at(self, address: Address) -> str:
        """The URL with an address in place of the name."""
        name = f"[{address}]" if address.version == 6 else str(address)
        return f"{self.scheme}://{name}:{self.port}{self.path}"


def parse_url(url: str) -> Target:
    """Take an endpoint's URL apart.

    Shape: https:// for any host, http:// for loopback alone; no user, no password, no fragment.
    Raises: UrlRefused, which does not repeat the URL: it may hold what nobody else should see.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UrlRefused("The URL cannot be read: write https://host/path.") from None
    _refuse_url(url, parts)
    host = parts.hostname or ""
    if parts.scheme == "http" and not _is_loopback_name(host):
        raise UrlRefused("Plain http:// is for loopback alone: write https://, so that nobody reads along.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or _PORTS[parts.scheme], path)


def _refuse_url(url: str, parts: SplitResult) -> None:
    if len(url) > MOST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise UrlRefused(
            f"The URL has other than plain characters, or more than {MOST_URL}: write a short one."
        )
    if parts.scheme not in _PORTS or not parts.hostname:
        raise UrlRefused("The URL is none that webhooks can go to: write https://host/path.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise UrlRefused("The URL holds a user, a password or a fragment: leave it out; messages are signed.")


def check_url(url: str, networks: Sequence[Network]) -> str | None:
    """Look at an endpoint's URL before it is stored; a sentence if its host has no address so far.

    Raises: UrlRefused; AddressRefused.
    """
    try:
        asyncio.run(resolve(parse_url(url), networks))
    except NameUnknown as error:
        return str(error)
    return None


def parse_networks(text: str | None, *, setting: str) -> tuple[Network, ...]:
    """Networks by commas, such as `127.0.0.0/8,::1/128`; none for None.

    Raises: UrlRefused, naming the setting.
    """
    try:
        return tuple(ip_network(one.strip()) for one in (text or "").split(",") if one.strip())
    except ValueError:
        raise UrlRefused(f"{setting} is no list of networks: write 127.0.0.0/8,::1/128.") from None


def is_allowed(address: Address, networks: Sequence[Network]) -> bool:
    """Whether webhooks may go to an address: a public one, or one of the networks that settings name."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address in network for network in networks):
        return True
    if any(address in network for network in _TRANSLATED):
        return False
    return address.is_global and not address.is_multicast


async def resolve(target: Target, networks: Sequence[Network]) -> list[Address]:
    """The addresses of a host, all of them allowed, in the order to try them.

    Raises: NameUnknown; AddressRefused if one of them is not allowed: the others may be bait.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NameUnknown(f"{target.host} has no address: see that the name is right.") from None
    # A scope, as in fe80::1%eth0, is no part of a public address.
    addresses = list(dict.fromkeys(ip_address(str(one[4][0]).partition("%")[0]) for one in found))
    for address in addresses:
        is_plain_abroad = target.scheme == "http" and not address.is_loopback
        if is_plain_abroad or not is_allowed(address, networks):
            raise AddressRefused(
                f"{target.host} leads to {address}, which is not public and in no network that"
                " MILEPOST_WEBHOOK_NETWORKS names: nothing is sent there."
            )
    return addresses


def _is_loopback_name(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
