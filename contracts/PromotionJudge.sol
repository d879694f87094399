// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AgainLib} from "./libraries/AgainLib.sol";
import {GrantLib} from "./libraries/GrantLib.sol";
import {OfferList} from "./libraries/OfferSetLib.sol";
import {WordsLib} from "./libraries/WordsLib.sol";
import {PromotionRecords} from "./PromotionRecords.sol";
import {Award, AwardLib} from "./types/Award.sol";
import {Earning, Standing} from "./types/Earning.sol";
import {Outcome} from "./types/Outcome.sol";
import {SectionTerms} from "./types/Section.sol";

/// @title Promotion judge: judges sections with a rich promotion or an amendment, run by the promotion book on its own storage
/// @dev Said plainly where the book's tight loop is not (docs/decisions/0018). Called by itself it works on storage of its own,
/// which holds no offer set, and moves nothing.
contract PromotionJudge is PromotionRecords {
    /// @dev The five words of an amendment's receipt.
    uint256 private constant RECEIPT_SIZE = 160;

    /// @notice What is judged, and where the next words of it are.
    /// @param left Miles the partner may still issue.
    /// @param amendment Position of the next amendment's receipt in calldata.
    /// @param isLoaded Whether the offers in memory are the section's, with budgets as they stand.
    struct Bench {
        SectionTerms terms;
        uint256 left;
        uint256 amendment;
        OfferList offers;
        bool isLoaded;
    }

    /// @notice Judges one section; words are those of IPromotionBook.judge.
    /// @param amendments Receipts of the section's amendments first, perhaps followed by others.
    /// @return awards One `Award` and one `Grants` word a purchase.
    /// @return read Bytes of `amendments` that were the section's.
    function judgeSection(
        SectionTerms terms,
        bytes calldata earnings,
        bytes calldata standings,
        bytes calldata amendments
    ) external returns (bytes memory awards, uint256 read) {
        uint256 count = terms.count();
        awards = WordsLib.allocate(2 * count);
        Bench memory bench;
        (bench.terms, bench.left, bench.amendment) = (terms, terms.available(), WordsLib.dataOf(amendments));
        for (uint256 i; i < count; ++i) {
            Earning earning = Earning.wrap(WordsLib.read(earnings, i));
            Standing standing = Standing.wrap(WordsLib.read(standings, i));
            (Award award, uint256 grants) = earning.outcome() == Outcome.REVERSED
                ? _amend(bench, earning, standing)
                : _judge(bench, earning, standing);
            WordsLib.store(awards, 2 * i, Award.unwrap(award));
            WordsLib.store(awards, 2 * i + 1, grants);
        }
        if (bench.isLoaded) _storeBudgets(bench.offers);
        read = bench.amendment - WordsLib.dataOf(amendments);
    }

    function _judge(Bench memory bench, Earning earning, Standing standing)
        private
        returns (Award award, uint256 grants)
    {
        if (standing.outcome() != Outcome.CREDITED) return (AwardLib.refused(standing), 0);
        if (!bench.isLoaded) {
            bench.offers = _load(bench.terms.offerSet());
            bench.offers.maskFor(bench.terms.partner());
            bench.isLoaded = true;
        }
        OfferList memory offers = bench.offers;
        (offers.earning, offers.standing, offers.scratch) = (earning, Standing.unwrap(standing), 0);
        // Purchases of a section lie close together: windows and weekdays are looked at once a day.
        if (earning.localDay() != offers.openDay) offers.openOn(earning.localDay());
        award = AwardLib.ofBase(earning);
        uint256 base = earning.base();
        if (bench.left < base) {
            award = award.cutBase(bench.left);
            base = bench.left;
        }
        uint256 bonus;
        uint256 funded;
        (bonus, grants, funded) = GrantLib.grant(_kept, offers, bench.left - base);
        uint256 charge = base + bonus - funded;
        bench.left -= charge;
        award = award.withGrants(bonus, grants, offers.scratch).withCharge(charge, false).withCounted(offers.counted);
    }

    /// @dev What is loaded is stored before, as an amendment may concern another set of the same promotions, and loaded anew
    /// after it.
    function _amend(Bench memory bench, Earning earning, Standing standing)
        private
        returns (Award award, uint256 grants)
    {
        uint256 words = bench.amendment;
        bench.amendment += RECEIPT_SIZE;
        if (standing.outcome() != Outcome.REVERSED) return (AwardLib.refused(standing), 0);
        if (bench.isLoaded) _storeBudgets(bench.offers);
        bench.isLoaded = false;
        OfferList memory offers = _load(AgainLib.offerSetOf(words));
        offers.maskFor(bench.terms.partner());
        (offers.earning, offers.standing) = (earning, Standing.unwrap(standing));
        (award, grants, bench.left) = AgainLib.judge(_kept, offers, words, bench.left);
        _replaceBudgets(offers);
    }
}
