"""The members' ledger in memory, over the model of all accounts.

Tests give it to enrolling and to statements where a programme gives the contract.
"""

from collections.abc import Mapping

from milepost.domain.ledger import Ledger
from milepost.domain.lots import Lot
from milepost.domain.quantities import DayNumber, MemberId, Miles
from milepost.ports import MemberProfile


class FakeMemberLedger:
    """The port `MemberAccounts`; `refuses` is raised where a node would refuse to enrol."""

    def __init__(self, ledger: Ledger, *, refuses: Exception | None = None) -> None:
        self.ledger, self.refuses = ledger, refuses
        self.profiles: dict[MemberId, MemberProfile] = {}
        self.times: dict[MemberId, int] = {}
        self.txs = 0

    def enrolled(self) -> int:
        return self.ledger.enrolled

    def require_can_enrol(self) -> None:
        if self.refuses is not None:
            raise self.refuses

    def enrol_up_to(self, total: int) -> int:
        missing = max(total - self.ledger.enrolled, 0)
        if missing:
            self.require_can_enrol()
            self.txs += 1
            self.ledger.enrol(missing)
        return missing

    def profile_of(self, member_id: MemberId) -> MemberProfile:
        return self.profiles.get(member_id, MemberProfile())

    def set_profile(self, member_id: MemberId, profile: MemberProfile) -> None:
        self.require_can_enrol()
        self.txs += 1
        self.profiles[member_id] = profile

    def set_profiles(self, profiles: Mapping[MemberId, MemberProfile]) -> None:
        self.require_can_enrol()
        self.txs += 1
        self.profiles.update(profiles)

    def enrolled_at(self, member_id: MemberId) -> int:
        return self.times.get(member_id, 0)

    def set_enrolled_at(self, times: Mapping[MemberId, int]) -> None:
        self.require_can_enrol()
        self.txs += 1
        self.times.update(times)

    def balance_at(self, member_id: MemberId, instant_s: int) -> Miles:
        return self.ledger.balance_at(member_id, instant_s)

    def day_of(self, instant_s: int) -> DayNumber:
        return self.ledger.day_of(instant_s)

    def lots_of(self, member_id: MemberId) -> list[Lot]:
        return self.ledger.lots_of(member_id)
