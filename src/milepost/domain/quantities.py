"""Gives every number and code that crosses a boundary a type of its own.

Feeds make them out of what tills send; everything after, down to the bytes on chain, keeps them.
"""

from typing import NewType

Miles = NewType("Miles", int)
MinorUnits = NewType("MinorUnits", int)
"""Minor units of the purchase's currency: cents, sen, whole yen."""
MemberId = NewType("MemberId", int)
"""Opaque 40-bit id handed out in order of enrolment; 0 stands for a member nobody knows."""
AdjustmentId = NewType("AdjustmentId", int)
RewardId = NewType("RewardId", int)
OrderId = NewType("OrderId", int)
"""Number of an adjustment at its desk, from 1."""
PartnerId = NewType("PartnerId", int)
PromotionId = NewType("PromotionId", int)
OutletNumber = NewType("OutletNumber", int)
"""Position of an outlet at its partner, from 0."""
PurchaseNumber = NewType("PurchaseNumber", int)
"""Position of a purchase among all settled ones of its partner, from 1, without gaps."""
Lane = NewType("Lane", int)
ReportSequence = NewType("ReportSequence", int)
DayNumber = NewType("DayNumber", int)
"""Days since 1990-01-01, which is day 0."""

SaleRef = NewType("SaleRef", str)
PartnerCode = NewType("PartnerCode", str)
OutletCode = NewType("OutletCode", str)
