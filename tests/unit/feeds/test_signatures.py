"""Signatures: the documented ones are known, and nothing else is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.feeds.signatures import is_one_of, square_signature, toast_signature

URL = "https://miles.example.org/v1/feeds/square"
RIGHT = square_signature(b'{"a":1}', "key", notification_url=URL)


def test_square_signature__address_and_body__are_signed_in_this_order() -> None:
    # By openssl: printf '%s' "$URL"'{"a":1}' | openssl dgst -sha256 -hmac key -binary | base64
    assert RIGHT == "BgOj6QNvzrRXyPu0m0iAOBlqXvpG2uZU9azf74mRiDc="
    assert square_signature(b'{"a":1}', "key", notification_url=URL + "/") != RIGHT


def test_toast_signature__body_and_time__are_signed_in_this_order() -> None:
    # By openssl: printf '%s' '{"a":1}2018-05-14' | openssl dgst -sha256 -hmac key -binary | base64
    assert (
        toast_signature(b'{"a":1}', "key", timestamp="2018-05-14")
        == "mEQ/u7wB67WNixVyjnFCBUxyj7Ny4l4TjFmYzAAP4As="
    )


def test_is_one_of__old_and_new_secret__are_both_in_force() -> None:
    old = square_signature(b'{"a":1}', "old", notification_url=URL)
    assert is_one_of(old, [RIGHT, old]) and is_one_of(RIGHT, [RIGHT, old])
    assert not is_one_of(old, [RIGHT])
    assert not is_one_of(RIGHT, [])


@pytest.mark.parametrize(
    "given", [None, "", "=", RIGHT[:-2], RIGHT + "=", RIGHT.lower(), "é" * 44, "A" * 4_000]
)
def test_is_one_of__anything_else__is_none(given: str | None) -> None:
    assert not is_one_of(given, [RIGHT])


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=200))
def test_is_one_of__any_text__raises_nothing(given: str) -> None:
    assert is_one_of(given, [RIGHT]) == (given == RIGHT)
