// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {OrderKind, OrderState} from "../types/Order.sol";
import {IMemberConsent} from "./IMemberConsent.sol";

/// @title Redemption desk: members spend miles on rewards and at partners' tills, and a family on one account
/// @notice An order takes miles at once, in the programme's spending order, and is requested, then fulfilled or cancelled.
/// A cancelled one gives each mile back to the lot it came from, with its last day, even one that is past.
/// @dev Upholds INV-1, INV-4, INV-9: miles move by the ledger's `redeem` and `cancelRedemption` alone. What was taken of
/// which lot is not stored but hashed: who cancels brings it along, as `MilesDrawn` logged it.
interface IRedemptionDesk is IMemberConsent {
    /// @param cost Miles, 1 or more.
    /// @param stock How many are left; 4,294,967,295 where they never run out.
    /// @param from First unix second at which it is offered.
    /// @param until First unix second at which it is no longer; 1,099,511,627,775 for no end.
    /// @param lowestTier Members of this tier and higher may have it, 0 to 15.
    struct RewardTerms {
        uint40 cost;
        uint32 stock;
        uint40 from;
        uint40 until;
        uint8 lowestTier;
    }

    /// @param subject Reward or partner.
    /// @param miles What it took in all, of one member or a family.
    /// @param amountMinor Of a bill its amount in minor currency units, else 0.
    /// @param placedAt Unix seconds.
    /// @param decidedAt When it was fulfilled or cancelled, unix seconds; 0 while requested.
    /// @param drawsHash keccak256 of the draws, ABI encoded.
    /// @param bill Of a bill its reference hash, else 0.
    struct Order {
        OrderKind kind;
        OrderState state;
        uint40 member;
        uint32 subject;
        uint40 miles;
        uint40 amountMinor;
        uint40 placedAt;
        uint40 decidedAt;
        bytes32 drawsHash;
        bytes32 bill;
    }

    /// @notice What an order took of one member.
    /// @param taken As IMilesLedger.redeem returned it.
    struct Draw {
        uint40 member;
        uint256[] taken;
    }

    /// @notice A partner that takes miles. Owed to it = credited - cancelled - reimbursed.
    /// @param burnMiles Miles for each `perMinor`, 0 where it takes none.
    /// @param perMinor Minor currency units. A bill costs ceil(amount * burnMiles / perMinor).
    /// @param credited Miles of all its bills.
    /// @param cancelled Miles of those that were cancelled.
    /// @param reimbursed Miles the programme has paid for.
    struct Till {
        uint32 burnMiles;
        uint32 perMinor;
        uint64 credited;
        uint64 cancelled;
        uint64 reimbursed;
    }

    /// @param details Hash of the reward's description.
    event RewardAdded(uint32 indexed reward, RewardTerms terms, bytes32 details);
    event RewardChanged(uint32 indexed reward, RewardTerms terms);
    event RewardEnded(uint32 indexed reward);
    /// @param subject Reward or partner.
    event OrderPlaced(
        uint64 indexed order, uint40 indexed member, OrderKind kind, uint32 indexed subject, uint40 miles
    );
    /// @param taken Packed lots as IMilesLedger.redeem returned them; `cancel` needs them as they are.
    event MilesDrawn(uint64 indexed order, uint40 indexed member, uint256[] taken);
    event OrderFulfilled(uint64 indexed order, address indexed by);
    event OrderCancelled(uint64 indexed order, address indexed by);
    event BillPaid(uint64 indexed order, uint24 indexed partner, bytes32 indexed bill, uint40 amountMinor);
    event BurnRateSet(uint24 indexed partner, uint32 burnMiles, uint32 perMinor);
    /// @param payment Hash of the payment it was made by.
    event PartnerReimbursed(uint24 indexed partner, uint64 miles, bytes32 payment);
    event FamilyFormed(uint64 indexed family, uint40[] members);
    event FamilyLeft(uint64 indexed family, uint40 indexed member);

    /// @notice No cost, a window without a second, or a tier above 15.
    error RedemptionRewardInvalid(uint40 cost, uint40 from, uint40 until, uint8 lowestTier);
    error RedemptionRewardUnknown(uint32 reward);
    error RedemptionRewardNotOffered(uint32 reward, uint256 from, uint256 until);
    error RedemptionSoldOut(uint32 reward);
    error RedemptionTierTooLow(uint40 member, uint256 tier, uint256 lowest);
    /// @notice It costs more miles than the member agreed to.
    error RedemptionCostsMore(uint256 miles, uint256 most);
    /// @notice More miles are to be spent than the member, and the family, have alive.
    error RedemptionMilesShort(uint40 member, uint256 live, uint256 wanted);
    /// @notice The order is fulfilled or cancelled already, or there is none of this number.
    error RedemptionOrderDecided(uint64 order, OrderState state);
    /// @notice Not what the order took: bring the draws of its `MilesDrawn` logs, in their order.
    error RedemptionDrawsWrong(uint64 order);
    error RedemptionPartnerSuspended(uint24 partner);
    error RedemptionPartnerTakesNoMiles(uint24 partner);
    error RedemptionBurnRateInvalid(uint24 partner, uint32 burnMiles, uint32 perMinor);
    /// @notice A bill has a reference and an amount, and costs less than 2^40 miles.
    error RedemptionBillInvalid(uint24 partner, bytes32 bill, uint40 amountMinor);
    error RedemptionBillPaid(uint24 partner, bytes32 bill, uint64 order);
    /// @notice No more is reimbursed than is owed.
    error RedemptionNotOwed(uint24 partner, int256 owed, uint64 wanted);
    /// @notice A family has two to six members, no one twice, each with a consent.
    error RedemptionFamilyInvalid(uint256 members, uint256 consents);
    error RedemptionFamilyMemberTwice(uint40 member);
    error RedemptionNoFamily(uint40 member);

    /// @notice Adds a reward. Restricted.
    /// @return reward Ids rise from 1.
    function addReward(RewardTerms calldata terms, bytes32 details) external returns (uint32 reward);

    /// @notice Changes a reward for orders to come; a member's signature says the most miles it is good for. Restricted.
    function changeReward(uint32 reward, RewardTerms calldata terms) external;

    /// @notice Ends a reward now: nobody can redeem for it any more. Restricted.
    function endReward(uint32 reward) external;

    /// @notice Requests a reward. By the member's signature over EIP-712
    /// Redeem(uint40 member,uint32 reward,uint40 mostMiles,uint256 nonce,uint256 deadline), or by custody.
    /// @dev Takes miles of the member, then, where these do not do, of the family in its order; who gave none of them has no
    /// activity. Reverts, in this order, if consent fails (IMemberConsent), the reward is unknown, not offered now, not for
    /// this tier, sold out, or dearer than `mostMiles`; if the account is closed (LedgerAccountClosed); if too few live.
    /// @param mostMiles Most miles the member agrees to.
    function redeem(uint40 member, uint32 reward, uint40 mostMiles, Consent calldata consent)
        external
        returns (uint64 order);

    /// @notice Says that the reward was handed over. Restricted. It is final.
    function fulfil(uint64 order) external;

    /// @notice Cancels a requested order, or a bill at any time, and gives the miles back. Restricted.
    /// @dev The reward's stock comes back, or the partner is owed less: where it was reimbursed already, its next bills make
    /// up for it. A bill stays paid: paying it again needs another reference.
    /// @param draws What it took, as `MilesDrawn` logged it, in that order.
    function cancel(uint64 order, Draw[] calldata draws) external;

    /// @notice Cancels one's own requested order. By the signature of who ordered over EIP-712
    /// Withdraw(uint64 order,uint256 nonce,uint256 deadline), or by custody. As `cancel`; not a bill.
    function withdraw(uint64 order, Draw[] calldata draws, Consent calldata consent) external;

    /// @notice Pays a bill at a partner's till. By the member's signature over EIP-712 Pay(uint40 member,uint24 partner,
    /// bytes32 bill,uint40 amountMinor,uint40 mostMiles,uint256 nonce,uint256 deadline), or by custody.
    /// @dev Takes miles as `redeem` does and credits the partner. Reverts, in this order, if consent fails, the partner is
    /// unknown (PartnerUnknown), suspended or takes no miles, the bill has no reference or amount or is too large, was paid
    /// before, or costs more than `mostMiles`; then as `redeem`.
    /// @param bill Hash of the till's reference of the bill, salted by the partner.
    /// @param amountMinor Minor currency units.
    function payBill(
        uint40 member,
        uint24 partner,
        bytes32 bill,
        uint40 amountMinor,
        uint40 mostMiles,
        Consent calldata consent
    ) external returns (uint64 order);

    /// @notice Sets what a partner's bills cost in miles, or ends it with 0 miles. Restricted, with the delay of the role.
    function setBurnRate(uint24 partner, uint32 burnMiles, uint32 perMinor) external;

    /// @notice Records that a partner was paid for miles it is owed. Restricted.
    function reimburse(uint24 partner, uint64 miles, bytes32 payment) external;

    /// @notice Lets two to six members redeem what all of them have. Every one consents to the whole list: by a signature
    /// over EIP-712 Family(uint40 member,uint40[] members,uint256 nonce,uint256 deadline), or by custody.
    /// @dev Who is in another family leaves it by this: a member is in one at most. No miles move.
    /// @param members In the order in which they are drawn on, after who redeems.
    /// @param consents One a member, in the same order.
    function formFamily(uint40[] calldata members, Consent[] calldata consents) external returns (uint64 family);

    /// @notice Leaves the family. By the member's signature over EIP-712
    /// Leave(uint40 member,uint64 family,uint256 nonce,uint256 deadline), or by custody.
    function leaveFamily(uint40 member, Consent calldata consent) external;

    function rewardOf(uint32 reward) external view returns (RewardTerms memory terms, bytes32 details);
    function rewardCount() external view returns (uint32);
    /// @notice An order; state NONE for a number not given out.
    function orderOf(uint64 order) external view returns (Order memory);
    function orderCount() external view returns (uint64);
    /// @notice The order that paid a bill, 0 for none.
    function orderOfBill(uint24 partner, bytes32 bill) external view returns (uint64);
    function tillOf(uint24 partner) external view returns (Till memory);
    /// @notice Miles a partner is to be paid for; below 0 where cancelled bills had been reimbursed.
    function owedTo(uint24 partner) external view returns (int256);
    /// @notice Miles that a bill would cost, rounded up; 0 where the partner takes none.
    function milesFor(uint24 partner, uint40 amountMinor) external view returns (uint256);
    /// @notice Family of a member, 0 for none.
    function familyOf(uint40 member) external view returns (uint64);
    /// @notice Members of a family, in the order in which they are drawn on.
    function membersOf(uint64 family) external view returns (uint40[] memory);
    /// @notice Live miles that a member can redeem now, of the own account and the family's.
    function redeemableBy(uint40 member) external view returns (uint256);
    function registry() external view returns (address);
}
