"""What one run of a command reads of its settings, and tells of them."""

import pytest

from milepost.cli.session import Session


def test_settings__a_variable_is_misspelt__is_told_once_without_its_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MILEPOST_RELAYER_KEY", "0x5ec2e7")
    session = Session(None)
    assert session.settings() is session.settings()
    told = capsys.readouterr()
    assert told.err == (
        "warning: MILEPOST_RELAYER_KEY is no setting and is passed over:"
        " did you mean MILEPOST_RELAYER_KEY_FILE?\n"
    )
    assert told.out == ""
