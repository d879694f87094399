"""Expects a contract's named error, with its arguments, from a call or a tx on ape's chain or on pyrevm."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ape.exceptions import ContractLogicError

from milepost.chain.contract_errors import ContractError
from milepost.chain.errors import decode_revert, revert_data


@contextmanager
def refuses(name: str, *or_names: str, **arguments: Any) -> Iterator[None]:
    """Fail unless the block reverts with the error `name`, or another named, and the arguments given.

    Shape: the error is looked up in the interfaces of all product contracts, so that one bubbling up from a
        contract below is named too. Addresses compare in any case of letters.
    """
    with pytest.raises((ContractLogicError, ContractError)) as caught:
        yield
    error = caught.value if isinstance(caught.value, ContractError) else _decoded(caught.value)
    assert type(error).__name__ in (name, *or_names), repr(error)
    for key, value in arguments.items():
        assert _comparable(error.arguments[key]) == _comparable(value), (key, error.arguments)


def _comparable(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _decoded(error: BaseException) -> ContractError:
    """ape wraps what the chain raised; the data of the revert is in one of the causes."""
    seen: BaseException | None = error
    while seen is not None:
        data = revert_data(seen) if isinstance(seen, Exception) else None
        if data:
            return decode_revert(data)
        seen = getattr(seen, "base_err", None) or seen.__cause__
    raise error
