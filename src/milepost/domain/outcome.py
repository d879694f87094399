"""Numbers what may become of a purchase, and what may cut a bonus.

The contracts write these numbers into each report's results; receipts and statements show them as codes.
Source: docs/report-format.md "Receipt leaf"; contracts/types/Outcome.sol and Cut.sol hold the same lists.
"""

from enum import IntEnum


class Coded(IntEnum):
    """Numbers that stand on chain, each with the code that programs read instead."""

    @property
    def code(self) -> str:
        """The name in JSON and on the command line: lower case, words joined by `_`."""
        return self.name.lower()


class Outcome(Coded):
    """What became of one purchase. Only the first two credit anything."""

    CREDITED = 0
    CUT_BY_PREPAID = 1
    UNKNOWN_MEMBER = 2
    CLOSED_ACCOUNT = 3
    SUSPENDED_PARTNER = 4
    UNKNOWN_OUTLET = 5
    TOO_OLD = 6
    IN_FUTURE = 7
    LOT_VOID = 8
    REVERSED = 9
    ORIGINAL_NOT_FOUND = 10
    RECEIPT_NOT_TRUE = 11
    EXCEEDS_BILL = 12
    ALREADY_REFUNDED = 13
    UNPROVEN = 14

    @property
    def is_credited(self) -> bool:
        return self in (Outcome.CREDITED, Outcome.CUT_BY_PREPAID)


class Cut(Coded):
    """The limit that left a grant smaller than desired: the one that left least, the lower number on ties."""

    NONE = 0
    PER_PURCHASE = 1
    PER_MEMBER = 2
    PER_MEMBER_DAY = 3
    PER_OUTLET = 4
    AWARDS_PER_MEMBER = 5
    AWARDS_PER_MEMBER_DAY = 6
    AWARDS = 7
    FIRST = 8
    BUDGET = 9
    GROUP = 10
    CEILING = 11
    PREPAID = 12
