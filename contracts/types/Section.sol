// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Section: what a report says once for all purchases of one partner, 15 bytes
/// @dev Bits of the 120, most significant first: partner 24 | first number 40 | base time 40 | count 16
/// first number: purchase number of the section's first entry. base time: unix seconds.
type Section is uint256;

using SectionLib for Section global;

library SectionLib {
    uint256 internal constant SIZE = 15;

    function pack(uint256 partner_, uint256 firstNumber_, uint256 baseTime_, uint256 count_)
        internal
        pure
        returns (Section)
    {
        return Section.wrap((partner_ << 96) | (firstNumber_ << 56) | (baseTime_ << 16) | count_);
    }

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
/// @dev Bits, least significant first: count 16 | available 48 | offer set 24 | partner 24 | earn miles 16 | per minor 32
/// available: miles the partner may still issue; all ones means no limit. Base is eligible * earn miles / per minor.
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

    /// @notice The terms with the partner's earn rate.
    function withRate(SectionTerms terms, uint256 earnMiles, uint256 perMinor) internal pure returns (SectionTerms) {
        return SectionTerms.wrap(SectionTerms.unwrap(terms) | (earnMiles << 112) | (perMinor << 128));
    }

    /// @dev earn miles 16 | per minor 32 | offer set 24 in the most significant bits: the head of a receipt's basis, and of
    /// the section's results.
    function basisHead(SectionTerms terms) internal pure returns (uint256) {
        uint256 word = SectionTerms.unwrap(terms);
        return (((word >> 112) & 0xffff) << 240) | (((word >> 128) & 0xffffffff) << 208)
            | (((word >> 64) & 0xffffff) << 184);
    }

    function partner(SectionTerms terms) internal pure returns (uint256) {
        return (SectionTerms.unwrap(terms) >> 88) & 0xffffff;
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
/// @dev Bits, least significant first: miles 48 | count 16 | partner 24 | returned 48
/// returned: miles that amendments gave the partner back.
type Charge is uint256;

using ChargeLib for Charge global;

library ChargeLib {
    function pack(uint256 partner_, uint256 count_, uint256 miles_, uint256 returned_) internal pure returns (Charge) {
        return Charge.wrap((returned_ << 88) | (partner_ << 64) | (count_ << 48) | miles_);
    }

    function returned(Charge charge) internal pure returns (uint256) {
        return Charge.unwrap(charge) >> 88;
    }

    function partner(Charge charge) internal pure returns (uint256) {
        return (Charge.unwrap(charge) >> 64) & 0xffffff;
    }

    function count(Charge charge) internal pure returns (uint256) {
        return (Charge.unwrap(charge) >> 48) & 0xffff;
    }

    function miles(Charge charge) internal pure returns (uint256) {
        return Charge.unwrap(charge) & 0xffffffffffff;
    }
}
