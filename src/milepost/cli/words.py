"""Says in words what an outcome is, what a limit cut, and why miles were adjusted; all commands show them.

The contracts number both; `domain/outcome.py` holds the codes that programs read instead.
"""

from milepost.domain.adjustment import AdjustmentReason
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.purchase import PurchaseKind

OUTCOMES = {
    Outcome.CREDITED: "credited",
    Outcome.CUT_BY_PREPAID: "credited in part: the partner's prepaid miles ran out",
    Outcome.UNKNOWN_MEMBER: "nothing credited: no member has the number on the bill",
    Outcome.CLOSED_ACCOUNT: "nothing credited: the member's account is closed",
    Outcome.SUSPENDED_PARTNER: "nothing credited: the partner is suspended",
    Outcome.UNKNOWN_OUTLET: "nothing credited: the partner has no such outlet on chain",
    Outcome.TOO_OLD: "nothing credited: the bill was too old when it was settled",
    Outcome.IN_FUTURE: "nothing credited: the bill lay ahead of the chain's time when it was settled",
    Outcome.LOT_VOID: "nothing credited: the miles would have lapsed before they were settled",
    Outcome.REVERSED: "taken back",
    Outcome.ORIGINAL_NOT_FOUND: "nothing changed: the bill it refers to was not found",
    Outcome.RECEIPT_NOT_TRUE: "nothing changed: the receipt it came with is not true",
    Outcome.EXCEEDS_BILL: "nothing changed: it gives back more than the bill",
    Outcome.ALREADY_REFUNDED: "nothing changed: the bill was given back already",
    Outcome.UNPROVEN: "nothing changed: it came without the newest receipt of its bill, and comes again",
}
"""What became of a purchase."""

KINDS = {
    PurchaseKind.SALE: "sale",
    PurchaseKind.AMEND: "changed bill",
    PurchaseKind.REFUND: "refund",
    PurchaseKind.VOID: "void",
}
"""What a record does to its bill."""

REASONS = {
    AdjustmentReason.GOODWILL: "goodwill",
    AdjustmentReason.MISSING_PURCHASE: "a purchase that was missing",
    AdjustmentReason.DOUBLE_PURCHASE: "a purchase that counted twice",
    AdjustmentReason.PARTNER_ERROR: "an error of the partner",
    AdjustmentReason.PROMOTION_ERROR: "an error in a promotion",
    AdjustmentReason.FRAUD: "fraud",
    AdjustmentReason.SAME_PERSON: "two numbers of one person",
}
"""Why miles were adjusted."""

CUTS = {
    Cut.NONE: "",
    Cut.PER_PURCHASE: "the most for one purchase",
    Cut.PER_MEMBER: "the most for one member",
    Cut.PER_MEMBER_DAY: "the most for one member and day",
    Cut.PER_OUTLET: "the most at one outlet",
    Cut.AWARDS_PER_MEMBER: "the most awards for one member",
    Cut.AWARDS_PER_MEMBER_DAY: "the most awards for one member and day",
    Cut.AWARDS: "the most awards in all",
    Cut.FIRST: "the first members only",
    Cut.BUDGET: "the promotion's budget",
    Cut.GROUP: "another promotion of its group that gave more",
    Cut.CEILING: "the most bonus for one purchase",
    Cut.PREPAID: "the partner's prepaid miles",
}
"""What left a bonus smaller than the promotion desired; nothing for one that was not cut."""
