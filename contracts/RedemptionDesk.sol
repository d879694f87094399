// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMilesLedger} from "./interfaces/IMilesLedger.sol";
import {IPartnerRegistry} from "./interfaces/IPartnerRegistry.sol";
import {IRedemptionDesk} from "./interfaces/IRedemptionDesk.sol";
import {MemberConsent} from "./MemberConsent.sol";
import {Account, AccountLib} from "./types/Account.sol";
import {Family, FamilyLib} from "./types/Family.sol";
import {OrderKind, OrderState} from "./types/Order.sol";

/// @title Redemption desk
/// @notice Described in IRedemptionDesk.
contract RedemptionDesk is IRedemptionDesk, MemberConsent {
    bytes32 private constant REDEEM_TYPEHASH =
        keccak256("Redeem(uint40 member,uint32 reward,uint40 mostMiles,uint256 nonce,uint256 deadline)");
    bytes32 private constant WITHDRAW_TYPEHASH = keccak256("Withdraw(uint64 order,uint256 nonce,uint256 deadline)");
    bytes32 private constant PAY_TYPEHASH = keccak256(
        "Pay(uint40 member,uint24 partner,bytes32 bill,uint40 amountMinor,uint40 mostMiles,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant FAMILY_TYPEHASH =
        keccak256("Family(uint40 member,uint40[] members,uint256 nonce,uint256 deadline)");
    bytes32 private constant LEAVE_TYPEHASH =
        keccak256("Leave(uint40 member,uint64 family,uint256 nonce,uint256 deadline)");

    /// @dev Stock of a reward that never runs out.
    uint32 private constant UNLIMITED = type(uint32).max;
    uint8 private constant MOST_TIER = 15;

    IPartnerRegistry private immutable REGISTRY;

    uint32 private _rewardCount;
    uint64 private _orderCount;
    uint64 private _familyCount;
    mapping(uint32 reward => RewardTerms) private _rewards;
    mapping(uint32 reward => bytes32) private _details;
    mapping(uint64 order => Order) private _orders;
    mapping(uint24 partner => Till) private _tills;
    mapping(uint24 partner => mapping(bytes32 bill => uint64 order)) private _bills;
    mapping(uint64 family => Family) private _families;
    mapping(uint40 member => uint64 family) private _familyOf;

    constructor(address authority, IMilesLedger ledger_, IPartnerRegistry registry_)
        AccessManaged(authority)
        EIP712("Milepost Redemption Desk", "1")
        MemberConsent(ledger_)
    {
        REGISTRY = registry_;
    }

    // ---------------------------------------------------------------- rewards

    /// @inheritdoc IRedemptionDesk
    function addReward(RewardTerms calldata terms, bytes32 details) external restricted returns (uint32 reward) {
        _checkTerms(terms);
        reward = ++_rewardCount;
        _rewards[reward] = terms;
        _details[reward] = details;
        emit RewardAdded(reward, terms, details);
    }

    /// @inheritdoc IRedemptionDesk
    function changeReward(uint32 reward, RewardTerms calldata terms) external restricted {
        _knownReward(reward);
        _checkTerms(terms);
        _rewards[reward] = terms;
        emit RewardChanged(reward, terms);
    }

    /// @inheritdoc IRedemptionDesk
    function endReward(uint32 reward) external restricted {
        RewardTerms storage stored = _knownReward(reward);
        // An instant on chain has 40 bits for 34,000 years.
        if (stored.until > block.timestamp) stored.until = uint40(block.timestamp);
        emit RewardEnded(reward);
    }

    // ---------------------------------------------------------------- orders

    /// @inheritdoc IRedemptionDesk
    function redeem(uint40 member, uint32 reward, uint40 mostMiles, Consent calldata consent)
        external
        returns (uint64 order)
    {
        _requireConsent(member, abi.encode(REDEEM_TYPEHASH, member, reward, mostMiles), consent);
        RewardTerms storage stored = _knownReward(reward);
        RewardTerms memory terms = stored;
        if (block.timestamp < terms.from || block.timestamp >= terms.until) {
            revert RedemptionRewardNotOffered(reward, terms.from, terms.until);
        }
        uint256 tier = _account(member).tier();
        if (tier < terms.lowestTier) revert RedemptionTierTooLow(member, tier, terms.lowestTier);
        if (terms.stock == 0) revert RedemptionSoldOut(reward);
        if (terms.cost > mostMiles) revert RedemptionCostsMore(terms.cost, mostMiles);
        if (terms.stock != UNLIMITED) stored.stock = terms.stock - 1;
        Order memory placed;
        (placed.kind, placed.state) = (OrderKind.REWARD, OrderState.REQUESTED);
        (placed.member, placed.subject, placed.miles) = (member, reward, terms.cost);
        return _place(placed);
    }

    /// @inheritdoc IRedemptionDesk
    function fulfil(uint64 order) external restricted {
        _decide(order, OrderState.REQUESTED, OrderState.FULFILLED);
        emit OrderFulfilled(order, msg.sender);
    }

    /// @inheritdoc IRedemptionDesk
    function cancel(uint64 order, Draw[] calldata draws) external restricted {
        // A bill is fulfilled from the start, and goods come back to a till as they do to any shop.
        bool isBill = _orders[order].kind == OrderKind.BILL;
        _cancel(order, draws, isBill ? OrderState.FULFILLED : OrderState.REQUESTED);
    }

    /// @inheritdoc IRedemptionDesk
    function withdraw(uint64 order, Draw[] calldata draws, Consent calldata consent) external {
        _requireConsent(_orders[order].member, abi.encode(WITHDRAW_TYPEHASH, order), consent);
        _cancel(order, draws, OrderState.REQUESTED);
    }

    // ---------------------------------------------------------------- tills

    /// @inheritdoc IRedemptionDesk
    function payBill(
        uint40 member,
        uint24 partner,
        bytes32 bill,
        uint40 amountMinor,
        uint40 mostMiles,
        Consent calldata consent
    ) external returns (uint64 order) {
        bytes memory fields = abi.encode(PAY_TYPEHASH, member, partner, bill, amountMinor, mostMiles);
        _requireConsent(member, fields, consent);
        if (REGISTRY.partnerOf(partner).suspended) revert RedemptionPartnerSuspended(partner);
        if (_tills[partner].burnMiles == 0) revert RedemptionPartnerTakesNoMiles(partner);
        uint256 miles = milesFor(partner, amountMinor);
        if (bill == 0 || miles == 0 || miles > type(uint40).max) {
            revert RedemptionBillInvalid(partner, bill, amountMinor);
        }
        if (_bills[partner][bill] != 0) revert RedemptionBillPaid(partner, bill, _bills[partner][bill]);
        if (miles > mostMiles) revert RedemptionCostsMore(miles, mostMiles);
        _tills[partner].credited += uint64(miles);
        // The next order's number: `_place` gives it out.
        _bills[partner][bill] = _orderCount + 1;
        Order memory placed;
        (placed.kind, placed.state) = (OrderKind.BILL, OrderState.FULFILLED);
        (placed.member, placed.subject, placed.miles) = (member, partner, uint40(miles));
        (placed.amountMinor, placed.bill) = (amountMinor, bill);
        placed.decidedAt = uint40(block.timestamp);
        order = _place(placed);
        emit BillPaid(order, partner, bill, amountMinor);
    }

    /// @inheritdoc IRedemptionDesk
    function setBurnRate(uint24 partner, uint32 burnMiles, uint32 perMinor) external restricted {
        // Of a partner that is not registered it reverts.
        REGISTRY.partnerOf(partner);
        if (burnMiles != 0 && perMinor == 0) revert RedemptionBurnRateInvalid(partner, burnMiles, perMinor);
        (_tills[partner].burnMiles, _tills[partner].perMinor) = (burnMiles, perMinor);
        emit BurnRateSet(partner, burnMiles, perMinor);
    }

    /// @inheritdoc IRedemptionDesk
    function reimburse(uint24 partner, uint64 miles, bytes32 payment) external restricted {
        int256 owed = owedTo(partner);
        if (miles == 0 || int256(uint256(miles)) > owed) revert RedemptionNotOwed(partner, owed, miles);
        _tills[partner].reimbursed += miles;
        emit PartnerReimbursed(partner, miles, payment);
    }

    // ---------------------------------------------------------------- families

    /// @inheritdoc IRedemptionDesk
    function formFamily(uint40[] calldata members, Consent[] calldata consents) external returns (uint64 family) {
        if (members.length < 2 || members.length > FamilyLib.MOST || members.length != consents.length) {
            revert RedemptionFamilyInvalid(members.length, consents.length);
        }
        // EIP-712: of an array the hash of its words.
        bytes32 listHash = keccak256(abi.encodePacked(members));
        family = ++_familyCount;
        uint256 enrolled = LEDGER.totals().enrolled;
        Family formed;
        bool needsCustody;
        for (uint256 i; i < members.length; ++i) {
            uint40 member = members[i];
            if (member == 0 || member > enrolled) revert IMilesLedger.LedgerMemberUnknown(member);
            if (_familyOf[member] == family) revert RedemptionFamilyMemberTwice(member);
            bytes memory fields = abi.encode(FAMILY_TYPEHASH, member, listHash);
            if (!_takeSignature(member, fields, consents[i])) needsCustody = true;
            if (_familyOf[member] != 0) _leave(member);
            _familyOf[member] = family;
            formed = formed.withMember(i, member);
        }
        if (needsCustody) _requireCustody();
        _families[family] = formed;
        emit FamilyFormed(family, members);
    }

    /// @inheritdoc IRedemptionDesk
    function leaveFamily(uint40 member, Consent calldata consent) external {
        uint64 family = _familyOf[member];
        _requireConsent(member, abi.encode(LEAVE_TYPEHASH, member, family), consent);
        if (family == 0) revert RedemptionNoFamily(member);
        _leave(member);
    }

    // ---------------------------------------------------------------- reading

    /// @inheritdoc IRedemptionDesk
    function rewardOf(uint32 reward) external view returns (RewardTerms memory terms, bytes32 details) {
        return (_knownReward(reward), _details[reward]);
    }

    /// @inheritdoc IRedemptionDesk
    function rewardCount() external view returns (uint32) {
        return _rewardCount;
    }

    /// @inheritdoc IRedemptionDesk
    function orderOf(uint64 order) external view returns (Order memory) {
        return _orders[order];
    }

    /// @inheritdoc IRedemptionDesk
    function orderCount() external view returns (uint64) {
        return _orderCount;
    }

    /// @inheritdoc IRedemptionDesk
    function orderOfBill(uint24 partner, bytes32 bill) external view returns (uint64) {
        return _bills[partner][bill];
    }

    /// @inheritdoc IRedemptionDesk
    function tillOf(uint24 partner) external view returns (Till memory) {
        return _tills[partner];
    }

    /// @inheritdoc IRedemptionDesk
    function owedTo(uint24 partner) public view returns (int256) {
        Till storage till = _tills[partner];
        return int256(uint256(till.credited)) - int256(uint256(till.cancelled)) - int256(uint256(till.reimbursed));
    }

    /// @inheritdoc IRedemptionDesk
    function milesFor(uint24 partner, uint40 amountMinor) public view returns (uint256) {
        (uint256 miles, uint256 perMinor) = (_tills[partner].burnMiles, _tills[partner].perMinor);
        return miles == 0 ? 0 : Math.ceilDiv(amountMinor * miles, perMinor);
    }

    /// @inheritdoc IRedemptionDesk
    function familyOf(uint40 member) external view returns (uint64) {
        return _familyOf[member];
    }

    /// @inheritdoc IRedemptionDesk
    function membersOf(uint64 family) external view returns (uint40[] memory members) {
        Family stored = _families[family];
        uint256 count;
        while (count < FamilyLib.MOST && stored.memberAt(count) != 0) ++count;
        members = new uint40[](count);
        for (uint256 i; i < count; ++i) {
            members[i] = stored.memberAt(i);
        }
    }

    /// @inheritdoc IRedemptionDesk
    function redeemableBy(uint40 member) external view returns (uint256 miles) {
        if (_isClosed(member)) return 0;
        uint40[6] memory sources = _sourcesOf(member);
        for (uint256 i; i < FamilyLib.MOST; ++i) {
            miles += _liveOf(sources[i]);
        }
    }

    /// @inheritdoc IRedemptionDesk
    function registry() external view returns (address) {
        return address(REGISTRY);
    }

    // ---------------------------------------------------------------- within an order

    function _place(Order memory placed) private returns (uint64 order) {
        order = ++_orderCount;
        placed.placedAt = uint40(block.timestamp);
        placed.drawsHash = keccak256(abi.encode(_draw(order, placed.member, placed.miles)));
        _orders[order] = placed;
        emit OrderPlaced(order, placed.member, placed.kind, placed.subject, placed.miles);
    }

    /// @dev Takes miles of a member, then of the family. The ledger is the programme's own and calls nobody back.
    function _draw(uint64 order, uint40 member, uint256 miles) private returns (Draw[] memory draws) {
        if (_isClosed(member)) revert IMilesLedger.LedgerAccountClosed(member);
        uint40[6] memory sources = _sourcesOf(member);
        draws = new Draw[](FamilyLib.MOST);
        uint256 count;
        uint256 left = miles;
        for (uint256 i; i < FamilyLib.MOST && left != 0; ++i) {
            uint256 part = Math.min(_liveOf(sources[i]), left);
            if (part == 0) continue;
            left -= part;
            // Miles of an order have 40 bits.
            uint256[] memory taken = LEDGER.redeem(sources[i], uint40(part));
            draws[count++] = Draw(sources[i], taken);
            emit MilesDrawn(order, sources[i], taken);
        }
        if (left != 0) revert RedemptionMilesShort(member, miles - left, miles);
        // The list was made as long as it can be, and is now as long as it is.
        assembly ("memory-safe") {
            mstore(draws, count)
        }
    }

    function _cancel(uint64 order, Draw[] calldata draws, OrderState from) private {
        Order storage stored = _decide(order, from, OrderState.CANCELLED);
        if (keccak256(abi.encode(draws)) != stored.drawsHash) revert RedemptionDrawsWrong(order);
        if (stored.kind == OrderKind.BILL) {
            // Subjects of bills are partners.
            _tills[uint24(stored.subject)].cancelled += stored.miles;
        } else {
            RewardTerms storage terms = _rewards[stored.subject];
            // One below UNLIMITED stays: it would turn into it.
            if (terms.stock < UNLIMITED - 1) ++terms.stock;
        }
        for (uint256 i; i < draws.length; ++i) {
            LEDGER.cancelRedemption(draws[i].member, draws[i].taken);
        }
        emit OrderCancelled(order, msg.sender);
    }

    function _decide(uint64 order, OrderState from, OrderState state) private returns (Order storage stored) {
        stored = _orders[order];
        if (stored.state != from) revert RedemptionOrderDecided(order, stored.state);
        (stored.state, stored.decidedAt) = (state, uint40(block.timestamp));
    }

    function _leave(uint40 member) private {
        uint64 family = _familyOf[member];
        _familyOf[member] = 0;
        _families[family] = _families[family].without(member);
        emit FamilyLeft(family, member);
    }

    /// @dev Who is drawn on: the member, then the others of the family in its order; 0 at the end.
    function _sourcesOf(uint40 member) private view returns (uint40[6] memory sources) {
        sources[0] = member;
        Family others = _families[_familyOf[member]].without(member);
        for (uint256 i = 1; i < FamilyLib.MOST; ++i) {
            sources[i] = others.memberAt(i - 1);
        }
    }

    /// @dev Live miles that can be redeemed: none of a closed account, nor of no member.
    function _liveOf(uint40 member) private view returns (uint256) {
        if (member == 0 || _isClosed(member)) return 0;
        return LEDGER.balanceAt(member, uint48(block.timestamp));
    }

    function _isClosed(uint40 member) private view returns (bool) {
        return _account(member).has(AccountLib.FLAG_CLOSED);
    }

    function _account(uint40 member) private view returns (Account) {
        return Account.wrap(LEDGER.accountWord(member));
    }

    function _knownReward(uint32 reward) private view returns (RewardTerms storage stored) {
        stored = _rewards[reward];
        if (stored.cost == 0) revert RedemptionRewardUnknown(reward);
    }

    function _checkTerms(RewardTerms calldata terms) private pure {
        if (terms.cost == 0 || terms.from >= terms.until || terms.lowestTier > MOST_TIER) {
            revert RedemptionRewardInvalid(terms.cost, terms.from, terms.until, terms.lowestTier);
        }
    }
}
