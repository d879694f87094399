"""Keys out of files: plain ones, keystores, folders of them, and what is said when one does not open.

given a keystore and its password's file        then its account comes out, as from a plain key
    when the password is wrong or missing       then a sentence names the keystore, the file and the setting
    when the keystore is damaged or another     then that is said
given a folder of keystores, or a list          then all come out, in order
given any file that is refused                  then no key or password is in the error, its causes, or the
                                                variables of its traceback
"""

import json
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from eth_account import Account

from milepost.chain.key_files import KeyFileRefused, KeystorePassword, Secret, read_keys
from milepost.chain.reporter_keys import read_account, read_reporters
from tests.support.deployments import REPORTERS

KEYS = ["0x" + bytes(reporter.key).hex() for reporter in REPORTERS]
PASSWORD = "correct horse, battery staple "
SETTING = "MILEPOST_RELAYER_KEY_FILE"


def keystore(key: str, **changes: Any) -> dict[str, Any]:
    """As geth and ape write them, but cheap to open."""
    return {**Account.encrypt(key, PASSWORD, kdf="pbkdf2", iterations=1), **changes}


@pytest.fixture
def password(tmp_path: Path) -> KeystorePassword:
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    return KeystorePassword(file, "MILEPOST_KEYSTORE_PASSWORD_FILE")


def test_read_account__keystore__is_the_account_of_its_key(
    tmp_path: Path, password: KeystorePassword
) -> None:
    (tmp_path / "key").write_text(json.dumps(keystore(KEYS[0])))
    account = read_account(tmp_path / "key", setting=SETTING, password=password)
    assert account.address == REPORTERS[0].address


def test_read_account__keystore_of_the_usual_cost__is_opened(
    tmp_path: Path, password: KeystorePassword
) -> None:
    (tmp_path / "key").write_text(json.dumps(Account.encrypt(KEYS[0], PASSWORD)))
    account = read_account(tmp_path / "key", setting=SETTING, password=password)
    assert account.address == REPORTERS[0].address


def test_read_reporters__folder_of_keystores__gives_them_by_name(
    tmp_path: Path, password: KeystorePassword
) -> None:
    folder = tmp_path / "reporters"
    folder.mkdir()
    for place in (2, 0, 1):
        (folder / f"reporter-{place}.json").write_text(json.dumps(keystore(KEYS[place])))
    (folder / ".swp").write_text("an editor's")
    found = read_reporters(folder, setting=SETTING, password=password)
    assert [one.address for one in found] == [reporter.address for reporter in REPORTERS[:3]]


def test_read_reporters__list_of_plain_keys_and_keystores__gives_all(
    tmp_path: Path, password: KeystorePassword
) -> None:
    (tmp_path / "keys").write_text(json.dumps([KEYS[0], keystore(KEYS[1])]))
    found = read_reporters(tmp_path / "keys", setting=SETTING, password=password)
    assert [one.address for one in found] == [reporter.address for reporter in REPORTERS[:2]]


def test_read_reporters__empty_folder__holds_no_keys(tmp_path: Path, password: KeystorePassword) -> None:
    folder = tmp_path / "reporters"
    folder.mkdir()
    assert read_keys(folder, setting=SETTING, password=password) == []
    with pytest.raises(KeyFileRefused, match="holds 0 keys"):
        read_account(folder, setting=SETTING, password=password)


def test_read_keys__json_nested_too_deep__is_refused(tmp_path: Path, password: KeystorePassword) -> None:
    (tmp_path / "key").write_text("[" * 5_000)
    with pytest.raises(KeyFileRefused, match="no private key"):
        read_keys(tmp_path / "key", setting=SETTING, password=password)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"version": 1}, "no keystore of version 3"),
        ({"crypto": {}}, "no keystore of version 3"),
        ({"crypto": None}, "no keystore of version 3"),
        ({"crypto": {"kdf": "none"}}, "no keystore of version 3"),
    ],
)
def test_read_account__other_keystore__is_refused(
    tmp_path: Path, password: KeystorePassword, changes: dict[str, Any], said: str
) -> None:
    (tmp_path / "key").write_text(json.dumps(keystore(KEYS[0], **changes)))
    with pytest.raises(KeyFileRefused, match=said) as refused:
        read_account(tmp_path / "key", setting=SETTING, password=password)
    assert_shows_nothing(refused.value)


def test_read_account__wrong_password__names_both_files_and_settings(
    tmp_path: Path, password: KeystorePassword
) -> None:
    assert password.file is not None
    password.file.write_text("Tr0ub4dor&3-and-more")
    (tmp_path / "key").write_text(json.dumps(keystore(KEYS[0])))
    with pytest.raises(KeyFileRefused) as refused:
        read_account(tmp_path / "key", setting=SETTING, password=password)
    said = str(refused.value)
    for part in (
        str(tmp_path / "key"),
        SETTING,
        str(password.file),
        password.setting,
        "the password is another",
    ):
        assert part in said
    assert refused.value.exit_code == 2
    assert_shows_nothing(refused.value, "Tr0ub4dor&3-and-more")


@pytest.mark.parametrize(
    ("file", "said"), [(None, "write its password to a file"), ("none", "cannot be read")]
)
def test_read_account__no_password__says_where_it_belongs(
    tmp_path: Path, file: str | None, said: str
) -> None:
    (tmp_path / "key").write_text(json.dumps(keystore(KEYS[0])))
    password = KeystorePassword(tmp_path / file if file else None, "MILEPOST_KEYSTORE_PASSWORD_FILE")
    with pytest.raises(KeyFileRefused, match=said) as refused:
        read_account(tmp_path / "key", setting=SETTING, password=password)
    assert "MILEPOST_KEYSTORE_PASSWORD_FILE" in str(refused.value)
    assert_shows_nothing(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        KEYS[0] + "zz",
        KEYS[0][:-1],
        json.dumps([KEYS[1], KEYS[0][:-2]]),
        json.dumps({"key": KEYS[0]}),
        json.dumps([KEYS[0], KEYS[0]]),
        f'["{KEYS[0]}"',
    ],
)
def test_read_reporters__unusable__shows_no_key_anywhere(
    tmp_path: Path, password: KeystorePassword, text: str
) -> None:
    (tmp_path / "keys").write_text(text)
    with pytest.raises(KeyFileRefused) as refused:
        read_reporters(tmp_path / "keys", setting=SETTING, password=password)
    assert_shows_nothing(refused.value)


def test_secret__shown__shows_nothing() -> None:
    secret = Secret(KEYS[0])
    assert KEYS[0] not in f"{secret} {secret!r} {[secret]}" and secret.reveal() == KEYS[0]


def assert_shows_nothing(error: BaseException, *more: str) -> None:
    """No key and no password in what a traceback with variables would print."""
    shown = "\n".join(_shown(error))
    for secret in (*(key[2:40] for key in KEYS), PASSWORD.strip(), *more):
        assert secret not in shown


def _shown(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        yield repr(error)
        yield from _variables(error.__traceback__)
        error = error.__cause__ or error.__context__


def _variables(traceback: TracebackType | None) -> Iterator[str]:
    # The first frame is the test's own.
    traceback = traceback.tb_next if traceback else None
    while traceback is not None:
        yield from map(repr, traceback.tb_frame.f_locals.values())
        traceback = traceback.tb_next
