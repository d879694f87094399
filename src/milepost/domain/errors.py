"""Names what can go wrong, who has to act, and what a command then exits with.

Every layer raises these; only the command line and the worker's loop turn them into exit codes and waits.

    MilepostError
    ├── DomainError                     a value contradicts the rules
    │   ├── DayOutOfRange
    │   ├── MonthsOutOfRange
    │   ├── FieldOutOfRange
    │   ├── CurrencyUnknown
    │   ├── PurchaseInvalid
    │   ├── PromotionNotSettleable
    │   ├── ReceiptFileRefused
    │   ├── ResultsMalformed
    │   └── ReportMalformed             bytes that are no report
    │       ├── ReportTruncated
    │       ├── ReportExtended
    │       ├── ReportVersionUnknown
    │       ├── ReportMiscounted
    │       ├── ReportEmpty
    │       ├── SectionsNotAscending
    │       ├── SectionEmpty
    │       └── AttachmentMalformed
    ├── FeedError                       a source sent what cannot be read
    ├── StoreError                      the database is not as it should be
    ├── CatalogueError                  files of the catalogue are refused; catalogue/problems.py
    └── ChainError                      the node or the contracts are not as configured

Contract errors are decoded below ChainError to classes named as in Solidity.
"""

from enum import StrEnum
from typing import ClassVar


class WhoActs(StrEnum):
    """Who can make the failed act succeed."""

    RETRY = "retry"
    OPERATOR = "operator"
    PARTNER = "partner"
    NOBODY = "nobody"


class MilepostError(Exception):
    """The root. `who_acts` and `exit_code` belong to the class; the message is a sentence for a person."""

    who_acts: ClassVar[WhoActs] = WhoActs.OPERATOR
    exit_code: ClassVar[int] = 2
    """2 wrong use or a file refused, 3 node, chain or contracts not as configured, 4 not allowed, no gas."""


class DomainError(MilepostError):
    """A value contradicts the programme's rules or the format. The operator corrects what was given."""


class DayOutOfRange(DomainError):
    """A day before 1990-01-01, or after the last date there is. The operator names another day."""

    def __init__(self, day: object) -> None:
        super().__init__(
            f"The day {day} lies outside the calendar, which starts on 1990-01-01: name a later one."
        )


class MonthsOutOfRange(DomainError):
    """A rule whose months are not 1 to 600. The operator corrects the programme."""

    def __init__(self, months: int) -> None:
        super().__init__(f"A rule of {months} months is refused: state 1 to 600.")


class FieldOutOfRange(DomainError):
    """A number that its field of the report or receipt cannot hold. The operator corrects it."""

    def __init__(self, field: str, given: int, most: int) -> None:
        super().__init__(f"{field} is {given}, and its field holds 0 to {most}: correct the number.")
        self.field = field


class CurrencyUnknown(DomainError):
    """A code that is no currency of ISO 4217. The operator corrects the file that names it."""

    def __init__(self, currency: str) -> None:
        super().__init__(
            f"{currency!r} is no currency code of ISO 4217: write three capital letters such as HKD."
        )


class PurchaseInvalid(DomainError):
    """A purchase that contradicts itself. The partner sends it again, corrected."""

    who_acts = WhoActs.PARTNER


class PromotionNotSettleable(DomainError):
    """Terms that this version of the contracts has no words for. The operator leaves them out."""


class ReceiptFileRefused(DomainError):
    """A file that is no receipt of this version. The operator (or member) takes the file as it was issued."""


class ResultsMalformed(DomainError):
    """A settlement's results that do not have the stated form. The operator checks what was read."""


class ReportMalformed(DomainError):
    """Bytes that are no report. The operator looks for who changed them; nothing of them is settled."""


class ReportTruncated(ReportMalformed):
    """The bytes end before the report does."""

    def __init__(self, given: int, needed: int) -> None:
        super().__init__(f"The report ends after {given} bytes and needs {needed}: take the bytes as sealed.")


class ReportExtended(ReportMalformed):
    """Bytes follow the last entry."""

    def __init__(self, given: int, needed: int) -> None:
        super().__init__(
            f"The report has {given} bytes, and its last entry ends at {needed}: take off the rest."
        )


class ReportVersionUnknown(ReportMalformed):
    """The first byte names a version that this software does not read."""

    def __init__(self, version: int) -> None:
        super().__init__(
            f"The report is of version {version}; only versions 1 and 2 are read: seal it again."
        )


class ReportMiscounted(ReportMalformed):
    """The header's number of purchases is not the sum of its sections' counts."""

    def __init__(self, given: int, counted: int) -> None:
        super().__init__(f"The report says {given} purchases and holds {counted}: seal it again.")


class ReportEmpty(ReportMalformed):
    """A report without a section."""

    def __init__(self) -> None:
        super().__init__("The report holds no purchase: seal one when there is something to settle.")


class SectionsNotAscending(ReportMalformed):
    """The sections' partner ids do not rise strictly."""

    def __init__(self, given: int, last: int) -> None:
        super().__init__(
            f"The section of partner {given} follows that of partner {last}: sections rise by partner id."
        )


class SectionEmpty(ReportMalformed):
    """A section without a purchase."""

    def __init__(self, partner: int) -> None:
        super().__init__(f"The section of partner {partner} holds no purchase: leave it out.")


class AttachmentMalformed(ReportMalformed):
    """What is attached for an amendment is not what one can be."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"The receipts attached to the report are not as they must be: {what}. Seal it again."
        )


class FeedError(MilepostError):
    """A source sent what cannot be read at all. The partner sends it again, corrected."""

    who_acts = WhoActs.PARTNER


class StoreError(MilepostError):
    """The database is missing, older than the code or holds what contradicts itself. The operator acts."""


class ChainError(MilepostError):
    """The node or the contracts are not as configured. The operator corrects the configuration."""

    exit_code = 3
