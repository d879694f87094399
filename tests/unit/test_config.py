"""Settings: from the environment, then a file, then defaults; never a secret, never shown when refused."""

from pathlib import Path

import pytest

from milepost.config import PREFIX, Settings, SettingsRefused, load_settings, misspelt, setting_name
from scripts._configuration_page import PAGE, page


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No setting of whoever runs the tests."""
    for field in Settings.model_fields:
        monkeypatch.delenv(setting_name(field), raising=False)
    return monkeypatch


def test_settings__page_of_the_docs__is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make artifacts` and commit what it writes"


def test_settings__every_field__says_what_it_is_for() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_settings__secrets__are_named_by_file_only() -> None:
    assert not [name for name in Settings.model_fields if "key" in name and not name.endswith("_file")]
    assert not [name for name in Settings.model_fields if "secret" in name and not name.endswith("_file")]


def test_load_settings__nothing_set__fits_make_local() -> None:
    settings = load_settings()
    assert settings.rpc_url == "http://127.0.0.1:8545"
    assert settings.database_url.startswith("sqlite:///build/local/")
    assert settings.relayer_key_file.parent == Path("build/local")


def test_load_settings__environment_and_file__environment_goes_first(
    bare: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "milepost.env"
    file.write_text(
        f"{PREFIX}RPC_URL=http://file\n{PREFIX}FINALITY=12\n{PREFIX}PROGRAMME=\n", encoding="utf-8"
    )
    bare.setenv(f"{PREFIX}RPC_URL", "http://environment")
    settings = load_settings(file)
    assert (settings.rpc_url, settings.finality, settings.programme) == ("http://environment", "12", None)


def test_load_settings__unknown_setting_in_the_file__is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "milepost.env"
    file.write_text(f"{PREFIX}RELAYER_KEY=0x1234\n", encoding="utf-8")
    with pytest.raises(SettingsRefused) as refused:
        load_settings(file)
    assert "RELAYER_KEY" in str(refused.value) and "0x1234" not in str(refused.value)
    assert refused.value.exit_code == 2


def test_load_settings__misspelt_setting_in_the_file__is_named_as_written_with_the_nearest(
    tmp_path: Path,
) -> None:
    file = tmp_path / "milepost.env"
    file.write_text(f"{PREFIX}FINALITIES=12\nCOLOUR=red\n", encoding="utf-8")
    with pytest.raises(SettingsRefused) as refused:
        load_settings(file)
    said = str(refused.value)
    assert "MILEPOST_FINALITIES is no setting: did you mean MILEPOST_FINALITY?" in said
    assert "COLOUR is no setting: docs/configuration.md lists those there are" in said


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        (
            f"{PREFIX}FINALTY",
            ["MILEPOST_FINALTY is no setting and is passed over: did you mean MILEPOST_FINALITY?"],
        ),
        (
            "milepost_rpc_urls",
            ["MILEPOST_RPC_URLS is no setting and is passed over: did you mean MILEPOST_RPC_URL?"],
        ),
        ("milepost_finality", []),
        (f"{PREFIX}SERVICE_HOST", []),
        (f"{PREFIX}PORT_8000_TCP_ADDR", []),
        ("FINALTY", []),
    ],
)
def test_misspelt__a_variable__is_told_if_it_reads_like_a_setting(variable: str, said: list[str]) -> None:
    assert misspelt(["PATH", f"{PREFIX}FINALITY", variable]) == said


def test_load_settings__no_such_file__is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused, match="cannot be read"):
        load_settings(tmp_path / "none.env")
