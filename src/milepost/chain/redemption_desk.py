"""Speaks to the redemption desk: keeps rewards, redeems for members without a wallet, decides orders.

`milepost rewards`, `milepost redeem` and `milepost orders` act through it.
"""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from eth_account.signers.local import LocalAccount
from web3.types import EventData, TxReceipt

from milepost.chain.contracts import contract_at, method_of
from milepost.chain.deployment_file import Deployment
from milepost.chain.deployment_plan import NOWHERE
from milepost.chain.deployment_run import Web3Executor
from milepost.chain.errors import asking
from milepost.chain.node import Node
from milepost.chain.pending_txs import settled_nonce
from milepost.domain.errors import ChainError
from milepost.domain.quantities import MemberId, Miles, OrderId, RewardId
from milepost.domain.redemption import Draw, Order, OrderKind, OrderState, Reward, RewardTerms

_NO_CONSENT = (0, 0, b"")
_BLOCKS_ASKED = 1_000
"""Blocks of one question for logs; nodes refuse much larger ranges."""
_LOOKED_BACK = 50
"""Orders looked at for one that was just placed."""


class RedemptionKeyMissing(ChainError):
    """Someone is to act at the redemption desk and no key is configured. The operator names its file."""

    exit_code: ClassVar[int] = 2

    def __init__(self) -> None:
        super().__init__(
            "No key that acts at the redemption desk is configured: name the file that holds it."
        )


class RedemptionNotDeployed(ChainError):
    """The deployment is of before there was redemption. The operator deploys the desk, or names another."""

    exit_code: ClassVar[int] = 2

    def __init__(self) -> None:
        super().__init__("This deployment has no redemption desk: name one that has.")


class OrderUnknown(ChainError):
    """There is no order of this number. The operator corrects it."""

    exit_code: ClassVar[int] = 1

    def __init__(self, order_id: OrderId) -> None:
        super().__init__(f"There is no order {order_id}: look at the list of orders.")


class OrderedBefore(ChainError):
    """The member waits for this reward already, maybe by a run cut short. The operator looks first."""

    exit_code: ClassVar[int] = 1

    def __init__(self, order: Order) -> None:
        super().__init__(
            f"Order {order.order_id} of this member for this reward waits already: fulfil it, or order"
            " another with --another."
        )


class NodeRedemptionDesk:
    """The desk, through a node. Without an account it only reads.

    Every method raises ChainUnavailable when the node gives no answer, RedemptionNotDeployed where there is
    none; those that act RedemptionKeyMissing and the decoded contract error.
    """

    def __init__(self, node: Node, deployment: Deployment, *, account: LocalAccount | None = None) -> None:
        self._node, self._account, self._start_block = node, account, deployment.start_block
        self._address = deployment.addresses.redemption_desk
        if self._address == NOWHERE:
            raise RedemptionNotDeployed
        self._desk = contract_at(node.web3, "RedemptionDesk", self._address)

    # ------------------------------------------------------------ reading

    def rewards(self) -> Iterator[Reward]:
        """Every reward, in the order of numbers, each asked for when it is needed."""
        for number in range(1, int(self._ask("rewardCount")) + 1):
            (cost, stock, starts_at, until, tier), details = self._ask("rewardOf", number)
            terms = RewardTerms(Miles(cost), stock, starts_at, until, tier)
            yield Reward(RewardId(number), terms, bytes(details))

    def orders(self) -> Iterator[Order]:
        """Every order, the newest first, each asked for when it is needed."""
        return (self.order(OrderId(number)) for number in range(int(self._ask("orderCount")), 0, -1))

    def order(self, order_id: OrderId) -> Order:
        """Raises: OrderUnknown."""
        kind, state, member, subject, *rest = self._ask("orderOf", order_id)
        miles, amount_minor, placed_at, decided_at, draws_hash, bill = rest
        if state == OrderState.NONE:
            raise OrderUnknown(order_id)
        return Order(
            order_id=order_id,
            kind=OrderKind(kind),
            state=OrderState(state),
            member=MemberId(member),
            subject=subject,
            miles=Miles(miles),
            amount_minor=amount_minor,
            placed_at=placed_at,
            decided_at=decided_at,
            draws_hash=bytes(draws_hash),
            bill=bytes(bill),
        )

    def draws_of(self, order_id: OrderId) -> list[Draw]:
        """What an order took, as `cancel` wants it; logs are looked for from the newest on."""
        events = self._desk.events.MilesDrawn()
        with asking(self._node.name):
            last = int(self._node.web3.eth.block_number)
            while last >= self._start_block:
                first = max(self._start_block, last - _BLOCKS_ASKED + 1)
                found = events.get_logs(from_block=first, to_block=last, argument_filters={"order": order_id})
                if found:
                    return [_draw_of(log) for log in found]
                last = first - 1
        raise OrderUnknown(order_id)

    # ------------------------------------------------------------ acting

    def add_reward(self, terms: RewardTerms, details: bytes) -> RewardId:
        """Add a reward, as its keeper; its number comes back."""
        words = (terms.cost, terms.stock, terms.starts_at, terms.until, terms.lowest_tier)
        receipt = self._send("addReward", words, details)
        return RewardId(self._logged(self._desk.events.RewardAdded(), receipt)["args"]["reward"])

    def end_reward(self, reward_id: RewardId) -> None:
        self._send("endReward", reward_id)

    def redeem(
        self, member_id: MemberId, reward_id: RewardId, *, most: Miles, is_another: bool = False
    ) -> OrderId:
        """Order a reward for a member without a wallet, as custody; the order's number comes back.

        Shape: refused if such an order waits among the last ones, unless another is wanted: a run that was
            cut short has maybe placed it.
        Raises: OrderedBefore.
        """
        # Before looking: what an earlier run sent and did not see mined is there now, or can be no more.
        nonce = self._settled_nonce()
        if not is_another and (waiting := self._waiting(member_id, reward_id)):
            raise OrderedBefore(waiting)
        receipt = self._send("redeem", member_id, reward_id, most, _NO_CONSENT, nonce=nonce)
        return OrderId(self._logged(self._desk.events.OrderPlaced(), receipt)["args"]["order"])

    def fulfil(self, order_id: OrderId) -> None:
        self._send("fulfil", order_id)

    def cancel(self, order_id: OrderId) -> None:
        """Cancel with what the order's logs say it took."""
        self._send("cancel", order_id, [(draw.member, list(draw.taken)) for draw in self.draws_of(order_id)])

    def _waiting(self, member_id: MemberId, reward_id: RewardId) -> Order | None:
        wanted = (OrderKind.REWARD, OrderState.REQUESTED, member_id, reward_id)
        for order, _ in zip(self.orders(), range(_LOOKED_BACK), strict=False):
            if (order.kind, order.state, order.member, order.subject) == wanted:
                return order
        return None

    def _settled_nonce(self) -> int:
        return settled_nonce(self._node, self._require_account().address, who="the account")

    def _send(self, function: str, *arguments: Any, nonce: int | None = None) -> TxReceipt:
        account = self._require_account()
        executor = Web3Executor(self._node.web3, account, node=self._node.name)
        nonce = self._settled_nonce() if nonce is None else nonce
        tx_hash = executor.send(method_of(self._desk, function, *arguments), nonce=nonce)
        executor.wait(tx_hash)
        with asking(self._node.name):
            return self._node.web3.eth.get_transaction_receipt(tx_hash)

    def _logged(self, event: Any, receipt: TxReceipt) -> EventData:
        logs: Sequence[EventData] = [
            event.process_log(log)
            for log in receipt["logs"]
            if log["address"] == self._address and log["topics"][0].to_0x_hex() == event.topic
        ]
        return logs[0]

    def _ask(self, function: str, *arguments: Any) -> Any:
        with asking(self._node.name):
            return method_of(self._desk, function, *arguments).call()

    def _require_account(self) -> LocalAccount:
        if self._account is None:
            raise RedemptionKeyMissing
        return self._account


def _draw_of(log: EventData) -> Draw:
    return Draw(MemberId(log["args"]["member"]), tuple(log["args"]["taken"]))
