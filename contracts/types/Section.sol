// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Section: what a report says once for all purchases of one partner, 15 bytes
/// @dev Bits of the 120, most significant first: partner 24 | first number 40 | base time 40 | count 16
/// first number: purchase number of the section's first entry. base time: unix seconds.
type Section is uint256;

using SectionLib for Section global;

library SectionLib {
    uint256 internal constant SIZE = 15;

    function partner(Section section) internal pure returns (uint256) {
        return Section.unwrap(section) >> 96;
    }

    function firstNumber(Section section) internal pure returns (uint256) {
        return (Section.unwrap(section) >> 56) & 0xffffffffff;
    }

    function baseTime(Section section) internal pure returns (uint256) {
        return (Section.unwrap(section) >> 16) & 0xffffffffff;
    }

    function count(Section section) internal pure returns (uint256) {
        return Section.unwrap(section) & 0xffff;
    }
}

/// @title SectionTerms: what the registry adds to a section, one word
/// @dev Bits, least significant first: count 16 | available 48 | offer set 24 | partner 24
/// available: miles the partner may still issue; all ones means no limit.
type SectionTerms is uint256;

using SectionTermsLib for SectionTerms global;

library SectionTermsLib {
    uint256 internal constant NO_LIMIT = type(uint48).max;

    function pack(uint256 partner_, uint256 offerSet_, uint256 available_, uint256 count_)
        internal
        pure
        returns (SectionTerms)
    {
        return SectionTerms.wrap((partner_ << 88) | (offerSet_ << 64) | (available_ << 16) | count_);
    }

    function partner(SectionTerms terms) internal pure returns (uint256) {
        return SectionTerms.unwrap(terms) >> 88;
    }

    function offerSet(SectionTerms terms) internal pure returns (uint256) {
        return (SectionTerms.unwrap(terms) >> 64) & 0xffffff;
    }

    function available(SectionTerms terms) internal pure returns (uint256) {
        return (SectionTerms.unwrap(terms) >> 16) & 0xffffffffffff;
    }

    function count(SectionTerms terms) internal pure returns (uint256) {
        return SectionTerms.unwrap(terms) & 0xffff;
    }
}

/// @title Charge: what a settled section costs its partner, one word
/// @dev Bits, least significant first: miles 48 | count 16 | partner 24
type Charge is uint256;

using ChargeLib for Charge global;

library ChargeLib {
    function pack(uint256 partner_, uint256 count_, uint256 miles_) internal pure returns (Charge) {
        return Charge.wrap((partner_ << 64) | (count_ << 48) | miles_);
    }

    function partner(Charge charge) internal pure returns (uint256) {
        return Charge.unwrap(charge) >> 64;
    }

    function count(Charge charge) internal pure returns (uint256) {
        return (Charge.unwrap(charge) >> 48) & 0xffff;
    }

    function miles(Charge charge) internal pure returns (uint256) {
        return Charge.unwrap(charge) & 0xffffffffffff;
    }
}
