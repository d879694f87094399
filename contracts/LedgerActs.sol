// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IMilesLedger} from "./interfaces/IMilesLedger.sol";
import {ExpiryLib} from "./libraries/ExpiryLib.sol";
import {Clock, LifeLib} from "./libraries/LifeLib.sol";
import {LotListLib} from "./libraries/LotListLib.sol";
import {SpendLib} from "./libraries/SpendLib.sol";
import {LedgerAccounts} from "./LedgerAccounts.sol";
import {Account, AccountLib, LotLib} from "./types/Account.sol";
import {Former} from "./types/Former.sol";
import {Activity, DeskAct, Expiry, Rule} from "./types/Rule.sol";

/// @title Ledger acts: what happens to an account beside settling, run by the ledger on its own storage
/// @notice Described in IMilesLedger, whose functions of the same names delegate here.
/// @dev Called by itself it knows no member, no desk and no authority, so that every function reverts.
contract LedgerActs is LedgerAccounts {
    using ExpiryLib for Expiry;

    uint256 private constant MOST_BY_ACTS = 1 << 39;

    modifier onlyDesk(uint256 act) {
        if (_desks[msg.sender] & act == 0) revert IMilesLedger.LedgerDeskUnauthorized(msg.sender, act);
        _;
    }

    constructor() AccessManaged(address(0)) {}

    // ---------------------------------------------------------------- desks

    /// @dev IMilesLedger.
    function adjustUp(uint40 member, uint40 miles) external onlyDesk(DeskAct.ADJUST) returns (uint16 lastDay) {
        return _credit(member, miles, Activity.ADJUSTMENT);
    }

    /// @dev IMilesLedger.
    function adjustDown(uint40 member, uint40 miles) external onlyDesk(DeskAct.ADJUST) {
        (Account account,) = _spend(_expiryOf(block.timestamp), member, _knownAccount(member), miles);
        _setAccount(member, account);
        _reversed += miles;
        _emitTransfer(member, account, -int256(uint256(miles)));
    }

    /// @dev IMilesLedger.
    function redeem(uint40 member, uint40 miles) external onlyDesk(DeskAct.REDEEM) returns (uint256[] memory taken) {
        Expiry memory expiry = _expiryOf(block.timestamp);
        Account account;
        (account, taken) = _spend(expiry, member, _openAccount(member), miles);
        _setAccount(member, _active(expiry, member, account, Activity.REDEMPTION, false));
        _redeemed += miles;
        _emitTransfer(member, account, -int256(uint256(miles)));
    }

    /// @dev IMilesLedger.
    function cancelRedemption(uint40 member, uint256[] calldata taken) external onlyDesk(DeskAct.REDEEM) {
        Account account = _knownAccount(member);
        uint256 miles = LotListLib.sum(taken);
        _redeemed -= uint80(miles);
        _emitTransfer(member, account, int256(miles));
        _store(member, _withLots(_expiryOf(block.timestamp), member, account, taken));
    }

    /// @dev IMilesLedger.
    function buy(uint40 member, uint40 miles) external onlyDesk(DeskAct.SELL) returns (uint16 lastDay) {
        return _credit(member, miles, Activity.PURCHASE);
    }

    /// @dev IMilesLedger.
    function extend(uint40 member, uint16 byDay, uint40 miles)
        external
        onlyDesk(DeskAct.SELL)
        returns (uint256 extended)
    {
        Expiry memory expiry = _expiryOf(block.timestamp);
        Account account = _openAccount(member);
        Clock memory clock = _clockOf(expiry, member, account);
        bool isByClock = clock.deadline >= expiry.today && clock.deadline <= byDay;
        (account,, extended) = _taken(expiry, member, account, SpendLib.Wanted(miles, byDay));
        if (isByClock) {
            // One clock for all of them: it goes on for all that it would end, or for none.
            uint256 left = SpendLib.liveBy(_lotWords, member, account, expiry, clock, byDay);
            if (left != 0) revert IMilesLedger.LedgerExtensionPartial(member, left);
        }
        if (extended != 0) {
            account = _active(expiry, member, account, Activity.PURCHASE, isByClock);
            account = _earned(expiry, member, account, extended);
        }
        _store(member, account);
        emit IMilesLedger.LotsExtended(member, extended);
    }

    /// @dev IMilesLedger.
    function transferMiles(uint40 from, uint40 into, uint40 miles) external onlyDesk(DeskAct.TRANSFER) {
        if (from == into) revert IMilesLedger.LedgerIntoItself(from);
        Expiry memory expiry = _expiryOf(block.timestamp);
        (Account source, uint256[] memory taken) = _spend(expiry, from, _openAccount(from), miles);
        _setAccount(from, _active(expiry, from, source, Activity.TRANSFER_OUT, false));
        _receive(expiry, into, taken, Activity.TRANSFER_IN, source);
        emit IMilesLedger.MilesTransferred(from, into, miles);
        _emitTransfer(from, source, -int256(uint256(miles)));
    }

    /// @dev IMilesLedger.
    function merge(uint40 from, uint40 into) external onlyDesk(DeskAct.ADJUST) returns (uint256 miles) {
        if (from == into) revert IMilesLedger.LedgerIntoItself(from);
        Expiry memory expiry = _expiryOf(block.timestamp);
        Account source = _openAccount(from);
        uint256[] memory taken;
        (source, taken, miles) = _taken(expiry, from, source, SpendLib.Wanted(type(uint256).max, ExpiryLib.NEVER));
        _setAccount(from, source.withFlag(AccountLib.FLAG_CLOSED, true));
        _receive(expiry, into, taken, 0, source);
        if (source.debt() != 0) {
            _setAccount(from, _account(from).withDebt(0));
            _owed -= uint80(source.debt());
            (Account target, uint256 owed) = _indebted(_account(into), source.debt());
            _setAccount(into, target);
            // What the field of one account cannot hold of two debts was never to be had: it was not reversed.
            _reversed -= uint80(source.debt() - owed);
        }
        emit IMilesLedger.AccountsMerged(from, into, miles);
        _emitTransfer(from, source, -int256(miles));
    }

    // ---------------------------------------------------------------- within an act

    /// @dev Stores an account that got miles. An act fills no lot or pool more than by half, so that settling, which must
    /// never stop, has the other half for awards.
    function _store(uint256 member, Account account) private {
        uint256 former = _formerOf(member, account).pool();
        if (account.pool() > MOST_BY_ACTS || account.hotAmount() > MOST_BY_ACTS || former > MOST_BY_ACTS) {
            revert IMilesLedger.LedgerMilesTooMany(uint40(member), MOST_BY_ACTS);
        }
        _setAccount(member, account);
    }

    /// @dev Credits miles that no purchase at a partner earned.
    function _credit(uint40 member, uint40 miles, uint256 kind) private returns (uint16 lastDay) {
        Expiry memory expiry = _expiryOf(block.timestamp);
        Account account = _active(expiry, member, _openAccount(member), kind, false);
        account = _earned(expiry, member, account, miles);
        _store(member, account);
        _credited += miles;
        _emitTransfer(member, account, int256(uint256(miles)));
        Rule rule = expiry.ruleOf(expiry.versionOn(expiry.today));
        return uint16(
            rule.hasLotRule() || !rule.hasAccountRule()
                ? expiry.ownDayOf(rule, expiry.today)
                : expiry.movedDeadline(account.deadline())
        );
    }

    /// @dev The account after an act of today, if the rule of today counts its kind or it is forced.
    function _active(Expiry memory expiry, uint256 member, Account account, uint256 kind, bool isForced)
        private
        returns (Account)
    {
        uint256 version = expiry.versionOn(expiry.today);
        Rule rule = expiry.ruleOf(version);
        if (!rule.hasAccountRule() || !(isForced || rule.counts(kind))) return account;
        uint256 deadline = expiry.clockDayOf(rule, expiry.today);
        (account,,) = _afterActivity(expiry, member, account, expiry.today, deadline, version);
        return account;
    }

    /// @dev Miles with a clock need a life: where none is alive, one begins today whatever the act.
    function _living(Expiry memory expiry, uint256 member, Account account) private returns (Account) {
        bool isAlive = _clockOf(expiry, member, account).deadline >= expiry.today;
        return isAlive ? account : _active(expiry, member, account, 0, true);
    }

    /// @dev Miles earned today: into the pool or a lot, in a life where the rule has a clock.
    function _earned(Expiry memory expiry, uint256 member, Account account, uint256 miles) private returns (Account) {
        uint256 version = expiry.versionOn(expiry.today);
        Rule rule = expiry.ruleOf(version);
        if (rule.hasAccountRule()) account = _living(expiry, member, account);
        if (rule.hasAccountRule() && !rule.hasLotRule()) return account.plusPool(miles);
        if (rule.hasAccountRule()) version |= _formerOf(member, account).life() << 4;
        uint256 bucket = LotLib.packBucket(version, expiry.ownDayOf(rule, expiry.today));
        return account.fitsHot(bucket, miles) ? account.plusHot(miles) : _addLot(member, account, bucket, miles);
    }

    function _spend(Expiry memory expiry, uint40 member, Account account, uint256 miles)
        private
        returns (Account after_, uint256[] memory taken)
    {
        if (account.debt() != 0) _requireBalance(expiry, member, account, miles);
        uint256 got;
        (after_, taken, got) = _taken(expiry, member, account, SpendLib.Wanted(miles, ExpiryLib.NEVER));
        if (got != miles) revert IMilesLedger.LedgerMilesShort(member, got, miles);
    }

    function _requireBalance(Expiry memory expiry, uint40 member, Account account, uint256 miles) private view {
        uint256 balance = _balance(expiry, member, account);
        if (miles > balance) revert IMilesLedger.LedgerMilesShort(member, balance, miles);
    }

    /// @dev Whether an account has no life, and the rule of today begins none: nobody gains one that way for ever.
    function _lacksClock(Expiry memory expiry, uint256 member, Account account) private view returns (bool) {
        bool isAlive = _clockOf(expiry, member, account).deadline >= expiry.today;
        return !isAlive && !expiry.ruleOf(expiry.versionOn(expiry.today)).hasAccountRule();
    }

    /// @dev Takes in miles that were another member's. Lots keep their days and go on in the receiver's life, pool miles
    /// in its pool. A merged account (kind 0) hands over its deadline; so does any where the receiver would have none.
    function _receive(Expiry memory expiry, uint40 into, uint256[] memory taken, uint256 kind, Account source) private {
        Account account = _active(expiry, into, _openAccount(into), kind, false);
        bool hasClock;
        for (uint256 i; i < taken.length; ++i) {
            hasClock = hasClock || LotLib.isPool(LotLib.bucket(taken[i])) || expiry.isBound(LotLib.version(taken[i]));
        }
        if (hasClock && (kind == 0 || _lacksClock(expiry, into, account))) {
            // Of an exempt member it may lie in the past.
            uint256 deadline = LifeLib.resumed(expiry, source).deadline();
            (account,,) = _afterActivity(expiry, into, account, expiry.today, deadline, source.clockVersion());
        }
        if (hasClock) account = _living(expiry, into, account);
        uint256 life = _formerOf(into, account).life();
        for (uint256 i; i < taken.length; ++i) {
            bool isBound =
                LotLib.isPool(LotLib.bucket(taken[i])) || expiry.isBound(LotLib.version(taken[i]));
            if (isBound) taken[i] = LotLib.withLife(taken[i], life);
        }
        uint256 miles = LotListLib.sum(taken);
        account = _withLots(expiry, into, account, taken);
        _store(into, account);
        _emitTransfer(into, account, int256(miles));
    }

    /// @dev Puts lots back or in as they are; what has lapsed for good is written off at once.
    function _withLots(Expiry memory expiry, uint256 member, Account account, uint256[] memory added)
        private
        returns (Account)
    {
        Clock memory clock = _clockOf(expiry, member, account);
        uint256[] memory lots = LotListLib.concat(LotListLib.read(_lotWords, member, account), added);
        uint256 lapsed;
        for (uint256 i; i < lots.length; ++i) {
            uint256 miles = LotLib.amount(lots[i]);
            if (!LotLib.isPool(LotLib.bucket(lots[i]))) {
                if (!LifeLib.isFinal(clock, expiry, lots[i])) continue;
                lapsed += miles;
            } else {
                uint256 age = clock.former.ageOf(LotLib.life(lots[i]));
                if (age == 0 && !LifeLib.isOver(expiry, clock.deadline)) {
                    account = account.plusPool(miles);
                } else if (age == 1 && !LifeLib.isOver(expiry, clock.formerDeadline)) {
                    clock.former = clock.former.withPool(clock.former.pool() + miles);
                    _formers[member] = clock.former;
                } else {
                    lapsed += miles;
                }
            }
            lots[i] = 0;
        }
        account = LotListLib.write(_lotWords, member, account, lots);
        _writeOff(member, account, lapsed);
        return account;
    }
}
