"""Computes the least gas a purchase can cost on this chain, and the targets the contracts are held to.

Each settled report of the bench is compared with both; docs/benchmarks.md explains them.
"""

from collections.abc import Iterable

TX_GAS = 21_000
"""Gas of any tx. Source: Ethereum yellow paper, Gtransaction."""
ZERO_BYTE_GAS = 4
NONZERO_BYTE_GAS = 16
"""Gas of a byte of calldata. Source: EIP-2028."""
REWRITE_GAS = 5_000
"""Gas of reading and rewriting a used slot for the first time in a tx, 2,100 + 2,900. Source: EIP-2929."""
NEW_SLOT_GAS = 22_100
"""Gas of writing an unused slot, 2,100 + 20,000. Source: EIP-2929."""

EXISTING, NEW = "existing", "new"
SAME = "same"
NONE, THREE, CAPPED = "none", "three", "three_capped"

_TARGETS = {200: {NONE: 8_000, THREE: 10_500}, 500: {NONE: 7_600, THREE: 10_000}}
_CAPPED = 150
_NEW_MEMBER = 17_200
_NEW_DAY = 10_000
_FIFTY_PARTNERS = 2_500


def calldata_gas(data: bytes) -> int:
    """What bytes cost as a tx's input."""
    zeros = data.count(0)
    return zeros * ZERO_BYTE_GAS + (len(data) - zeros) * NONZERO_BYTE_GAS


def floor_per_purchase(entries: Iterable[bytes], *, member: str) -> float:
    """The share of the tx's 21,000, the entry's own bytes, and one slot: gas a purchase, unrounded.

    Shape: the entries of one report, `member` being `existing` or `new` for all of them.
    """
    words = list(entries)
    slot = NEW_SLOT_GAS if member == NEW else REWRITE_GAS
    return (TX_GAS + sum(map(calldata_gas, words))) / len(words) + slot


def target_per_purchase(
    size: int, *, member: str, lot: str, promotions: str, partners: int = 1
) -> int | None:
    """Gas a purchase that the contracts should not pass; None for sizes without a target.

    Shape: the target of an existing member, same lot, plus what each difference may add.
    """
    if size not in _TARGETS or (partners > 1 and size != 200):
        return None
    target = _TARGETS[size][NONE if promotions == NONE else THREE]
    target += _CAPPED if promotions == CAPPED else 0
    target += _FIFTY_PARTNERS if partners > 1 else 0
    if member == NEW:
        return target + _NEW_MEMBER
    return target if lot == SAME else target + _NEW_DAY
