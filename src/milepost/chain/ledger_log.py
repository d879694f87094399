"""Reads from the logs of a ledger and its desks what moved miles, and each member's tier.

Reading a ledger at a block asks it, for all accounts or for some; purchases and adjustments by hand are in
the store.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from web3.contract import Contract
from web3.types import LogReceipt

from milepost.chain.errors import asking
from milepost.chain.node import Node
from milepost.domain.conservation import Flow, Flows
from milepost.domain.errors import ChainError
from milepost.domain.quantities import MemberId
from milepost.ports.ledger_book import LedgerHistory

BLOCKS_ASKED = 1_000
"""Blocks of one question for the logs of all accounts: nodes refuse much larger ranges, or answers."""

_LOT_MILES = (1 << 40) - 1
"""The amount in a packed lot: contracts/types/Account.sol."""

Values = dict[str, Any]


@dataclass
class HistoryReader:
    """Adds up logs, in order of the chain. `drawn` are the miles of each order by account."""

    flows: dict[MemberId, Flows] = field(default_factory=dict)
    heirs: dict[MemberId, MemberId] = field(default_factory=dict)
    tiers: dict[MemberId, int] = field(default_factory=dict)
    segments: dict[MemberId, int] = field(default_factory=dict)
    drawn: dict[int, list[tuple[MemberId, int]]] = field(default_factory=dict)

    def flow(self, account: int, flow: Flow, miles: int) -> None:
        """Count miles that came into an account or left it."""
        self.flows.setdefault(MemberId(account), Counter())[flow] += miles

    def add_profile(self, values: Values) -> None:
        """ProfileWritten."""
        self.tiers[MemberId(values["member"])] = values["tier"]
        self.segments[MemberId(values["member"])] = values["segments"]

    def add_write_off(self, values: Values) -> None:
        """LotsWrittenOff."""
        self.flow(values["member"], Flow.WRITTEN_OFF, values["miles"])

    def add_transfer(self, values: Values) -> None:
        """MilesTransferred."""
        self.flow(values["from"], Flow.GIVEN, values["miles"])
        self.flow(values["into"], Flow.RECEIVED, values["miles"])

    def add_merge(self, values: Values) -> None:
        """AccountsMerged."""
        self.add_transfer(values)
        self.heirs[MemberId(values["from"])] = MemberId(values["into"])

    def add_drawing(self, values: Values) -> None:
        """MilesDrawn, by an order for a reward or at a till."""
        miles = sum(lot & _LOT_MILES for lot in values["taken"])
        self.flow(values["member"], Flow.REDEEMED, miles)
        self.drawn.setdefault(values["order"], []).append((MemberId(values["member"]), miles))

    def add_cancelling(self, values: Values) -> None:
        """OrderCancelled: what the order had drawn went back."""
        for account, miles in self.drawn.pop(values["order"], []):
            self.flow(account, Flow.REDEEMED, -miles)

    def add_sale(self, values: Values) -> None:
        """MilesBought."""
        self.flow(values["member"], Flow.BOUGHT, values["miles"])

    def add_extension(self, values: Values) -> None:
        """LotsExtended."""
        self.flow(values["member"], Flow.EXTENDED, values["miles"])

    def add_collection(self, values: Values) -> None:
        """DebtCollected: live miles paid what refunds had left owing."""
        self.flow(values["member"], Flow.REPAID, values["miles"])

    def history(self) -> LedgerHistory:
        """What was counted."""
        return LedgerHistory(self.flows, self.heirs, self.tiers, self.segments)


_COUNTED: dict[str, Callable[[HistoryReader, Values], None]] = {
    "ProfileWritten": HistoryReader.add_profile,
    "LotsWrittenOff": HistoryReader.add_write_off,
    "MilesTransferred": HistoryReader.add_transfer,
    "AccountsMerged": HistoryReader.add_merge,
    "LotsExtended": HistoryReader.add_extension,
    "MilesDrawn": HistoryReader.add_drawing,
    "OrderCancelled": HistoryReader.add_cancelling,
    "MilesBought": HistoryReader.add_sale,
    "DebtCollected": HistoryReader.add_collection,
}


class LedgerLog:
    """The logs of a ledger and its desks in a range of blocks, both ends included."""

    def __init__(self, node: Node, contracts: Sequence[Contract], *, first: int, last: int) -> None:
        self._node, self._first, self._last = node, first, last
        # By address and topic: two contracts may name different logs alike.
        self._events: dict[tuple[str, str], tuple[str, Any]] = {
            (str(contract.address), str(event.topic)): (name, event)
            for contract in contracts
            for name, event in _events_of(contract)
        }

    def of_all(self) -> LedgerHistory:
        """What the logs say of every account."""
        return self._counted(
            log
            for first in range(self._first, self._last + 1, BLOCKS_ASKED)
            for log in self._asked(first, min(first + BLOCKS_ASKED - 1, self._last))
        )

    def of_few(self) -> LedgerHistory:
        """What the logs say of every account, where there are few: in as few questions as the node allows."""
        return self._counted(self._halved(self._first, self._last))

    def of_accounts(self, accounts: Iterable[MemberId]) -> LedgerHistory:
        """What the logs say of some accounts; of others that exchanged miles with them, that alone."""
        named = [f"0x{account:064x}" for account in accounts]
        found = self._halved(self._first, self._last, named)
        # An account is the first indexed value of a log, or the second.
        found += self._halved(self._first, self._last, None, named)
        orders = {bytes(log["topics"][1]) for log in found if self._name_of(log) == "MilesDrawn"}
        if orders:
            wanted = [f"0x{order.hex()}" for order in orders]
            cancelled = self._halved(self._first, self._last, wanted)
            found += [log for log in cancelled if self._name_of(log) == "OrderCancelled"]
        unique = {(log["blockNumber"], log["logIndex"]): log for log in found}
        return self._counted(unique[place] for place in sorted(unique))

    def _halved(self, first: int, last: int, *indexed: list[str] | None) -> list[LogReceipt]:
        """A question for few logs, of all blocks at once; by halves where the node refuses so many blocks."""
        try:
            return self._asked(first, last, *indexed)
        except ChainError:
            if last - first < BLOCKS_ASKED:
                raise
        middle = (first + last) // 2
        return [*self._halved(first, middle, *indexed), *self._halved(middle + 1, last, *indexed)]

    def _asked(self, first: int, last: int, *indexed: list[str] | None) -> list[LogReceipt]:
        wanted: dict[str, Any] = {
            "address": list(dict.fromkeys(address for address, _ in self._events)),
            "topics": [list(dict.fromkeys(topic for _, topic in self._events)), *indexed],
            "fromBlock": first,
            "toBlock": last,
        }
        with asking(self._node.name):
            return self._node.web3.eth.get_logs(wanted)  # type: ignore[arg-type]

    def _counted(self, logs: Iterable[LogReceipt]) -> LedgerHistory:
        reader = HistoryReader()
        for log in logs:
            name = self._name_of(log)
            # What is asked for is every pair of address and topic.
            if name is not None:
                _, event = self._events[_place(log)]
                _COUNTED[name](reader, event.process_log(log)["args"])
        return reader.history()

    def _name_of(self, log: LogReceipt) -> str | None:
        known = self._events.get(_place(log))
        return None if known is None else known[0]


def _place(log: LogReceipt) -> tuple[str, str]:
    return log["address"], f"0x{bytes(log['topics'][0]).hex()}"


def _events_of(contract: Contract) -> Iterator[tuple[str, Any]]:
    named = {entry["name"] for entry in contract.abi if entry["type"] == "event"}
    for name in _COUNTED:
        if name in named:
            yield name, contract.events[name]()
