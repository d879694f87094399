"""Measures what one account's lots cost: credits, redemptions, cancellations, write-offs and balance reads.

`gas.py` runs it on the chain it settled reports on, with a ledger of its own whose settler and desk are plain
accounts: so the figures are the ledger's alone, with the 21,000 of a tx but for reads.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from eth_typing import ChecksumAddress
from web3.contract import Contract

from bench.node import advance_to, undone
from bench.programme import SETTLED_AT
from bench.settling import BenchChain, BenchFailed
from milepost.chain.contracts import method_of
from milepost.chain.programme_rules import settings_of, version_words
from milepost.chain.roles import DeskAct
from milepost.domain.calendar import SECONDS_A_DAY, Align, local_day
from milepost.domain.programme import LotRule, Programme, RuleVersion

SIZES = (1, 12, 37, 730, 1_096, 1_461)
"""Lots: one, a year of months, all of a 36-month rule; by day two years, three, and the longest, four."""
IN_ORDER, MIXED = "in order", "mixed"
CREDIT_SAME, CREDIT_NEW = "credit, same lot", "credit, new lot"
REDEEM, CANCEL, WRITE_OFF, BALANCE = "redeem", "cancel", "write off", "balance read"
MILES_A_LOT = 100
ERC_7818 = {
    (CREDIT_SAME, 1): 48_482,
    (CREDIT_NEW, 1): 97_928,
    (REDEEM, 1): 101_000,
    (REDEEM, 12): 336_000,
    (BALANCE, 12): 35_000,
}
"""Kiwari's ERC-7818, by act and lots: measured once, beside a prototype of ours, and kept here."""

_TX_GAS, _BYTE_GAS, _ZERO_BYTE_GAS = 21_000, 16, 4
_VERSION = 1
_WRITTEN_OFF = 4
"""Its place in IMilesLedger.Totals."""
_CREDITS_A_TX = 500


@dataclass(frozen=True, slots=True)
class LotRow:
    """One act on an account of so many lots, which takes, drops or reads all of them. `gas` is of one tx."""

    act: str
    lots: int
    order: str
    gas: int

    @property
    def peer(self) -> int | None:
        """What the expirable token uses for the same, where it was measured."""
        return ERC_7818.get((self.act, self.lots)) if self.order == IN_ORDER else None


def measure_lots(
    chain: BenchChain,
    programme: Programme,
    *,
    sizes: tuple[int, ...] = SIZES,
    on_row: Callable[[], None] = lambda: None,
) -> list[LotRow]:
    """Every row, each from the same state; the chain is left as it was.

    Shape: one member a number of lots and order, each with all its lots on days of their own.
    Raises: BenchFailed if an act does not do what its row says.
    """
    rows: list[LotRow] = []
    with undone(chain.web3):
        bench = _LotBench(chain, _ledger(chain, programme), programme)
        for order in (IN_ORDER, MIXED):
            for lots in sizes:
                if order == IN_ORDER or lots > 1:
                    rows += bench.rows(lots, order)
                on_row()
    return rows


def _ledger(chain: BenchChain, programme: Programme) -> Contract:
    """A ledger whose settler and redeeming desk is the chain's sender."""
    authority, _ = chain.deploy("Authority", chain.sender)
    by_day = version_words(RuleVersion(None, LotRule(48, Align.DAY)))
    reversals, _ = chain.deploy("LedgerReversals")
    rules = (settings_of(programme), [by_day])
    address, _ = chain.deploy("MilesLedger", authority, reversals, "Bench", "B", *rules)
    ledger = chain.contract("MilesLedger", address)
    chain.mine(method_of(ledger, "enrol", 100))
    chain.mine(method_of(ledger, "setSettler", chain.sender))
    chain.mine(method_of(ledger, "setDesk", chain.sender, int(DeskAct.REDEEM)))
    return ledger


class _LotBench:
    """Acts on members of one ledger, each member used once."""

    def __init__(self, chain: BenchChain, ledger: Contract, programme: Programme) -> None:
        self._chain, self._ledger, self._member = chain, ledger, 0
        self._first_day = local_day(SETTLED_AT, programme.utc_offset_minutes) + 10

    def rows(self, lots: int, order: str) -> Iterator[LotRow]:
        """All acts on an account of so many lots."""
        self._member += 1
        member, miles = self._member, lots * MILES_A_LOT
        days = [self._first_day + i for i in range(lots)]
        if order == MIXED:
            random.Random(lots).shuffle(days)
        self._credit(member, days)
        newest, next_day = days[-1], self._first_day + lots
        if order == IN_ORDER:
            for act, day in ((CREDIT_SAME, newest), (CREDIT_NEW, next_day)):
                with undone(self._chain.web3):
                    yield LotRow(act, lots, order, self._credit(member, [day]))
        yield LotRow(BALANCE, lots, order, self._balance_gas(member, miles))
        with undone(self._chain.web3):
            taken = method_of(self._ledger, "redeem", member, miles).call({"from": self._chain.sender})
            yield LotRow(REDEEM, lots, order, self._gas("redeem", member, miles))
            self._require_balance(member, 0)
            yield LotRow(CANCEL, lots, order, self._gas("cancelRedemption", member, taken))
            self._require_balance(member, miles)
        with undone(self._chain.web3):
            advance_to(self._chain.web3, SETTLED_AT + (lots + 20) * SECONDS_A_DAY)
            yield LotRow(WRITE_OFF, lots, order, self._gas("writeOff", member, lots))
            if method_of(self._ledger, "totals").call()[_WRITTEN_OFF] != miles:
                raise BenchFailed(f"Of {lots} lots not all were written off.")

    def _credit(self, member: int, days: list[int]) -> int:
        words = [_VERSION | day << 8 | MILES_A_LOT << 24 | member << 64 for day in days]
        gas = 0
        for first in range(0, len(words), _CREDITS_A_TX):
            credits = words[first : first + _CREDITS_A_TX]
            gas += self._gas("credit", b"".join(word.to_bytes(32, "big") for word in credits))
        return gas

    def _balance_gas(self, member: int, miles: int) -> int:
        self._require_balance(member, miles)
        read = method_of(self._ledger, "balanceAt", member, SETTLED_AT)
        data = bytes.fromhex(read._encode_transaction_data()[2:])
        intrinsic = _TX_GAS + sum(_BYTE_GAS if byte else _ZERO_BYTE_GAS for byte in data)
        # A read is no tx, so what every tx pays is taken off.
        return int(read.estimate_gas({"from": self._chain.sender})) - intrinsic

    def _require_balance(self, member: int, miles: int) -> None:
        found = method_of(self._ledger, "balanceAt", member, SETTLED_AT).call()
        if found != miles:
            raise BenchFailed(f"Member {member} has {found} miles and should have {miles}.")

    def _gas(self, function: str, *arguments: Any) -> int:
        sender: ChecksumAddress = self._chain.sender
        return int(self._chain.mine(method_of(self._ledger, function, *arguments), sender=sender)["gasUsed"])
