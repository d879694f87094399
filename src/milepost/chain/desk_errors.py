"""Says in words what each error of the redemption desk and the miles shop means, as contract_errors.py does.

`errors.py` makes them of what a node answers; commands read `exit_code`.
Source: contracts/interfaces.
"""

from milepost.chain.contract_errors import ContractError
from milepost.domain.errors import WhoActs

# A member's consent, at both.


class ConsentExpired(ContractError):
    """The member's signature has expired. The member signs again."""

    who_acts = WhoActs.PARTNER
    instants = ("deadline", "now_")
    sentence = "The member's signature was good until {deadline} and it is {now_}: let the member sign again."


class ConsentNonceNotNext(ContractError):
    """The signature was used before, or one before it was not. The member signs with the next nonce."""

    who_acts = WhoActs.PARTNER
    sentence = (
        "The signature of member {member} has nonce {given} and the next is {expected}: it was used before,"
        " so let the member sign again."
    )


class ConsentSignatureInvalid(ContractError):
    """The member's wallet did not sign this. The member signs with that wallet."""

    who_acts = WhoActs.PARTNER
    sentence = (
        "The signature is not one of the wallet {wallet} of member {member} for exactly this: let the member"
        " sign with that wallet."
    )


# RedemptionDesk: rewards and orders.


class RedemptionRewardInvalid(ContractError):
    """A reward without a cost, with a window that never opens, or for a tier above 15. Correct it."""

    instants = ("from", "until")
    sentence = (
        "A reward of {cost} miles, from {from} until {until}, for tier {lowestTier} and higher is refused: it"
        " costs 1 mile or more, its window opens before it ends, and tiers go up to 15."
    )


class RedemptionRewardUnknown(ContractError):
    """No reward has this number. Look at the list of rewards."""

    sentence = "There is no reward {reward}: look at the list of rewards."


class RedemptionRewardNotOffered(ContractError):
    """The reward is not offered yet, or no longer. Choose another."""

    exit_code = 1
    instants = ("from", "until")
    sentence = "Reward {reward} is offered from {from} until {until}: choose another."


class RedemptionSoldOut(ContractError):
    """Nothing of this reward is left. Choose another, or have its stock raised."""

    exit_code = 1
    sentence = "Nothing of reward {reward} is left: choose another."


class RedemptionTierTooLow(ContractError):
    """The reward is for members of a higher tier. Choose another."""

    exit_code = 1
    sentence = (
        "Member {member} is of tier {tier} and the reward is for tier {lowest} and higher: choose another."
    )


class RedemptionCostsMore(ContractError):
    """It costs more miles than the member agreed to. The member agrees to the new cost, or not."""

    exit_code = 1
    who_acts = WhoActs.PARTNER
    sentence = "It costs {miles} miles and the member agreed to {most} at most: let the member agree to it."


class RedemptionMilesShort(ContractError):
    """More miles are to be spent than the member and the family have alive. Spend what there is."""

    exit_code = 1
    sentence = (
        "Member {member} has {live} live miles, the family's included, and {wanted} are needed: earn or buy"
        " more."
    )


class RedemptionOrderDecided(ContractError):
    """The order is fulfilled or cancelled already, or there is none of this number. Look it up."""

    exit_code = 1
    sentence = "Order {order} is not waiting for this: look at it first."


class RedemptionDrawsWrong(ContractError):
    """The lots given are not those the order took. Bring them as its logs have them."""

    sentence = (
        "These are not the miles that order {order} took: bring what its MilesDrawn logs say, in their order."
    )


# RedemptionDesk: bills at a till.


class RedemptionPartnerSuspended(ContractError):
    """The partner is suspended: its bills cannot be paid with miles. Pay another way."""

    exit_code = 1
    who_acts = WhoActs.PARTNER
    sentence = "Partner {partner} is suspended: its bills cannot be paid with miles for now."


class RedemptionPartnerTakesNoMiles(ContractError):
    """The partner has no burn rate. Set one, or pay another way."""

    exit_code = 1
    sentence = "Partner {partner} takes no miles: set its burn rate first."


class RedemptionBurnRateInvalid(ContractError):
    """A burn rate per nothing. Correct it."""

    sentence = (
        "{burnMiles} miles for {perMinor} minor units is no burn rate of partner {partner}: correct it."
    )


class RedemptionBillInvalid(ContractError):
    """A bill without reference or amount, or of too many miles. Correct it."""

    sentence = (
        "The bill {bill} of {amountMinor} minor units of partner {partner} is refused: it needs a reference"
        " and an amount that miles can pay."
    )


class RedemptionBillPaid(ContractError):
    """The bill was paid with miles before. Nothing is to be paid."""

    exit_code = 1
    who_acts = WhoActs.NOBODY
    sentence = "The bill {bill} of partner {partner} was paid by order {order}: there is nothing to pay."


class RedemptionNotOwed(ContractError):
    """More is to be recorded as reimbursed than the partner is owed. Look at what is owed."""

    exit_code = 1
    sentence = "Partner {partner} is owed {owed} miles and {wanted} are to be reimbursed: record no more."


# RedemptionDesk: families.


class RedemptionFamilyInvalid(ContractError):
    """A family has two to six members, each with a consent. Correct the list."""

    sentence = "{members} members with {consents} consents are no family: name 2 to 6, each with a consent."


class RedemptionFamilyMemberTwice(ContractError):
    """A member stands twice in a family. Name each once."""

    sentence = "Member {member} stands twice in the family: name each once."


class RedemptionNoFamily(ContractError):
    """The member is in no family. There is nothing to leave."""

    sentence = "Member {member} is in no family: there is nothing to leave."


# MilesShop.


class ShopPriceInvalid(ContractError):
    """A price of nothing, or in a token where the shop has none. Correct it."""

    sentence = (
        "A price of {units} units for {perMiles} miles is refused: name both, and none where the shop has no"
        " token."
    )


class ShopTreasuryInvalid(ContractError):
    """Payments would go to no address. Name the treasury."""

    sentence = "Payments need an address to go to: name the treasury."


class ShopNotForToken(ContractError):
    """Nothing is sold here for the token. Pay elsewhere, and have it recorded."""

    exit_code = 1
    sentence = "This is not sold for a token: pay elsewhere and have the payment recorded."


class ShopPriceAbove(ContractError):
    """The price is above what the caller agreed to. Look at the price."""

    exit_code = 1
    sentence = "The price is {price} units of the token and at most {most} was agreed to: look at the price."


class ShopMilesInvalid(ContractError):
    """No miles are wanted. Name 1 or more."""

    sentence = "{miles} miles cannot be bought, extended or transferred: name 1 or more."


class ShopLimitReached(ContractError):
    """The member's limit of this year leaves too little. Wait for the next year, or have the limit raised."""

    exit_code = 1
    sentence = (
        "Member {member} has {left} miles of this year's limit left and wants {wanted}: take {left} or fewer."
    )


class ShopNothingToExtend(ContractError):
    """No miles of the member lapse soon enough to be extended. Look at the statement."""

    exit_code = 1
    sentence = "Member {member} has no miles that lapse by day {byDay}: there is nothing to extend."


class ShopExtensionShortens(ContractError):
    """Extended miles would lapse sooner than they do now. Have the days before lapse lowered."""

    sentence = (
        "Miles earned today last to day {lastDay}, before day {byDay}: nothing would be gained by extending."
    )


class ShopTransfersNotAllowed(ContractError):
    """The programme does not allow members to transfer miles. Nobody can change that at once."""

    exit_code = 1
    sentence = "The programme does not allow members to transfer miles."


class ShopTransferToItself(ContractError):
    """Miles are to be transferred to who has them. Name another member."""

    sentence = "Member {member} has these miles already: name another member."


class ShopPaymentInvalid(ContractError):
    """No payment reference, or one that was recorded before. Each payment counts once."""

    exit_code = 1
    sentence = "The payment {payment} is none, or was recorded before: each counts once."


class SafeERC20FailedOperation(ContractError):
    """The payment token refused without a reason. Look at its balance and allowance."""

    exit_code = 1
    sentence = "The token {token} refused the payment: look at the balance and at what the shop is allowed."
