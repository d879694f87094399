"""The file of feeds' secrets: read anew when it changes, and never shown."""

import json
from pathlib import Path

import pytest

from milepost.chain.key_files import Secret
from milepost.domain.feed_connection import FeedSystem
from milepost.web.feed_secrets import FeedSecretFile, FeedSecretsRefused, no_secrets, parse_feed_secrets

KEY = "a-signature-key-of-square"


def _file(folder: Path, content: object) -> FeedSecretFile:
    path = folder / "feed-secrets.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return FeedSecretFile(path, "MILEPOST_FEED_SECRETS_FILE", lambda: 0.0, every_s=0)


def test_secrets_of__partner_and_system__are_those_of_the_file(tmp_path: Path) -> None:
    file = _file(tmp_path, {"putien": {"square": [KEY, KEY + "-new"]}})
    file.require()
    assert file.secrets_of("putien", FeedSystem.SQUARE) == (KEY, KEY + "-new")
    assert file.secrets_of("putien", FeedSystem.TOAST) == ()
    assert file.secrets_of("tamarind", FeedSystem.SQUARE) == no_secrets("tamarind", FeedSystem.SQUARE) == ()


def test_secrets_of__file_changed__are_read_anew_and_kept_if_it_is_spoiled(tmp_path: Path) -> None:
    file = _file(tmp_path, {"putien": {"square": [KEY]}})
    file.require()
    _file(tmp_path, {"putien": {"square": [KEY + "-new"]}})
    assert file.secrets_of("putien", FeedSystem.SQUARE) == (KEY + "-new",)
    _file(tmp_path, "{spoiled")
    assert file.secrets_of("putien", FeedSystem.SQUARE) == (KEY + "-new",)
    file.file.unlink()
    assert file.secrets_of("putien", FeedSystem.SQUARE) == (KEY + "-new",)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        {"putien": [KEY]},
        {"putien": {"square": KEY}},
        {"putien": {"square": []}},
        {"putien": {"square": [KEY] * 3}},
        {"putien": {"square": ["short"]}},
        {"putien": {"square": [7]}},
        {"putien": {"poslog": [KEY]}},
        {"putien": {"lightspeed": [KEY]}},
    ],
)
def test_require__file_that_is_not_as_it_must_be__is_refused_and_not_shown(
    tmp_path: Path, content: object
) -> None:
    with pytest.raises(FeedSecretsRefused, match="holds no feeds' secrets") as refused:
        _file(tmp_path, content).require()
    assert KEY not in str(refused.value)


def test_require__no_file__is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeedSecretsRefused):
        FeedSecretFile(tmp_path / "gone", "MILEPOST_FEED_SECRETS_FILE", lambda: 0.0).require()


def test_parse_feed_secrets__nested_without_end__is_none() -> None:
    assert parse_feed_secrets(Secret("[" * 100_000)) is None
