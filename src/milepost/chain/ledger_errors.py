"""Says in words what each error of the ledger and of the adjustment desk means, as contract_errors.py does.

`errors.py` makes them of what a node answers; commands read `exit_code`.
Source: contracts/interfaces.
"""

from milepost.chain.contract_errors import ContractError
from milepost.domain.errors import WhoActs

# MilesLedger: members and the programme's rule.


class RulesSettingsInvalid(ContractError):
    """An offset beyond 14 hours, more than 180 late days, no notice or no version. Correct the programme."""

    sentence = (
        "These settings are none the ledger keeps (offset up to 14 hours, late days up to 180, notice"
        " of 1 day or more, at least one version): correct the programme."
    )


class RulesVersionInvalid(ContractError):
    """A version whose months, alignment, activities or first day the ledger cannot keep. Correct it."""

    sentence = (
        "Version {version} of the rules is none the ledger keeps: months 1 to 600 and by day at most 48, an"
        " account rule that counts accruals and outlasts late activity, a day after the version before."
    )


class RulesNoticeTooShort(ContractError):
    """A version or an act that shortens lives would begin before the notice is over. Announce a later day."""

    sentence = (
        "It would begin on day {fromDay} and may on day {earliest} (days since 1990-01-01): members get the"
        " programme's notice, so name a later day."
    )


class RulesTooMany(ContractError):
    """The ledger has as many versions or acts as it holds. Deploy a new programme for more."""

    sentence = "The ledger holds {most} of these and no more: the rules cannot be changed this way again."


class RulesActInvalid(ContractError):
    """An act that is no function of the last day, or of versions there are none of. Correct it."""

    sentence = (
        "An act of kind {kind} on versions up to {versions} with the value {value} is refused: grace names a"
        " day not before its first, a move up to 600 months, never nothing; and only versions there are."
    )


class LedgerEnrolmentInvalid(ContractError):
    """Enrolling no members, or more than there are ids. Correct the number."""

    sentence = "{count} members cannot be enrolled: enrol 1 or more, while ids last."


class LedgerMemberUnknown(ContractError):
    """No member has this id. Enrol first."""

    sentence = "Member {member} was never enrolled: enrol members first, or correct the id."


class LedgerTierInvalid(ContractError):
    """A tier above 15. Correct the members' file."""

    sentence = "Tier {tier} is refused: 0 to 15 are possible."


class LedgerAccountClosed(ContractError):
    """The member's account is closed. Nothing can be written to it."""

    sentence = "The account of member {member} is closed: nothing can be written to it."


class LedgerWalletTaken(ContractError):
    """The wallet is linked to a member already, or is the zero address. Link another."""

    sentence = (
        "The wallet {wallet} is linked to a member already, or is none: unlink it first or name another."
    )


class LedgerMemberLinked(ContractError):
    """The member has a wallet. Unlink it first."""

    sentence = "Member {member} has a wallet already: unlink it first."


class LedgerMemberNotLinked(ContractError):
    """The member has no wallet. There is nothing to unlink."""

    sentence = "Member {member} has no wallet: there is nothing to unlink."


class LedgerLinkExpired(ContractError):
    """The wallet's signature has expired. The member signs again."""

    who_acts = WhoActs.PARTNER
    sentence = (
        "The wallet's signature was good until {deadline} and it is {now_} (unix seconds): let"
        " the member sign again."
    )


class LedgerLinkSignatureInvalid(ContractError):
    """The wallet did not sign this link. The member signs with that wallet."""

    who_acts = WhoActs.PARTNER
    sentence = (
        "The signature is not one of the wallet {wallet} for this member: let the member sign"
        " with that wallet."
    )


class LedgerMilesNotTransferable(ContractError):
    """Miles cannot be transferred. Nobody can change that."""

    who_acts = WhoActs.NOBODY
    sentence = "Miles are not transferable: there is nothing to do."


class LedgerDeskUnauthorized(ContractError):
    """Only a desk that was given this act may do it. Use the desk."""

    exit_code = 4
    sentence = (
        "{caller} may not do this in the ledger (act {act}): go through the desk that may, such as the"
        " adjustment desk."
    )


class LedgerAccountNotLapsed(ContractError):
    """The programme does not close lapsed accounts, or this one lives or may live again. Leave it open."""

    exit_code = 1
    sentence = (
        "The account of member {member} cannot be closed as lapsed: the programme does not do so, miles in it"
        " live, or late activity may still revive it."
    )


class LedgerMilesTooMany(ContractError):
    """One lot or pool would hold more miles than an act may leave there. Take fewer."""

    exit_code = 1
    sentence = "Member {member} would have more than {most} miles in one lot or pool: name fewer."


class LedgerExtensionPartial(ContractError):
    """All miles that end by the account's clock are extended together. Extend them all."""

    exit_code = 1
    sentence = (
        "{left} miles of member {member} end by the same clock and were left out: extend them too, as one"
        " activity keeps all of them."
    )


class LedgerMilesShort(ContractError):
    """More miles are to be taken back than the member has. Take what is there."""

    exit_code = 1
    sentence = "Member {member} has {live} live miles and {wanted} are to be taken: take {live} or fewer."


class LedgerReversalsMissing(ContractError):
    """The ledger was to be deployed without its part for refunds. Deploy `LedgerReversals` first."""

    sentence = "There is no LedgerReversals at {reversals}: deploy it first."


class LedgerIntoItself(ContractError):
    """Miles are to go from an account to itself. Name two."""

    sentence = "Miles of account {member} cannot go into the same account: name two."


class LotListTooLong(ContractError):
    """An account would hold more lots than there is room for. Credit what remains by an adjustment."""

    sentence = "{lots} lots do not fit into the {most} places of an account: merge smaller accounts."


# AdjustmentDesk.


class AdjustmentInvalid(ContractError):
    """The parts of a proposal contradict each other. Correct them."""

    sentence = (
        "A credit or debit has miles and one member; a merge has two members and no miles: correct the"
        " proposal."
    )


class AdjustmentNotProposed(ContractError):
    """The adjustment was decided already, or there is none of this number. Look it up."""

    exit_code = 1
    sentence = "Adjustment {id} is not waiting for a decision: look at it first."


class AdjustmentExpired(ContractError):
    """The proposal was left too long. Propose it again."""

    exit_code = 1
    sentence = "Adjustment {id} could be approved until {until} (unix seconds): propose it again."


class AdjustmentOwnProposal(ContractError):
    """A proposal was to be approved by who made it. Another person approves."""

    exit_code = 4
    sentence = (
        "Adjustment {id} was proposed by {proposer}, who cannot approve it too: let another person do so."
    )


class AdjustmentNotOwnProposal(ContractError):
    """Only who made a proposal withdraws it. Let the proposer do so, or an approver reject it."""

    exit_code = 4
    sentence = (
        "Adjustment {id} was proposed by {proposer}, who alone may withdraw it: let an approver reject it"
        " instead."
    )


class AdjustmentDailyLimit(ContractError):
    """The day's limit of adjusted miles is used up. Approve it tomorrow, or have the limit raised."""

    exit_code = 1
    sentence = (
        "{left} miles may still be adjusted today and this would be {wanted}: approve it on another day of"
        " the programme, or have the limit raised."
    )
