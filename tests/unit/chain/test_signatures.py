"""Who signed a digest; what the contract would refuse is nobody's."""

import pytest
from eth_account import Account

from milepost.chain.reporter_keys import LocalReporter
from milepost.chain.signatures import signer_of

_ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
REPORTER = LocalReporter(Account.from_key(b"\x07" * 32))
DIGEST = b"\x05" * 32


def test_signer_of__a_reporters_signature__is_its_address() -> None:
    assert signer_of(DIGEST, REPORTER.sign(DIGEST)) == REPORTER.address


def test_signer_of__another_digest__is_another_address() -> None:
    assert signer_of(b"\x06" * 32, REPORTER.sign(DIGEST)) != REPORTER.address


def test_signer_of__the_high_form_of_a_signature__is_nobody() -> None:
    signature = REPORTER.sign(DIGEST)
    high = _ORDER - int.from_bytes(signature[32:64], "big")
    malleated = signature[:32] + high.to_bytes(32, "big") + bytes([55 - signature[64]])
    assert signer_of(DIGEST, malleated) is None


@pytest.mark.parametrize(
    "signature",
    [b"", bytes(65), bytes(64) + b"\x1b", b"\xff" * 64 + b"\x1b", REPORTER.sign(DIGEST)[:64] + b"\x00"],
)
def test_signer_of__no_signature__is_nobody(signature: bytes) -> None:
    assert signer_of(DIGEST, signature) is None


def test_signer_of__a_digest_of_another_length__is_nobody() -> None:
    assert signer_of(b"short", REPORTER.sign(DIGEST)) is None
