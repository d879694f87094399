"""What the contracts refuse, by the names of their errors, and signatures that make no quorum among it.

`fake_chain` and the fake desks raise these where a real chain reverts.
"""

from collections.abc import Sequence

from milepost.domain.errors import ChainError, WhoActs
from milepost.ports import SettlingPaused
from milepost.testing.fake_keys import FakeReporter

_SIGNATURE_SIZE = 65
_OF_SIGNERS_AND_SLOTS = (
    "EnforcedPause",
    "SettlementQuorumNotReached",
    "SettlementReporterUnknown",
    "SettlerUnauthorized",
)


class ContractRefusal(ChainError):
    """A contract error by its name in Solidity, with its values. The operator reads the name."""

    who_acts = WhoActs.OPERATOR

    def __init__(self, name: str, **values: object) -> None:
        shown = ", ".join(f"{key}={value}" for key, value in values.items())
        super().__init__(f"The chain refuses: {name}({shown}).")
        self.name = name

    @property
    def blames_report(self) -> bool:
        """Whether the report is at fault, and not who signs or sends it."""
        return self.name not in _OF_SIGNERS_AND_SLOTS


class PauseRefusal(ContractRefusal, SettlingPaused):
    """Settling is paused. The operator lifts it."""


def require_quorum(
    signatures: bytes, digest: bytes, reporters: Sequence[FakeReporter], *, quorum: int
) -> None:
    """Refuse what `Settlement` does: too few signatures, of others, or not by signers rising.

    Raises: ContractRefusal.
    """
    if len(signatures) % _SIGNATURE_SIZE:
        raise ContractRefusal("SettlementSignaturesMalformed", length=len(signatures))
    given = [
        signatures[start : start + _SIGNATURE_SIZE] for start in range(0, len(signatures), _SIGNATURE_SIZE)
    ]
    if len(given) < quorum:
        raise ContractRefusal("SettlementQuorumNotReached", given=len(given), quorum=quorum)
    last = ""
    for signature in given:
        signer = next((one.address for one in reporters if one.sign(digest) == signature), None)
        if signer is None:
            raise ContractRefusal("SettlementReporterUnknown", signature=signature.hex())
        if signer.lower() <= last:
            raise ContractRefusal("SettlementSignersNotAscending", address=signer, last=last)
        last = signer.lower()
