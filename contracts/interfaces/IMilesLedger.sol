// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IProgrammeRules} from "./IProgrammeRules.sol";

/// @title Miles ledger: one word a member, lots with a last day, grand totals
/// @notice Permanent. Miles lapse with nobody acting: every balance read leaves lapsed lots out at that second.
/// @dev The ERC-20 face shows the balances of linked wallets. `Transfer` is emitted for credits of linked members, linking
/// and unlinking. Warning: lapse emits nothing, so a sum over `Transfer` is no balance; read `balanceOf`.
interface IMilesLedger is IERC20Metadata, IProgrammeRules {
    /// @notice Grand totals in miles; live = credited + owed - reversed - redeemed - written off - lapsed and not written off.
    /// @param credited Accruals, bought miles and adjustments upwards.
    /// @param reversed Adjustments downwards, and what refunds took back or left as debt.
    /// @param redeemed Redemptions that were not cancelled.
    /// @param owed Debts of all members.
    struct Totals {
        uint40 enrolled;
        uint80 credited;
        uint80 reversed;
        uint80 redeemed;
        uint80 writtenOff;
        uint80 owed;
    }

    /// @param first Id of the first; the others follow without gap.
    event MembersEnrolled(uint40 indexed first, uint40 count);
    event ProfileWritten(uint40 indexed member, uint8 tier, uint32 segments);
    event AccountClosed(uint40 indexed member);
    event WalletLinked(uint40 indexed member, address indexed wallet);
    event WalletUnlinked(uint40 indexed member, address indexed wallet);
    /// @param acts `DeskAct` bits, 0 for none.
    event DeskSet(address indexed desk, uint8 acts);
    event MilesTransferred(uint40 indexed from, uint40 indexed into, uint256 miles);
    /// @notice Miles of lots about to lapse that were earned again on this day.
    event LotsExtended(uint40 indexed member, uint256 miles);
    /// @notice A refund took miles of a purchase back.
    /// @param miles That were to come back.
    /// @param taken That came out of the member's lots.
    /// @param owed That the member owes now: the rest is forgiven.
    event MilesReversed(uint40 indexed member, uint256 miles, uint256 taken, uint256 owed);
    /// @notice Live miles paid a member's debt.
    event DebtCollected(uint40 indexed member, uint256 miles);
    event AccountsMerged(uint40 indexed from, uint40 indexed into, uint256 miles);
    /// @notice Lapsed miles that no lot holds any more.
    event LotsWrittenOff(uint40 indexed member, uint256 miles);

    /// @notice There is no code where `LedgerReversals` should stand.
    error LedgerReversalsMissing(address reversals);
    error LedgerEnrolmentInvalid(uint40 count);
    error LedgerMemberUnknown(uint40 member);
    error LedgerTierInvalid(uint8 tier);
    error LedgerAccountClosed(uint40 member);
    error LedgerWalletTaken(address wallet);
    error LedgerMemberLinked(uint40 member);
    error LedgerMemberNotLinked(uint40 member);
    error LedgerLinkExpired(uint256 deadline, uint256 now_);
    error LedgerLinkSignatureInvalid(address wallet);
    /// @notice The caller is no desk that may do this (`DeskAct` bit).
    error LedgerDeskUnauthorized(address caller, uint256 act);
    /// @notice The programme does not close lapsed accounts, or something of this one lives or may live again.
    error LedgerAccountNotLapsed(uint40 member);
    /// @notice An act would leave more miles in one lot or pool than `most`.
    error LedgerMilesTooMany(uint40 member, uint256 most);
    /// @notice What ends by the account's clock is extended all or not at all: so many miles of it were left out.
    error LedgerExtensionPartial(uint40 member, uint256 left);
    /// @notice More miles are to be taken than live.
    error LedgerMilesShort(uint40 member, uint256 live, uint256 wanted);
    error LedgerIntoItself(uint40 member);
    /// @notice Miles are not transferable.
    error LedgerMilesNotTransferable();

    /// @notice Enrols the next `count` members in one write. Restricted.
    /// @return first Ids rise from 1.
    function enrol(uint40 count) external returns (uint40 first);

    /// @notice Writes a member's tier (0 lowest) and segment bits. Restricted.
    function setProfile(uint40 member, uint8 tier, uint32 segments) external;

    /// @notice Closes an account: later purchases settle with `CLOSED_ACCOUNT`. Restricted.
    function close(uint40 member) external;

    /// @notice Links a wallet that signed for it to a member. Restricted to custody, which knows the member.
    /// @param signature By the wallet over EIP-712 Link(uint40 member,address wallet,uint256 nonce,uint256 deadline),
    /// ERC-1271 included.
    function link(uint40 member, address wallet, uint256 deadline, bytes calldata signature) external;

    /// @notice Unlinks a member's wallet. By the wallet itself or custody.
    function unlink(uint40 member) external;

    /// @notice Closes an account whose miles lapsed, where the programme says so and no late activity can revive it.
    /// Restricted. Reverts, in this order, if the member is unknown, closed, or not lapsed (LedgerAccountNotLapsed).
    function closeLapsed(uint40 member) external;

    /// @notice What the ledger knows of the members of a report's purchases; counts these as activity. Only the settler.
    /// @param earnings One `Earning` word a purchase.
    /// @return standings One `Standing` word a purchase, in the same order, each on the state the one before left.
    function open(bytes calldata earnings) external returns (bytes memory standings);

    /// @notice Credits accruals. Only the settler. Upholds INV-1, INV-4.
    /// @param credits One `Credit` word an accrual; those with 0 miles change no lot.
    function credit(bytes calldata credits) external;

    /// @notice Takes miles of amended purchases back. Only the settler, after `credit`. Upholds INV-1.
    /// @dev From the lot that the purchase made, wherever it stands; then, unless that lot has lapsed, from what dies soonest over at most 64
    /// lots; the rest as the programme's setting says. Never activity.
    /// @param reversals One `Credit` word an amendment, its bucket the lot of its purchase.
    function reverse(bytes calldata reversals) external;

    /// @notice Pays a member's debt out of its live miles. Anyone may call it.
    /// @return miles That paid.
    function collect(uint40 member) external returns (uint256 miles);

    /// @notice Says what a contract may do here, 0 for nothing. Restricted, with the delay of the role.
    /// @param acts `DeskAct` bits: 1 adjust and merge, 2 redeem, 4 sell and extend, 8 transfer.
    function setDesk(address desk, uint8 acts) external;

    /// @notice Credits miles that no purchase earned, as earned today. Only a desk that adjusts. Upholds INV-1.
    /// @return lastDay Last valid day of these miles, days since 1990-01-01; of pool miles the account's deadline.
    function adjustUp(uint40 member, uint40 miles) external returns (uint16 lastDay);

    /// @notice Takes miles back in spending order; of closed accounts too. Only a desk that adjusts. Upholds INV-1.
    function adjustDown(uint40 member, uint40 miles) external;

    /// @notice Takes live miles in the programme's spending order, then counts as activity. Only a desk that redeems.
    /// Upholds INV-1, INV-4, INV-9. Reverts if the member is unknown or closed, or has too few (LedgerMilesShort).
    /// @return taken Packed lots in the order they were taken, with what was taken of each: amount 40 | version 4 | life 4 |
    /// last day 16; the pool's part has version and last day 0. `cancelRedemption` takes it as it is.
    function redeem(uint40 member, uint40 miles) external returns (uint256[] memory taken);

    /// @notice Puts miles of a redemption back into their lots, with their days; those whose lot is over lapse at once.
    /// Only a desk that redeems. No activity; what the redemption itself did to the clock stays.
    function cancelRedemption(uint40 member, uint256[] calldata taken) external;

    /// @notice Credits bought miles, as earned today. Only a desk that sells.
    /// @return lastDay As `adjustUp`.
    function buy(uint40 member, uint40 miles) external returns (uint16 lastDay);

    /// @notice Takes live miles that lapse on a day or before, soonest first, and earns them again today. Only a desk that sells.
    /// @dev Counts as buying miles. Where the account's clock ends by that day it goes on from today, and all miles it would end must be among
    /// them (LedgerExtensionPartial).
    /// @param miles Most miles.
    /// @return extended Miles that there were, at most `miles`.
    function extend(uint40 member, uint16 byDay, uint40 miles) external returns (uint256 extended);

    /// @notice Moves live miles in spending order to another member: lots keep their days, pool miles join the receiver's
    /// pool and live by its clock. Only a desk that transfers.
    function transferMiles(uint40 from, uint40 into, uint40 miles) external;

    /// @notice Moves all live miles of one account into another and closes the first. Only a desk that adjusts. Upholds INV-1.
    /// @dev Every mile keeps its last day and rule version, pool miles the later of both deadlines; tier, segments and
    /// progress in promotions stay behind, debt goes along.
    /// @return miles That were moved.
    function merge(uint40 from, uint40 into) external returns (uint256 miles);

    /// @notice Frees the room that a member's lapsed lots take up. Anyone may call it: no balance changes.
    /// @param most Lots, where they stand in order; what stands out of order is written off whole.
    /// @return miles That had lapsed for good: what late activity may still revive stays.
    function writeOff(uint40 member, uint16 most) external returns (uint256 miles);

    /// @notice A member's live miles at an instant, for all that has settled by this block; never below 0.
    /// @param instant Unix seconds.
    function balanceAt(uint40 member, uint48 instant) external view returns (uint256);

    /// @notice The account word, laid out in contracts/types/Account.sol.
    function accountWord(uint40 member) external view returns (uint256);

    /// @notice Ring word `index` (0 to 511) of a member: four lots of 64 bits.
    function lotWord(uint40 member, uint16 index) external view returns (uint256);

    /// @notice The former life of an account that lapsed and came back, laid out in contracts/types/Former.sol; else 0.
    function formerWord(uint40 member) external view returns (uint256);

    function totals() external view returns (Totals memory);
    /// @notice Where the ledger's third part stands, which takes miles back.
    function reversalsPart() external view returns (address);
    /// @notice What a contract may do here, `DeskAct` bits.
    function deskActs(address desk) external view returns (uint8);
    /// @notice The wallet of a member, 0 for none.
    function walletOf(uint40 member) external view returns (address);
    /// @notice The member of a wallet, 0 for none.
    function memberOf(address wallet) external view returns (uint40);
    /// @notice Nonce the wallet's next link signature must carry.
    function linkNonceOf(address wallet) external view returns (uint256);
}
