"""The package's own hash is the one of the Ethereum libraries, on any bytes."""

from eth_utils.crypto import keccak as library_keccak
from hypothesis import given
from hypothesis import strategies as st

from milepost.codec.keccak import keccak


def test_keccak__of_nothing__is_the_known_hash() -> None:
    assert keccak(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


@given(st.binary(max_size=1_000))
def test_keccak__of_any_bytes__is_what_the_library_gives(data: bytes) -> None:
    assert keccak(data) == library_keccak(data)
