"""Names are looked up when messages are sent, and every address must be allowed."""

import asyncio

import pytest

from milepost.webhooks.addresses import (
    AddressRefused,
    NameUnknown,
    check_url,
    parse_networks,
    parse_url,
    resolve,
)

LOOPBACK = parse_networks("127.0.0.0/8,::1/128", setting="S")


def test_resolve__loopback__is_refused_until_the_setting_names_it() -> None:
    target = parse_url("http://localhost:9/")
    with pytest.raises(AddressRefused, match="not public and in no network"):
        asyncio.run(resolve(target, ()))
    assert {str(one) for one in asyncio.run(resolve(target, LOOPBACK))} <= {"127.0.0.1", "::1"}


def test_resolve__address_in_the_url__is_checked_too() -> None:
    for host in ("10.0.0.1", "169.254.169.254", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"):
        with pytest.raises(AddressRefused):
            asyncio.run(resolve(parse_url(f"https://{host}/"), ()))


def test_resolve__one_of_several_is_private__refuses_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def both(*_: object, **__: object) -> list[object]:
        return [(2, 1, 6, "", (address, 443)) for address in ("93.184.216.34", "10.0.0.1")]

    monkeypatch.setattr("socket.getaddrinfo", both)
    with pytest.raises(AddressRefused, match=r"10\.0\.0\.1"):
        asyncio.run(resolve(parse_url("https://hooks.example/"), ()))


def test_resolve__name_that_leads_nowhere__is_told_apart() -> None:
    with pytest.raises(NameUnknown, match=r"nowhere\.invalid has no address"):
        asyncio.run(resolve(parse_url("https://nowhere.invalid/"), ()))
    assert "nowhere.invalid" in str(check_url("https://nowhere.invalid/", ()))
    assert check_url("http://127.0.0.1:9/", LOOPBACK) is None
