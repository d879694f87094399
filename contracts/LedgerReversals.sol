// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IMilesLedger} from "./interfaces/IMilesLedger.sol";
import {ExpiryLib} from "./libraries/ExpiryLib.sol";
import {Clock, LifeLib} from "./libraries/LifeLib.sol";
import {ReversalLib} from "./libraries/ReversalLib.sol";
import {SpendLib} from "./libraries/SpendLib.sol";
import {WordsLib} from "./libraries/WordsLib.sol";
import {LedgerAccounts} from "./LedgerAccounts.sol";
import {Account} from "./types/Account.sol";
import {Credit} from "./types/Award.sol";
import {Former} from "./types/Former.sol";
import {Expiry, SpentMiles} from "./types/Rule.sol";

/// @title Ledger reversals: what refunds take back, members owe, and lapsed lots leave behind, run by the ledger on its own storage
/// @notice Described in IMilesLedger, whose functions of the same names delegate here.
/// @dev Called by itself it knows no member and no settler, so that every function reverts.
contract LedgerReversals is LedgerAccounts {
    constructor() AccessManaged(address(0)) {}

    /// @dev IMilesLedger.
    function reverse(bytes calldata reversals) external onlySettler {
        Expiry memory expiry = _expiryOf(block.timestamp);
        for (uint256 i; i < reversals.length >> 5; ++i) {
            _reverse(expiry, Credit.wrap(WordsLib.read(reversals, i)));
        }
    }

    /// @dev IMilesLedger.
    function collect(uint40 member) external returns (uint256 miles) {
        Account account = _knownAccount(member);
        uint256 debt = account.debt();
        (account,, miles) =
            _taken(_expiryOf(block.timestamp), member, account, SpendLib.Wanted(debt, ExpiryLib.NEVER));
        _setAccount(member, account.withDebt(debt - miles));
        if (miles == 0) return 0;
        _owed -= uint80(miles);
        emit IMilesLedger.DebtCollected(member, miles);
        _emitTransfer(member, account, -int256(miles));
    }

    /// @dev IMilesLedger.
    function writeOff(uint40 member, uint16 most) external returns (uint256 miles) {
        uint256 before = _writtenOff;
        Account account = _knownAccount(member);
        Expiry memory expiry = _expiryOf(block.timestamp);
        Clock memory clock = _clockOf(expiry, member, account);
        uint256 lapsed;
        if (clock.former.pool() != 0 && LifeLib.isOver(expiry, clock.formerDeadline)) {
            lapsed = clock.former.pool();
            _formers[member] = clock.former.withPool(0);
        }
        if (account.pool() != 0 && LifeLib.isOver(expiry, clock.deadline)) {
            lapsed += account.pool();
            account = account.withPool(0);
        }
        (account, miles) = SpendLib.dropFinal(_lotWords, member, account, expiry, clock, most);
        _writeOff(member, account, lapsed + miles);
        _setAccount(member, account);
        return _writtenOff - before;
    }

    function _reverse(Expiry memory expiry, Credit reversal) private {
        uint256 member = reversal.member();
        Account account = _account(member);
        Clock memory clock = _clockOf(expiry, member, account);
        SpendLib.Wanted memory wanted = SpendLib.Wanted(reversal.miles(), ExpiryLib.NEVER);
        uint256 lapsed;
        uint256 owed;
        (account, lapsed) = ReversalLib.take(_lotWords, member, account, expiry, clock, wanted, reversal.bucket());
        if (Former.unwrap(clock.former) != Former.unwrap(_formerOf(member, account))) _formers[member] = clock.former;
        _writeOff(member, account, lapsed);
        uint256 taken = reversal.miles() - wanted.miles;
        bool isOwed = expiry.terms.spentMiles() != SpentMiles.FORGIVE && LifeLib.isLive(clock, expiry, reversal.bucket());
        if (isOwed) (account, owed) = _indebted(account, wanted.miles);
        _setAccount(member, account);
        _reversed += uint80(taken + owed);
        emit IMilesLedger.MilesReversed(uint40(member), reversal.miles(), taken, owed);
        _emitTransfer(member, account, -int256(taken));
    }
}
