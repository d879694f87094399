// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMilesLedger} from "./interfaces/IMilesLedger.sol";
import {IProgrammeRules} from "./interfaces/IProgrammeRules.sol";
import {ExpiryLib} from "./libraries/ExpiryLib.sol";
import {LotRingLib} from "./libraries/LotRingLib.sol";
import {LedgerAccounts} from "./LedgerAccounts.sol";
import {Account} from "./types/Account.sol";
import {Former} from "./types/Former.sol";
import {Expiry, Rule, Terms} from "./types/Rule.sol";

/// @title Ledger views: what anyone may read of the miles ledger
/// @notice Described in IMilesLedger and IProgrammeRules.
abstract contract LedgerViews is IMilesLedger, LedgerAccounts {
    using ExpiryLib for Expiry;

    /// @inheritdoc IMilesLedger
    function balanceAt(uint40 member, uint48 instant) public view returns (uint256) {
        Account account = _account(member);
        return _balance(_expiryOf(instant), member, account);
    }

    /// @inheritdoc IMilesLedger
    function accountWord(uint40 member) external view returns (uint256) {
        return Account.unwrap(_account(member));
    }

    /// @inheritdoc IMilesLedger
    function lotWord(uint40 member, uint16 index) external view returns (uint256) {
        return _lotWords[LotRingLib.wordAt(member, index)];
    }

    /// @inheritdoc IMilesLedger
    function formerWord(uint40 member) external view returns (uint256) {
        return Former.unwrap(_formers[member]);
    }

    /// @inheritdoc IProgrammeRules
    function expiryAt(uint48 instant) external view returns (Expiry memory) {
        return _expiryOf(instant);
    }

    /// @inheritdoc IProgrammeRules
    function dayOf(uint48 instant) external view returns (uint16) {
        return uint16(_expiryOf(instant).today);
    }

    /// @inheritdoc IProgrammeRules
    function lastDayOf(uint48 earnedAt) external view returns (uint16) {
        Expiry memory expiry = _expiryOf(earnedAt);
        Rule rule = expiry.ruleOf(expiry.versionOn(expiry.today));
        return uint16(
            rule.hasLotRule() ? expiry.ownDayOf(rule, expiry.today) : expiry.clockDayOf(rule, expiry.today)
        );
    }

    /// @inheritdoc IProgrammeRules
    function settings() external view returns (Settings memory) {
        Terms terms = _expiry().terms;
        return Settings({
            utcOffset: int16(terms.utcOffset()),
            lateDays: uint16(terms.lateDays()),
            noticeDays: uint16(terms.noticeDays()),
            firstLapse: uint16(terms.firstLapse()),
            isPosting: terms.isPosting(),
            isLotsFirst: terms.isLotsFirst(),
            closesAccounts: terms.closesAccounts(),
            spentMiles: uint8(terms.spentMiles())
        });
    }

    /// @inheritdoc IMilesLedger
    function totals() external view returns (Totals memory) {
        return Totals({
            enrolled: _enrolled,
            credited: _credited,
            reversed: _reversed,
            redeemed: _redeemed,
            writtenOff: _writtenOff,
            owed: _owed
        });
    }

    /// @inheritdoc IMilesLedger
    function deskActs(address desk) external view returns (uint8) {
        return _desks[desk];
    }

    /// @inheritdoc IMilesLedger
    function walletOf(uint40 member) external view returns (address) {
        return _wallets[member];
    }

    /// @inheritdoc IMilesLedger
    function memberOf(address wallet) external view returns (uint40) {
        return _members[wallet];
    }

    /// @inheritdoc IMilesLedger
    function linkNonceOf(address wallet) external view returns (uint256) {
        return _linkNonces[wallet];
    }
}
