"""Fakes of keys, secrets and clock.

Tests give them to sealing and signing where a programme gives keystores and the chain's time.
"""

import hmac
from dataclasses import dataclass

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from milepost.domain.quantities import PartnerCode


@dataclass(frozen=True, slots=True)
class FakeReporter:
    """The port `Reporter`: its signature is a keyed hash, which only who has the seed can make or check."""

    seed: str

    @property
    def address(self) -> str:
        return to_checksum_address(keccak(text=self.seed)[-20:])

    def sign_message(self, message: bytes) -> bytes:
        return self.sign(keccak(message))

    def sign(self, digest: bytes) -> bytes:
        return hmac.digest(self.seed.encode(), digest, "sha512") + b"\x1b"


@dataclass(frozen=True, slots=True)
class FixedSecrets:
    """The port `PartnerSecrets`: one secret a partner, made of one seed."""

    seed: bytes = b"secrets of a test"

    def secret_of(self, partner: PartnerCode) -> bytes:
        return hmac.digest(self.seed, partner.encode(), "sha256")


@dataclass(slots=True)
class FixedClock:
    """The port `Clock`, standing still until moved. Units: unix seconds."""

    now_s: int

    def now(self) -> int:
        return self.now_s
