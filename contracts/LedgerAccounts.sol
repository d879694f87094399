// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IMilesLedger} from "./interfaces/IMilesLedger.sol";
import {ExpiryLib} from "./libraries/ExpiryLib.sol";
import {Clock, LifeLib} from "./libraries/LifeLib.sol";
import {LotListLib} from "./libraries/LotListLib.sol";
import {LotRingLib} from "./libraries/LotRingLib.sol";
import {SpendLib} from "./libraries/SpendLib.sol";
import {ProgrammeRules} from "./ProgrammeRules.sol";
import {SettlerGuarded} from "./SettlerGuarded.sol";
import {Account, AccountLib, LotLib} from "./types/Account.sol";
import {Former} from "./types/Former.sol";
import {Expiry} from "./types/Rule.sol";

/// @title Ledger accounts: the storage of the miles ledger and what its parts do with it
/// @dev MilesLedger keeps it and LedgerActs works on it, by delegatecall: one contract would be larger than the chain allows
/// (docs/decisions/0016). Neither declares storage before this one.
abstract contract LedgerAccounts is ProgrammeRules, SettlerGuarded {
    using ExpiryLib for Expiry;

    /// @dev A life that began on no day yet.
    uint256 private constant NOT_BEGUN = 0xffff;

    // In the settler's slot.
    uint40 internal _enrolled;

    // One slot, rewritten once a report.
    uint80 internal _credited;
    uint80 internal _reversed;
    uint80 internal _redeemed;
    /// @dev A fixed array, so that an account's slot is a sum and not a hash: about 80 gas a credit (docs/decisions/0002).
    uint256[1 << 40] internal _accounts;
    /// @dev Index: member 40 | ring word 9.
    uint256[1 << 49] internal _lotWords;
    /// @dev Only of accounts that lapsed and came back.
    mapping(uint256 member => Former) internal _formers;
    mapping(uint256 member => address) internal _wallets;
    mapping(address wallet => uint40) internal _members;
    mapping(address wallet => uint256) internal _linkNonces;
    mapping(address desk => uint8 acts) internal _desks;
    /// @dev What lapsed and no longer stands in any lot.
    uint80 internal _writtenOff;
    /// @dev Debts of all members.
    uint80 internal _owed;

    function _knownAccount(uint40 member) internal view returns (Account) {
        if (member == 0 || member > _enrolled) revert IMilesLedger.LedgerMemberUnknown(member);
        return _account(member);
    }

    function _openAccount(uint40 member) internal view returns (Account account) {
        account = _knownAccount(member);
        if (account.has(AccountLib.FLAG_CLOSED)) revert IMilesLedger.LedgerAccountClosed(member);
    }

    // ---------------------------------------------------------------- lives

    function _formerOf(uint256 member, Account account) internal view returns (Former) {
        return account.has(AccountLib.FLAG_RETURNED) ? _formers[member] : Former.wrap(0);
    }

    function _clockOf(Expiry memory expiry, uint256 member, Account account) internal view returns (Clock memory) {
        return LifeLib.clockOf(expiry, account, _formerOf(member, account));
    }

    /// @dev The account after an activity, with its former life stored; the caller stores the account.
    function _afterActivity(
        Expiry memory expiry,
        uint256 member,
        Account account,
        uint256 day,
        uint256 deadline,
        uint256 version
    ) internal returns (Account, Former, bool isAlive) {
        Former former = _formerOf(member, account);
        Former next;
        bool begins;
        (account, next, isAlive, begins) = LifeLib.afterActivity(expiry, account, former, day, deadline, version);
        if (begins) {
            (account, next) = _succeeded(expiry, member, account, former, NOT_BEGUN);
            (account, next, isAlive,) = LifeLib.afterActivity(expiry, account, next, day, deadline, version);
        }
        if (Former.unwrap(next) != Former.unwrap(former)) _formers[member] = next;
        return (account, next, isAlive);
    }

    /// @dev The current life goes into the former's place. What the former held is lapsed for good.
    function _succeeded(Expiry memory expiry, uint256 member, Account account, Former former, uint256 began)
        internal
        returns (Account, Former)
    {
        uint256 lapsed = former.pool();
        if (expiry.bindsLots) {
            uint256[] memory lots = LotListLib.read(_lotWords, member, account);
            for (uint256 i; i < lots.length; ++i) {
                if (!expiry.isBound(LotLib.version(lots[i]))) continue;
                if (former.ageOf(LotLib.life(lots[i])) == 0) {
                    // One number for all of a life, so that numbers can be used again.
                    lots[i] = LotLib.withLife(lots[i], former.life());
                } else {
                    lapsed += LotLib.amount(lots[i]);
                    lots[i] = 0;
                }
            }
            account = LotListLib.write(_lotWords, member, account, lots);
        }
        _writeOff(member, account, lapsed);
        return LifeLib.succeeded(account, former, began);
    }

    // ---------------------------------------------------------------- lots

    /// @dev A ring that is full is written anew, without what lapsed for good, and wider where that is not enough.
    function _addLot(uint256 member, Account account, uint256 bucket, uint256 miles) internal returns (Account) {
        uint256 later;
        if (account.count() == account.capacity()) {
            Expiry memory expiry = _expiryOf(block.timestamp);
            later = _later(expiry, bucket, account.hotBucket());
            uint256 lapsed;
            (account, lapsed) =
                SpendLib.rewrite(_lotWords, member, account, expiry, _clockOf(expiry, member, account), false);
            _writeOff(member, account, lapsed);
        }
        return LotRingLib.add(_lotWords, member, account, bucket, miles, later);
    }

    /// @dev Announced acts may concern one of two versions, so that stored days do not tell.
    function _later(Expiry memory expiry, uint256 a, uint256 b) private pure returns (uint256) {
        uint256 dayOfA = expiry.movedLotDay(a >> 8, a & 0xf);
        uint256 dayOfB = expiry.movedLotDay(b >> 8, b & 0xf);
        if (dayOfA == dayOfB) return a > b ? a : b;
        return dayOfA > dayOfB ? a : b;
    }

    function _balance(Expiry memory expiry, uint256 member, Account account) internal view returns (uint256) {
        Clock memory clock = _clockOf(expiry, member, account);
        uint256 live = SpendLib.liveBy(_lotWords, member, account, expiry, clock, ExpiryLib.NEVER);
        uint256 debt = account.debt();
        return live > debt ? live - debt : 0;
    }

    /// @dev Takes live miles; `got` of `wanted` were to be had.
    function _taken(Expiry memory expiry, uint256 member, Account account, SpendLib.Wanted memory wanted)
        internal
        returns (Account, uint256[] memory taken, uint256 got)
    {
        uint256 lapsed;
        Clock memory clock = _clockOf(expiry, member, account);
        (account, taken, lapsed) = SpendLib.take(_lotWords, member, account, expiry, clock, wanted);
        _writeOff(member, account, lapsed);
        return (account, taken, LotListLib.sum(taken));
    }

    /// @dev A debt that its field cannot hold is forgiven.
    function _indebted(Account account, uint256 miles) internal returns (Account, uint256 owed) {
        uint256 room = type(uint32).max - account.debt();
        owed = miles < room ? miles : room;
        _owed += uint80(owed);
        return (account.withDebt(account.debt() + owed), owed);
    }

    /// @dev Counts miles that lapsed for good and stand in no lot any more.
    function _writeOff(uint256 member, Account account, uint256 miles) internal {
        if (miles == 0) return;
        _writtenOff += uint80(miles);
        emit IMilesLedger.LotsWrittenOff(uint40(member), miles);
        _emitTransfer(member, account, -int256(miles));
    }

    /// @dev Miles that a linked member got (positive) or lost.
    function _emitTransfer(uint256 member, Account account, int256 miles) internal {
        if (!account.has(AccountLib.FLAG_LINKED)) return;
        address wallet = _wallets[member];
        if (miles > 0) emit IERC20.Transfer(address(0), wallet, uint256(miles));
        else emit IERC20.Transfer(wallet, address(0), uint256(-miles));
    }

    /// @dev Members have 40 bits, so the array's bounds hold by width.
    function _account(uint256 member) internal view returns (Account account) {
        assembly ("memory-safe") {
            account := sload(add(_accounts.slot, member))
        }
    }

    function _setAccount(uint256 member, Account account) internal {
        assembly ("memory-safe") {
            sstore(add(_accounts.slot, member), account)
        }
    }
}
