// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISettlement} from "../../contracts/interfaces/ISettlement.sol";
import {ReportLib} from "../../contracts/libraries/ReportLib.sol";
import {Award, AwardLib, Credit, CreditLib, GrantsLib, ScratchLib} from "../../contracts/types/Award.sol";
import {Earning, Standing, StandingLib} from "../../contracts/types/Earning.sol";
import {Entry} from "../../contracts/types/Entry.sol";
import {BasisLib} from "../../contracts/types/MemberReceipt.sol";
import {Outcome} from "../../contracts/types/Outcome.sol";
import {BoundsLib, BudgetWord, BudgetWordLib, Condition} from "../../contracts/types/Promotion.sol";
import {
    Charge, ChargeLib, Section, SectionLib, SectionTerms, SectionTermsLib
} from "../../contracts/types/Section.sol";
import {Test} from "./support/Test.sol";

/// @title Report bytes and the words between the contracts: every field is where its drawing says
contract WordsTest is Test {
    function test_report_header__packed__reads_back(uint16 lane, uint64 sequence, uint16 sections, uint16 purchases)
        external
        view
    {
        bytes memory packed = abi.encodePacked(uint8(1), lane, sequence, sections, purchases);
        vm.assertEq(packed.length, ReportLib.HEADER_SIZE, "size");
        (uint16 lane_, uint64 sequence_, uint256 sections_, uint256 purchases_) = this.readHeader(packed);
        vm.assertEq(lane_, lane, "lane");
        vm.assertEq(sequence_, sequence, "sequence");
        vm.assertEq(sections_, sections, "sections");
        vm.assertEq(purchases_, purchases, "purchases");
    }

    function readHeader(bytes calldata report)
        external
        pure
        returns (uint16 lane, uint64 sequence, uint256 sections, uint256 purchases)
    {
        ReportLib.checkVersion(report);
        (lane, sequence) = ReportLib.laneAndSequence(report);
        (sections, purchases) = ReportLib.counts(report);
    }

    function test_report_header__cut_short__is_refused() external view {
        for (uint256 length; length < ReportLib.HEADER_SIZE; ++length) {
            bytes memory cut = new bytes(length);
            if (length != 0) cut[0] = 0x01;
            (bool ok, bytes memory reason) = address(this).staticcall(abi.encodeCall(this.readHeader, (cut)));
            bytes memory truncated =
                abi.encodeWithSelector(ISettlement.SettlementReportTruncated.selector, length, ReportLib.HEADER_SIZE);
            vm.assertTrue(!ok && keccak256(reason) == keccak256(truncated), "refused");
        }
    }

    function test_section__packed__reads_back_wherever_it_stands(
        uint24 partner,
        uint40 firstNumber,
        uint40 baseTime,
        uint16 count,
        uint256 entry,
        bytes calldata before
    ) external view {
        bytes memory section = abi.encodePacked(partner, firstNumber, baseTime, count);
        vm.assertEq(section.length, SectionLib.SIZE, "size");
        bytes memory report = abi.encodePacked(before, section, entry);
        (Section found, Entry foundEntry) = this.sectionAndEntry(report, before.length);
        vm.assertEq(found.partner(), partner, "partner");
        vm.assertEq(found.firstNumber(), firstNumber, "first number");
        vm.assertEq(found.baseTime(), baseTime, "base time");
        vm.assertEq(found.count(), count, "count");
        vm.assertEq(Entry.unwrap(foundEntry), entry, "entry");
        vm.assertEq(foundEntry.member(), bits(entry, 216, 40), "member");
        vm.assertEq(foundEntry.eligible(), bits(entry, 176, 40), "eligible");
        vm.assertEq(foundEntry.secondsAfter(), bits(entry, 152, 24), "seconds");
        vm.assertEq(foundEntry.outlet(), bits(entry, 140, 12), "outlet");
        vm.assertEq(foundEntry.kind(), bits(entry, 138, 2), "kind");
        vm.assertEq(foundEntry.how(), bits(entry, 128, 12), "how");
        vm.assertEq(foundEntry.facts(), bits(entry, 0, 128), "facts");
    }

    function sectionAndEntry(bytes calldata report, uint256 position) external pure returns (Section, Entry) {
        return (ReportLib.sectionAt(report, position), ReportLib.entryAt(report, position + SectionLib.SIZE));
    }

    function test_earning__any_word__has_its_fields_where_they_are_drawn(uint256 word) external pure {
        Earning earning = Earning.wrap(word);
        vm.assertEq(earning.outcome(), bits(word, 0, 8), "outcome");
        vm.assertEq(earning.base(), bits(word, 8, 32), "base");
        vm.assertEq(earning.localDay(), bits(word, 40, 16), "local day");
        vm.assertEq(earning.localMinute(), bits(word, 56, 16), "local minute");
        vm.assertEq(earning.how(), bits(word, 72, 12), "how");
        vm.assertEq(earning.kind(), bits(word, 82, 2), "kind");
        vm.assertEq(earning.channel(), bits(word, 79, 2), "channel");
        vm.assertEq(earning.party(), bits(word, 73, 6), "party");
        vm.assertEq(earning.outlet(), bits(word, 120, 16), "outlet");
        vm.assertEq(earning.occurredAt(), bits(word, 136, 40), "occurred at");
        vm.assertEq(earning.eligible(), bits(word, 176, 40), "eligible");
        vm.assertEq(earning.member(), bits(word, 216, 40), "member");
    }

    function test_standing__packed__reads_back(uint8 version, uint16 lastDay, uint256 word) external pure {
        Standing packed = Standing.wrap(StandingLib.packBucket(version, lastDay));
        vm.assertEq(packed.outcome(), Outcome.CREDITED, "outcome of a bucket");
        vm.assertEq(packed.lastDay(), lastDay, "last day");
        vm.assertEq(packed.bucket(), (uint256(lastDay) << 8) | version, "bucket");
        Standing standing = Standing.wrap(word);
        vm.assertEq(standing.outcome(), bits(word, 0, 8), "outcome");
        vm.assertEq(standing.bucket(), bits(word, 8, 24), "bucket of any word");
        vm.assertEq(standing.lastDay(), bits(word, 16, 16), "last day of any word");
        vm.assertEq(standing.debt(), bits(word, 188, 32), "debt");
        vm.assertTrue(standing.isOver() == (bits(word, 40, 1) == 1), "is over");
    }

    function test_award__with_grants__reads_back(
        uint32 base,
        uint32 left,
        uint32 bonus,
        uint8 count,
        uint256 grants,
        uint256 scratch
    ) external pure {
        // Fields fill from the first on; scratch is ScratchLib's 33 bits.
        uint256 used = count % (GrantsLib.MOST + 1);
        for (uint256 i; i < GrantsLib.MOST; ++i) {
            uint256 field = bits(grants, 192 - i * 64, 64);
            grants = withBits(grants, 192 - i * 64, 64, i < used ? (field == 0 ? 1 : field) : 0);
        }
        scratch = bits(scratch, 0, 33);
        Award award = AwardLib.ofBase(Earning.wrap(withBits(grants, 8, 32, base)));
        vm.assertEq(Award.unwrap(award), uint256(base) << 8, "of base");
        award = award.withGrants(bonus, grants, scratch);
        _checkAward(award, base, bonus, used, scratch);
        vm.assertEq(award.outcome(), _prepaidCuts(grants) == 0 ? 0 : Outcome.CUT_BY_PREPAID, "outcome");
        Award cut = AwardLib.ofBase(Earning.wrap(uint256(base) << 8)).cutBase(left).withGrants(bonus, grants, scratch);
        _checkAward(cut, left, bonus, used, scratch);
        vm.assertEq(cut.outcome(), Outcome.CUT_BY_PREPAID, "outcome of a cut base");
    }

    function test_award__any_words__stand_in_receipt_and_event_as_the_format_says(uint256 word, uint256 standing_)
        external
        pure
    {
        Award award = Award.wrap(word);
        Standing standing = Standing.wrap(standing_);
        uint256 tail = (award.base() << 112) | (standing.lastDay() << 96) | (award.outcome() << 88);
        vm.assertEq(award.accrualTail(standing), tail, "accrual");
        bytes8 results = bytes8(
            abi.encodePacked(
                uint8(award.outcome()), uint32(award.base()), uint16(standing.lastDay()), uint8(award.grantCount())
            )
        );
        vm.assertEq(award.resultHead(standing), uint256(bytes32(results)), "results");
        vm.assertEq(Award.unwrap(AwardLib.refused(standing)), bits(standing_, 0, 8) << 40, "refused");
    }

    function test_credit__packed__reads_back(
        uint40 member,
        uint40 miles,
        uint24 bucket,
        uint256 scratch,
        uint32 offset
    ) external pure {
        scratch = bits(scratch, 0, 33);
        Credit credit = CreditLib.pack(member, miles, bucket, scratch);
        vm.assertEq(credit.member(), member, "member");
        vm.assertEq(credit.miles(), miles, "miles");
        vm.assertEq(credit.bucket(), bucket, "bucket");
        vm.assertEq(credit.scratch(), scratch, "scratch");
        vm.assertTrue(credit.isRare() == (scratch != 0), "rare");
        credit = credit.withDebtOffset(offset);
        vm.assertEq(credit.debtOffset(), offset, "debt offset");
        vm.assertEq(credit.scratch(), scratch, "scratch beside it");
        vm.assertTrue(credit.isRare() == (scratch != 0 || offset != 0), "rare with it");
    }

    function test_award__of_an_amendment__reads_back(
        uint32 base,
        uint16 counted,
        uint32 charge,
        bool isGivenBack,
        uint32 returned,
        uint32 added
    ) external pure {
        Award award = AwardLib.ofBase(Earning.wrap(uint256(base) << 8)).withGrants(7, 0, ScratchLib.WRITES | 9);
        vm.assertEq(Award.unwrap(award) & AwardLib.RARE_BITS, 0, "a plain one");
        award = award.withCounted(counted).withCharge(charge, isGivenBack).withChange(returned, added);
        _checkAward(award, base, 7, 0, ScratchLib.WRITES | 9);
        vm.assertEq(award.counted(), counted, "counted");
        vm.assertEq(award.charge(), charge, "charge");
        vm.assertTrue(award.isChargeGivenBack() == isGivenBack, "given back");
        vm.assertEq(award.returned(), returned, "returned");
        vm.assertEq(award.added(), added, "added");
        bool isRare = counted != 0 || returned != 0 || added != 0;
        vm.assertTrue((Award.unwrap(award) & AwardLib.RARE_BITS != 0) == isRare, "rare");
    }

    function test_scratch__of_a_season__counts_for_that_season_alone(uint24 granted, uint8 season, uint8 asked)
        external
        pure
    {
        uint256 scratch = ScratchLib.WRITES | (uint256(season) << 24) | granted;
        vm.assertEq(ScratchLib.granted(scratch, season), granted, "its season");
        vm.assertEq(ScratchLib.granted(scratch, asked), asked == season ? granted : 0, "any season");
    }

    function test_section_terms__packed__read_back(
        uint24 partner,
        uint24 offerSet,
        uint48 available,
        uint16 count,
        uint16 earnMiles,
        uint32 perMinor
    ) external pure {
        SectionTerms terms = SectionTermsLib.pack(partner, offerSet, available, count).withRate(earnMiles, perMinor);
        uint256 head = uint256(bytes32(abi.encodePacked(earnMiles, perMinor, offerSet)));
        vm.assertEq(terms.basisHead(), head, "head of a basis");
        vm.assertEq(BasisLib.earnMiles(head), earnMiles, "earn miles");
        vm.assertEq(BasisLib.perMinor(head), perMinor, "per minor");
        vm.assertEq(BasisLib.offerSet(head), offerSet, "offer set of a basis");
        vm.assertEq(BasisLib.counted(BasisLib.pack(head, count, 5, 6)), count, "counted");
        vm.assertEq(BasisLib.pack(head, count, 5, 6) & BasisLib.HEAD, head, "head beside the rest");
        vm.assertEq(terms.partner(), partner, "partner");
        vm.assertEq(terms.offerSet(), offerSet, "offer set");
        vm.assertEq(terms.available(), available, "available");
        vm.assertEq(terms.count(), count, "count");
    }

    function test_charge__packed__reads_back(uint24 partner, uint16 count, uint48 miles, uint48 returned)
        external
        pure
    {
        Charge charge = ChargeLib.pack(partner, count, miles, returned);
        vm.assertEq(charge.returned(), returned, "returned");
        vm.assertEq(charge.partner(), partner, "partner");
        vm.assertEq(charge.count(), count, "count");
        vm.assertEq(charge.miles(), miles, "miles");
    }

    function test_budget_word__written__changes_its_field_alone(
        uint48 budget,
        uint48 raised,
        uint48 stopAt,
        uint48 miles,
        uint16 awards
    ) external pure {
        miles = uint48(bound(miles, 0, budget));
        BudgetWord word = BudgetWordLib.pack(budget);
        _checkBudget(word, 0, 0, budget, BudgetWordLib.NONE);
        word = word.plus((uint256(awards) << 48) | miles);
        _checkBudget(word, miles, awards, budget, BudgetWordLib.NONE);
        vm.assertEq(word.left(), budget - miles, "left");
        word = word.withStopAt(stopAt);
        _checkBudget(word, miles, awards, budget, stopAt);
        _checkBudget(word.withBudget(raised), miles, awards, raised, stopAt);
    }

    /// @dev The four conditions that one subtraction answers, asked one by one. Half of the numbers lie on a boundary.
    function test_bounds__any_purchase__are_all_reached_exactly_when_each_is(uint256 seed) external {
        uint256 from = draw(seed, 0, 1439);
        uint256 span = draw(seed, 1, 1440 - from);
        uint256 minimum = draw(seed, 0, (1 << 40) - 1);
        uint256 stopAt = draw(seed, 0, 3) == 0 ? type(uint48).max : draw(seed, 1, (1 << 40) - 1);
        Condition condition = Condition.wrap((from << 48) | (span << 64) | (minimum << 88));
        uint256 eligible = _near(seed, minimum, 40);
        uint256 occurredAt = _near(seed, stopAt, 40);
        uint256 minute = draw(seed, 0, 1) == 0 ? from : (from + span) % 1440;
        if (draw(seed, 0, 1) == 0) minute = (minute + 1439) % 1440;
        bool applies = eligible >= minimum && occurredAt < stopAt && minute >= from && minute < from + span;
        uint256 answer = BoundsLib.probe(eligible, occurredAt, minute) - condition.bounds(stopAt);
        vm.assertTrue((answer & BoundsLib.GUARDS == BoundsLib.GUARDS) == applies, "applies");
    }

    /// @dev Any number of the width, or one below, at or above `number`.
    function _near(uint256 seed, uint256 number, uint256 width) private returns (uint256) {
        if (draw(seed, 0, 1) == 0) return bits(drawWord(seed), 0, width);
        return bits(number + draw(seed, 0, 2) + (1 << width) - 1, 0, width);
    }

    function _prepaidCuts(uint256 grants) private pure returns (uint256 cuts) {
        for (uint256 i; i < GrantsLib.MOST; ++i) {
            if (bits(grants, i * 64 + 46, 2) == 3) ++cuts;
        }
    }

    function _checkAward(Award award, uint256 base, uint256 bonus, uint256 used, uint256 scratch) private pure {
        vm.assertEq(award.base(), base, "base");
        vm.assertEq(award.bonus(), bonus, "bonus");
        vm.assertEq(award.grantCount(), used, "grant count");
        vm.assertEq(award.scratch(), scratch, "scratch");
    }

    function _checkBudget(BudgetWord word, uint256 granted, uint256 awards, uint256 budget, uint256 stopAt)
        private
        pure
    {
        vm.assertEq(word.granted(), granted, "granted");
        vm.assertEq(word.awards(), awards, "awards");
        vm.assertEq(word.budget(), budget, "budget");
        vm.assertEq(word.stopAt(), stopAt, "stop at");
    }
}
