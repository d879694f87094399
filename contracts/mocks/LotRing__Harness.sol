// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LotListLib} from "../libraries/LotListLib.sol";
import {LotRingLib} from "../libraries/LotRingLib.sol";
import {Account} from "../types/Account.sol";

/// @title A ring of lots, and an account that may begin anywhere in it
/// @dev For tests alone: it lets them fill and wrap a ring that no ledger fills within years.
contract LotRing__Harness {
    uint256[1 << 49] private _words;
    mapping(uint256 member => Account) private _accounts;

    function setAccount(uint256 member, uint256 account) external {
        _accounts[member] = Account.wrap(account);
    }

    /// @notice What the ledger does with a credit.
    function credit(uint256 member, uint256 bucket, uint256 miles) external {
        Account account = _accounts[member];
        if (account.fitsHot(bucket, miles)) _accounts[member] = account.plusHot(miles);
        else _accounts[member] = LotRingLib.add(_words, member, account, bucket, miles, _later(account, bucket));
    }

    function _later(Account account, uint256 bucket) private pure returns (uint256) {
        return bucket > account.hotBucket() ? bucket : account.hotBucket();
    }

    /// @notice What the ledger does where it writes all lots anew.
    function rewrite(uint256 member) external {
        Account account = _accounts[member];
        uint256[] memory lots = LotListLib.read(_words, member, account);
        _accounts[member] = LotListLib.write(_words, member, account, lots);
    }

    /// @notice What the ledger does with lots that come from another account.
    function write(uint256 member, uint256[] calldata lots) external {
        _accounts[member] = LotListLib.write(_words, member, _accounts[member], lots);
    }

    /// @notice Packed lots as they stand, the hot one last.
    function read(uint256 member) external view returns (uint256[] memory) {
        return LotListLib.read(_words, member, _accounts[member]);
    }

    /// @notice As IMilesLedger.
    function accountWord(uint40 member) external view returns (uint256) {
        return Account.unwrap(_accounts[member]);
    }

    function lotWord(uint40 member, uint16 index) external view returns (uint256) {
        return _words[LotRingLib.wordAt(member, index)];
    }
}
