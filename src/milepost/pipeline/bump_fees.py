"""Says when a tx that is not mined is replaced, by what fees, and what the operator hears of it.

Relaying asks here for every nonce that is due; it signs, stores and sends what comes out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from milepost.ports import StoredTx, TxFees

GWEI = 10**9

# Nodes ask a replacement for 10 % more in both fields (geth, Besu, Erigon); an eighth is safely above it.
_RISE_OF, _RISE_IN = 9, 8


class NoticeKind(StrEnum):
    """What happened to a tx that the operator, or a counter, hears of."""

    BUMPED = "bumped"
    AT_CAP = "at_cap"
    """Its fees may not rise, and it is not mined: the old bytes go on being sent."""
    REFUSED = "refused"
    """A node took no replacement: the old tx stays, and the next one pays more."""


@dataclass(frozen=True, slots=True)
class RelayNotice:
    """One thing heard of a tx, as a sentence for the operator."""

    kind: NoticeKind
    tx: StoredTx
    sentence: str


@dataclass(frozen=True, slots=True)
class Bumping:
    """When and how far fees rise, and who hears of it.

    Shape: `after_s` counts by the chain's own clock, so nothing rises while no block is made; 0 never
        replaces, for chains that know no replacement. Units: seconds; `most_fee` in wei a unit of gas.
    """

    after_s: int = 60
    most_fee: int = 500 * GWEI
    tell: Callable[[RelayNotice], None] = lambda _notice: None

    def is_due(self, tx: StoredTx, market: TxFees) -> bool:
        """Whether the newest tx of a nonce has waited long enough; one without known fees has."""
        if not self.after_s:
            return False
        return tx.signed.fees is None or market.as_of - tx.signed.fees.as_of >= self.after_s

    def first(self, market: TxFees) -> TxFees:
        """The market's fees, and no more than the cap: what pays less than the base fee waits."""
        return _capped(market, self.most_fee)

    def raised(self, before: TxFees | None, market: TxFees) -> TxFees | None:
        """Fees for a replacement: an eighth more in both fields, or the market's, up to the cap.

        Shape: None if the cap leaves no room for an eighth.
        """
        if before is None:
            return self.first(market)
        least = _least_above(before)
        wanted = _capped(_higher(least, market), self.most_fee)
        is_enough = wanted.most >= least.most and (wanted.priority or 0) >= (least.priority or 0)
        return wanted if is_enough else None


def at_cap(tx: StoredTx, bumping: Bumping) -> RelayNotice:
    """What the operator hears of a tx that may not pay more."""
    return RelayNotice(
        NoticeKind.AT_CAP,
        tx,
        f"Nonce {tx.signed.nonce} of {tx.signed.sender} is not mined, and its fees may not rise above"
        f" {bumping.most_fee / GWEI:g} gwei: the same tx goes on being sent. Raise MILEPOST_MOST_FEE_GWEI, or"
        " wait until the chain is cheaper; nothing is lost.",
    )


def bumped(tx: StoredTx, fees: TxFees) -> RelayNotice:
    """What is heard of a tx that takes another's place."""
    return RelayNotice(
        NoticeKind.BUMPED,
        tx,
        f"Nonce {tx.signed.nonce} of {tx.signed.sender} was not mined in time: the same report is sent again"
        f" for at most {fees.most / GWEI:g} gwei a unit of gas.",
    )


def refused(tx: StoredTx, reason: str) -> RelayNotice:
    """What is heard of a replacement that a node does not take."""
    return RelayNotice(
        NoticeKind.REFUSED,
        tx,
        f"The node took no replacement of nonce {tx.signed.nonce} of {tx.signed.sender}, whose earlier tx"
        f" stays: {reason}",
    )


def _least_above(fees: TxFees) -> TxFees:
    return TxFees(
        _eighth_more(fees.most),
        None if fees.priority is None else _eighth_more(fees.priority),
        fees.as_of,
    )


def _eighth_more(fee: int) -> int:
    # Rounded up, and by 1 at least: a fee of nothing must rise too.
    return max(-(-fee * _RISE_OF // _RISE_IN), fee + 1)


def _higher(least: TxFees, market: TxFees) -> TxFees:
    priority = None if least.priority is None else max(least.priority, market.priority or 0)
    return TxFees(max(least.most, market.most), priority, market.as_of)


def _capped(fees: TxFees, most: int) -> TxFees:
    capped = min(fees.most, most)
    return TxFees(capped, None if fees.priority is None else min(fees.priority, capped), fees.as_of)
