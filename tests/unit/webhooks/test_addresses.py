"""Where webhooks may go; names are not looked up here, `tests/integration/webhooks` does."""

from ipaddress import ip_address

import pytest

from milepost.webhooks.addresses import Target, UrlRefused, is_allowed, parse_networks, parse_url

LOOPBACK = parse_networks("127.0.0.0/8, ::1/128", setting="S")


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://hooks.example/in", Target("https", "hooks.example", 443, "/in")),
        ("https://hooks.example:8443", Target("https", "hooks.example", 8443, "/")),
        ("https://hooks.example/a?b=c", Target("https", "hooks.example", 443, "/a?b=c")),
        ("http://127.0.0.1:8080/x", Target("http", "127.0.0.1", 8080, "/x")),
        ("http://localhost/x", Target("http", "localhost", 80, "/x")),
        ("http://[::1]:9/", Target("http", "::1", 9, "/")),
    ],
)
def test_parse_url__of_use__is_taken_apart(url: str, target: Target) -> None:
    assert parse_url(url) == target


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/in",
        "ftp://hooks.example/",
        "https:///in",
        "https://user:hunter2@hooks.example/",
        "https://user@hooks.example/",
        "https://hooks.example/#part",
        "https://hooks.example:99999/",
        "https://hooks.example/a b",
        "https://hooks.example/\r\nx: y",
        "https://høst.example/",
        "https://[::1/",
        "https://hooks.example/" + "x" * 2_048,
        "nonsense",
        "",
    ],
)
def test_parse_url__of_no_use__is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(UrlRefused) as caught:
        parse_url(url)
    assert "hooks.example" not in str(caught.value) and "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "alone", "with_loopback"),
    [
        ("93.184.216.34", True, True),
        ("2606:2800:220:1::1", True, True),
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("::ffff:127.0.0.1", False, True),
        ("::ffff:10.0.0.1", False, False),
        ("10.1.2.3", False, False),
        ("172.16.0.1", False, False),
        ("192.168.1.1", False, False),
        ("169.254.169.254", False, False),
        ("100.64.0.1", False, False),
        ("0.0.0.0", False, False),
        ("224.0.0.1", False, False),
        ("255.255.255.255", False, False),
        ("fe80::1", False, False),
        ("fc00::1", False, False),
        ("ff0e::1", False, False),
        ("::", False, False),
        ("64:ff9b::a00:1", False, False),
        ("2002:a00:1::", False, False),
    ],
)
def test_is_allowed__address__is_public_or_in_a_named_network(
    address: str, alone: bool, with_loopback: bool
) -> None:
    found = ip_address(address)
    assert (is_allowed(found, ()), is_allowed(found, LOOPBACK)) == (alone, with_loopback)


def test_authority_and_url_at__name_and_address__keep_port_and_path() -> None:
    target = parse_url("https://hooks.example:8443/a?b")
    assert target.authority == "hooks.example:8443"
    assert target.url_at(ip_address("2606::1")) == "https://[2606::1]:8443/a?b"
    assert parse_url("https://hooks.example/").authority == "hooks.example"
    assert parse_url("http://[::1]/").authority == "[::1]"


def test_parse_networks__none_and_nonsense__are_none_and_refused() -> None:
    assert parse_networks(None, setting="S") == ()
    with pytest.raises(UrlRefused, match="S is no list of networks"):
        parse_networks("10.0.0.1/8", setting="S")
