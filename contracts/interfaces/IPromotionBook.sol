// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Promotion book: published promotions, offer sets, budgets and per-member progress
/// @notice Terms are committed on publishing and never change; a promotion can only be stopped for the future or get a
/// larger budget.
interface IPromotionBook {
    /// @notice Where a promotion that names outlets applies at one partner.
    /// @param mask Bit n stands for outlet n.
    struct OutletMask {
        uint24 partner;
        uint256 mask;
    }

    /// @notice What a promotion rewards. Numbers are those of docs/report-format.md's terms and never change.
    /// @dev MULTIPLE: a multiple of base, the bonus being what exceeds it. FIXED: miles a purchase. PER_STEP: miles for each
    /// whole step of the eligible amount. BANDS: a table on the eligible amount. WINDOW_SPEND: a table on the member's
    /// sum within the window, topped up. WINDOW_OUTLETS: a table on the outlets the member has been to, topped up. VISIT:
    /// a multiple or fixed miles for some of the member's visits.
    enum RewardKind {
        MULTIPLE,
        FIXED,
        PER_STEP,
        BANDS,
        WINDOW_SPEND,
        WINDOW_OUTLETS,
        VISIT
    }

    /// @param atLeast The value from which the row holds: minor currency units, or outlets.
    /// @param miles What it is worth, 1 to 4,194,303.
    struct Row {
        uint40 atLeast;
        uint24 miles;
    }

    /// @notice Terms of a promotion; 0 stands for none where nothing else is said.
    /// @param firstDay First day of the window, days since 1990-01-01 by the outlet's clock.
    /// @param lastDay Last day of the window, included.
    /// @param fromMinute Minute of the outlet's day from which it applies, 0 to 1,439.
    /// @param untilMinute Minute until which it applies, 1 to 1,440, not included; below `fromMinute` it passes midnight.
    /// @param weekdays Bit 0 Monday to bit 6 Sunday, of the outlet's calendar day.
    /// @param minimum Least eligible amount, minor currency units.
    /// @param partySize Least guests, at most 63; a party that was not said meets 0 alone.
    /// @param channels Bit 0 dine in, 1 takeaway, 2 delivery; 0 all. A channel that was not said meets 0 alone.
    /// @param tiers Bit n stands for tier n, one of which the member has; 0 all.
    /// @param segments Bit n stands for segment n, at least one of which the member has; 0 all.
    /// @param enrolled Whether only purchases from the member's enrolment on count.
    /// @param first Only the first so many members that are granted something.
    /// @param group Exclusive group: of a group one promotion grants.
    /// @param reward What is rewarded; fields of other rewards are 0.
    /// @param multipleBps MULTIPLE, or VISIT: multiple of base in basis points, 10,001 to 1,000,000.
    /// @param fixedMiles FIXED, or VISIT: miles, 1 to 4,194,303; PER_STEP: miles a step.
    /// @param step PER_STEP: minor currency units, at least 1.
    /// @param every VISIT: each so-manieth visit, a milestone paid once a season, at most 4,095.
    /// @param fromVisit VISIT: from this visit on, at most 4,095. At least one of both is said; where both are, both hold.
    /// @param yearly VISIT: a season is the calendar year of the purchase by the outlet's clock, else the whole window.
    /// @param table BANDS, WINDOW_SPEND, WINDOW_OUTLETS: 1 to 8 rows, rising in both; the last that is reached counts.
    /// @param perPurchase Most miles one purchase gets.
    /// @param perMember Most miles one member gets, 1 to 4,194,303.
    /// @param perMemberDay Most miles one member gets for one local day, 1 to 4,194,303.
    /// @param perOutlet Most miles granted at one outlet.
    /// @param awardsPerMember Most purchases of one member that are granted something.
    /// @param awardsPerMemberDay The same for one local day, at most 255.
    /// @param awards Most purchases that are granted something.
    /// @param ceiling Most bonus that one purchase this promotion grants for may get in all.
    /// @param funded Whether its miles come from a pot partners contribute to, and not from the purchase's partner.
    /// @param listed Whether it applies only at the partners and outlets in `outlets`; WINDOW_OUTLETS must be, with at
    /// most 32 outlets in all.
    /// @param outlets Partners with only some outlets in; others have all their outlets in, unless `listed`.
    /// @param exceptDays Local days left out of the window, rising, at most 32.
    struct Terms {
        uint16 firstDay;
        uint16 lastDay;
        uint16 fromMinute;
        uint16 untilMinute;
        uint8 weekdays;
        uint40 minimum;
        uint8 partySize;
        uint8 channels;
        uint16 tiers;
        uint32 segments;
        bool enrolled;
        uint32 first;
        uint32 group;
        RewardKind reward;
        uint24 multipleBps;
        uint24 fixedMiles;
        uint40 step;
        uint16 every;
        uint16 fromVisit;
        bool yearly;
        Row[] table;
        uint24 perPurchase;
        uint24 perMember;
        uint24 perMemberDay;
        uint32 perOutlet;
        uint16 awardsPerMember;
        uint16 awardsPerMemberDay;
        uint32 awards;
        uint24 ceiling;
        bool funded;
        bool listed;
        OutletMask[] outlets;
        uint16[] exceptDays;
    }

    /// @param granted Miles granted so far.
    /// @param budget Most miles in all; all ones for no budget.
    /// @param stopAt Purchases from this instant on do not count; all ones when not stopped.
    /// @param awards Purchases granted something.
    /// @param members Members granted something, counted where the promotion is for the first so many.
    struct Budget {
        uint48 granted;
        uint48 budget;
        uint48 stopAt;
        uint32 awards;
        uint32 members;
    }

    /// @notice What a promotion keeps of one member; what its terms do not ask for is 0.
    /// @param granted Miles, where a limit a member or a window reward needs them.
    /// @param day The local day that is kept for limits a day.
    /// @param dayGranted Miles granted for that day.
    /// @param dayAwards Purchases of that day granted something, at most 255.
    /// @param awards Purchases granted something, where they are limited a member.
    /// @param had Whether the member is one of the first granted something.
    /// @param spend Sum within the window, minor units.
    /// @param outlets Visits at each outlet, at most 15, four bits each, in order of partner and outlet.
    /// @param year Calendar year of `visits`; 0 where the season is the whole window.
    /// @param visits Visits of the season.
    /// @param lastVisits Visits of the year before.
    /// @param paid The highest milestone paid in the season.
    /// @param lastPaid The highest one of the year before.
    struct Progress {
        uint24 granted;
        uint16 day;
        uint24 dayGranted;
        uint8 dayAwards;
        uint16 awards;
        bool had;
        uint40 spend;
        uint128 outlets;
        uint16 year;
        uint16 visits;
        uint16 lastVisits;
        uint16 paid;
        uint16 lastPaid;
    }

    /// @param miles All that the partner gave to a promotion's pot.
    struct Contribution {
        uint24 partner;
        uint48 miles;
    }

    event PromotionPublished(uint16 indexed promotion, bytes32 indexed termsHash, Terms terms, uint48 budget);
    event PromotionStopped(uint16 indexed promotion, uint48 stopAt);
    event BudgetRaised(uint16 indexed promotion, uint48 budget);
    /// @param budget What the pot has been given in all, less what was given back.
    event PromotionContributed(uint16 indexed promotion, uint24 indexed partner, uint48 miles, uint48 budget);
    /// @notice A partner got back its part of what a pot did not grant.
    event PromotionReleased(uint16 indexed promotion, uint24 indexed partner, uint48 miles);
    /// @param times Unix seconds, 0 for no longer enrolled.
    event MembersEnrolled(uint40[] members, uint40[] times);
    event OfferSetComposed(uint24 indexed offerSet, uint16[] promotions);

    error PromotionUnknown(uint16 promotion);
    /// @notice Terms that contradict themselves; `field` names the first that does.
    error PromotionTermsInvalid(bytes32 field);
    /// @notice The window opens before the notice period is over.
    error PromotionNoticeTooShort(uint16 promotion, uint48 opensAt, uint48 earliest);
    error PromotionStopInPast(uint48 stopAt, uint48 now_);
    error PromotionStopLater(uint48 stopAt, uint48 standing);
    error PromotionBudgetNotRaised(uint48 given, uint48 standing);
    /// @notice Only contributions raise the budget of a promotion that a pot pays.
    error PromotionFunded(uint16 promotion);
    error PromotionNotFunded(uint16 promotion);
    error PromotionContributionInvalid(uint16 promotion, uint48 miles);
    error PromotionContributorsTooMany(uint16 promotion, uint256 most);
    /// @notice A purchase may still count for it.
    error PromotionNotOver(uint16 promotion);
    error PromotionPotEmpty(uint16 promotion);
    error EnrolmentLengthsDiffer(uint256 members, uint256 times);
    error OfferSetUnknown(uint24 offerSet);
    error OfferSetTooLarge(uint256 given, uint256 most);
    error OfferSetNotAscending(uint16 given, uint16 last);
    error OfferSetTooManyGroups(uint256 given, uint256 most);
    /// @notice More outlet masks, one a promotion and partner, than a set has room for.
    error OfferSetTooManyMasks(uint256 given, uint256 most);
    /// @notice A promotion members may rely on is missing from the partner's new set.
    error OfferSetDropsPromotion(uint24 partner, uint16 promotion);

    /// @notice Publishes a promotion: terms, budget and the hash of its full text are fixed. Restricted.
    /// @dev Reverts if the terms contradict themselves (PromotionTermsInvalid) or the window opens, anywhere on earth,
    /// before the notice period is over (PromotionNoticeTooShort).
    /// @param budget Most miles in all; all ones for none; 0 for a promotion that a pot pays, which `contribute` fills.
    /// @param termsHash keccak of the full text.
    /// @return promotion Ids rise from 1 in order of publishing.
    function publish(Terms calldata terms, uint48 budget, bytes32 termsHash) external returns (uint16 promotion);

    /// @notice Fixes a set of promotions partners can share: at most 16, in at most 4 groups, ids rising. Restricted.
    /// @return offerSet Ids rise from 1.
    function compose(uint16[] calldata promotions) external returns (uint24 offerSet);

    /// @notice Gives a partner an offer set. Restricted.
    /// @dev Reverts if a promotion of its present set that has not ended is missing (OfferSetDropsPromotion), or one that
    /// is new to it opens before the notice period is over (PromotionNoticeTooShort).
    function assign(uint24 partner, uint24 offerSet) external;

    /// @notice Ends a promotion for purchases from `stopAt` on, never in the past. Restricted.
    function stop(uint16 promotion, uint48 stopAt) external;

    /// @notice Raises a budget; never lowers it. Restricted.
    function raiseBudget(uint16 promotion, uint48 budget) external;

    /// @notice Moves miles of a partner into the pot of a promotion that is funded so. Restricted.
    /// @dev Reverts if the promotion is not (PromotionNotFunded), has more contributors than it may
    /// (PromotionContributorsTooMany), or the partner has too few miles left.
    function contribute(uint16 promotion, uint24 partner, uint48 miles) external;

    /// @notice Gives what a pot did not grant back to those who filled it, in proportion, what rounding leaves to the first.
    /// @dev Anyone may call, once no purchase can count for the promotion any more (else PromotionNotOver); and again after
    /// a refund gave miles back to the pot (else PromotionPotEmpty).
    function release(uint16 promotion) external;

    /// @notice Says from which instants members are enrolled for promotions that ask for it; 0 for no longer. Restricted.
    function setEnrolledAt(uint40[] calldata members, uint40[] calldata times) external;

    /// @notice Decides what each purchase of a report gets and keeps progress and budgets. Only the settler.
    /// @dev Never refuses: all that can refuse was known before. Upholds INV-6.
    /// @param sections One `SectionTerms` word a section.
    /// @param earnings One `Earning` word a purchase.
    /// @param standings One `Standing` word a purchase.
    /// @param amendments Five words of the newest receipt (entry, accrual, grants, basis, amended) for each earning of outcome
    /// REVERSED, in order.
    /// @return awards One `Award` and one `Grants` word a purchase.
    function judge(
        bytes calldata sections,
        bytes calldata earnings,
        bytes calldata standings,
        bytes calldata amendments
    ) external returns (bytes memory awards);

    function budgetOf(uint16 promotion) external view returns (Budget memory);
    function termsHashOf(uint16 promotion) external view returns (bytes32);
    /// @notice The committed terms as `publish` got them.
    function termsOf(uint16 promotion) external view returns (Terms memory);
    function promotionsOf(uint24 offerSet) external view returns (uint16[] memory);
    /// @notice What a promotion keeps of a member; nothing of one over whose place in the account word a later promotion has
    /// taken.
    function progressOf(uint16 promotion, uint40 member) external view returns (Progress memory);
    /// @notice Miles granted at one outlet, where the promotion limits them.
    function grantedAt(uint16 promotion, uint24 partner, uint16 outlet) external view returns (uint32);
    /// @notice Unix seconds from which a member is enrolled for promotions that ask for it; 0 for not enrolled.
    function enrolledAt(uint40 member) external view returns (uint40);
    /// @notice Who filled a promotion's pot, in order of the first contribution.
    function contributionsOf(uint16 promotion) external view returns (Contribution[] memory);
    function promotionCount() external view returns (uint16);
    function offerSetCount() external view returns (uint24);
    /// @notice Seconds between publishing and the earliest start.
    function noticePeriod() external view returns (uint32);
}
