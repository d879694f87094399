"""Settings that name a signer: what is refused before anything is asked."""

from pathlib import Path

import pytest

from milepost.bootstrap.signers import is_up, probe, remote_relayer, remote_reporter_keys
from milepost.chain.local_signer import LocalSigner
from milepost.config import Settings, SettingsRefused
from milepost.secret_files import SecretFileRefused
from tests.support.deployments import RELAYER, REPORTERS

ADDRESS = RELAYER.address


def test_remote_keys__no_address__are_in_files() -> None:
    settings = Settings(signer_url="https://signer.example:9000")
    assert remote_relayer(settings) is None
    assert remote_reporter_keys(settings) == ()


def test_probe__key_in_this_process__is_taken_as_it_is() -> None:
    probe(LocalSigner(RELAYER))
    assert is_up(LocalSigner(RELAYER))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (None, "say where by MILEPOST_SIGNER_URL"),
        ("http://signer.example:9000", "Write https://"),
        ("http://10.0.0.7:9000", "Write https://"),
        ("https://me:hidden@signer.example", "is no URL of a server"),
        ("https://signer.example/?token=hidden", "is no URL of a server"),
        ("ftp://signer.example", "is no URL of a server"),
        ("https://signer.example:port", "is no URL of a server"),
        ("https://", "is no URL of a server"),
    ],
)
def test_remote_relayer__url_of_no_use__is_refused_without_showing_it(url: str | None, said: str) -> None:
    with pytest.raises(SettingsRefused, match=said) as caught:
        remote_relayer(Settings(signer_url=url, relayer_address=ADDRESS))
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    "stated", ["", "0x12", ADDRESS[:-1], ADDRESS.swapcase().replace("X", "x"), f"{ADDRESS},{ADDRESS}"]
)
def test_remote_reporter_keys__no_addresses__are_refused(stated: str) -> None:
    settings = Settings(signer_url="https://127.0.0.1:9", reporter_addresses=stated)
    with pytest.raises(SettingsRefused, match="MILEPOST_REPORTER_ADDRESSES"):
        remote_reporter_keys(settings)


def _settings(**more: object) -> Settings:
    return Settings(
        signer_url="https://127.0.0.1:9",
        reporter_addresses=",".join(account.address.lower() for account in REPORTERS[:2]),
        **more,
    )


@pytest.mark.parametrize("text", ["", "two words", "line\nline", "Bearer\ttoken"])
def test_remote_reporter_keys__token_of_no_use__is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "token"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SecretFileRefused, match="MILEPOST_SIGNER_TOKEN_FILE, holds no token"):
        remote_reporter_keys(_settings(signer_token_file=file))


def test_remote_reporter_keys__certificates_of_no_use__are_refused(tmp_path: Path) -> None:
    file = tmp_path / "none.pem"
    file.write_text("no certificate", encoding="utf-8")
    with pytest.raises(SettingsRefused, match="MILEPOST_SIGNER_CA_FILE, holds no certificate"):
        remote_reporter_keys(_settings(signer_ca_file=file))
    with pytest.raises(SettingsRefused, match="belong together"):
        remote_reporter_keys(_settings(signer_cert_file=file))
    with pytest.raises(SettingsRefused, match="are no certificate"):
        remote_reporter_keys(_settings(signer_cert_file=file, signer_cert_key_file=file))
