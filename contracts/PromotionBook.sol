// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IMilesLedger} from "./interfaces/IMilesLedger.sol";
import {IPartnerRegistry} from "./interfaces/IPartnerRegistry.sol";
import {IPromotionBook} from "./interfaces/IPromotionBook.sol";
import {JudgeLib} from "./libraries/JudgeLib.sol";
import {OfferList} from "./libraries/OfferSetLib.sol";
import {ProgressViewLib} from "./libraries/ProgressViewLib.sol";
import {WordsLib} from "./libraries/WordsLib.sol";
import {PromotionActs} from "./PromotionActs.sol";
import {PromotionRecords} from "./PromotionRecords.sol";
import {Account} from "./types/Account.sol";
import {AwardLib} from "./types/Award.sol";
import {Extras, Limits} from "./types/Extras.sol";
import {BudgetWord, Condition} from "./types/Promotion.sol";
import {SectionTerms} from "./types/Section.sol";

/// @title Promotion book
/// @notice Described in IPromotionBook.
/// @dev Judges and is read; PromotionActs, by delegatecall, is what a manager does (docs/decisions/0018).
contract PromotionBook is IPromotionBook, PromotionRecords {
    address private immutable ACTS;
    IMilesLedger private immutable LEDGER;

    /// @param noticePeriod_ Seconds between publishing and the earliest start.
    /// @param ledger Where the scratch of accounts is read for `progressOf`.
    constructor(address authority, IPartnerRegistry registry, IMilesLedger ledger, uint32 noticePeriod_)
        AccessManaged(authority)
        PromotionRecords(registry, noticePeriod_)
    {
        ACTS = address(new PromotionActs(registry, noticePeriod_));
        LEDGER = ledger;
    }

    // ---------------------------------------------------------------- judging

    /// @inheritdoc IPromotionBook
    function judge(
        bytes calldata sections,
        bytes calldata earnings,
        bytes calldata standings,
        bytes calldata /* amendments */
    ) external onlySettler returns (bytes memory awards) {
        // Every purchase writes its two words.
        awards = WordsLib.allocateToReturn(earnings.length >> 4);
        uint256 earningAt = WordsLib.dataOf(earnings);
        uint256 standingAt = WordsLib.dataOf(standings);
        uint256 awardAt = WordsLib.dataIn(awards);
        OfferList memory offers;
        uint256 loaded;
        uint256 sectionCount = sections.length >> 5;
        // Counts are those of the report, which the registry checked.
        unchecked {
            for (uint256 s; s < sectionCount; ++s) {
                SectionTerms terms = SectionTerms.wrap(WordsLib.read(sections, s));
                bool other = terms.offerSet() != loaded;
                if (other) {
                    _storeBudgets(offers);
                    loaded = terms.offerSet();
                    offers = _load(loaded);
                }
                if (other || offers.hasOutletMasks()) offers.maskFor(terms.partner());
                uint256 count = terms.count();
                JudgeLib.judge(_kept, offers, terms.available(), earningAt, standingAt, awardAt, count);
                earningAt += count * 32;
                standingAt += count * 32;
                awardAt += count * AwardLib.SIZE_WITH_GRANTS;
            }
        }
        _storeBudgets(offers);
        WordsLib.giveBack(awards);
    }

    // ---------------------------------------------------------------- acts of a manager, in PromotionActs

    /// @inheritdoc IPromotionBook
    function publish(Terms calldata, uint48, bytes32) external returns (uint16) {
        _act();
    }

    /// @inheritdoc IPromotionBook
    function compose(uint16[] calldata) external returns (uint24) {
        _act();
    }

    /// @inheritdoc IPromotionBook
    function assign(uint24, uint24) external {
        _act();
    }

    /// @inheritdoc IPromotionBook
    function stop(uint16, uint48) external {
        _act();
    }

    /// @inheritdoc IPromotionBook
    function raiseBudget(uint16, uint48) external {
        _act();
    }

    /// @inheritdoc IPromotionBook
    function contribute(uint16, uint24, uint48) external {
        _act();
    }

    /// @inheritdoc IPromotionBook
    function release(uint16) external {
        _act();
    }

    /// @inheritdoc IPromotionBook
    function setEnrolledAt(uint40[] calldata, uint40[] calldata) external {
        _act();
    }

    /// @dev Ends the call with what the other half answers.
    function _act() private {
        address acts = ACTS;
        // Memory is not used again: the call ends here.
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, 0, calldatasize())
            let done := delegatecall(gas(), acts, free, calldatasize(), 0, 0)
            returndatacopy(free, 0, returndatasize())
            if done { return(free, returndatasize()) }
            revert(free, returndatasize())
        }
    }

    // ---------------------------------------------------------------- reading

    /// @inheritdoc IPromotionBook
    function budgetOf(uint16 promotion) external view returns (Budget memory) {
        BudgetWord word = _budgetWord(promotion);
        return Budget({
            granted: uint48(word.granted()),
            budget: uint48(word.budget()),
            stopAt: uint48(word.stopAt()),
            awards: uint32(word.awards()),
            members: uint32(word.members())
        });
    }

    /// @inheritdoc IPromotionBook
    function termsHashOf(uint16 promotion) external view returns (bytes32) {
        return _known(promotion).termsHash;
    }

    /// @inheritdoc IPromotionBook
    function termsOf(uint16 promotion) external view returns (Terms memory) {
        bytes memory encoded = _encodedTermsOf(promotion);
        // What was written is what this function returns, encoded.
        assembly ("memory-safe") {
            return(add(encoded, 0x20), mload(encoded))
        }
    }

    /// @inheritdoc IPromotionBook
    function promotionsOf(uint24 offerSet) external view returns (uint16[] memory) {
        return _promotionsOf(offerSet);
    }

    /// @inheritdoc IPromotionBook
    function progressOf(uint16 promotion, uint40 member) external view returns (Progress memory) {
        uint256 scratch = Account.wrap(LEDGER.accountWord(member)).scratch();
        (Condition condition, Extras extras, Limits limits) = _packedOf(promotion);
        return ProgressViewLib.read(_kept, condition, extras, limits, member, scratch);
    }

    /// @inheritdoc IPromotionBook
    function grantedAt(uint16 promotion, uint24 partner, uint16 outlet) external view returns (uint32) {
        return uint32(_kept.grantedAt(promotion, partner, outlet));
    }

    /// @inheritdoc IPromotionBook
    function enrolledAt(uint40 member) external view returns (uint40) {
        return uint40(_kept.enrolledSince(member));
    }

    /// @inheritdoc IPromotionBook
    function contributionsOf(uint16 promotion) external view returns (Contribution[] memory) {
        return _contributions[promotion];
    }

    /// @inheritdoc IPromotionBook
    function promotionCount() external view returns (uint16) {
        return _promotionCount;
    }

    /// @inheritdoc IPromotionBook
    function offerSetCount() external view returns (uint24) {
        return _offerSetCount;
    }

    /// @inheritdoc IPromotionBook
    function noticePeriod() external view returns (uint32) {
        return NOTICE_PERIOD;
    }
}
