// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LotRingLib} from "../libraries/LotRingLib.sol";
import {Account} from "../types/Account.sol";

/// @title A ring of any size, and an account that may begin anywhere in it
/// @dev For tests alone: it lets them fill and wrap a ring that no ledger fills within years.
contract LotRing__Harness {
    uint256[1 << 49] private _words;
    mapping(uint256 member => Account) private _accounts;
    uint256 private immutable RING_WORDS;

    constructor(uint256 ringWords) {
        RING_WORDS = ringWords;
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
