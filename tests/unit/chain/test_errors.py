"""Every error a product contract can answer has a class of its name and a line on the page."""

import pytest
import requests
from eth_abi.abi import encode
from eth_utils.abi import function_signature_to_4byte_selector
from eth_utils.crypto import keccak
from web3.exceptions import BadFunctionCallOutput, BlockNotFound, ContractCustomError, Web3RPCError

from milepost.chain.contract_errors import ContractError, PromotionTermsInvalid, SettlementSequenceNotNext
from milepost.chain.contracts import CONTRACT_NAMES, artifact
from milepost.chain.desk_errors import ConsentExpired, RedemptionRewardInvalid, RedemptionRewardNotOffered
from milepost.chain.errors import ContractReverted, asking, decode_revert, error_class
from milepost.domain.errors import ChainError, WhoActs
from milepost.domain.redemption import NO_END
from milepost.ports.chain import ChainUnavailable, TxAlreadyKnown, TxNonceTooLow, TxUnderfunded
from scripts._errors_page import PAGE, error_classes, page

ABI_ERRORS = {
    entry["name"]: [(argument["name"], argument["type"]) for argument in entry["inputs"]]
    for name in CONTRACT_NAMES
    for entry in artifact(name).abi
    if entry["type"] == "error"
}
SAMPLES = {
    "address": "0x" + "11" * 20,
    "string": "text",
    "bytes32": b"lastDay".ljust(32, b"\0"),
    "bytes4": b"\1\2\3\4",
}


def _data(name: str) -> bytes:
    types = [kind for _, kind in ABI_ERRORS[name]]
    selector = function_signature_to_4byte_selector(f"{name}({','.join(types)})")
    return selector + encode(types, [SAMPLES.get(kind, 7) for kind in types])


@pytest.mark.parametrize("name", ABI_ERRORS)
def test_decode_revert__each_error_of_the_contracts__is_its_class_with_its_arguments(name: str) -> None:
    error = decode_revert(_data(name))
    assert type(error).__name__ == name
    assert list(error.arguments) == [argument for argument, _ in ABI_ERRORS[name]]
    assert "{" not in str(error) and str(error).endswith(".")


@pytest.mark.parametrize(
    ("starts_at", "until", "said"),
    [
        (1_546_300_800, 1_577_836_800, "from 2019-01-01T00:00:00Z until 2020-01-01T00:00:00Z"),
        (0, 1_514_764_800, "from the beginning until 2018-01-01T00:00:00Z"),
        (1_546_300_800, NO_END, "from 2019-01-01T00:00:00Z until further notice"),
    ],
)
def test_contract_error__instants__are_shown_as_such(starts_at: int, until: int, said: str) -> None:
    window = {"from": starts_at, "until": until}
    assert said in str(RedemptionRewardNotOffered(reward=3, **window))
    assert said in str(RedemptionRewardInvalid(cost=3, lowestTier=0, **window))
    assert "good until 1970-01-01T00:00:07Z and it is 1970" in str(ConsentExpired(deadline=7, now_=8))


def test_error_class__of_every_contract_error__belongs_to_an_abi() -> None:
    """A class whose error the contracts no longer have would be a promise nobody keeps."""
    known = {error.__name__ for error in error_classes() if issubclass(error, ContractError)}
    assert known - {"ContractError", "ContractReverted"} == set(ABI_ERRORS)


def test_error_class__of_no_error__is_none() -> None:
    assert error_class("Any") is None
    assert error_class("SettlementSequenceNotNext") is SettlementSequenceNotNext


def test_docs_errors__every_error__has_its_line() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make artifacts`"


@pytest.mark.parametrize("error", error_classes(), ids=lambda error: error.__name__)
def test_docs_errors__every_error__says_what_happened(error: type[ChainError]) -> None:
    assert error.__doc__ and error.__doc__.rstrip().endswith(".")
    assert error.exit_code in (1, 2, 3, 4)
    assert isinstance(error.who_acts, WhoActs)


def test_decode_revert__sequence__keeps_the_numbers_in_the_sentence() -> None:
    error = decode_revert(
        keccak(text="SettlementSequenceNotNext(uint64,uint64)")[:4] + encode(["uint64", "uint64"], [5, 4])
    )
    assert isinstance(error, SettlementSequenceNotNext)
    assert error.arguments == {"given": 5, "expected": 4}
    assert "sequence 5" in str(error) and "next is 4" in str(error)


def test_decode_revert__named_field__is_shown_as_text() -> None:
    assert "in lastDay:" in str(PromotionTermsInvalid(field=b"lastDay".ljust(32, b"\0")))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no reason given"),
        (b"\xde\xad\xbe\xef", "0xdeadbeef"),
        (function_signature_to_4byte_selector("Error(string)") + encode(["string"], ["why"]), "why"),
        (function_signature_to_4byte_selector("Panic(uint256)") + encode(["uint256"], [0x11]), "panic 0x11"),
        (keccak(text="SettlementSequenceNotNext(uint64,uint64)")[:4] + b"\1", "cannot be read"),
    ],
)
def test_decode_revert__not_one_of_ours__says_what_there_was(data: bytes, said: str) -> None:
    error = decode_revert(data)
    assert type(error) is ContractReverted
    assert said in str(error)


def _rpc_error(message: str, code: int = -32000) -> Web3RPCError:
    return Web3RPCError(message, rpc_response={"error": {"code": code, "message": message}})  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (requests.ConnectionError("http://key@host"), ChainUnavailable),
        (requests.ReadTimeout("http://key@host"), ChainUnavailable),
        (BlockNotFound("no block"), ChainUnavailable),
        (_rpc_error("header not found"), ChainUnavailable),
        (_rpc_error("internal", -32603), ChainUnavailable),
        (_rpc_error("endpoint is closed while node is catching up"), ChainUnavailable),
        (_rpc_error("invalid height: injective is not ready; please wait for first block"), ChainUnavailable),
        (_rpc_error("already known"), TxAlreadyKnown),
        (_rpc_error("AlreadyKnown"), TxAlreadyKnown),
        (_rpc_error("Known transaction"), TxAlreadyKnown),
        (_rpc_error("nonce too low: next nonce 5, tx nonce 4"), TxNonceTooLow),
        (_rpc_error("OldNonce, Current nonce: 5, nonce of rejected tx: 4"), TxNonceTooLow),
        (_rpc_error("insufficient funds for gas * price + value: balance 0"), TxUnderfunded),
        (_rpc_error("Upfront cost exceeds account balance"), TxUnderfunded),
        (_rpc_error("method not found", -32601), ChainError),
        (BadFunctionCallOutput("empty"), ChainError),
        (ContractCustomError("0x", data="0x" + _data("EnforcedPause").hex()), error_class("EnforcedPause")),
    ],
)
def test_asking__whatever_a_node_answers__is_named(raised: Exception, expected: type[ChainError]) -> None:
    with pytest.raises(ChainError) as named, asking("The node named by MILEPOST_RPC_URL"):
        raise raised
    assert type(named.value) is expected
    assert "key" not in str(named.value)


def test_asking__our_own_error_or_a_bug__passes_as_it_is() -> None:
    with pytest.raises(KeyError), asking("The node"):
        raise KeyError("a bug")
    with pytest.raises(TxNonceTooLow, match="mine"), asking("The node"):
        raise TxNonceTooLow("mine")
