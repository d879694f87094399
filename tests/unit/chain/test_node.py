"""Settings of a node: its URL and when its blocks are final."""

import pytest

from milepost.chain.node import TIMEOUT_S, Finality, FinalityKind, connect
from milepost.domain.errors import ChainError


@pytest.mark.parametrize(
    ("text", "kind", "depth"),
    [
        ("instant", FinalityKind.INSTANT, 0),
        (" Finalized ", FinalityKind.FINALIZED, 0),
        ("12", FinalityKind.DEPTH, 12),
    ],
)
def test_parse__each_policy__is_read(text: str, kind: FinalityKind, depth: int) -> None:
    assert Finality.parse(text) == Finality(kind, depth)


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "safe", "depth", "²"])
def test_parse__anything_else__is_refused(text: str) -> None:
    with pytest.raises(ChainError, match="finalized"):
        Finality.parse(text)


def test_connect__http__waits_a_bounded_time_and_retries_nothing() -> None:
    node = connect("http://127.0.0.1:8545", setting="MILEPOST_RPC_URL")
    assert node.web3.provider.get_request_kwargs()["timeout"] == TIMEOUT_S  # type: ignore[attr-defined]
    assert node.web3.provider.exception_retry_configuration is None  # type: ignore[attr-defined]
    assert node.name == "The node named by MILEPOST_RPC_URL"


@pytest.mark.parametrize("url", ["", "127.0.0.1:8545", "ftp://secret@host", "ws://secret@host"])
def test_connect__no_http__is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ChainError, match="MILEPOST_RPC_URL") as refused:
        connect(url, setting="MILEPOST_RPC_URL")
    assert "secret" not in str(refused.value)
