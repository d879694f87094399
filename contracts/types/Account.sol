// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Account: all the ledger keeps of one member in one word
/// @dev Bits, least significant first (docs/decisions/0002):
/// hot amount 40 | hot rule version 8 | hot last day 16 | pool 40 | deadline 16 | flags 8 | tier 4 | segments 32 |
/// head 12 | count 12 | debt 32 | scratch 32 | clock version 4
/// Hot is the own-day lot credited last. The pool holds miles without a day of their own, alive to the deadline.
/// Days count from 1990-01-01; 0 none, 65535 never. head and count: ring positions of the other lots. clock version: the
/// highest version of the rules whose activity moved the deadline, 0 for none. A lot's rule version is 4 bits of version
/// and, where the account's clock binds it too, 4 bits of the life it belongs to (contracts/types/Former.sol).
type Account is uint256;

using AccountLib for Account global;

library AccountLib {
    uint256 internal constant MAX_LOT_MILES = (1 << 40) - 1;

    uint256 internal constant FLAG_LINKED = 1;
    uint256 internal constant FLAG_CLOSED = 2;
    /// @dev The ring's lots are not of one version in order of last day: a spend must sort.
    uint256 internal constant FLAG_UNSORTED = 4;
    /// @dev The account lapsed and came back: it has a `Former` word.
    uint256 internal constant FLAG_RETURNED = 8;
    /// @dev The ring has all its words: it once held more lots than its first 16.
    uint256 internal constant FLAG_WIDE = 16;

    uint256 private constant RING_WORDS = 16;
    uint256 private constant WIDE_RING_WORDS = 512;
    uint256 private constant LOTS_A_WORD = 4;

    uint256 private constant HOT_BUCKET_SHIFT = 40;
    uint256 private constant POOL_SHIFT = 64;
    uint256 private constant DEADLINE_SHIFT = 104;
    uint256 private constant FLAGS_SHIFT = 120;
    uint256 private constant TIER_SHIFT = 128;
    uint256 private constant SEGMENTS_SHIFT = 132;
    uint256 private constant HEAD_SHIFT = 164;
    uint256 private constant COUNT_SHIFT = 176;
    uint256 private constant DEBT_SHIFT = 188;
    uint256 private constant SCRATCH_SHIFT = 220;
    uint256 private constant CLOCK_VERSION_SHIFT = 252;

    function hotAmount(Account account) internal pure returns (uint256) {
        return Account.unwrap(account) & MAX_LOT_MILES;
    }

    /// @dev last day 16 | rule version 8.
    function hotBucket(Account account) internal pure returns (uint256) {
        return (Account.unwrap(account) >> HOT_BUCKET_SHIFT) & 0xffffff;
    }

    /// @dev amount 40 | rule version 8 | last day 16: the hot lot as a ring lot keeps it.
    function hotLot(Account account) internal pure returns (uint256) {
        return Account.unwrap(account) & 0xffffffffffffffff;
    }

    function pool(Account account) internal pure returns (uint256) {
        return (Account.unwrap(account) >> POOL_SHIFT) & MAX_LOT_MILES;
    }

    function deadline(Account account) internal pure returns (uint256) {
        return (Account.unwrap(account) >> DEADLINE_SHIFT) & 0xffff;
    }

    function flags(Account account) internal pure returns (uint256) {
        return (Account.unwrap(account) >> FLAGS_SHIFT) & 0xff;
    }

    function tier(Account account) internal pure returns (uint256) {
        return (Account.unwrap(account) >> TIER_SHIFT) & 0xf;
    }

    function segments(Account account) internal pure returns (uint256) {
        return (Account.unwrap(account) >> SEGMENTS_SHIFT) & 0xffffffff;
    }

    function head(Account account) internal pure returns (uint256) {
        return (Account.unwrap(account) >> HEAD_SHIFT) & 0xfff;
    }

    function count(Account account) internal pure returns (uint256) {
        return (Account.unwrap(account) >> COUNT_SHIFT) & 0xfff;
    }

    /// @notice Most lots the ring holds, a power of two.
    function capacity(Account account) internal pure returns (uint256) {
        return (account.has(FLAG_WIDE) ? WIDE_RING_WORDS : RING_WORDS) * LOTS_A_WORD;
    }

    function debt(Account account) internal pure returns (uint256) {
        return (Account.unwrap(account) >> DEBT_SHIFT) & 0xffffffff;
    }

    function scratch(Account account) internal pure returns (uint256) {
        return (Account.unwrap(account) >> SCRATCH_SHIFT) & 0xffffffff;
    }

    function clockVersion(Account account) internal pure returns (uint256) {
        return Account.unwrap(account) >> CLOCK_VERSION_SHIFT;
    }

    /// @dev Where `Standing` has them: tier, segments, debt and scratch.
    function profileAndScratch(Account account) internal pure returns (uint256) {
        return Account.unwrap(account)
            & ((uint256(0xfffffffff) << TIER_SHIFT) | (uint256(type(uint64).max) << DEBT_SHIFT));
    }

    function has(Account account, uint256 flag) internal pure returns (bool) {
        return Account.unwrap(account) & (flag << FLAGS_SHIFT) != 0;
    }

    /// @notice Whether miles can join the hot lot: it is of their bucket and has room.
    /// @dev One comparison: another bucket leaves bits above the amount, and an amount that overflows carries there.
    function fitsHot(Account account, uint256 bucket, uint256 miles) internal pure returns (bool fits) {
        assembly ("memory-safe") {
            fits := iszero(shr(40, add(xor(and(account, 0xffffffffffffffff), shl(40, bucket)), miles)))
        }
    }

    /// @notice The account with miles added to its hot lot; `fitsHot` was asked.
    function plusHot(Account account, uint256 miles) internal pure returns (Account) {
        unchecked {
            return Account.wrap(Account.unwrap(account) + miles);
        }
    }

    /// @notice The account with miles added to its pool.
    /// @dev Asserted, because nothing may be lost: it takes thousands of purchases of the largest legal award to get there.
    function plusPool(Account account, uint256 miles) internal pure returns (Account) {
        uint256 sum = account.pool() + miles;
        assert(sum <= MAX_LOT_MILES);
        return account.withPool(sum);
    }

    function withPool(Account account, uint256 pool_) internal pure returns (Account) {
        return Account.wrap((Account.unwrap(account) & ~(MAX_LOT_MILES << POOL_SHIFT)) | (pool_ << POOL_SHIFT));
    }

    function withClock(Account account, uint256 deadline_, uint256 version) internal pure returns (Account) {
        uint256 mask = (uint256(0xffff) << DEADLINE_SHIFT) | (uint256(0xf) << CLOCK_VERSION_SHIFT);
        return Account.wrap(
            (Account.unwrap(account) & ~mask) | (deadline_ << DEADLINE_SHIFT) | (version << CLOCK_VERSION_SHIFT)
        );
    }

    function withHotLot(Account account, uint256 lot) internal pure returns (Account) {
        return Account.wrap((Account.unwrap(account) & ~uint256(0xffffffffffffffff)) | lot);
    }

    function withFlag(Account account, uint256 flag, bool on) internal pure returns (Account) {
        uint256 mask = flag << FLAGS_SHIFT;
        return Account.wrap(on ? Account.unwrap(account) | mask : Account.unwrap(account) & ~mask);
    }

    function withProfile(Account account, uint256 tier_, uint256 segments_) internal pure returns (Account) {
        uint256 mask = (uint256(0xf) << TIER_SHIFT) | (uint256(0xffffffff) << SEGMENTS_SHIFT);
        return Account.wrap(
            (Account.unwrap(account) & ~mask) | (tier_ << TIER_SHIFT) | (segments_ << SEGMENTS_SHIFT)
        );
    }

    function withCount(Account account, uint256 count_) internal pure returns (Account) {
        return Account.wrap(
            (Account.unwrap(account) & ~(uint256(0xfff) << COUNT_SHIFT)) | (count_ << COUNT_SHIFT)
        );
    }

    function withRing(Account account, uint256 head_, uint256 count_) internal pure returns (Account) {
        uint256 mask = (uint256(0xfff) << HEAD_SHIFT) | (uint256(0xfff) << COUNT_SHIFT);
        return Account.wrap((Account.unwrap(account) & ~mask) | (head_ << HEAD_SHIFT) | (count_ << COUNT_SHIFT));
    }

    /// @param debt_ At most 2^32 - 1.
    function withDebt(Account account, uint256 debt_) internal pure returns (Account) {
        return Account.wrap((Account.unwrap(account) & ~(uint256(0xffffffff) << DEBT_SHIFT)) | (debt_ << DEBT_SHIFT));
    }

    function withScratch(Account account, uint256 scratch_) internal pure returns (Account) {
        return Account.wrap(
            (Account.unwrap(account) & ~(uint256(0xffffffff) << SCRATCH_SHIFT)) | (scratch_ << SCRATCH_SHIFT)
        );
    }
}

/// @title One lot in 64 bits, four a ring word
/// @dev Bits, least significant first: amount 40 | version 4 | life 4 | last day 16
library LotLib {
    uint256 internal constant MASK = 0xffffffffffffffff;

    function amount(uint256 lot) internal pure returns (uint256) {
        return lot & AccountLib.MAX_LOT_MILES;
    }

    function version(uint256 lot) internal pure returns (uint256) {
        return (lot >> 40) & 0xf;
    }

    /// @dev Number of the account's life that a lot bound by the clock belongs to, else 0.
    function life(uint256 lot) internal pure returns (uint256) {
        return (lot >> 44) & 0xf;
    }

    function withLife(uint256 lot, uint256 life_) internal pure returns (uint256) {
        return (lot & ~(uint256(0xf) << 44)) | ((life_ & 0xf) << 44);
    }

    function lastDay(uint256 lot) internal pure returns (uint256) {
        return (lot >> 48) & 0xffff;
    }

    /// @notice Whether a lot may stand behind another in an ordered ring: of its version and life, and not to lapse sooner.
    function follows(uint256 lot, uint256 before) internal pure returns (bool) {
        return (lot ^ before) & 0xff0000000000 == 0 && lastDay(lot) >= lastDay(before);
    }

    /// @dev last day 16 | rule version 8.
    function bucket(uint256 lot) internal pure returns (uint256) {
        return (lot >> 40) & 0xffffff;
    }

    /// @dev Version 0 stands for the pool, wherever miles of lots and pool are named together.
    function isPool(uint256 bucket_) internal pure returns (bool) {
        return bucket_ & 0xf == 0;
    }

    function packBucket(uint256 version_, uint256 lastDay_) internal pure returns (uint256) {
        return version_ | (lastDay_ << 8);
    }

    /// @notice A lot with the miles of another of its bucket added; 0 where it is of another bucket, or has no room.
    /// @dev One comparison: another bucket leaves bits above the amount, and an amount that overflows carries there.
    function joined(uint256 lot, uint256 other) internal pure returns (uint256) {
        unchecked {
            uint256 sum = (lot ^ (bucket(other) << 40)) + amount(other);
            return sum > AccountLib.MAX_LOT_MILES ? 0 : lot + amount(other);
        }
    }

    function pack(uint256 amount_, uint256 bucket_) internal pure returns (uint256) {
        return amount_ | (bucket_ << 40);
    }
}
