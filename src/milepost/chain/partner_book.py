"""Reads partners' accounts from the chain: what settled, how partners were funded, what pots took.

Stating an account and reconciling a partner's own file read it; everything is as of one block.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from web3.contract import Contract
from web3.types import LogReceipt

from milepost.chain.contracts import contract_at, method_of
from milepost.chain.deployment_file import Deployment
from milepost.chain.errors import asking
from milepost.chain.node import Node
from milepost.chain.settled_log import settled_log
from milepost.domain.errors import ChainError
from milepost.domain.partner import PaymentMode
from milepost.domain.quantities import Miles, PartnerId, PromotionId
from milepost.ports import (
    Block,
    ChainUnavailable,
    PartnerAct,
    PartnerLog,
    PublishedPromotion,
    SettledLog,
    StandingPartner,
    TimedLog,
)

BLOCKS_ASKED = 1_000
"""Blocks of one question for logs: nodes refuse much larger ranges, or answers."""

_ACTS = {
    "PartnerFunded": PartnerAct.FUNDED,
    "PartnerLow": PartnerAct.LOW,
    "PartnerContributed": PartnerAct.CONTRIBUTED,
    "PartnerGivenBack": PartnerAct.RELEASED,
}
# Of the promotion book, in the same tx as the registry's: which pot it was.
_POT_EVENTS = {
    "PromotionContributed": PartnerAct.CONTRIBUTED,
    "PromotionReleased": PartnerAct.RELEASED,
}
# Places in IPartnerRegistry.Partner.
_PAYMENT, _AVAILABLE, _SUSPENDED, _ALERT_BELOW = 2, 3, 7, 8
# IPromotionBook.RewardKind: WINDOW_SPEND, WINDOW_OUTLETS.
_OF_WINDOW = (4, 5)


class NodePartnerBook:
    """The port `PartnerBook`, through a node that keeps all logs since the deployment."""

    def __init__(self, node: Node, deployment: Deployment, block: Block) -> None:
        self.block = block
        self._node, self._deployment = node, deployment
        addresses = deployment.addresses
        self._settlement = contract_at(node.web3, "Settlement", addresses.settlement)
        self._registry = contract_at(node.web3, "PartnerRegistry", addresses.registry)
        self._promotions = contract_at(node.web3, "PromotionBook", addresses.promotion_book)
        self._times: dict[int, int] = {}
        self._logs: list[TimedLog] | None = None

    def logs(self) -> Iterator[TimedLog]:
        """All of every partner, in order of the chain; asked for once. Raises: ChainUnavailable."""
        if self._logs is None:
            self._logs = list(self._read())
        return iter(self._logs)

    def _read(self) -> Iterator[TimedLog]:
        events = {**_events(self._registry, _ACTS), **_events(self._promotions, _POT_EVENTS)}
        settled = self._settlement.events.ReportSettled()
        for batch in self._batches([*events, str(settled.topic)]):
            pots = self._pots(batch, events)
            for log in batch:
                topic = _topic(log)
                if log["address"] in self._deployment.settlements and topic == str(settled.topic):
                    yield TimedLog(self._time_of(log), self._settled_log(log, settled))
                elif log["address"] == self._registry.address and topic in events:
                    name, event = events[topic]
                    values = event.process_log(log)["args"]
                    act = _ACTS[name]
                    waiting = pots.get((bytes(log["transactionHash"]), act, values["partner"]), [])
                    pot = waiting.pop(0) if waiting else None
                    yield TimedLog(self._time_of(log), _partner_log(act, values, pot))

    def standing(self, partner_id: PartnerId) -> StandingPartner:
        """Raises: the decoded contract error for a partner that nobody registered."""
        found = self._ask(self._registry, "partnerOf", partner_id)
        payment = PaymentMode(found[_PAYMENT])
        return StandingPartner(
            payment,
            None if payment is PaymentMode.OPEN else Miles(found[_AVAILABLE]),
            Miles(found[_ALERT_BELOW] if len(found) > _ALERT_BELOW else 0),
            bool(found[_SUSPENDED]),
        )

    def promotions(self) -> Mapping[PromotionId, PublishedPromotion]:
        """Every promotion published up to the block, by its id."""
        event = self._promotions.events.PromotionPublished()
        found = {}
        for batch in self._batches([str(event.topic)]):
            for log in batch:
                values = event.process_log(log)["args"]
                terms = values["terms"]
                found[PromotionId(values["promotion"])] = PublishedPromotion(
                    bool(terms.get("funded", False)), terms.get("reward", 0) in _OF_WINDOW
                )
        return found

    def require_unchanged(self) -> None:
        with asking(self._node.name):
            now = self._node.web3.eth.get_block(self.block.number)
        if bytes(now["hash"]) != self.block.block_hash:
            raise ChainUnavailable(
                f"Block {self.block.number} was replaced while {self._node.name} was read: run again."
            )

    def _batches(self, topics: list[str]) -> Iterator[list[LogReceipt]]:
        addresses = [
            *self._deployment.settlements,
            self._registry.address,
            self._promotions.address,
        ]
        for first in range(self._deployment.start_block, self.block.number + 1, BLOCKS_ASKED):
            wanted: dict[str, Any] = {"address": addresses, "topics": [topics]}
            yield self._asked(wanted, first, min(first + BLOCKS_ASKED - 1, self.block.number))

    def _asked(self, wanted: dict[str, Any], first: int, last: int) -> list[LogReceipt]:
        """Logs of a range, by halves where the node refuses so many at once."""
        try:
            with asking(self._node.name):
                found = self._node.web3.eth.get_logs({**wanted, "fromBlock": first, "toBlock": last})  # type: ignore[typeddict-item]
        except ChainUnavailable:
            raise
        except ChainError:
            if first == last:
                raise
            middle = (first + last) // 2
            return self._asked(wanted, first, middle) + self._asked(wanted, middle + 1, last)
        return sorted(found, key=lambda log: (log["blockNumber"], log["logIndex"]))

    def _pots(self, batch: list[LogReceipt], events: "_Events") -> "_Pots":
        """The pots that each tx of the batch moved a partner's miles into, or back from, in order."""
        found: _Pots = {}
        for log in batch:
            if log["address"] == self._promotions.address and _topic(log) in events:
                name, event = events[_topic(log)]
                values = event.process_log(log)["args"]
                key = (bytes(log["transactionHash"]), _POT_EVENTS[name], values["partner"])
                found.setdefault(key, []).append(PromotionId(values["promotion"]))
        return found

    def _settled_log(self, log: LogReceipt, event: Any) -> SettledLog:
        values = event.process_log(log)["args"]
        with asking(self._node.name):
            tx = self._node.web3.eth.get_transaction(log["transactionHash"])
        return settled_log(values, tx, log)

    def _time_of(self, log: LogReceipt) -> int:
        number = log["blockNumber"]
        if number not in self._times:
            with asking(self._node.name):
                self._times[number] = self._node.web3.eth.get_block(number)["timestamp"]
        return self._times[number]

    def _ask(self, contract: Contract, function: str, *arguments: Any) -> Any:
        with asking(self._node.name):
            return method_of(contract, function, *arguments).call(block_identifier=self.block.number)


_Events = dict[str, tuple[str, Any]]
_Pots = dict[tuple[bytes, PartnerAct, int], list[PromotionId]]


def _events(contract: Contract, names: Any) -> _Events:
    """Events of a contract by topic; a name that it does not have is left out."""
    known = {entry["name"] for entry in contract.abi if entry["type"] == "event"}
    found = ((name, contract.events[name]()) for name in names if name in known)
    return {str(event.topic): (name, event) for name, event in found}


def _topic(log: LogReceipt) -> str:
    return f"0x{bytes(log['topics'][0]).hex()}"


def _partner_log(act: PartnerAct, values: Mapping[str, Any], pot: PromotionId | None) -> PartnerLog:
    available = Miles(values["available"])
    miles = available if act is PartnerAct.LOW else Miles(values["miles"])
    return PartnerLog(PartnerId(values["partner"]), act, miles, available, pot)
