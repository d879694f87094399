"""Turns what a node or a contract answers instead of a result into named errors.

Everything in `chain` that asks a node asks through here; the pipeline acts on the class, never on a message.
"""

import ast
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http import HTTPStatus
from json import JSONDecodeError
from typing import Any, cast

import requests
from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_typing import ABIError
from eth_utils.abi import abi_to_signature, function_signature_to_4byte_selector
from eth_utils.exceptions import ValidationError
from web3.exceptions import (
    BadFunctionCallOutput,
    BadResponseFormat,
    BlockNotFound,
    ContractLogicError,
    RequestTimedOut,
    TransactionNotFound,
    Web3RPCError,
)

from milepost.chain import access_errors, contract_errors, desk_errors, ledger_errors
from milepost.chain.contract_errors import ContractError
from milepost.chain.contracts import CONTRACT_NAMES, artifact
from milepost.chain.endpoints import NoEndpoint
from milepost.chain.refusals import refusal_of
from milepost.domain.errors import ChainError
from milepost.ports.chain import ChainUnavailable

_ERROR_STRING = function_signature_to_4byte_selector("Error(string)")
_PANIC = function_signature_to_4byte_selector("Panic(uint256)")
_SELECTOR_SIZE = 4

# JSON-RPC's internal error, and EIP-1474's limit exceeded.
_BUSY = (-32603, -32005)
# A node that has not caught up with what another one knew, or was just started.
_BEHIND = (
    "header not found",
    "missing trie node",
    "unknown block",
    "timeout",
    "timed out",
    "node is catching up",  # CometBFT, until it has the blocks it missed
    "is not ready",  # CometBFT, before its first block
)


class ContractReverted(ContractError):
    """A contract refused a call in words of its own, or none. Compare the deployment with this software."""

    sentence = "The contract refused the call: {reason}. Compare the deployment with this software."


def error_class(name: str) -> type[ContractError] | None:
    """The class of a Solidity error, None where there is none of this name."""
    for module in (contract_errors, ledger_errors, desk_errors, access_errors):
        found = getattr(module, name, None)
        if isinstance(found, type) and issubclass(found, ContractError):
            return found
    return None


def decode_revert(data: bytes) -> ContractError:
    """Name the error in the data of a revert.

    Shape: ContractReverted for a text, a panic, no data, or an error that no product contract has.
    """
    selector, body = data[:_SELECTOR_SIZE], data[_SELECTOR_SIZE:]
    try:
        if selector == _ERROR_STRING:
            return ContractReverted(reason=decode(["string"], body)[0])
        if selector == _PANIC:
            return ContractReverted(reason=f"panic {decode(['uint256'], body)[0]:#04x}")
        if selector in _errors():
            name, inputs = _errors()[selector]
            values = decode([kind for _, kind in inputs], body)
            found = error_class(name)
            if found is not None:
                return found(**dict(zip((argument for argument, _ in inputs), values, strict=True)))
    except DecodingError:
        return ContractReverted(reason=f"data that cannot be read, 0x{data.hex()}")
    return ContractReverted(reason=f"an unknown error, 0x{data.hex()}" if data else "no reason given")


def revert_data(error: Exception) -> bytes | None:
    """The data of a revert as web3 or eth-tester raised it.

    Shape: None if `error` is no revert; empty for a revert without data.
    """
    if isinstance(error, ContractLogicError):
        return _hex_data(error.data)
    if isinstance(error, _embedded_failures()):
        return _eth_tester_data(error)
    if isinstance(error, Web3RPCError) and error.rpc_response:
        answer: Any = error.rpc_response.get("error")
        if isinstance(answer, dict) and ("revert" in str(answer.get("message", "")).lower()):
            return _hex_data(answer.get("data"))
    return None


@contextmanager
def asking(node: str) -> Iterator[None]:
    """Raise what a node does not answer as errors of ours.

    Shape: `node` says in a sentence which node, by the setting that names it, never its address: addresses of
        nodes carry keys.
    Raises: the decoded contract error for a revert; what `refusals.py` names for a tx that is refused;
        ChainUnavailable for no answer, or one that settles nothing; ChainError for no contract, or a request
        that the node will not take.
    """
    try:
        yield
    except NoEndpoint as error:
        if error.is_of_other_chain:
            raise ChainError(f"{error} Name nodes of the deployment's chain, or its deployment.") from error
        raise ChainUnavailable(f"{error} Ask again; if it stays so, mend them.") from error
    except (BlockNotFound, TransactionNotFound) as error:
        # The node is behind another one that answered before: nothing is known.
        raise ChainUnavailable(f"{node} does not know what was asked yet: ask again.") from error
    except (requests.RequestException, ConnectionError, TimeoutError) as error:
        # From None: the cause's message names the address, and addresses of nodes carry keys.
        raise ChainUnavailable(
            f"{node} does not answer{_status(error)}: start it, or correct the setting."
        ) from None
    except (BadResponseFormat, JSONDecodeError) as error:
        raise ChainUnavailable(
            f"{node} gave an answer that cannot be read: ask again, or correct the setting."
        ) from error
    except BadFunctionCallOutput as error:
        raise ChainError(
            f"{node} has no such contract at the deployment's address: it is of another chain, or its chain"
            " was started anew. Name the right node, or the deployment of this chain; nothing is lost."
        ) from error
    except _refusals() as error:
        raise _named(error, node) from error


def _named(error: Exception, node: str) -> ChainError:
    data = revert_data(error)
    if data is not None:
        return decode_revert(data)
    said = str(error).lower()
    if (refusal := refusal_of(said)) is not None:
        return refusal
    if isinstance(error, RequestTimedOut) or _code(error) in _BUSY or any(word in said for word in _BEHIND):
        return ChainUnavailable(
            f"{node} cannot answer now ({_message(error)}): ask again; if it stays so, see that it is the"
            " right node."
        )
    return ChainError(f"{node} refused the request: {_message(error)}. Check that it is the node you mean.")


def _status(error: Exception) -> str:
    response = getattr(error, "response", None)
    if response is None:
        return ""
    if response.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return f" (HTTP {response.status_code}: it wants a key)"
    return f" (HTTP {response.status_code})"


def _answer(error: Exception) -> dict[str, Any]:
    answer: Any = (getattr(error, "rpc_response", None) or {}).get("error")
    return answer if isinstance(answer, dict) else {}


def _code(error: Exception) -> Any:
    return _answer(error).get("code")


def _message(error: Exception) -> str:
    return str(_answer(error).get("message", error))


def _hex_data(data: Any) -> bytes:
    text = data if isinstance(data, str) else ""
    text = text.removeprefix("Reverted ").removeprefix("0x")
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _refusals() -> tuple[type[Exception], ...]:
    return (ContractLogicError, Web3RPCError, ValidationError, *_embedded_failures())


def _embedded_failures() -> tuple[type[Exception], ...]:
    """What eth-tester raises for a revert, if this process has a chain inside.

    It loads a whole EVM, half a second of each command whose node is elsewhere.
    """
    loaded = sys.modules.get("eth_tester.exceptions")
    return () if loaded is None else (loaded.TransactionFailed,)


def _eth_tester_data(error: Exception) -> bytes:
    """eth-tester gives the data as Python writes bytes, inside a sentence."""
    text = str(error.args[0]).removeprefix("execution reverted: ") if error.args else ""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return b""
    return value if isinstance(value, bytes) else b""


@cache
def _errors() -> dict[bytes, tuple[str, tuple[tuple[str, str], ...]]]:
    """Every error of the product contracts by selector: its name, and each argument's name and type."""
    return {
        function_signature_to_4byte_selector(abi_to_signature(cast(ABIError, entry))): (
            entry["name"],
            tuple((argument["name"], argument["type"]) for argument in entry.get("inputs", [])),
        )
        for contract in CONTRACT_NAMES
        for entry in artifact(contract).abi
        if entry["type"] == "error"
    }
