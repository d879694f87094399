"""Keys from files: what is read, what is refused, and that no key is ever shown."""

import json
from pathlib import Path

import pytest
from eth_account import Account

from milepost.chain.reporter_keys import KeyFileRefused, LocalReporter, read_account, read_reporters
from tests.support.deployments import REPORTERS, account_named

KEYS = ["0x" + bytes(reporter.key).hex() for reporter in REPORTERS]
SETTING = "MILEPOST_REPORTER_KEYS_FILE"
HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


def test_read_reporters__list_of_keys__gives_them_in_order(keys: Path) -> None:
    keys.write_text(json.dumps(KEYS))
    assert [one.address for one in read_reporters(keys, setting=SETTING)] == [r.address for r in REPORTERS]


@pytest.mark.parametrize("text", [KEYS[0], KEYS[0][2:] + "\n", json.dumps(KEYS[0]), json.dumps(KEYS[:1])])
def test_read_account__one_key_in_any_form__gives_its_account(keys: Path, text: str) -> None:
    keys.write_text(text)
    assert read_account(keys, setting=SETTING).address == REPORTERS[0].address


def test_read_account__key_of_digits_only__is_no_number(keys: Path) -> None:
    keys.write_text("1" * 64)
    assert read_account(keys, setting=SETTING).address == Account.from_key("0x" + "1" * 64).address


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no keys"),
        ("[]", "holds no keys"),
        (json.dumps([KEYS[0], KEYS[0]]), "holds a key twice"),
        (json.dumps([KEYS[0], KEYS[1][:-2]]), "Key 2"),
        (json.dumps([KEYS[0] + "zz"]), "Key 1"),
        (json.dumps([None]), "Key 1"),
        (json.dumps({"key": KEYS[0]}), "no private key"),
        (json.dumps(["0x" + "0" * 64]), "Key 1"),
    ],
)
def test_read_reporters__unusable__is_refused_without_showing_it(keys: Path, text: str, said: str) -> None:
    keys.write_text(text)
    with pytest.raises(KeyFileRefused, match=said) as refused:
        read_reporters(keys, setting=SETTING)
    assert SETTING in str(refused.value)
    assert refused.value.exit_code == 2
    # A cause would be shown with the error, and would show the key.
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None or refused.value.__suppress_context__
    assert KEYS[0][4:40] not in str(refused.value)


def test_read_account__two_keys__is_refused(keys: Path) -> None:
    keys.write_text(json.dumps(KEYS[:2]))
    with pytest.raises(KeyFileRefused, match="2 keys"):
        read_account(keys, setting=SETTING)


def test_read_reporters__no_file__names_it_and_its_setting(keys: Path) -> None:
    with pytest.raises(KeyFileRefused, match="cannot be read"):
        read_reporters(keys, setting=SETTING)


def test_sign__a_digest__recovers_to_the_reporter_with_a_low_s() -> None:
    reporter = LocalReporter(REPORTERS[0])
    for i in range(20):
        digest = bytes([i]) * 32
        signature = reporter.sign(digest)
        assert len(signature) == 65 and signature[64] in (27, 28)
        assert int.from_bytes(signature[32:64], "big") <= HALF_ORDER
        assert Account._recover_hash(digest, signature=signature) == reporter.address


def test_sign__anything_but_32_bytes__is_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        LocalReporter(REPORTERS[0]).sign(bytes(33))


def test_repr__of_a_reporter__shows_no_key() -> None:
    account = account_named("someone")
    assert repr(LocalReporter(account)) == f"LocalReporter({account.address})"
