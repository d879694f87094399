"""Enrols members on the ledger, and reads what each has: the balance at an instant, and every lot.

`milepost members` enrols through it once the directory knows the members; statements read through it.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from eth_account.signers.local import LocalAccount

from milepost.chain.contracts import contract_at, method_of
from milepost.chain.deployment_file import Deployment
from milepost.chain.deployment_run import Web3Executor
from milepost.chain.errors import asking
from milepost.chain.node import Node
from milepost.chain.pending_txs import settled_nonce
from milepost.domain.errors import ChainError
from milepost.domain.lots import Lot
from milepost.domain.quantities import DayNumber, MemberId, Miles
from milepost.fail_point import FailPoint, reach
from milepost.ports.chain import TxUnderfunded
from milepost.ports.members import MemberProfile

# Its place in IMilesLedger.Totals.
_ENROLLED = 0
# contracts/types/Account.sol: tier 4 bits, then segments 32.
_TIER_SHIFT = 128
_SEGMENTS_SHIFT = 132


class EnrollerMissing(ChainError):
    """Members are to be enrolled and no key is configured. The operator names its file."""

    exit_code: ClassVar[int] = 2

    def __init__(self) -> None:
        super().__init__("No key that enrols members is configured: name the file that holds it.")


class NodeMemberLedger:
    """The port `MemberAccounts`, through a node. Without an enroller's key it only reads.

    Every method raises ChainUnavailable when the node gives no answer.
    """

    def __init__(self, node: Node, deployment: Deployment, *, enroller: LocalAccount | None = None) -> None:
        self._node, self._addresses, self._enroller = node, deployment.addresses, enroller
        self._ledger = contract_at(node.web3, "MilesLedger", self._addresses.ledger)
        self._lens = contract_at(node.web3, "MilesLens", self._addresses.lens)
        self._promotions = contract_at(node.web3, "PromotionBook", self._addresses.promotion_book)
        self._authority = contract_at(node.web3, "Authority", self._addresses.authority)

    def enrolled(self) -> int:
        """The number of members enrolled, which is the highest member id."""
        return int(self._ask(self._ledger, "totals")[_ENROLLED])

    def require_can_enrol(self) -> None:
        """Ask whether the configured key could enrol one member now; nothing is sent.

        Raises: EnrollerMissing; TxUnderfunded; AccessManagedUnauthorized, which names the address.
        """
        enroller = self._require_enroller()
        with asking(self._node.name):
            if not self._node.web3.eth.get_balance(enroller.address):
                raise TxUnderfunded(f"The enroller {enroller.address} has 0 wei for gas: send it funds.")
            method_of(self._ledger, "enrol", 1).call({"from": enroller.address})

    def enrol_up_to(self, total: int) -> int:
        """Enrol in one tx until there are so many members, wait until it is mined, and say how many it took.

        Shape: run at any time after a crash, it never enrols too many, as long as one key alone enrols. The
            nonce is read before the members are counted: a tx of this key that is mined in between, whoever
            kept it, takes the nonce, and ours is refused.
        Raises: EnrollerMissing; TxUnderfunded; the decoded contract error; TxNonceTooLow: run again.
        """
        nonce = settled_nonce(self._node, self._require_enroller().address, who="the enroller")
        missing = total - self.enrolled()
        if missing <= 0:
            return 0
        self._send("enrol", missing, nonce=nonce, sent=FailPoint.ENROL_SENT)
        return missing

    def profile_of(self, member_id: MemberId) -> MemberProfile:
        word = self._ask(self._ledger, "accountWord", member_id)
        return MemberProfile(word >> _TIER_SHIFT & 0xF, word >> _SEGMENTS_SHIFT & 0xFFFF_FFFF)

    def set_profile(self, member_id: MemberId, profile: MemberProfile) -> None:
        """Raises: as `enrol`."""
        values = (member_id, profile.tier, profile.segments)
        self._send("setProfile", *values, nonce=None, sent=FailPoint.PROFILE_SENT)

    def set_profiles(self, profiles: Mapping[MemberId, MemberProfile]) -> None:
        """Write several profiles in one tx, through the authority, which passes on what the key may do.

        Raises: as `enrol`.
        """
        calls = [
            self._authority.encode_abi(
                "execute",
                args=[
                    self._ledger.address,
                    self._ledger.encode_abi("setProfile", args=[member_id, profile.tier, profile.segments]),
                ],
            )
            for member_id, profile in profiles.items()
        ]
        if calls:
            executor = Web3Executor(self._node.web3, self._require_enroller(), node=self._node.name)
            tx_hash = executor.send(method_of(self._authority, "multicall", calls))
            reach(FailPoint.PROFILE_SENT)
            executor.wait(tx_hash)

    def enrolled_at(self, member_id: MemberId) -> int:
        """Since when promotions for enrolled members count a member, unix seconds; 0 for not."""
        return int(self._ask(self._promotions, "enrolledAt", member_id))

    def set_enrolled_at(self, times: Mapping[MemberId, int]) -> None:
        """Raises: as `enrol`."""
        executor = Web3Executor(self._node.web3, self._require_enroller(), node=self._node.name)
        act = method_of(self._promotions, "setEnrolledAt", list(times), list(times.values()))
        executor.wait(executor.send(act))

    def balance_at(self, member_id: MemberId, instant_s: int) -> Miles:
        """Live miles at an instant, for all that has settled. Units: unix seconds."""
        return Miles(self._ask(self._ledger, "balanceAt", member_id, instant_s))

    def day_of(self, instant_s: int) -> DayNumber:
        """The programme's local day at an instant. Units: unix seconds."""
        return DayNumber(self._ask(self._ledger, "dayOf", instant_s))

    def lots_of(self, member_id: MemberId) -> list[Lot]:
        """All lots, lapsed ones that were not yet overwritten included, in order of last valid day."""
        found = self._ask(self._lens, "lotsOf", self._addresses.ledger, member_id)
        return [
            Lot(DayNumber(last_day), version, Miles(amount), DayNumber(own_day))
            for amount, last_day, version, own_day, _ in found
        ]

    def _send(self, function: str, *arguments: Any, nonce: int | None, sent: FailPoint) -> None:
        executor = Web3Executor(self._node.web3, self._require_enroller(), node=self._node.name)
        tx_hash = executor.send(method_of(self._ledger, function, *arguments), nonce=nonce)
        reach(sent)
        executor.wait(tx_hash)

    def _require_enroller(self) -> LocalAccount:
        if self._enroller is None:
            raise EnrollerMissing
        return self._enroller

    def _ask(self, contract: Any, function: str, *arguments: Any) -> Any:
        with asking(self._node.name):
            return method_of(contract, function, *arguments).call()
