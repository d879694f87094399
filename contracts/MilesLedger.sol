// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {ShortString, ShortStrings} from "@openzeppelin/contracts/utils/ShortStrings.sol";
import {IMilesLedger} from "./interfaces/IMilesLedger.sol";
import {IProgrammeRules} from "./interfaces/IProgrammeRules.sol";
import {AccrualLib, Accruals} from "./libraries/AccrualLib.sol";
import {ExpiryLib} from "./libraries/ExpiryLib.sol";
import {LifeLib} from "./libraries/LifeLib.sol";
import {PartLib} from "./libraries/PartLib.sol";
import {WordsLib} from "./libraries/WordsLib.sol";
import {LedgerActs} from "./LedgerActs.sol";
import {LedgerViews} from "./LedgerViews.sol";
import {Account, AccountLib, LotLib} from "./types/Account.sol";
import {Credit} from "./types/Award.sol";
import {Earning, StandingLib} from "./types/Earning.sol";
import {Former} from "./types/Former.sol";
import {Expiry} from "./types/Rule.sol";
import {Outcome} from "./types/Outcome.sol";

/// @title Miles ledger
/// @notice Described in IMilesLedger.
// LedgerViews comes first: what LedgerAccounts declares must lie where the other parts find it.
contract MilesLedger is LedgerViews, EIP712 {
    using ExpiryLib for Expiry;

    bytes32 private constant LINK_TYPEHASH =
        keccak256("Link(uint40 member,address wallet,uint256 nonce,uint256 deadline)");
    uint8 private constant MOST_TIER = 15;

    /// @dev The second part of this contract, deployed by it and never another.
    address private immutable ACTS;
    /// @dev The third part, `LedgerReversals`: deployed by itself, as no tx takes the code of all three.
    address private immutable REVERSALS;
    ShortString private immutable NAME;
    ShortString private immutable SYMBOL;

    constructor(
        address authority,
        address reversals,
        string memory name_,
        string memory symbol_,
        Settings memory settings_,
        RuleVersion[] memory versions
    ) AccessManaged(authority) EIP712("Milepost Ledger", "1") {
        ACTS = address(new LedgerActs());
        // Nothing at an address would answer that all was reversed.
        if (reversals.code.length == 0) revert LedgerReversalsMissing(reversals);
        REVERSALS = reversals;
        _setRules(settings_, versions);
        NAME = ShortStrings.toShortString(name_);
        SYMBOL = ShortStrings.toShortString(symbol_);
    }

    // ---------------------------------------------------------------- settling

    /// @inheritdoc IMilesLedger
    function open(bytes calldata earnings) external onlySettler returns (bytes memory standings) {
        standings = WordsLib.allocateToReturn(earnings.length >> 5);
        uint256 enrolled = _enrolled;
        Expiry memory expiry = _expiryOf(block.timestamp);
        Accruals memory accruals;
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
                        (dayBegins, bucket) = AccrualLib.bucketOf(expiry, earning.occurredAt(), accruals);
                    }
                    standing = _standing(earning.member(), enrolled, bucket, expiry, accruals);
                } else if (standing == Outcome.REVERSED) {
                    standing = _amendedStanding(earning, expiry);
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
                total += miles;
                if (credited.isRare()) {
                    (account, miles) = _withRare(account, credited);
                    if (miles == 0) {
                        _setAccount(member, account);
                        continue;
                    }
                }
                if (account.fitsHot(credited.bucket(), miles)) account = account.plusHot(miles);
                else if (LotLib.isPool(credited.bucket())) account = account.plusPool(miles);
                else account = _addLot(member, account, credited.bucket(), miles);
                _setAccount(member, account);
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
        Account account = _openAccount(member);
        _setAccount(member, _inTier(member, account, tier).withProfile(tier, segments));
        emit ProfileWritten(member, tier, segments);
    }

    /// @inheritdoc IMilesLedger
    function close(uint40 member) external restricted {
        _setAccount(member, _openAccount(member).withFlag(AccountLib.FLAG_CLOSED, true));
        emit AccountClosed(member);
    }

    /// @inheritdoc IMilesLedger
    function closeLapsed(uint40 member) external restricted {
        Account account = _openAccount(member);
        Expiry memory expiry = _expiryOf(block.timestamp);
        bool isOver = account.deadline() != 0
            && LifeLib.isOver(expiry, _clockOf(expiry, member, account).deadline);
        if (!expiry.terms.closesAccounts() || !isOver || _balance(expiry, member, account) != 0) {
            revert LedgerAccountNotLapsed(member);
        }
        _setAccount(member, account.withFlag(AccountLib.FLAG_CLOSED, true));
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

    // ---------------------------------------------------------------- rules

    /// @inheritdoc IProgrammeRules
    function announceRule(RuleVersion calldata rule) external restricted {
        _announceRule(rule);
    }

    /// @inheritdoc IProgrammeRules
    function announceAct(uint8 kind, uint8 versions, uint16 fromDay, int32 value) external restricted {
        _announceAct(kind, versions, fromDay, value);
    }

    /// @inheritdoc IMilesLedger
    function setDesk(address desk, uint8 acts) external restricted {
        _desks[desk] = acts;
        emit DeskSet(desk, acts);
    }

    // ---------------------------------------------------------------- acts, see LedgerActs and LedgerReversals

    /// @inheritdoc IMilesLedger
    function adjustUp(uint40, uint40) external returns (uint16) {
        _act();
    }

    /// @inheritdoc IMilesLedger
    function adjustDown(uint40, uint40) external {
        _act();
    }

    /// @inheritdoc IMilesLedger
    function redeem(uint40, uint40) external returns (uint256[] memory) {
        _act();
    }

    /// @inheritdoc IMilesLedger
    function cancelRedemption(uint40, uint256[] calldata) external {
        _act();
    }

    /// @inheritdoc IMilesLedger
    function buy(uint40, uint40) external returns (uint16) {
        _act();
    }

    /// @inheritdoc IMilesLedger
    function extend(uint40, uint16, uint40) external returns (uint256) {
        _act();
    }

    /// @inheritdoc IMilesLedger
    function transferMiles(uint40, uint40, uint40) external {
        _act();
    }

    /// @inheritdoc IMilesLedger
    function merge(uint40, uint40) external returns (uint256) {
        _act();
    }

    /// @inheritdoc IMilesLedger
    function writeOff(uint40, uint16) external returns (uint256) {
        _actBy(REVERSALS);
    }

    /// @inheritdoc IMilesLedger
    function reverse(bytes calldata) external {
        _actBy(REVERSALS);
    }

    /// @inheritdoc IMilesLedger
    function collect(uint40) external returns (uint256) {
        _actBy(REVERSALS);
    }

    function _act() private {
        _actBy(ACTS);
    }

    /// @dev Ends the call with what another part answers.
    function _actBy(address part) private {
        PartLib.answer(part);
    }

    /// @inheritdoc IMilesLedger
    function reversalsPart() external view returns (address) {
        return REVERSALS;
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

    /// @notice Credited and owed less redeemed, reversed and written off, of all members: an upper bound, as lapse writes nothing.
    function totalSupply() external view returns (uint256) {
        return uint256(_credited) + _owed - _redeemed - _reversed - _writtenOff;
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

    // ---------------------------------------------------------------- tiers

    /// @dev Before and after a tier is written: an exempt member's miles go on, and what has lapsed stays lapsed.
    function _inTier(uint256 member, Account account, uint256 tier) private returns (Account) {
        if (account.deadline() == 0) return account;
        Expiry memory expiry = _expiryOf(block.timestamp);
        bool wasExempt = LifeLib.isExempt(expiry, account);
        if (wasExempt == LifeLib.isExempt(expiry, account.withProfile(tier, 0))) return account;
        if (wasExempt) return LifeLib.resumed(expiry, account);
        if (_clockOf(expiry, member, account).deadline >= expiry.today) return account;
        Former former = _formerOf(member, account);
        (account, former) = _succeeded(expiry, member, account, former, expiry.today);
        _formers[member] = former;
        return account;
    }

    // ---------------------------------------------------------------- settling a report's purchases

    /// @dev Of an amendment: where the lot of its purchase stands, and whether it is alive. No activity, closed or not.
    function _amendedStanding(Earning earning, Expiry memory expiry) private view returns (uint256 standing) {
        uint256 member = earning.member();
        Account account = _account(member);
        (uint256 bucket, bool isOver) =
            AccrualLib.lotOf(expiry, _clockOf(expiry, member, account), earning.occurredAt());
        standing = Outcome.REVERSED | (bucket << 8) | account.profileAndScratch();
        if (isOver || account.has(AccountLib.FLAG_CLOSED)) standing |= StandingLib.IS_OVER;
    }

    /// @dev What a credit says beyond its miles: the member's scratch, and what of the miles pays its debt.
    /// @return miles The rest.
    function _withRare(Account account, Credit credited) private returns (Account, uint256 miles) {
        uint256 scratch = credited.scratch();
        if (scratch != 0) account = account.withScratch(uint32(scratch));
        uint256 offset = credited.debtOffset();
        if (offset == 0) return (account, credited.miles());
        _owed -= uint80(offset);
        return (account.withDebt(account.debt() - offset), credited.miles() - offset);
    }

    /// @dev A member's standing for a lot: tier, segments and scratch stand as in the account word.
    function _standing(
        uint256 member,
        uint256 enrolled,
        uint256 bucket,
        Expiry memory expiry,
        Accruals memory accruals
    ) private returns (uint256 standing) {
        standing = Outcome.UNKNOWN_MEMBER;
        // Member 0 wraps to the largest number.
        unchecked {
            if (member - 1 < enrolled) {
                Account account = _account(member);
                if (account.has(AccountLib.FLAG_CLOSED)) return Outcome.CLOSED_ACCOUNT;
                if (bucket & AccrualLib.BY_CLOCK != 0) bucket = _bucketByClock(member, account, bucket ^ AccrualLib.BY_CLOCK, expiry, accruals);
                standing = bucket | account.profileAndScratch();
            }
        }
    }

    /// @dev Counts an accrual as activity; its miles need a life that it belongs to.
    function _bucketByClock(
        uint256 member,
        Account account,
        uint256 bucket,
        Expiry memory expiry,
        Accruals memory accruals
    ) private returns (uint256) {
        bool isAlive;
        Former former;
        (account, former, isAlive) =
            _afterActivity(expiry, member, account, accruals.day, accruals.deadline, accruals.version);
        _setAccount(member, account);
        if (!accruals.needsLife) return bucket;
        if (!isAlive) return Outcome.LOT_VOID;
        if (accruals.isPool) return StandingLib.packBucket(0, expiry.movedDeadline(account.deadline()));
        return bucket | StandingLib.packBucket(former.life() << 4, 0);
    }
}
