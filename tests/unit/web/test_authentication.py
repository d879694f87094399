"""Signatures over time, method, target and body: what fits, and each way in which one does not."""

import hashlib
import hmac
from typing import Any

import pytest

from milepost.chain.key_files import Secret
from milepost.testing import FixedClock
from milepost.web.authentication import Authenticator, Caller, sign
from milepost.web.partner_keys import PartnerKey
from milepost.web.problems import Problem

NOW_S = 1_526_274_000
SECRET = b"s" * 32
KEYS = {
    "old": PartnerKey("old", "putien", Secret(SECRET), 0, NOW_S + 10),
    "new": PartnerKey("new", "putien", Secret(b"n" * 32), NOW_S - 10, None),
    "coming": PartnerKey("coming", "putien", Secret(SECRET), NOW_S + 1, None),
    "ended": PartnerKey("ended", "putien", Secret(SECRET), 0, NOW_S),
    "portal": PartnerKey("portal", None, Secret(SECRET), 0, None),
}


def _headers(**changes: Any) -> dict[str, str]:
    usual: dict[str, Any] = {"key": "old", "at": NOW_S, "secret": SECRET, "body": b"{}", "method": "POST"}
    given = {**usual, **changes}
    signature = sign(
        given["secret"],
        timestamp=given["at"],
        method=given["method"],
        target="/v1/x?a=%2F",
        body=given["body"],
    )
    return {
        "Milepost-Key": given["key"],
        "Milepost-Timestamp": str(given["at"]),
        "Milepost-Signature": signature,
    }


def _caller(headers: dict[str, str], *, body: bytes = b"{}", target: bytes = b"/v1/x?a=%2F") -> Caller:
    signing = Authenticator(lambda: KEYS, FixedClock(NOW_S)).begin(headers, method="POST", target=target)
    for place in range(len(body)):
        signing.update(body[place : place + 1])
    return signing.finish().caller


def _code(headers: dict[str, str], **changes: Any) -> str:
    with pytest.raises(Problem) as refused:
        _caller(headers, **changes)
    return refused.value.code.label


def test_sign__known_bytes__is_hmac_over_time_method_target_and_body() -> None:
    message = b"1526274000\nPOST\n/v1/purchases\n{}"
    expected = hmac.new(SECRET, message, hashlib.sha256).hexdigest()
    assert (
        sign(SECRET, timestamp=NOW_S, method="POST", target="/v1/purchases", body=b"{}") == f"v1={expected}"
    )


def test_begin__fitting_signature__names_the_partner() -> None:
    assert _caller(_headers()) == Caller("old", "putien")


def test_begin__second_key_in_force__is_taken_as_well() -> None:
    assert _caller(_headers(key="new", secret=b"n" * 32)) == Caller("new", "putien")


def test_begin__key_of_the_operator__names_no_partner() -> None:
    caller = _caller(_headers(key="portal"))
    assert (caller.partner, caller.is_operator) == (None, True)


@pytest.mark.parametrize("key", ["coming", "ended", "nobody", ""])
def test_begin__key_not_in_force__is_unknown(key: str) -> None:
    assert _code(_headers(key=key)) == "unknown_key"


@pytest.mark.parametrize("at", [NOW_S - 301, NOW_S + 301, 0, 10**15])
def test_begin__time_outside_the_window__is_stale(at: int) -> None:
    assert _code(_headers(at=at)) == "stale_timestamp"


@pytest.mark.parametrize("at", [NOW_S - 300, NOW_S + 300])
def test_begin__time_at_the_edge__is_taken(at: int) -> None:
    assert _caller(_headers(at=at)).partner == "putien"


@pytest.mark.parametrize("text", ["", "now", "-5", "1e9", "١٥٢٦٢٧٤٠٠٠"])
def test_begin__time_that_is_no_number__is_stale(text: str) -> None:
    assert _code({**_headers(), "Milepost-Timestamp": text}) == "stale_timestamp"


@pytest.mark.parametrize("missing", ["Milepost-Key", "Milepost-Timestamp", "Milepost-Signature"])
def test_begin__header_missing__is_not_signed(missing: str) -> None:
    headers = _headers()
    del headers[missing]
    assert _code(headers) == "no_signature"


@pytest.mark.parametrize("text", ["", "v1=", "v1=zz", "v2=" + "0" * 64, "0" * 64, "v1=" + "A" * 64])
def test_begin__signature_of_another_form__is_bad(text: str) -> None:
    assert _code({**_headers(), "Milepost-Signature": text}) == "bad_signature"


def test_finish__other_body__is_bad() -> None:
    assert _code(_headers(), body=b"{ }") == "bad_signature"


def test_finish__other_target__is_bad() -> None:
    assert _code(_headers(), target=b"/v1/x?a=/") == "bad_signature"


def test_finish__other_method__is_bad() -> None:
    assert _code(_headers(method="GET")) == "bad_signature"


def test_finish__secret_of_another_key__is_bad() -> None:
    assert _code(_headers(key="new")) == "bad_signature"


def test_begin__a_copy_that_comes_late__counts_by_the_key_of_its_own_time() -> None:
    """A reporter that was down gets what was signed by a key that has ended since."""
    copies = Authenticator(lambda: KEYS, FixedClock(NOW_S), window_s=86_400, takes_copies=True)
    target = b"/v1/x?a=%2F"
    late = copies.begin(_headers(key="ended", at=NOW_S - 3_600), method="POST", target=target)
    late.update(b"{}")
    assert late.finish().caller.partner == "putien"
    for key, at in (("ended", NOW_S), ("coming", NOW_S - 3_600), ("old", NOW_S - 86_401)):
        with pytest.raises(Problem):
            copies.begin(_headers(key=key, at=at), method="POST", target=target)


@pytest.mark.parametrize(
    ("key", "ahead_s", "is_taken"),
    [("old", 5, True), ("new", 300, True), ("new", 301, False), ("coming", 86_400, False)],
)
def test_begin__a_copy_signed_ahead__is_taken_within_the_window_of_any_request(
    key: str, ahead_s: int, is_taken: bool
) -> None:
    """Finding: a reporter took what was signed as of days ahead, under keys that did not hold yet."""
    copies = Authenticator(lambda: KEYS, FixedClock(NOW_S), window_s=86_400, takes_copies=True)
    headers = _headers(key=key, at=NOW_S + ahead_s, secret=KEYS[key].secret.reveal())
    if is_taken:
        assert copies.begin(headers, method="POST", target=b"/v1/x").caller.partner == "putien"
        return
    with pytest.raises(Problem) as refused:
        copies.begin(headers, method="POST", target=b"/v1/x")
    assert refused.value.code.label == "stale_timestamp"
