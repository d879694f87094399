"""What tells others of settlements, made of settings: no node is asked, and nothing due is nothing done."""

from pathlib import Path

import pytest

from milepost.bootstrap import Parts
from milepost.bootstrap.notifying import deliver_due, webhook_endpoints, webhook_networks, webhook_queue
from milepost.config import Settings
from milepost.secret_files import SecretFileRefused
from milepost.webhooks.addresses import UrlRefused
from milepost.webhooks.delivering import Round


def parts_in(folder: Path, *, key: str = "d1" * 32, networks: str = "") -> Parts:
    """Parts without a node: its address leads nowhere."""
    file = folder / "directory.key"
    file.write_text(key, encoding="utf-8")
    file.chmod(0o600)
    return Parts(
        Settings(
            rpc_url="http://127.0.0.1:1",
            database_url=f"sqlite:///{folder / 'milepost.db'}",
            directory_key_file=file,
            webhook_networks=networks,
        )
    )


def test_deliver_due__nothing_is_due__does_nothing_and_asks_no_node(tmp_path: Path) -> None:
    parts = parts_in(tmp_path)
    assert [deliver_due(parts) for _ in range(2)] == [Round(), Round()]
    assert webhook_queue(parts) is not webhook_queue(parts)


def test_webhook_endpoints__no_key_of_the_directory__cannot_seal_secrets(tmp_path: Path) -> None:
    with pytest.raises(SecretFileRefused, match="MILEPOST_DIRECTORY_KEY_FILE"):
        webhook_endpoints(parts_in(tmp_path, key="no key"))


def test_webhook_networks__as_the_setting_says__are_read_or_refused_by_its_name(tmp_path: Path) -> None:
    assert [str(one) for one in webhook_networks(parts_in(tmp_path, networks="10.0.0.0/8, fd00::/8"))] == [
        "10.0.0.0/8",
        "fd00::/8",
    ]
    assert webhook_networks(parts_in(tmp_path)) == ()
    refused = parts_in(tmp_path, networks="everywhere")
    for ask in (webhook_networks, deliver_due):
        with pytest.raises(UrlRefused, match="MILEPOST_WEBHOOK_NETWORKS"):
            ask(refused)
