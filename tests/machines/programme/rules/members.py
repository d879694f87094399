"""What happens to members: enrolled, given a profile, linked to a wallet, closed; and what is refused."""

from eth_account.signers.local import LocalAccount
from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.machines.programme.base import ProgrammeBase
from tests.machines.programme.strategies import DAY, numbers, picked
from tests.machines.programme.twins import STRANGER, refused
from tests.support.deployments import account_named
from tests.support.evm import CHAIN_ID
from tests.support.links import link_message

WALLETS = tuple(account_named(f"wallet {number}") for number in range(4))
MOST_TIER = 15
_HOUR = 3_600
members = st.integers(0, 9)


class MemberRules(ProgrammeBase):
    """Members are drawn as ids, 0 and a few that are not enrolled among them."""

    @rule(count=st.integers(0, 3))
    def enrol(self, count: int) -> None:
        ledger = self.twins.model.books.ledger
        with refused(None if count else "LedgerEnrolmentInvalid"):
            assert self.twins.act("enrol", count) == ledger.enrol(count)

    @rule(member=members)
    def close_account(self, member: int) -> None:
        with refused(self._refusal_of_member(member)):
            self.twins.act("close", member)
            self.twins.model.books.ledger.closed.add(member)

    @rule(
        member=members,
        tier=st.sampled_from((0, 1, MOST_TIER, MOST_TIER + 1)),
        segments=st.integers(0, 2**32 - 1),
    )
    def set_profile(self, member: int, tier: int, segments: int) -> None:
        with refused("LedgerTierInvalid" if tier > MOST_TIER else self._refusal_of_member(member)):
            self.write_profile(member, tier, segments)

    @rule(member=st.integers(1, 6), after_s=st.sampled_from((-90 * DAY, 0, DAY)))
    def date_enrolment(self, member: int, after_s: int) -> None:
        self.write_enrolment(member, self.twins.model.now_s + after_s)

    @rule(
        member=members, wallet=numbers, fault=st.sampled_from((None, None, None, "late", "stranger", "nonce"))
    )
    def link_wallet(self, member: int, wallet: int, fault: str | None) -> None:
        model, owner = self.twins.model, picked(WALLETS, wallet)
        deadline = model.now_s - 1 if fault == "late" else model.now_s + _HOUR
        nonce = model.link_nonces[owner.address] + (fault == "nonce")
        signature = self._link_signature(member, owner, nonce=nonce, deadline=deadline, fault=fault)
        with refused(self._refusal_of_link(member, owner, fault)):
            self.twins.act("link", member, owner.address, deadline, signature)
            model.wallets[member] = owner
            model.link_nonces[owner.address] += 1

    @rule(member=members, by=st.sampled_from(("wallet", "custody", "stranger")))
    def unlink_wallet(self, member: int, by: str) -> None:
        model, ledger = self.twins.model, self.twins.contracts.ledger
        owner = model.wallets.get(member)
        if owner is None:
            with refused("LedgerMemberNotLinked"):
                ledger.unlink(member, sender=STRANGER)
        elif by == "stranger":
            with refused("AccessManagedUnauthorized"):
                ledger.unlink(member, sender=STRANGER)
        else:
            if by == "wallet":
                ledger.unlink(member, sender=owner.address)
            else:
                self.twins.act("unlink", member)
            del model.wallets[member]

    @rule(function=st.sampled_from(("transfer", "approve", "transferFrom")), wallet=numbers)
    def move_miles_as_tokens(self, function: str, wallet: int) -> None:
        """INV-4: the ERC-20 face moves nothing, whoever asks."""
        owner, other = picked(WALLETS, wallet).address, picked(WALLETS, wallet + 1).address
        arguments = (owner, other, 1) if function == "transferFrom" else (other, 1)
        with refused("LedgerMilesNotTransferable"):
            getattr(self.twins.contracts.ledger, function)(*arguments, sender=owner)

    def _refusal_of_member(self, member: int) -> str | None:
        ledger = self.twins.model.books.ledger
        if not 1 <= member <= ledger.enrolled:
            return "LedgerMemberUnknown"
        return "LedgerAccountClosed" if member in ledger.closed else None

    def _refusal_of_link(self, member: int, owner: LocalAccount, fault: str | None) -> str | None:
        wallets = self.twins.model.wallets
        if fault == "late":
            return "LedgerLinkExpired"
        if self._refusal_of_member(member):
            return self._refusal_of_member(member)
        if member in wallets:
            return "LedgerMemberLinked"
        if owner in wallets.values():
            return "LedgerWalletTaken"
        return "LedgerLinkSignatureInvalid" if fault else None

    def _link_signature(
        self, member: int, owner: LocalAccount, *, nonce: int, deadline: int, fault: str | None
    ) -> bytes:
        signer = account_named("somebody else") if fault == "stranger" else owner
        values = {"member": member, "wallet": owner.address, "nonce": nonce, "deadline": deadline}
        message = link_message(CHAIN_ID, self.twins.contracts.ledger.address, **values)
        return bytes(signer.sign_message(message).signature)
