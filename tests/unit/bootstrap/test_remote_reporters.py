"""Reporters elsewhere by their URLs: each in order, asked by a key in force, and no password shown."""

import pytest

from milepost.bootstrap.remote_reporters import remote_reporters, reporter_urls
from milepost.config import Settings, SettingsRefused
from tests.support.programme import REPORTERS, Oracle


def settings(urls: str | None) -> Settings:
    return Settings(reporter_urls=urls, reporter_timeout_s=7)


def test_reporter_urls__a_list__is_each_without_its_last_slash() -> None:
    assert reporter_urls(settings(" http://a:1/ ,https://b.example.org:2,, ")) == [
        "http://a:1",
        "https://b.example.org:2",
    ]
    assert reporter_urls(settings(None)) == reporter_urls(settings("")) == []


@pytest.mark.parametrize("url", ["ftp://a", "a:1", "http://user:hidden@a", "http://a/?token=hidden"])
def test_reporter_urls__no_url_of_a_server__is_refused_by_its_place_and_unseen(url: str) -> None:
    with pytest.raises(SettingsRefused, match="URL 2 of MILEPOST_REPORTER_URLS") as refused:
        reporter_urls(settings(f"http://a:1,{url}"))
    assert "hidden" not in str(refused.value)


def test_remote_reporters__none_named__needs_no_key() -> None:
    assert remote_reporters(settings(None), [], Oracle().chain) == ()


def test_remote_reporters__named__are_in_their_order_and_asked_by_a_key_in_force() -> None:
    found = remote_reporters(settings("http://a:1,http://b:2"), REPORTERS, Oracle().chain)
    assert [(one.url, one.sealer, one.timeout_s) for one in found] == [  # type: ignore[attr-defined]
        ("http://a:1", REPORTERS[0], 7),
        ("http://b:2", REPORTERS[0], 7),
    ]


def test_remote_reporters__no_key_of_the_present_set__is_refused() -> None:
    with pytest.raises(SettingsRefused, match="no key in MILEPOST_REPORTER_KEYS_FILE is a reporter's"):
        remote_reporters(settings("http://a:1"), [], Oracle().chain)
