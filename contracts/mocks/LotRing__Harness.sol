// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LotListLib} from "../libraries/LotListLib.sol";
import {LotRingLib} from "../libraries/LotRingLib.sol";
import {Account} from "../types/Account.sol";

/// @title A ring of any size, and an account that may begin anywhere in it
/// @dev For tests alone: it lets them fill and wrap a ring that no ledger fills within years.
contract LotRing__Harness {
    uint256[1 << 49] private _words;
    mapping(uint256 member => Account) private _accounts;
    uint256 private immutable RING_WORDS;

    constructor(uint256 ringWords_) {
        RING_WORDS = ringWords_;
    }

    function setAccount(uint256 member, uint256 account) external {
        _accounts[member] = Account.wrap(account);
    }

    /// @notice What the ledger does with a credit.
    function credit(uint256 member, uint256 bucket, uint256 miles) external {
        Account account = _accounts[member];
        if (account.fitsHot(bucket, miles)) {
            _accounts[member] = account.plusHot(miles);
        } else {
            _accounts[member] = LotRingLib.add(_words, RING_WORDS, member, account, bucket, miles);
        }
    }

    /// @notice What the ledger does with an adjustment downwards.
    /// @return lapsed Miles that had lapsed before `day`, and are in no lot any more.
    function take(uint256 member, uint256 miles, uint256 day) external returns (uint256 lapsed) {
        uint256[] memory lots;
        (lots, lapsed) = LotListLib.read(_words, RING_WORDS, member, _accounts[member], day);
        LotListLib.take(lots, miles);
        _accounts[member] = LotListLib.write(_words, RING_WORDS, member, _accounts[member], lots);
    }

    /// @notice What the ledger does with a merge.
    function merge(uint256 from, uint256 into, uint256 day) external {
        (uint256[] memory moved,) = LotListLib.read(_words, RING_WORDS, from, _accounts[from], day);
        (uint256[] memory lots,) = LotListLib.read(_words, RING_WORDS, into, _accounts[into], day);
        lots = LotListLib.merge(moved, lots);
        _accounts[into] = LotListLib.write(_words, RING_WORDS, into, _accounts[into], lots);
        _accounts[from] = LotListLib.write(_words, RING_WORDS, from, _accounts[from], new uint256[](0));
    }

    function liveOn(uint256 member, uint256 day) external view returns (uint256) {
        return LotRingLib.liveOn(_words, RING_WORDS, member, _accounts[member], day);
    }

    /// @notice As IMilesLedger, so that the lens reads it.
    function accountWord(uint40 member) external view returns (uint256) {
        return Account.unwrap(_accounts[member]);
    }

    function lotWord(uint40 member, uint16 index) external view returns (uint256) {
        return _words[LotRingLib.wordAt(member, index)];
    }

    function ringWords() external view returns (uint16) {
        return uint16(RING_WORDS);
    }
}
