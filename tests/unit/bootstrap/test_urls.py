"""URLs of services: https, or this machine, and nothing secret in them or in what is said of them."""

import pytest

from milepost.bootstrap.urls import service_url
from milepost.config import SettingsRefused


@pytest.mark.parametrize(
    ("stated", "found"),
    [
        ("https://a.example:9000/", "https://a.example:9000"),
        ("https://a.example/under/a/path", "https://a.example/under/a/path"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.8.0.1", "http://127.8.0.1"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_service_url__safe_to_ask__is_taken(stated: str, found: str) -> None:
    assert service_url(stated, "--url") == found


@pytest.mark.parametrize(
    "stated", ["", "a.example", "http://a.example", "http://localhost.a.example", "https://u:pass@a.example"]
)
def test_service_url__not_safe_or_none__is_refused_by_who_named_it(stated: str) -> None:
    with pytest.raises(SettingsRefused, match="--url") as caught:
        service_url(stated, "--url")
    assert "pass@" not in str(caught.value)
