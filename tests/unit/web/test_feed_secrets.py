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
    ("content", "said"),
    [
        ("", "it is no JSON object"),
        ("[]", "it is no JSON object"),
        ({"putien": [KEY]}, "putien: not systems with their secrets"),
        ({"putien": {"square": KEY}}, "putien, square: no list of secrets"),
        ({"putien": {"square": []}}, "putien, square: no list of secrets"),
        ({"putien": {"square": [KEY] * 3}}, "putien, square: more than 2 secrets"),
        (
            {"putien": {"square": [KEY], "toast": ["toast-secret-1"]}},
            "putien, toast: shorter than 16 characters",
        ),
        ({"putien": {"square": [7]}}, "putien, square: no list of secrets"),
        ({"putien": {"square": [KEY + "é"]}}, "putien, square: not only ASCII"),
        ({"putien": {"poslog": [KEY]}}, "putien: a system that is neither square nor toast"),
        ({"putien": {KEY: ["square"]}}, "putien: a system that is neither square nor toast"),
    ],
)
def test_require__file_that_is_not_as_it_must_be__says_why_and_shows_no_secret(
    tmp_path: Path, content: object, said: str
) -> None:
    """Finding: one secret of 14 characters was called a file without any secrets."""
    with pytest.raises(FeedSecretsRefused) as refused:
        _file(tmp_path, content).require()
    assert f"is refused ({said}): write" in str(refused.value)
    assert KEY not in str(refused.value) and "toast-secret-1" not in str(refused.value)


def test_require__no_file__says_that_it_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FeedSecretsRefused, match="is not there: create it"):
        FeedSecretFile(tmp_path / "gone", "MILEPOST_FEED_SECRETS_FILE", lambda: 0.0).require()


def test_parse_feed_secrets__nested_without_end__is_none() -> None:
    assert parse_feed_secrets(Secret("[" * 100_000)) is None
