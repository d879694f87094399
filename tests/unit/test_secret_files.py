"""Files of secrets: read exactly, refused without showing what they hold."""

import json
from pathlib import Path

import pytest

from milepost.domain.quantities import PartnerCode
from milepost.secret_files import (
    LEAST_SECRET_BYTES,
    SecretFileRefused,
    SecretMissing,
    exposure,
    give_partner_secret,
    read_directory_key,
    read_partner_secrets,
)


def _file(folder: Path, text: str, mode: int = 0o600) -> Path:
    file = folder / "secret"
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return file


def test_read_directory_key__hex__is_its_bytes(tmp_path: Path) -> None:
    assert read_directory_key(_file(tmp_path, "0x" + "ab" * 32 + "\n"), setting="KEY") == b"\xab" * 32


@pytest.mark.parametrize("text", ["", "ab" * 31, "zz" * 32, "ab" * 33])
def test_read_directory_key__anything_else__is_refused_unseen(tmp_path: Path, text: str) -> None:
    with pytest.raises(SecretFileRefused, match="named by KEY, holds no key") as refused:
        read_directory_key(_file(tmp_path, text), setting="KEY")
    assert not text or text not in str(refused.value)


def test_read_directory_key__no_file__says_which_setting(tmp_path: Path) -> None:
    with pytest.raises(SecretFileRefused, match="named by KEY, cannot be read"):
        read_directory_key(tmp_path / "none", setting="KEY")


def test_read_partner_secrets__an_object__answers_by_code(tmp_path: Path) -> None:
    secrets = read_partner_secrets(_file(tmp_path, '{"putien": "' + "5e" * 32 + '"}'), setting="SECRETS")
    assert secrets.secret_of("putien") == b"\x5e" * 32
    with pytest.raises(SecretMissing, match="no secret of tamarind: add it"):
        secrets.secret_of("tamarind")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"putien": "5e"}', '{"putien": 7}', '{"putien": "xyz"}'])
def test_read_partner_secrets__anything_else__is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SecretFileRefused, match="named by SECRETS"):
        read_partner_secrets(_file(tmp_path, text), setting="SECRETS")


@pytest.mark.parametrize(("mode", "is_open"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True)])
def test_exposure__by_mode__tells_who_may_read(tmp_path: Path, mode: int, is_open: bool) -> None:
    found = exposure(_file(tmp_path, "x", mode), setting="KEY")
    assert (found is not None) is is_open
    assert found is None or "chmod 600" in found


def test_exposure__no_file__is_left_to_who_reads_it(tmp_path: Path) -> None:
    assert exposure(tmp_path / "none", setting="KEY") is None


def test_give_partner_secret__a_partner_without_one__gets_its_own_and_others_keep_theirs(
    tmp_path: Path,
) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({"putien": "ab" * 32}), encoding="utf-8")
    assert give_partner_secret(file, PartnerCode("grill"), setting="X")
    found = read_partner_secrets(file, setting="X")
    assert found.secret_of(PartnerCode("putien")) == bytes.fromhex("ab" * 32)
    given = found.secret_of(PartnerCode("grill"))
    assert len(given) == LEAST_SECRET_BYTES and exposure(file, setting="X") is None
    assert not give_partner_secret(file, PartnerCode("grill"), setting="X")
    assert read_partner_secrets(file, setting="X").secret_of(PartnerCode("grill")) == given


@pytest.mark.parametrize("text", ["", "[]", '{"grill": 1}', '{"grill": "ab"}'])
def test_give_partner_secret__a_file_that_is_none__is_refused_and_kept(tmp_path: Path, text: str) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SecretFileRefused):
        give_partner_secret(file, PartnerCode("grill"), setting="X")
    assert file.read_text("utf-8") == text
