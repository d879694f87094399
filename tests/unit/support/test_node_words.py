"""Refusals of a tx in every dialect: what anvil says is recognised, and said in a node's own words."""

import pytest

from tests.support.node_words import WORDS, Dialect, Refusal, in_dialect, refusal_of

ANVIL_SAYS = {
    Refusal.KNOWN: "transaction already imported",
    Refusal.NONCE: "nonce too low",
    Refusal.UNDERPRICED: "replacement transaction underpriced",
    Refusal.FUNDS: "Insufficient funds for gas * price + value",
    Refusal.BASE_FEE: "max fee per gas less than block base fee",
}


def _refused(message: str) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": 1, "error": {"code": -32003, "message": message}}


@pytest.mark.parametrize("refusal", Refusal)
@pytest.mark.parametrize("dialect", Dialect)
def test_in_dialect__anvil_refuses__says_it_in_the_nodes_words(refusal: Refusal, dialect: Dialect) -> None:
    code, message = WORDS[dialect][refusal]
    answer = in_dialect(_refused(ANVIL_SAYS[refusal]), dialect)
    assert answer == {"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": message}}


@pytest.mark.parametrize(
    "answer", [{"id": 1, "result": "0x1"}, _refused("execution reverted"), {"id": 1, "error": "busy"}]
)
def test_in_dialect__anything_else__stays(answer: dict[str, object]) -> None:
    assert refusal_of(answer) is None
    assert in_dialect(answer, Dialect.BESU) == answer
