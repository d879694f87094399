// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What the promotion book keeps of members and outlets.
/// @param progress Key: page 24 | member 40. Word: season 16 | fields 240.
/// @param outletMiles Miles granted at outlets, 32 bits each, and after the outlets those of window rewards that the partner
/// paid. Key: promotion 16 | partner 24 | outlet / 8 16.
/// @param enrolledAt Unix seconds, 40 bits each, 0 for not enrolled. Key: member / 6.
struct Kept {
    mapping(uint256 pageAndMember => uint256 fields) progress;
    mapping(uint256 promotionAndOutlets => uint256 miles) outletMiles;
    mapping(uint256 sixMembers => uint256 times) enrolledAt;
}

using ProgressLib for Kept global;

/// @title Progress: fields of a member's page, and where they stand
/// @dev A page is one word; a promotion's fields stand side by side in it, those it needs, in this order:
/// granted 24 | day 16, miles granted for it 24, awards for it 8 | awards 16 | was granted something 1 | count
/// count: 40 bits of minor units (WINDOW_SPEND), 4 bits an outlet (WINDOW_OUTLETS), or `Visits`.
library ProgressLib {
    uint256 internal constant GRANTED_BITS = 24;
    uint256 internal constant DAY_BITS = 48;
    uint256 internal constant AWARDS_BITS = 16;
    uint256 internal constant HAD_BITS = 1;
    uint256 internal constant SPEND_BITS = 40;
    uint256 internal constant OUTLET_BITS = 4;

    uint256 private constant MEMBERS_A_WORD = 6;
    /// @dev A partner has at most 256 outlets, numbered from 0.
    uint256 private constant BEYOND_OUTLETS = 256;

    /// @notice Key of a member's page: page 24 | member 40.
    function pageKey(uint256 page, uint256 member) internal pure returns (uint256) {
        return (page << 40) | member;
    }

    /// @notice A field of a page.
    function read(uint256 fields, uint256 shift, uint256 bits) internal pure returns (uint256) {
        unchecked {
            return (fields >> shift) & ((1 << bits) - 1);
        }
    }

    /// @notice The page with a field set to a value, or to the most that it holds.
    function write(uint256 fields, uint256 shift, uint256 bits, uint256 value) internal pure returns (uint256) {
        unchecked {
            uint256 most = (1 << bits) - 1;
            return (fields & ~(most << shift)) | ((value > most ? most : value) << shift);
        }
    }

    /// @notice Unix seconds from which a member is enrolled; 0 for not at all.
    function enrolledSince(Kept storage kept, uint256 member) internal view returns (uint256) {
        return (kept.enrolledAt[member / MEMBERS_A_WORD] >> (40 * (member % MEMBERS_A_WORD))) & 0xffffffffff;
    }

    function setEnrolledSince(Kept storage kept, uint256 member, uint256 time) internal {
        uint256 key = member / MEMBERS_A_WORD;
        kept.enrolledAt[key] = write(kept.enrolledAt[key], 40 * (member % MEMBERS_A_WORD), 40, time);
    }

    /// @notice Miles a promotion granted at one outlet.
    function grantedAt(Kept storage kept, uint256 promotion, uint256 partner, uint256 outlet)
        internal
        view
        returns (uint256)
    {
        return read(kept.outletMiles[_outletKey(promotion, partner, outlet)], 32 * (outlet & 7), 32);
    }

    function setGrantedAt(Kept storage kept, uint256 promotion, uint256 partner, uint256 outlet, uint256 miles)
        internal
    {
        uint256 key = _outletKey(promotion, partner, outlet);
        kept.outletMiles[key] = write(kept.outletMiles[key], 32 * (outlet & 7), 32, miles);
    }

    /// @notice Miles of a window reward that a partner paid, less what came back to it.
    function paidBy(Kept storage kept, uint256 promotion, uint256 partner) internal view returns (uint256) {
        return kept.grantedAt(promotion, partner, BEYOND_OUTLETS);
    }

    function setPaidBy(Kept storage kept, uint256 promotion, uint256 partner, uint256 miles) internal {
        kept.setGrantedAt(promotion, partner, BEYOND_OUTLETS, miles);
    }

    function _outletKey(uint256 promotion, uint256 partner, uint256 outlet) private pure returns (uint256) {
        return (promotion << 40) | (partner << 16) | (outlet >> 3);
    }
}

/// @title Visits: a member's visits of this season and the last, 56 bits
/// @dev Bits, least significant first: year 8 | this 12 | last 12 | paid this 12 | paid last 12
/// year: since 1990, of the later season; 0 where a season is the whole window. paid: the highest milestone that was paid.
type Visits is uint256;

using VisitsLib for Visits global;

library VisitsLib {
    uint256 internal constant BITS = 56;
    /// @dev Visits beyond are not counted, and taken back they leave the number as it is.
    uint256 private constant MOST = 4095;

    function year(Visits visits) internal pure returns (uint256) {
        return Visits.unwrap(visits) & 0xff;
    }

    /// @notice Visits of a season, this or the last; 0 for one that is not kept.
    function number(Visits visits, uint256 year_) internal pure returns (uint256) {
        return _holds(visits, year_) ? ProgressLib.read(Visits.unwrap(visits), _at(visits, year_), 12) : 0;
    }

    /// @notice The highest milestone paid in a season, this or the last.
    function paid(Visits visits, uint256 year_) internal pure returns (uint256) {
        return _holds(visits, year_) ? ProgressLib.read(Visits.unwrap(visits), _at(visits, year_) + 24, 12) : 0;
    }

    /// @notice With one visit more, and its number; number 0 where its season is no longer kept and nothing counts.
    function plusOne(Visits visits, uint256 year_) internal pure returns (Visits, uint256) {
        if (year_ > visits.year()) visits = _inSeason(visits, year_);
        if (!_holds(visits, year_)) return (visits, 0);
        uint256 next = visits.number(year_) + 1;
        if (next > MOST) next = MOST;
        return (_with(visits, _at(visits, year_), next), next);
    }

    /// @notice With one visit less, where the season is still kept and its number is known.
    function minusOne(Visits visits, uint256 year_) internal pure returns (Visits) {
        uint256 number_ = visits.number(year_);
        if (number_ == 0 || number_ == MOST) return visits;
        return _with(visits, _at(visits, year_), number_ - 1);
    }

    /// @notice With the milestone that a season stands at paid, if it is kept; what was paid never falls.
    function withPaid(Visits visits, uint256 year_) internal pure returns (Visits) {
        uint256 number_ = visits.number(year_);
        return number_ > visits.paid(year_) ? _with(visits, _at(visits, year_) + 24, number_) : visits;
    }

    /// @dev A new season begins: this becomes the last, or both are long ago.
    function _inSeason(Visits visits, uint256 year_) private pure returns (Visits) {
        if (year_ != visits.year() + 1) return Visits.wrap(year_);
        uint256 word = Visits.unwrap(visits);
        return Visits.wrap(year_ | (ProgressLib.read(word, 8, 12) << 20) | (ProgressLib.read(word, 32, 12) << 44));
    }

    function _holds(Visits visits, uint256 year_) private pure returns (bool) {
        return year_ == visits.year() || year_ + 1 == visits.year();
    }

    /// @dev Where a season's number stands; what was paid in it, 24 bits above.
    function _at(Visits visits, uint256 year_) private pure returns (uint256) {
        return year_ == visits.year() ? 8 : 20;
    }

    function _with(Visits visits, uint256 shift, uint256 value) private pure returns (Visits) {
        return Visits.wrap(ProgressLib.write(Visits.unwrap(visits), shift, 12, value));
    }
}
