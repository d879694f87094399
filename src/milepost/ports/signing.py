"""What the core needs to have a report signed: reporters here or elsewhere, and a journal of what was signed.

`pipeline` asks reporters through it and keeps what they dispute; `web` and `store` implement it.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeVar

from milepost.codec.digest import content_hash
from milepost.domain.errors import ChainError, WhoActs
from milepost.domain.quantities import Lane, ReportSequence
from milepost.ports.reports import Proposal

_T = TypeVar("_T")


class ReporterUnavailable(ChainError):
    """A reporter gave no answer, or lacks something that it gets by itself. Others are asked; retry."""

    who_acts: ClassVar[WhoActs] = WhoActs.RETRY


class ReporterLacksPurchases(ReporterUnavailable):
    """A reporter elsewhere has not all purchases of a report. Others are asked; retry."""


class ReporterBehind(ReporterUnavailable):
    """What a reporter lacks is on its way: a block, or partners' requests. It is asked again."""


class ReporterAnswerRefused(ChainError):
    """A reporter's answer is no signature of its own over this report, or a refusal. The operator looks."""

    who_acts: ClassVar[WhoActs] = WhoActs.OPERATOR


class SigningReporter(Protocol):
    """A reporter that signs what its own copy bears out, in this process or behind a URL."""

    @property
    def address(self) -> str:
        """Checksummed address.

        Raises: ReporterUnavailable, ReporterAnswerRefused if it has to be asked for.
        """
        ...

    def sign(self, proposal: Proposal, *, message: bytes) -> bytes:
        """The reporter's signature of 65 bytes over a proposed report, once its own copy gave the same.

        Shape: `message` is what is hashed and signed; a reporter elsewhere works it out itself.
        Raises: ReportDisagreement, AttachmentDisputed, CopyLacksPurchases; ReporterUnavailable;
            ReporterAnswerRefused; SignerUnavailable, SignerRefused.
        """
        ...


class AskTogether(Protocol):
    """Asks several at once."""

    def __call__(self, asks: Sequence[Callable[[], _T]]) -> Generator[_T, None, None]:
        """Each one's answer as it comes; who closes it early does not wait for the others.

        Raises: what one of them raises, where its answer would be.
        """
        ...


MOST_DISAGREEMENTS = 32
"""Disagreements that are kept of one sequence of a lane."""
MOST_CUTS = 64
"""Cuts of one sequence of a lane that a reporter signs for one proposer; one too large is cut ten times."""


@dataclass(frozen=True, slots=True)
class SignedCut:
    """A cut of a sequence that a reporter signed, or was about to; the ids of purchases are its own.

    Shape: `asked_by` is the address of the reporter that proposed it first.
    """

    lane: Lane
    sequence: ReportSequence
    report_bytes: bytes
    purchase_ids: tuple[int, ...]
    signed_at: int
    asked_by: str

    @property
    def content_hash(self) -> bytes:
        return content_hash(self.report_bytes)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A report that a reporter's own copy gives otherwise, with both contents. Units: unix seconds."""

    reporter: str
    lane: Lane
    sequence: ReportSequence
    proposed: bytes
    own: bytes
    noticed_at: int


class SigningJournal(Protocol):
    """What a reporter signed, and what reporters disagreed about."""

    def add_cut(self, cut: SignedCut) -> bool:
        """Store a cut and say True; one of the same content is kept as it is.

        Shape: False, and nothing is stored, where `MOST_CUTS` of its sequence were asked for by the same: one
            proposer could else fill the disk.
        """
        ...

    def forget_cuts(self, lane: Lane, settled: ReportSequence) -> None:
        """Remove a lane's cuts up to a sequence that is final: which of them it was no longer matters."""
        ...

    def cuts_of(self, purchase_ids: Sequence[int]) -> list[SignedCut]:
        """The cuts that hold any of these purchases, in order of lane and sequence."""
        ...

    def add_disagreement(self, disagreement: Disagreement) -> bool:
        """Store it and say True; False if the same contents of the same reporter are stored already.

        Shape: of one sequence of a lane the first `MOST_DISAGREEMENTS` are kept, enough to compare copies by:
            one reporter could else fill another's disk.
        """
        ...

    def disagreements(self) -> list[Disagreement]:
        """In order of their coming."""
        ...
