// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {SSTORE2} from "solady/utils/SSTORE2.sol";
import {IMilesLedger} from "./interfaces/IMilesLedger.sol";
import {IPartnerRegistry} from "./interfaces/IPartnerRegistry.sol";
import {IPromotionBook} from "./interfaces/IPromotionBook.sol";
import {JudgeLib} from "./libraries/JudgeLib.sol";
import {OfferList} from "./libraries/OfferSetLib.sol";
import {PartLib} from "./libraries/PartLib.sol";
import {ProgressViewLib} from "./libraries/ProgressViewLib.sol";
import {WordsLib} from "./libraries/WordsLib.sol";
import {PromotionActs} from "./PromotionActs.sol";
import {PromotionJudge} from "./PromotionJudge.sol";
import {PromotionRecords} from "./PromotionRecords.sol";
import {SettlerGuarded} from "./SettlerGuarded.sol";
import {Account} from "./types/Account.sol";
import {AwardLib} from "./types/Award.sol";
import {BudgetWord} from "./types/Promotion.sol";
import {SectionTerms} from "./types/Section.sol";

/// @title Promotion book
/// @notice Described in IPromotionBook.
/// @dev Judges plain sales and is read. By delegatecall, PromotionJudge judges the rest, and PromotionActs is what a manager
/// does (docs/decisions/0018).
contract PromotionBook is PromotionRecords, IPromotionBook, SettlerGuarded {
    using Address for address;

    address private immutable ACTS;
    address private immutable JUDGE;
    IMilesLedger private immutable LEDGER;
    uint32 private immutable NOTICE_PERIOD;

    /// @param noticePeriod_ Seconds between publishing and the earliest start.
    /// @param ledger Where the scratch of accounts is read for `progressOf`.
    constructor(address authority, IPartnerRegistry registry, IMilesLedger ledger, uint32 noticePeriod_)
        AccessManaged(authority)
    {
        ACTS = address(new PromotionActs(registry, noticePeriod_));
        JUDGE = address(new PromotionJudge());
        (LEDGER, NOTICE_PERIOD) = (ledger, noticePeriod_);
    }

    // ---------------------------------------------------------------- judging

    /// @inheritdoc IPromotionBook
    function judge(
        bytes calldata sections,
        bytes calldata earnings,
        bytes calldata standings,
        bytes calldata amendments
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
                uint256 count = terms.count();
                if (amendments.length != 0 || _offerSets[terms.offerSet()].isRich) {
                    // What is loaded may be of the same promotions.
                    _storeBudgets(offers);
                    (offers, loaded) = (_load(0), 0);
                    uint256 first = (earningAt - WordsLib.dataOf(earnings)) >> 5;
                    amendments = _judgePlainly(
                        terms, earnings[first << 5:(first + count) << 5], standings[first << 5:(first + count) << 5], amendments, awardAt
                    );
                } else {
                    bool other = terms.offerSet() != loaded;
                    if (other) {
                        _storeBudgets(offers);
                        loaded = terms.offerSet();
                        offers = _load(loaded);
                    }
                    if (other || offers.hasOutletMasks()) offers.maskFor(terms.partner());
                    JudgeLib.judge(
                        _kept.progress, offers, terms.available(), earningAt, standingAt, awardAt, count
                    );
                }
                earningAt += count * 32;
                standingAt += count * 32;
                awardAt += count * AwardLib.SIZE_WITH_GRANTS;
            }
        }
        _storeBudgets(offers);
        WordsLib.giveBack(awards);
    }

    /// @dev Has a section judged by the readable half. Returns the amendments of the sections after it.
    function _judgePlainly(
        SectionTerms terms,
        bytes calldata earnings,
        bytes calldata standings,
        bytes calldata amendments,
        uint256 awardAt
    ) private returns (bytes calldata) {
        bytes memory call = abi.encodeCall(PromotionJudge.judgeSection, (terms, earnings, standings, amendments));
        (bytes memory awards, uint256 read) = abi.decode(JUDGE.functionDelegateCall(call), (bytes, uint256));
        WordsLib.copyTo(awardAt, awards);
        return amendments[read:];
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

    /// @dev Ends the call with what that part answers.
    function _act() private {
        PartLib.answer(ACTS);
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
        Packed memory packed = _packedOf(promotion);
        uint256 termsAt = WORDS_AT + 32 * (packed.extraCount + packed.maskCount);
        bytes memory encoded = SSTORE2.read(_known(promotion).blob, termsAt);
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
        Packed memory packed = _packedOf(promotion);
        return ProgressViewLib.read(_kept, packed.condition, packed.extras, packed.limits, member, scratch);
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
