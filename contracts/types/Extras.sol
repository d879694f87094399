// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Extras: whom and what a rich promotion takes and what it rewards, one word beside its `Condition`
/// @dev Bits, least significant first:
/// reward 8 | party size 8 | channels 8 | tiers 16 | segments 32 | flags 8 | first 32 | every 16 | from visit 16 | step 40 |
/// rows 8 | except days 8 | outlets 8
/// reward: IPromotionBook.RewardKind. rows, except days: how many there are of each. outlets: how many
/// a WINDOW_OUTLETS promotion counts. Miles and multiple stand in the condition.
type Extras is uint256;

using ExtrasLib for Extras global;

library ExtrasLib {
    // Of IPromotionBook.RewardKind, in its order.
    uint256 internal constant PER_STEP = 2;
    uint256 internal constant BANDS = 3;
    uint256 internal constant WINDOW_SPEND = 4;
    uint256 internal constant WINDOW_OUTLETS = 5;
    uint256 internal constant VISIT = 6;

    // Flags.
    uint256 internal constant ENROLLED = 1;
    uint256 internal constant YEARLY = 2;
    uint256 internal constant FUNDED = 4;

    function reward(Extras extras) internal pure returns (uint256) {
        return Extras.unwrap(extras) & 0xff;
    }

    /// @notice Whether purchases leave a mark on the member whether or not they are granted anything.
    function counts(Extras extras) internal pure returns (bool) {
        return extras.reward() >= WINDOW_SPEND;
    }

    /// @notice Whether what is due depends on what the member was granted before.
    function isWindow(Extras extras) internal pure returns (bool) {
        return extras.reward() == WINDOW_SPEND || extras.reward() == WINDOW_OUTLETS;
    }

    /// @notice Whether party and channel of a purchase meet the terms; what was not said meets only those that do not ask.
    /// @param channel 0 not said, 1 dine in, 2 takeaway, 3 delivery.
    function takesPurchase(Extras extras, uint256 party, uint256 channel) internal pure returns (bool) {
        uint256 word = Extras.unwrap(extras);
        uint256 channels = (word >> 16) & 0xff;
        // Bit 0 of both masks stands for a channel that was not said.
        return party >= (word >> 8) & 0xff && (channels == 0 || ((channels << 1) >> channel) & 1 != 0);
    }

    /// @notice Whether tier and segments of a member meet the terms.
    function takesMember(Extras extras, uint256 tier, uint256 segments) internal pure returns (bool) {
        uint256 word = Extras.unwrap(extras);
        uint256 tiers = (word >> 24) & 0xffff;
        uint256 wanted = (word >> 40) & 0xffffffff;
        return (tiers == 0 || (tiers >> tier) & 1 != 0) && (wanted == 0 || wanted & segments != 0);
    }

    function needsEnrolment(Extras extras) internal pure returns (bool) {
        return (Extras.unwrap(extras) >> 72) & ENROLLED != 0;
    }

    function isYearly(Extras extras) internal pure returns (bool) {
        return (Extras.unwrap(extras) >> 72) & YEARLY != 0;
    }

    function isFunded(Extras extras) internal pure returns (bool) {
        return (Extras.unwrap(extras) >> 72) & FUNDED != 0;
    }

    function first(Extras extras) internal pure returns (uint256) {
        return (Extras.unwrap(extras) >> 80) & 0xffffffff;
    }

    function every(Extras extras) internal pure returns (uint256) {
        return (Extras.unwrap(extras) >> 112) & 0xffff;
    }

    function fromVisit(Extras extras) internal pure returns (uint256) {
        return (Extras.unwrap(extras) >> 128) & 0xffff;
    }

    function step(Extras extras) internal pure returns (uint256) {
        return (Extras.unwrap(extras) >> 144) & 0xffffffffff;
    }

    function rowCount(Extras extras) internal pure returns (uint256) {
        return (Extras.unwrap(extras) >> 184) & 0xff;
    }

    function exceptDayCount(Extras extras) internal pure returns (uint256) {
        return (Extras.unwrap(extras) >> 192) & 0xff;
    }

    function outletCount(Extras extras) internal pure returns (uint256) {
        return Extras.unwrap(extras) >> 200;
    }
}

/// @title Limits: what a rich promotion grants at most, and where a member's page has its fields, one word
/// @dev Bits, least significant first:
/// per purchase 24 | per member day 24 | per outlet 32 | awards per member 16 | awards per member day 8 | awards 32 |
/// ceiling 24 | day at 8 | awards at 8 | had at 8 | count at 8
/// The last four count bits of the page from the right; the miles a member was granted stand at the condition's field.
type Limits is uint256;

using LimitsLib for Limits global;

library LimitsLib {
    /// @notice Whether anything is limited beside a member's miles and the budget; a ceiling is no limit of its own.
    function isAny(Limits limits) internal pure returns (bool) {
        return Limits.unwrap(limits) & ((1 << 136) - 1) != 0;
    }

    function perPurchase(Limits limits) internal pure returns (uint256) {
        return Limits.unwrap(limits) & 0xffffff;
    }

    function perMemberDay(Limits limits) internal pure returns (uint256) {
        return (Limits.unwrap(limits) >> 24) & 0xffffff;
    }

    function perOutlet(Limits limits) internal pure returns (uint256) {
        return (Limits.unwrap(limits) >> 48) & 0xffffffff;
    }

    function awardsPerMember(Limits limits) internal pure returns (uint256) {
        return (Limits.unwrap(limits) >> 80) & 0xffff;
    }

    function awardsPerMemberDay(Limits limits) internal pure returns (uint256) {
        return (Limits.unwrap(limits) >> 96) & 0xff;
    }

    function awards(Limits limits) internal pure returns (uint256) {
        return (Limits.unwrap(limits) >> 104) & 0xffffffff;
    }

    function ceiling(Limits limits) internal pure returns (uint256) {
        return (Limits.unwrap(limits) >> 136) & 0xffffff;
    }

    /// @notice Whether a member's day is kept.
    function hasDay(Limits limits) internal pure returns (bool) {
        return limits.perMemberDay() | limits.awardsPerMemberDay() != 0;
    }

    function dayAt(Limits limits) internal pure returns (uint256) {
        return (Limits.unwrap(limits) >> 160) & 0xff;
    }

    function awardsAt(Limits limits) internal pure returns (uint256) {
        return (Limits.unwrap(limits) >> 168) & 0xff;
    }

    function hadAt(Limits limits) internal pure returns (uint256) {
        return (Limits.unwrap(limits) >> 176) & 0xff;
    }

    function countAt(Limits limits) internal pure returns (uint256) {
        return (Limits.unwrap(limits) >> 184) & 0xff;
    }
}
