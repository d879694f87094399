"""Says which role may call each privileged function, and when roles act.

Deployment writes this table into the authority; Solidity numbers the roles in contracts/types/Role.sol.
"""

from enum import IntEnum, IntFlag


class Role(IntEnum):
    """Roles of the authority; the numbers stand on chain."""

    ADMIN = 0
    """Gives and takes roles, and changes what they may call. OpenZeppelin's own."""
    GOVERN = 1
    """Settler and desk slots, reporters, rules of expiry, rates, prices and limits. Delayed."""
    PUBLISH = 2
    """Promotions, offer sets, stops and budgets; the notice is in the contract."""
    REGISTER = 3
    """Partners, outlets, funding, suspension."""
    ENROL = 4
    """Members, tiers and segments, closed accounts."""
    CUSTODY = 5
    """Confirms that a wallet belongs to a member; redeems and transfers for members without one."""
    PAUSE = 6
    """Pauses and unpauses settling at once."""
    SUPPORT = 7
    """Proposes adjustments of miles and merges of accounts."""
    APPROVE = 8
    """Approves or rejects what support proposed; nobody approves a proposal of their own."""
    REVOKE = 9
    """Takes a reporter out of the set at once; putting one in is for GOVERN, with its delay."""
    REWARD = 10
    """Rewards, orders and what partners were reimbursed."""
    SELL = 11
    """Records miles that were bought or extended for a payment made elsewhere."""

    @property
    def label(self) -> str:
        """As Role.sol names it; what explorers show."""
        return f"{self.name}_ROLE"


_SETTLER_SLOT: dict[Role, tuple[str, ...]] = {Role.GOVERN: ("setSettler",)}

FUNCTIONS: dict[str, dict[Role, tuple[str, ...]]] = {
    "MilesLedger": {
        Role.GOVERN: ("setSettler", "setDesk", "announceRule", "announceAct"),
        Role.ENROL: ("enrol", "setProfile", "close", "closeLapsed"),
        Role.CUSTODY: ("link", "unlink"),
    },
    "PartnerRegistry": {
        Role.GOVERN: ("setSettler", "setPromotionBook", "setEarnRate"),
        Role.REGISTER: ("register", "addOutlets", "fund", "setAlert", "setSuspended"),
    },
    "PromotionBook": {
        **_SETTLER_SLOT,
        Role.PUBLISH: ("publish", "compose", "assign", "stop", "raiseBudget", "contribute"),
        Role.ENROL: ("setEnrolledAt",),
    },
    "AdjustmentDesk": {
        Role.GOVERN: ("setDailyLimit",),
        Role.SUPPORT: ("propose",),
        Role.APPROVE: ("approve", "reject"),
    },
    "RedemptionDesk": {
        Role.GOVERN: ("setBurnRate",),
        Role.REWARD: ("addReward", "changeReward", "endReward", "fulfil", "cancel", "reimburse"),
        Role.CUSTODY: ("redeem", "payBill", "withdraw", "formFamily", "leaveFamily"),
    },
    "MilesShop": {
        Role.GOVERN: ("setPrices", "setLimits", "setTreasury"),
        Role.SELL: ("recordPurchase", "recordExtension"),
        Role.CUSTODY: ("transferMiles",),
    },
    "ReceiptBook": _SETTLER_SLOT,
    "Settlement": {
        Role.GOVERN: ("setReporters",),
        Role.PAUSE: ("pause", "unpause"),
        Role.REVOKE: ("removeReporter",),
    },
}
"""By contract, the functions of each role. A function that is left out answers to the admin alone.

What custody may call at desk and shop it may call for members without a wallet: of the others their signature
decides, whoever sends it.
"""

SETTLER_ONLY: dict[str, tuple[str, ...]] = {
    "MilesLedger": ("open", "credit", "reverse"),
    "PartnerRegistry": ("charge",),
    "PromotionBook": ("judge",),
    "ReceiptBook": ("record", "amend"),
}
"""By contract, what only the contract in its settler slot may call."""


class DeskAct(IntFlag):
    """What a desk may do in the ledger, with the bits of contracts/types/Rule.sol."""

    ADJUST = 1
    REDEEM = 2
    SELL = 4
    TRANSFER = 8


DESK_ACTS: dict[str, DeskAct] = {
    "AdjustmentDesk": DeskAct.ADJUST,
    "RedemptionDesk": DeskAct.REDEEM,
    "MilesShop": DeskAct.SELL | DeskAct.TRANSFER,
}
"""By desk, what deployment lets it do in the ledger."""

FUNCTIONS_OF_ACTS: dict[DeskAct, tuple[str, ...]] = {
    DeskAct.ADJUST: ("adjustUp", "adjustDown", "merge"),
    DeskAct.REDEEM: ("redeem", "cancelRedemption"),
    DeskAct.SELL: ("buy", "extend"),
    DeskAct.TRANSFER: ("transferMiles",),
}
"""By act, the functions of the ledger that only a desk with this act may call."""

DESK_ONLY: dict[str, tuple[str, ...]] = {
    "MilesLedger": tuple(function for functions in FUNCTIONS_OF_ACTS.values() for function in functions)
}
"""By contract, what only desks may call."""

BOOK_ONLY: dict[str, tuple[str, ...]] = {"PartnerRegistry": ("setOfferSet", "contributeFrom", "giveBack")}
"""By contract, what only the contract in the promotion book slot may call."""

AUTHORITY_OWNED: dict[str, tuple[str, ...]] = dict.fromkeys(FUNCTIONS, ("setAuthority",))
"""By contract, what only the authority itself may call, by order of its admin."""

OPEN_TO_ALL: dict[str, tuple[str, ...]] = {
    "MilesLedger": ("transfer", "approve", "transferFrom", "writeOff", "collect"),
    "AdjustmentDesk": ("withdraw",),
    "PromotionBook": ("release",),
    "MilesShop": ("buy", "extend"),
    "Settlement": ("settle",),
}
"""By contract, what anyone may call: signatures decide, only a proposer gets anywhere, no balance changes
but by what is owed, the caller pays, or it always refuses."""
