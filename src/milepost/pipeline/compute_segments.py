"""Computes the segments of members from what they bought, and writes the bits that changed on chain.

Before it purchases were settled and read; after it promotions can name the segments.
Source: docs/segments.md.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor
from typing import TypeVar

from milepost.domain.bills import Bill, bills_of
from milepost.domain.calendar import local_day
from milepost.domain.errors import DomainError
from milepost.domain.outcome import Outcome
from milepost.domain.partner import currency_exponent
from milepost.domain.purchase import Purchase
from milepost.domain.quantities import DayNumber, MemberId, MinorUnits
from milepost.domain.segments import SegmentRules, Visit, segments_of
from milepost.pipeline.state_liability import batches
from milepost.ports import (
    LedgerHistory,
    MemberAccounts,
    MemberDirectory,
    MemberProfile,
    Store,
)

PROFILES_A_TX = 200
"""Profiles written by one tx, about 50,000 gas each: a third of the usual block."""

# What took effect: credited sales, and amendments that changed or left all as it was.
_EFFECTIVE = (Outcome.CREDITED, Outcome.CUT_BY_PREPAID, Outcome.REVERSED)

M = TypeVar("M", bound=Hashable)


class CurrencyWithoutRate(DomainError):
    """Purchases are in a currency of which the rules do not say what it is worth. The operator adds it."""

    def __init__(self, currency: str, rules: SegmentRules) -> None:
        super().__init__(
            f"Some purchases are in {currency}, and the segments {rules.name} count in {rules.currency}: add"
            f" {currency} to the file's rates."
        )


@dataclass(frozen=True, slots=True)
class Change:
    """A profile whose computed bits change; bits that the rules do not compute stay, and so does the tier."""

    member_id: MemberId
    before: MemberProfile
    after: MemberProfile


@dataclass(frozen=True, slots=True)
class SegmentSize:
    """How many members a segment has; `joined` and `left` of those whose profiles are known, else None."""

    members: int
    joined: int | None = None
    left: int | None = None


@dataclass(frozen=True, slots=True)
class Segmentation:
    """What was computed.

    Shape: `sizes` by name, of computed segments; `changes` in order of member ids; `read_up_to` the number of
        the last block whose settlements count, None for purchases of feeds and a store that read none.
    """

    today: DayNumber
    members: int
    visits: int
    sizes: Mapping[str, SegmentSize]
    changes: tuple[Change, ...] = ()
    read_up_to: int | None = None


def settled_histories(
    store: Store, rules: SegmentRules, *, enrolled: int, heirs: Mapping[MemberId, MemberId]
) -> dict[MemberId, list[Visit]]:
    """The visits of every member from settled purchases, those without any included.

    Shape: purchases of merged accounts are their heir's. What was refunded whole is no visit.
    Raises: CurrencyWithoutRate.
    """
    found: dict[MemberId, list[Visit]] = {}
    for families in batches(enrolled, heirs):
        owner = {account: family[0] for family in families for account in family}
        records: dict[MemberId, list[Purchase]] = {family[0]: [] for family in families}
        with store.unit_of_work() as work:
            settled = work.receipts.of_members(list(owner))
            effective = [one for one in settled if one.settled.outcome in _EFFECTIVE]
            stored = work.purchases.by_ids([one.purchase_id for one in effective])
        for one in effective:
            records[owner[one.member_id]].append(stored[one.purchase_id].purchase)
        found.update((member, list(visits_of(one, rules))) for member, one in records.items())
    return found


def visits_of(records: Iterable[Purchase], rules: SegmentRules) -> Iterator[Visit]:
    """One member's visits: bills of which something is left.

    Units: spend in minor units of the rules' currency, rounded down a bill.
    Raises: CurrencyWithoutRate.
    """
    return (_visit(bill, rules) for bill in bills_of(records) if bill.left)


def _visit(bill: Bill, rules: SegmentRules) -> Visit:
    sale = bill.sale
    return Visit(
        day=local_day(sale.occurred_at_s, sale.utc_offset_minutes),
        spend=MinorUnits(floor(bill.left * _minor_rate(sale.currency, rules))),
        outlet=f"{sale.partner}/{sale.outlet}",
        channel=bill.channel,
    )


def _minor_rate(currency: str, rules: SegmentRules) -> Fraction:
    """Minor units of the rules' currency for one minor unit of another."""
    if currency == rules.currency:
        return Fraction(1)
    if currency not in rules.rates:
        raise CurrencyWithoutRate(currency, rules)
    exponent = currency_exponent(rules.currency) - currency_exponent(currency)
    return rules.rates[currency] * Fraction(10) ** exponent


def compute_segments(
    histories: Mapping[M, Sequence[Visit]], rules: SegmentRules, *, today: DayNumber
) -> tuple[Segmentation, dict[M, int]]:
    """Sizes of the segments and each member's computed bits, with nothing known of what stands on chain."""
    bits = segments_of(histories, rules, today=today)
    counts = Counter(bit for one in bits.values() for bit in _bits(one))
    sizes = {one.name: SegmentSize(counts[one.bit]) for one in rules.segments if one.is_computed}
    visits = sum(one.day <= today for visits in histories.values() for one in visits)
    return Segmentation(today, len(histories), visits, sizes), bits


def compare_profiles(
    found: Segmentation, bits: Mapping[MemberId, int], rules: SegmentRules, *, history: LedgerHistory
) -> Segmentation:
    """The same with what changes on chain: bits that these rules compute, of members that they name.

    Shape: `history` of the ledger, which has every profile that was ever written.
    """
    changes = []
    joined, left = Counter[int](), Counter[int]()
    for member_id in sorted(bits):
        tier, before = history.tiers.get(member_id, 0), history.segments.get(member_id, 0)
        after = (before & ~rules.mask) | bits[member_id]
        joined.update(_bits(after & ~before))
        left.update(_bits(before & ~after))
        if after != before:
            changes.append(Change(member_id, MemberProfile(tier, before), MemberProfile(tier, after)))
    sizes = {
        one.name: SegmentSize(found.sizes[one.name].members, joined[one.bit], left[one.bit])
        for one in rules.segments
        if one.is_computed
    }
    return replace(found, sizes=sizes, changes=tuple(changes))


def known_members(
    histories: Mapping[str, Sequence[Visit]], directory: MemberDirectory
) -> dict[MemberId, list[Visit]]:
    """Histories by membership number as histories by account; numbers that nobody enrolled are left out."""
    keys = {directory.key_of(number): number for number in histories}
    found: dict[MemberId, list[Visit]] = {}
    for key, member_id in directory.ids_of(keys).items():
        found.setdefault(member_id, []).extend(histories[keys[key]])
    return found


def write_segments(
    changes: Sequence[Change], *, ledger: MemberAccounts, on_batch: Callable[[int], None] = lambda _: None
) -> int:
    """Write changed profiles, so many a tx, and say how many txs it took.

    Shape: `on_batch` hears how many were written. A run that was cut short is finished by the next one, which
        finds fewer changes.
    Raises: what the ledger raises if the caller may not; nothing is written then.
    """
    if changes:
        ledger.require_can_enrol()
    txs = 0
    for first in range(0, len(changes), PROFILES_A_TX):
        batch = changes[first : first + PROFILES_A_TX]
        ledger.set_profiles({one.member_id: one.after for one in batch})
        txs += 1
        on_batch(len(batch))
    return txs


def _bits(word: int) -> Iterator[int]:
    return (bit for bit in range(word.bit_length()) if word >> bit & 1)
