// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {ShortString, ShortStrings} from "@openzeppelin/contracts/utils/ShortStrings.sol";
import {IMilesLedger} from "./interfaces/IMilesLedger.sol";
import {CalendarLib} from "./libraries/CalendarLib.sol";
import {LotListLib} from "./libraries/LotListLib.sol";
import {LotRingLib} from "./libraries/LotRingLib.sol";
import {WordsLib} from "./libraries/WordsLib.sol";
import {SettlerGuarded} from "./SettlerGuarded.sol";
import {Account, AccountLib, LotLib} from "./types/Account.sol";
import {Credit} from "./types/Award.sol";
import {Earning, StandingLib} from "./types/Earning.sol";
import {Outcome} from "./types/Outcome.sol";

/// @title Miles ledger
/// @notice Described in IMilesLedger.
// EIP712 comes first: its strings would part the settler from what shares its slot.
contract MilesLedger is IMilesLedger, EIP712, SettlerGuarded {
    bytes32 private constant LINK_TYPEHASH =
        keccak256("Link(uint40 member,address wallet,uint256 nonce,uint256 deadline)");
    int16 private constant MOST_OFFSET = 14 * 60;
    uint16 private constant MOST_MONTHS = 600;
    uint16 private constant MOST_MONTHS_BY_DAY = 48;
    uint8 private constant MOST_TIER = 15;
    /// @dev The version of the one rule this ledger has so far; lots carry it.
    uint256 private constant RULE_VERSION = 1;

    int16 private immutable UTC_OFFSET;
    uint16 private immutable MONTHS;
    uint8 private immutable ALIGN;
    uint16 private immutable RING_WORDS;
    ShortString private immutable NAME;
    ShortString private immutable SYMBOL;

    // In the settler's slot.
    uint40 private _enrolled;

    // One slot, rewritten once a report.
    uint80 private _credited;
    uint80 private _reversed;
    uint80 private _redeemed;
    /// @dev A fixed array, so that an account's slot is a sum and not a hash: about 80 gas a credit (docs/decisions/0002).
    uint256[1 << 40] private _accounts;
    /// @dev Index: member 40 | ring word 9.
    uint256[1 << 49] private _lotWords;
    mapping(uint256 member => address) private _wallets;
    mapping(address wallet => uint40) private _members;
    mapping(address wallet => uint256) private _linkNonces;
    // One slot: whom adjustments come from, and what lapsed and no longer stands in any lot.
    address private _adjuster;
    uint80 private _writtenOff;

    modifier onlyAdjuster() {
        if (msg.sender != _adjuster) revert LedgerAdjusterUnauthorized(msg.sender);
        _;
    }

    constructor(address authority, string memory name_, string memory symbol_, LotRule memory rule)
        AccessManaged(authority)
        EIP712("Milepost Ledger", "1")
    {
        bool monthsValid = rule.months != 0
            && rule.months <= (rule.align == CalendarLib.ALIGN_DAY ? MOST_MONTHS_BY_DAY : MOST_MONTHS);
        bool offsetValid = rule.utcOffset >= -MOST_OFFSET && rule.utcOffset <= MOST_OFFSET;
        if (!monthsValid || !offsetValid || rule.align > CalendarLib.ALIGN_YEAR) {
            revert LedgerRuleInvalid(rule.months, rule.align, rule.utcOffset);
        }
        (UTC_OFFSET, MONTHS, ALIGN) = (rule.utcOffset, rule.months, rule.align);
        RING_WORDS = rule.align == CalendarLib.ALIGN_DAY ? 512 : 16;
        NAME = ShortStrings.toShortString(name_);
        SYMBOL = ShortStrings.toShortString(symbol_);
    }

    // ---------------------------------------------------------------- settling

    /// @inheritdoc IMilesLedger
    function open(bytes calldata earnings) external view returns (bytes memory standings) {
        standings = WordsLib.allocateToReturn(earnings.length >> 5);
        uint256 enrolled = _enrolled;
        uint256 today = CalendarLib.dayOf(block.timestamp, UTC_OFFSET);
        uint256 earningAt = WordsLib.dataOf(earnings);
        uint256 standingAt = WordsLib.dataIn(standings);
        // Purchases of a report lie close together, so what a day gives is kept until the day changes.
        uint256 dayBegins = type(uint256).max;
        uint256 bucket;
        // Cursors stay within the words; instants and days are far below 2^256, and an instant before the day wraps
        // past its end.
        unchecked {
            for (uint256 end = earningAt + earnings.length; earningAt < end; earningAt += 32) {
                Earning earning = WordsLib.earningAt(earningAt);
                uint256 standing = earning.outcome();
                if (standing == Outcome.CREDITED) {
                    if (earning.occurredAt() - dayBegins >= 1 days) {
                        (dayBegins, bucket) = _bucketOf(earning.occurredAt(), today);
                    }
                    standing = _standing(earning.member(), enrolled, bucket);
                }
                WordsLib.storeAt(standingAt, standing);
                standingAt += 32;
            }
        }
        WordsLib.giveBack(standings);
    }

    /// @inheritdoc IMilesLedger
    function credit(bytes calldata credits) external onlySettler {
        uint256 creditAt = WordsLib.dataOf(credits);
        uint256 total;
        // The sum is below 2^16 credits of 2^40 miles; amounts in accounts are checked where lots meet.
        unchecked {
            for (uint256 end = creditAt + credits.length; creditAt < end; creditAt += 32) {
                Credit credited = WordsLib.creditAt(creditAt);
                uint256 member = credited.member();
                uint256 miles = credited.miles();
                Account account = _account(member);
                if (credited.scratch() != 0) account = account.withScratch(uint32(credited.scratch()));
                if (account.fitsHot(credited.bucket(), miles)) account = account.plusHot(miles);
                else account = LotRingLib.add(_lotWords, RING_WORDS, member, account, credited.bucket(), miles);
                _setAccount(member, account);
                total += miles;
                if (account.has(AccountLib.FLAG_LINKED)) emit Transfer(address(0), _wallets[member], miles);
            }
        }
        _credited += uint80(total);
    }

    // ---------------------------------------------------------------- members

    /// @inheritdoc IMilesLedger
    function enrol(uint40 count) external restricted returns (uint40 first) {
        uint256 enrolled = _enrolled;
        if (count == 0 || enrolled + count > type(uint40).max) revert LedgerEnrolmentInvalid(count);
        first = uint40(enrolled + 1);
        _enrolled = uint40(enrolled + count);
        emit MembersEnrolled(first, count);
    }

    /// @inheritdoc IMilesLedger
    function setProfile(uint40 member, uint8 tier, uint32 segments) external restricted {
        if (tier > MOST_TIER) revert LedgerTierInvalid(tier);
        _setAccount(member, _openAccount(member).withProfile(tier, segments));
        emit ProfileWritten(member, tier, segments);
    }

    /// @inheritdoc IMilesLedger
    function close(uint40 member) external restricted {
        _setAccount(member, _openAccount(member).withFlag(AccountLib.FLAG_CLOSED, true));
        emit AccountClosed(member);
    }

    /// @inheritdoc IMilesLedger
    function link(uint40 member, address wallet, uint256 deadline, bytes calldata signature) external restricted {
        if (block.timestamp > deadline) revert LedgerLinkExpired(deadline, block.timestamp);
        Account account = _openAccount(member);
        if (account.has(AccountLib.FLAG_LINKED)) revert LedgerMemberLinked(member);
        if (_members[wallet] != 0 || wallet == address(0)) revert LedgerWalletTaken(wallet);
        bytes32 digest =
            _hashTypedDataV4(keccak256(abi.encode(LINK_TYPEHASH, member, wallet, _linkNonces[wallet]++, deadline)));
        if (!SignatureChecker.isValidSignatureNow(wallet, digest, signature)) revert LedgerLinkSignatureInvalid(wallet);
        _setAccount(member, account.withFlag(AccountLib.FLAG_LINKED, true));
        (_wallets[member], _members[wallet]) = (wallet, member);
        emit WalletLinked(member, wallet);
        emit Transfer(address(0), wallet, balanceAt(member, uint48(block.timestamp)));
    }

    /// @inheritdoc IMilesLedger
    function unlink(uint40 member) external {
        address wallet = _wallets[member];
        if (wallet == address(0)) revert LedgerMemberNotLinked(member);
        // The wallet may always leave; anyone else needs the role.
        if (msg.sender != wallet) _checkCanCall(msg.sender, msg.data);
        _setAccount(member, _account(member).withFlag(AccountLib.FLAG_LINKED, false));
        delete _wallets[member];
        delete _members[wallet];
        emit WalletUnlinked(member, wallet);
        emit Transfer(wallet, address(0), balanceAt(member, uint48(block.timestamp)));
    }

    // ---------------------------------------------------------------- adjusting

    /// @inheritdoc IMilesLedger
    function setAdjuster(address adjuster_) external restricted {
        _adjuster = adjuster_;
        emit AdjusterSet(adjuster_);
    }

    /// @inheritdoc IMilesLedger
    function adjustUp(uint40 member, uint40 miles) external onlyAdjuster returns (uint16 lastDay) {
        Account account = _openAccount(member);
        lastDay = lastDayOf(uint48(block.timestamp));
        uint256[] memory added = new uint256[](1);
        added[0] = LotLib.pack(miles, LotLib.packBucket(RULE_VERSION, lastDay));
        _setLots(member, account, LotListLib.merge(_liveLots(member, account), added));
        _credited += miles;
        _emitTransfer(member, account, int256(uint256(miles)));
    }

    /// @inheritdoc IMilesLedger
    function adjustDown(uint40 member, uint40 miles) external onlyAdjuster {
        Account account = _knownAccount(member);
        uint256[] memory lots = _liveLots(member, account);
        uint256 live = LotListLib.sum(lots);
        if (miles > live) revert LedgerMilesShort(member, live, miles);
        LotListLib.take(lots, miles);
        _setLots(member, account, lots);
        _reversed += miles;
        _emitTransfer(member, account, -int256(uint256(miles)));
    }

    /// @inheritdoc IMilesLedger
    function merge(uint40 from, uint40 into) external onlyAdjuster returns (uint256 miles) {
        if (from == into) revert LedgerMergeIntoItself(from);
        Account source = _openAccount(from);
        Account target = _openAccount(into);
        uint256[] memory moved = _liveLots(from, source);
        miles = LotListLib.sum(moved);
        _setLots(into, target, LotListLib.merge(moved, _liveLots(into, target)));
        _setLots(from, source.withFlag(AccountLib.FLAG_CLOSED, true), new uint256[](0));
        emit AccountsMerged(from, into, miles);
        _emitTransfer(from, source, -int256(miles));
        _emitTransfer(into, target, int256(miles));
    }

    /// @inheritdoc IMilesLedger
    function writeOff(uint40 member) external returns (uint256 miles) {
        Account account = _knownAccount(member);
        uint256 before = _writtenOff;
        uint256[] memory lots = _liveLots(member, account);
        miles = _writtenOff - before;
        if (miles != 0) _setLots(member, account, lots);
    }

    // ---------------------------------------------------------------- reading

    /// @inheritdoc IMilesLedger
    function balanceAt(uint40 member, uint48 instant) public view returns (uint256) {
        uint256 day = CalendarLib.dayOf(instant, UTC_OFFSET);
        Account account = _account(member);
        uint256 live = LotRingLib.liveOn(_lotWords, RING_WORDS, member, account, day);
        uint256 debt = account.debt();
        return live > debt ? live - debt : 0;
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
    function lastDayOf(uint48 earnedAt) public view returns (uint16) {
        return uint16(CalendarLib.lastDayOf(CalendarLib.dayOf(earnedAt, UTC_OFFSET), MONTHS, ALIGN));
    }

    /// @inheritdoc IMilesLedger
    function dayOf(uint48 instant) external view returns (uint16) {
        return uint16(CalendarLib.dayOf(instant, UTC_OFFSET));
    }

    /// @inheritdoc IMilesLedger
    function lotRule() external view returns (LotRule memory) {
        return LotRule({utcOffset: UTC_OFFSET, months: MONTHS, align: ALIGN});
    }

    /// @inheritdoc IMilesLedger
    function ringWords() external view returns (uint16) {
        return RING_WORDS;
    }

    /// @inheritdoc IMilesLedger
    function totals() external view returns (Totals memory) {
        return Totals({
            enrolled: _enrolled,
            credited: _credited,
            reversed: _reversed,
            redeemed: _redeemed,
            writtenOff: _writtenOff
        });
    }

    /// @inheritdoc IMilesLedger
    function adjuster() external view returns (address) {
        return _adjuster;
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

    // ---------------------------------------------------------------- ERC-20 face

    function name() external view returns (string memory) {
        return ShortStrings.toString(NAME);
    }

    function symbol() external view returns (string memory) {
        return ShortStrings.toString(SYMBOL);
    }

    function decimals() external pure returns (uint8) {
        return 0;
    }

    /// @notice Credited less redeemed, reversed and written off, of all members: an upper bound, as lapse writes nothing.
    function totalSupply() external view returns (uint256) {
        return _credited - _redeemed - _reversed - _writtenOff;
    }

    /// @notice Live miles of the member a wallet is linked to, 0 for an unlinked wallet.
    function balanceOf(address wallet) external view returns (uint256) {
        uint40 member = _members[wallet];
        return member == 0 ? 0 : balanceAt(member, uint48(block.timestamp));
    }

    function allowance(address, address) external pure returns (uint256) {
        return 0;
    }

    function transfer(address, uint256) external pure returns (bool) {
        revert LedgerMilesNotTransferable();
    }

    function approve(address, uint256) external pure returns (bool) {
        revert LedgerMilesNotTransferable();
    }

    function transferFrom(address, address, uint256) external pure returns (bool) {
        revert LedgerMilesNotTransferable();
    }

    // ---------------------------------------------------------------- storage

    function _knownAccount(uint40 member) private view returns (Account) {
        if (member == 0 || member > _enrolled) revert LedgerMemberUnknown(member);
        return _account(member);
    }

    function _openAccount(uint40 member) private view returns (Account account) {
        account = _knownAccount(member);
        if (account.has(AccountLib.FLAG_CLOSED)) revert LedgerAccountClosed(member);
    }

    /// @dev The day of an instant, by when it begins, and the `Standing` bits of its lot: CREDITED and bucket, or LOT_VOID.
    function _bucketOf(uint256 instant, uint256 today) private view returns (uint256 dayBegins, uint256 bucket) {
        uint256 day = CalendarLib.dayOf(instant, UTC_OFFSET);
        uint256 lastDay = CalendarLib.lastDayOf(day, MONTHS, ALIGN);
        dayBegins = CalendarLib.beginOf(day, UTC_OFFSET);
        bucket = lastDay < today ? Outcome.LOT_VOID : StandingLib.packBucket(RULE_VERSION, lastDay);
    }

    /// @dev A member's standing for a lot: tier, segments and scratch stand as in the account word.
    function _standing(uint256 member, uint256 enrolled, uint256 bucket) private view returns (uint256 standing) {
        standing = Outcome.UNKNOWN_MEMBER;
        // Member 0 wraps to the largest number.
        unchecked {
            if (member - 1 < enrolled) {
                Account account = _account(member);
                bool closed = account.has(AccountLib.FLAG_CLOSED);
                standing = closed ? Outcome.CLOSED_ACCOUNT : bucket | account.profileAndScratch();
            }
        }
    }

    /// @dev A member's lots that are live now; those that are not are written off, and the caller stores what is left.
    function _liveLots(uint40 member, Account account) private returns (uint256[] memory lots) {
        uint256 today = CalendarLib.dayOf(block.timestamp, UTC_OFFSET);
        uint256 lapsed;
        (lots, lapsed) = LotListLib.read(_lotWords, RING_WORDS, member, account, today);
        if (lapsed == 0) return lots;
        _writtenOff += uint80(lapsed);
        emit LotsWrittenOff(member, lapsed);
        _emitTransfer(member, account, -int256(lapsed));
    }

    function _setLots(uint40 member, Account account, uint256[] memory lots) private {
        _setAccount(member, LotListLib.write(_lotWords, RING_WORDS, member, account, lots));
    }

    /// @dev Miles that a linked member got (positive) or lost.
    function _emitTransfer(uint40 member, Account account, int256 miles) private {
        if (!account.has(AccountLib.FLAG_LINKED)) return;
        address wallet = _wallets[member];
        if (miles > 0) emit Transfer(address(0), wallet, uint256(miles));
        else emit Transfer(wallet, address(0), uint256(-miles));
    }

    /// @dev Members have 40 bits, so the array's bounds hold by width.
    function _account(uint256 member) private view returns (Account account) {
        assembly ("memory-safe") {
            account := sload(add(_accounts.slot, member))
        }
    }

    function _setAccount(uint256 member, Account account) private {
        assembly ("memory-safe") {
            sstore(add(_accounts.slot, member), account)
        }
    }
}
