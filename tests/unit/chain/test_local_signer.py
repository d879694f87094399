"""A key in this process signs what it is given, and nothing longer than a digest as one."""

import pytest
from eth_account import Account

from milepost.chain.local_signer import LocalSigner
from milepost.chain.signatures import signer_of
from milepost.codec.keccak import keccak

ACCOUNT = Account.from_key(b"\x07" * 32)


def test_sign_message__any_length__is_signed_by_its_hash() -> None:
    signature = LocalSigner(ACCOUNT).sign_message(b"a message")
    assert signer_of(keccak(b"a message"), signature) == ACCOUNT.address


def test_sign__no_digest__is_refused() -> None:
    with pytest.raises(ValueError, match="33"):
        LocalSigner(ACCOUNT).sign(bytes(33))


def test_repr__shows_the_address_only() -> None:
    assert repr(LocalSigner(ACCOUNT)) == f"LocalSigner({ACCOUNT.address})"
