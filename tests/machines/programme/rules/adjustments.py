"""Miles credited and taken back by hand, accounts joined, lapsed lots written off; and what is refused of it.

Two people of support may propose and approve both: the desk alone keeps them from approving their own.
"""

from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, multiple, rule

from milepost.chain.roles import DeskAct
from milepost.domain.calendar import local_day
from tests.machines.programme.base import ProgrammeBase
from tests.machines.programme.logs import transfers_of
from tests.machines.programme.rules.members import members
from tests.machines.programme.strategies import DAY
from tests.machines.programme.twins import STRANGER, SUPPORT, refused

MOST_LOTS = 4_096

CREDIT, DEBIT, MERGE = range(3)
PROPOSED, APPLIED, WITHDRAWN, REJECTED = range(1, 5)
PROPOSAL_LIFE_S = 30 * DAY

_kinds = st.sampled_from((CREDIT, DEBIT, MERGE))
_miles = st.sampled_from((1, 7, 500, 4_000))
proposals: Bundle[int] = Bundle("proposals")


@dataclass(slots=True)
class Proposal:
    """What the desk must hold of one adjustment."""

    kind: int
    member: int
    into: int
    miles: int
    proposer: str
    proposed_at: int
    state: int = PROPOSED
    last_day: int = 0


class AdjustmentRules(ProgrammeBase):
    """Proposals are drawn by number; each can be decided once."""

    @rule(
        kind=_kinds, member=members, into=members, miles=_miles, by=st.sampled_from(SUPPORT), target=proposals
    )
    def propose(self, kind: int, member: int, into: int, miles: int, by: str) -> object:
        number = self._proposed(kind, member, into, miles=miles, by=by)
        return multiple() if number is None else number

    @rule(kind=_kinds, member=st.integers(1, 6), into=st.integers(1, 6), miles=_miles)
    def adjust(self, kind: int, member: int, into: int, miles: int) -> None:
        """The usual way: one proposes, and the other approves at once."""
        number = self._proposed(kind, member, into, miles=miles, by=SUPPORT[0])
        assert number is not None
        self.approve(number, SUPPORT[1])

    @rule(number=proposals, by=st.sampled_from(SUPPORT))
    def approve(self, number: int, by: str) -> None:
        proposal, today = self.twins.model.proposals[number], self._today()
        with refused(self._refusal_of_approval(proposal, by)):
            self.twins.contracts.desk.approve(number, sender=by)
            logs = transfers_of(self.twins)
            assert logs == self._apply(proposal), "INV-4: transfers of an adjustment"
            proposal.state = APPLIED
            self.twins.model.adjusted[today] += proposal.miles

    @rule(number=proposals, by=st.sampled_from((*SUPPORT, STRANGER)), is_rejected=st.booleans())
    def close_proposal(self, number: int, by: str, is_rejected: bool) -> None:
        """Rejected by who may approve, or withdrawn by who proposed."""
        proposal, desk = self.twins.model.proposals[number], self.twins.contracts.desk
        is_open = proposal.state == PROPOSED
        if is_rejected:
            name = "AccessManagedUnauthorized" if by == STRANGER else None
        else:
            name = None if by == proposal.proposer or not is_open else "AdjustmentNotOwnProposal"
        with refused(name or (None if is_open else "AdjustmentNotProposed")):
            (desk.reject if is_rejected else desk.withdraw)(number, sender=by)
            proposal.state = REJECTED if is_rejected else WITHDRAWN

    @rule(miles=st.sampled_from((0, 1_000, 10_000, 2**40 - 1)))
    def set_daily_limit(self, miles: int) -> None:
        self.twins.act("setDailyLimit", miles)
        self.twins.model.daily_limit = miles

    @rule(is_given=st.booleans())
    def let_the_desk_adjust_or_not(self, is_given: bool) -> None:
        self.twins.act("setDesk", self.twins.contracts.desk, DeskAct.ADJUST if is_given else 0)
        self.twins.model.may_adjust = is_given

    @rule(member=members)
    def write_off(self, member: int) -> None:
        """Anyone may, and no balance changes."""
        ledger, known = self.twins.contracts.ledger, self.twins.model.books.ledger
        with refused(None if 1 <= member <= known.enrolled else "LedgerMemberUnknown"):
            lots = self.twins.contracts.lens.lotsOf(ledger, member)
            lapsed = sum(miles for miles, *_, is_live in lots if not is_live)
            assert ledger.writeOff(member, MOST_LOTS, sender=STRANGER) == lapsed
            assert transfers_of(self.twins) == []
            assert all(lot[-1] for lot in self.twins.contracts.lens.lotsOf(ledger, member))

    def _proposed(self, kind: int, member: int, into: int, *, miles: int, by: str) -> int | None:
        """Its number; None where the desk refuses a merge into no account."""
        model = self.twins.model
        into, miles = (into, 0) if kind == MERGE else (0, miles)
        with refused("AdjustmentInvalid" if kind == MERGE and into == 0 else None):
            number = self.twins.contracts.desk.propose(kind, member, into, miles, 0, bytes(32), sender=by)
            model.proposals[number] = Proposal(kind, member, into, miles, by, model.now_s)
            return int(number)
        return None

    # ------------------------------------------------------------ the model

    def _refusal_of_approval(self, proposal: Proposal, by: str) -> str | None:
        model = self.twins.model
        if proposal.state != PROPOSED:
            return "AdjustmentNotProposed"
        if by == proposal.proposer:
            return "AdjustmentOwnProposal"
        if model.now_s > proposal.proposed_at + PROPOSAL_LIFE_S:
            return "AdjustmentExpired"
        left = max(model.daily_limit - model.adjusted[self._today()], 0)
        if proposal.kind != MERGE and proposal.miles > left:
            return "AdjustmentDailyLimit"
        if not model.may_adjust:
            return "LedgerDeskUnauthorized"
        # How much a merge moves is known only once the ledger has taken it.
        is_merge, live = proposal.kind == MERGE, model.books.ledger.balance_on(proposal.member, self._today())
        moved = live if is_merge else 0
        return self._refusal_of_ledger(proposal) or ("AdjustmentDailyLimit" if moved > left else None)

    def _refusal_of_ledger(self, proposal: Proposal) -> str | None:
        model, ledger = self.twins.model, self.twins.model.books.ledger
        if proposal.kind == MERGE and proposal.member == proposal.into:
            return "LedgerIntoItself"
        for member in (proposal.member, proposal.into) if proposal.kind == MERGE else (proposal.member,):
            if not 1 <= member <= ledger.enrolled:
                return "LedgerMemberUnknown"
            if member in ledger.closed and proposal.kind != DEBIT:
                return "LedgerAccountClosed"
        is_short = proposal.miles > ledger.balance_at(proposal.member, model.now_s)
        return "LedgerMilesShort" if proposal.kind == DEBIT and is_short else None

    def _apply(self, proposal: Proposal) -> list[tuple[str, str, int]]:
        """Do in the model what the desk has just done; the transfers that wallets must see come back."""
        model, ledger, day = self.twins.model, self.twins.model.books.ledger, self._today()
        member, miles = proposal.member, proposal.miles
        if proposal.kind == CREDIT:
            proposal.last_day = ledger.adjust_up(member, miles, today=day)
            model.tally.adjust_up(member, miles, last_day=proposal.last_day)
            return model.transfer(member, miles)
        if proposal.kind == DEBIT:
            ledger.adjust_down(member, miles, today=day)
            model.tally.adjust_down(member, miles, day=day)
            return model.transfer(member, -miles)
        proposal.miles = ledger.merge(member, proposal.into, today=day)
        model.tally.merge(member, proposal.into, day=day)
        return model.transfer(member, -proposal.miles) + model.transfer(proposal.into, proposal.miles)

    def _today(self) -> int:
        model = self.twins.model
        return local_day(model.now_s, model.books.ledger.utc_offset_minutes)
