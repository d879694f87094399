"""Says in words what each error of the contracts means; classes and arguments are named as in Solidity.

`errors.py` makes them of what a node answers; the relayer reads `who_acts` and commands read `exit_code`.
Source: contracts/interfaces.
"""

from typing import Any, ClassVar

from milepost.domain.calendar import shown_instant
from milepost.domain.errors import ChainError, WhoActs

_LAST_INSTANT = 253_402_300_799
"""The last second of the year 9999, after which no date is written."""


class ContractError(ChainError):
    """A contract refused a call and said nothing that is known. Compare the deployment with this software."""

    blames_report: ClassVar[bool] = True
    """Whether a report that met this error would meet it again, whoever signs it and wherever it is sent."""
    instants: ClassVar[tuple[str, ...]] = ()
    """Arguments that are unix seconds, to be shown as ISO 8601 instants."""
    sentence: ClassVar[str] = "The contract refused the call without a reason that this software knows."
    arguments: dict[str, Any]

    def __init__(self, **arguments: Any) -> None:
        """Shape: the arguments of the Solidity error, by name; bytes are shown in hex."""
        self.arguments = arguments
        words = {
            name: _shown_instant(value) if name in self.instants else _shown(value)
            for name, value in arguments.items()
        }
        super().__init__(self.sentence.format(**words))


def _shown_instant(unix_s: int) -> str:
    if unix_s == 0:
        return "the beginning"
    return "further notice" if unix_s > _LAST_INSTANT else shown_instant(unix_s)


def _shown(value: Any) -> Any:
    if not isinstance(value, bytes):
        return value
    # bytes32 that hold a short text, as PromotionTermsInvalid names a field.
    text = value.rstrip(b"\0")
    return text.decode() if len(value) == 32 and text.isalnum() and text.isascii() else value.hex()


# Settlement: a report that the contract does not take.


class SettlementSequenceNotNext(ContractError):
    """The lane stands at another sequence: this report was settled, or an earlier one was not.

    Read the settlements.
    """

    who_acts = WhoActs.RETRY
    sentence = (
        "The report has sequence {given} and its lane's next is {expected}: read the"
        " settlements, then send what is due."
    )


class SettlementQuorumNotReached(ContractError):
    """Fewer signatures than the quorum. Collect more signatures of reporters."""

    who_acts = WhoActs.RETRY
    blames_report = False
    sentence = (
        "The report carries {given} signatures and needs {quorum}: collect more signatures of reporters."
    )


class SettlementReporterUnknown(ContractError):
    """An account is not in the reporter set: never was, was removed, or signed for an older set.

    Have the present reporters sign again; to remove one, name one who is in it.
    """

    blames_report = False
    sentence = (
        "{signer} is no reporter of the present set: have the present reporters sign the report again,"
        " or name one of them."
    )


class SettlementSignatureInvalid(ContractError):
    """A signature recovers to no address. Look for who changed it, and have that reporter sign again."""

    sentence = "Signature {index}, counted from 0, recovers to no address: have that reporter sign again."


class SettlementSignersNotAscending(ContractError):
    """Signers, or reporters of a set, are doubled or out of order.

    Sort them by address and name each once.
    """

    sentence = "{given} does not come after {last}: sort the addresses in rising order and name each once."


class SettlementSignaturesMalformed(ContractError):
    """The signatures are no multiple of 65 bytes. Send them as the reporters made them."""

    sentence = (
        "The signatures have {length} bytes, which is no multiple of 65: send them as the"
        " reporters made them."
    )


class SettlementReportTruncated(ContractError):
    """The report is shorter than its header. Send the bytes as they were sealed."""

    sentence = (
        "The report has {given} bytes and its header needs {least}: send the bytes as they were sealed."
    )


class SettlementAttachmentMalformed(ContractError):
    """What is attached to the report ends early, goes on, or has too long a proof. Seal it again."""

    sentence = (
        "The receipts attached to the report are not as they must be at byte {position}: seal it again, and"
        " send the bytes as they were sealed."
    )


class SettlementReportVersionUnknown(ContractError):
    """The report has a format that the contract does not read.

    Use the software that belongs to the deployment.
    """

    sentence = (
        "The report is of version {given} and the contract reads {expected}: use the software of"
        " this deployment."
    )


class SettlementReportersInvalid(ContractError):
    """A reporter set of 0 or more than 32, or a quorum it cannot reach.

    Name 1 to 32 reporters and a quorum they reach.
    """

    sentence = (
        "{count} reporters with a quorum of {quorum} are refused: name 1 to 32, and a quorum they can reach."
    )


class SettlementReportersTooFew(ContractError):
    """Removing a reporter would leave fewer than the quorum. Pause settling, and set other reporters."""

    sentence = (
        "{remaining} reporters would stay and the quorum is {quorum}: pause settling, and have the governor"
        " set other reporters."
    )


class SettlerStillNamed(ContractError):
    """A settler slot is given to another contract while it is taken. Empty it first."""

    exit_code = 4
    sentence = "The settler is still {settler}: empty the slot first, then name another."


class SettlerUnauthorized(ContractError):
    """Settling was tried past the contract that may settle.

    Send reports to the Settlement of the deployment.
    """

    exit_code = 4
    blames_report = False
    sentence = "{caller} is not the settler: send reports to the Settlement that the deployment names."


# PartnerRegistry: bytes and sections of a report, and what partners agreed.


class PartnerUnknown(ContractError):
    """No partner has this id. Register it, or correct the id."""

    sentence = "Partner {partner} is not registered: register it, or correct the id."


class PartnerEarnRateInvalid(ContractError):
    """An earn rate of 0 on either side. Correct the partner's file."""

    sentence = "{earnMiles} miles for each {perMinor} minor units is no earn rate: both must be 1 or more."


class PartnerFundingInvalid(ContractError):
    """Funding of 0, beyond what the registry counts, or for a partner that pays nothing ahead.

    Correct the amount.
    """

    sentence = (
        "Partner {partner} cannot be funded with {miles} miles: it must be prepaid or postpaid,"
        " and the sum countable."
    )


class PartnerOutletOffsetInvalid(ContractError):
    """A UTC offset outside -14:00 to +14:00. Correct the outlet's time zone."""

    sentence = (
        "A UTC offset of {offset} quarter hours is refused: -56 to 56 are possible, so correct the time zone."
    )


class PartnerOutletsTooMany(ContractError):
    """More outlets than a partner can have. Make a second partner of the rest."""

    sentence = (
        "The partner would have {given} outlets and can have {most}: register the rest as another partner."
    )


class PartnerCallerNotPromotionBook(ContractError):
    """An offer set was set past the promotion book. Use its function assign."""

    exit_code = 4
    sentence = "{caller} is not the promotion book: assign offer sets through the promotion book."


class PartnerNumberNotNext(ContractError):
    """A section's purchases are settled already, or earlier ones are not.

    Read the settlements and seal again.
    """

    who_acts = WhoActs.RETRY
    sentence = (
        "The section of partner {partner} starts at purchase {given}, and {expected} is next:"
        " read the settlements and seal again."
    )


class PartnerSectionsNotAscending(ContractError):
    """Sections of a report are not in order of partner id. Seal it again."""

    sentence = (
        "The section of partner {given} follows that of {last}: seal the report again, partners rising."
    )


class PartnerSectionEmpty(ContractError):
    """A section of a report holds no purchase. Seal it again without the section."""

    sentence = "The section of partner {partner} holds no purchase: seal the report again without it."


class PartnerReportLengthWrong(ContractError):
    """A report's bytes end early or go on too long. Send the bytes as they were sealed."""

    sentence = (
        "The report has {given} bytes and its counts say {expected}: send the bytes as they were sealed."
    )


class PartnerPurchaseCountWrong(ContractError):
    """A report's sections hold more or fewer purchases than its header says. Seal it again."""

    sentence = "The sections hold {given} purchases and the header says {expected}: seal the report again."


class PartnerReportEmpty(ContractError):
    """A report without purchases. Seal one when there are purchases."""

    sentence = "The report holds no purchase: seal one when there are purchases."


# PromotionBook: terms, budgets and offer sets.


class PromotionUnknown(ContractError):
    """No promotion has this id. Correct the id."""

    sentence = "Promotion {promotion} was never published: correct the id."


class PromotionTermsInvalid(ContractError):
    """Terms that contradict themselves. Correct the field that is named."""

    sentence = "The promotion's terms contradict themselves in {field}: correct the promotion's file."


class PromotionNoticeTooShort(ContractError):
    """A window that opens before the notice period is over. Let it open later."""

    sentence = (
        "Promotion {promotion} opens at {opensAt} (unix seconds), and the notice lasts until"
        " {earliest}: open it later."
    )


class PromotionStopInPast(ContractError):
    """A promotion cannot be stopped for the past. Name an instant that is to come."""

    sentence = "A stop at {stopAt} lies before the chain's time {now_} (unix seconds): name a later instant."


class PromotionStopLater(ContractError):
    """A stop can only be moved nearer. Name an instant before the one that stands."""

    sentence = (
        "A stop at {stopAt} does not come before the one that stands, {standing} (unix seconds):"
        " name an earlier one."
    )


class PromotionBudgetNotRaised(ContractError):
    """A budget can only be raised. Name more miles than it has."""

    sentence = "A budget of {given} miles does not raise the one that stands, {standing}: name a larger one."


class PromotionFunded(ContractError):
    """A pot that partners fill pays this promotion. Have a partner contribute instead."""

    sentence = (
        "Promotion {promotion} is paid from a pot, which has no budget to raise: contribute to it instead."
    )


class PromotionNotFunded(ContractError):
    """This promotion has no pot: nothing is contributed to it or released. Raise its budget for more."""

    sentence = (
        "Promotion {promotion} was not published with a pot, so there is nothing to contribute or to release;"
        " `milepost promotions top-up` raises its budget."
    )


class PromotionContributionInvalid(ContractError):
    """No miles, or more than a pot can hold. Name other miles."""

    sentence = (
        "A contribution of {miles} miles to promotion {promotion} is refused: name 1 to what a pot holds."
    )


class PromotionContributorsTooMany(ContractError):
    """A pot has as many contributors as it may have. Let one who is among them give more."""

    sentence = (
        "Promotion {promotion} has {most} contributors, the most there can be: let one of them give more."
    )


class PromotionNotOver(ContractError):
    """A purchase may still count for the promotion. Wait until the oldest accepted came after its end."""

    sentence = (
        "Promotion {promotion} may still grant miles: give its pot back when no purchase can count for it."
    )


class PromotionPotEmpty(ContractError):
    """A pot holds nothing to give back. Nobody needs to act."""

    sentence = "The pot of promotion {promotion} holds nothing: there is nothing to give back."


class EnrolmentLengthsDiffer(ContractError):
    """Members and their enrolment times are not as many. Send one time a member."""

    sentence = "{members} members and {times} enrolment times were given: send one time a member."


class OfferSetUnknown(ContractError):
    """No offer set has this id. Compose it first."""

    sentence = "Offer set {offerSet} does not exist: compose it first."


class OfferSetTooLarge(ContractError):
    """An offer set of none, or of more promotions than one purchase can be judged by.

    Offer the partner fewer.
    """

    sentence = (
        "An offer set of {given} promotions is refused: 1 to {most} are possible, so offer the partner fewer."
    )


class OfferSetNotAscending(ContractError):
    """Promotions of an offer set are doubled or out of order. Sort their ids."""

    sentence = (
        "Promotion {given} does not come after {last}: sort the ids in rising order and name each once."
    )


class OfferSetTooManyGroups(ContractError):
    """More groups, ungrouped promotions counting as one each, than a receipt has room for. Group them."""

    sentence = (
        "The offer set would have {given} groups and can have {most}: put promotions into common groups."
    )


class OfferSetTooManyMasks(ContractError):
    """More outlet masks, one a promotion and partner, than an offer set has room for. Make smaller sets."""

    sentence = (
        "The offer set would hold {given} outlet masks, one a promotion and partner that lists outlets, and"
        " can hold {most}: let fewer promotions list outlets, or put them into sets of their own."
    )


class OfferSetDropsPromotion(ContractError):
    """A partner's new offer set lacks a promotion that members may rely on. Keep it until it is over."""

    sentence = (
        "Partner {partner} would lose promotion {promotion}, which is not over: keep it in the"
        " set until it is."
    )


# ReceiptBook.


class ReceiptBookSequenceNotNext(ContractError):
    """The receipt book stands at another sequence of the lane. Read the settlements."""

    who_acts = WhoActs.RETRY
    sentence = (
        "The root of sequence {given} was given and {expected} is next: read the settlements,"
        " then send what is due."
    )
