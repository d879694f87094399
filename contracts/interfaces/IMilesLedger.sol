// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

/// @title Miles ledger: one word a member, lots with a last day, grand totals
/// @notice Permanent. Miles lapse with nobody acting: every balance read leaves lapsed lots out at that second.
/// @dev The ERC-20 face shows the balances of linked wallets. `Transfer` is emitted for credits of linked members, linking
/// and unlinking. Warning: lapse emits nothing, so a sum over `Transfer` is no balance; read `balanceOf`.
interface IMilesLedger is IERC20Metadata {
    /// @notice One lot rule: last valid day = end of `align` of (day of earning + `months`).
    /// @param utcOffset The programme's fixed offset, minutes, -840 to 840.
    /// @param months 1 to 600; at most 48 where days are aligned to the day.
    /// @param align 0 day, 1 month, 2 quarter, 3 year.
    struct LotRule {
        int16 utcOffset;
        uint16 months;
        uint8 align;
    }

    /// @notice Grand totals in miles; live = credited - reversed - redeemed - written off - lapsed and not written off.
    /// @param credited Accruals and adjustments upwards.
    /// @param reversed Adjustments downwards.
    struct Totals {
        uint40 enrolled;
        uint80 credited;
        uint80 reversed;
        uint80 redeemed;
        uint80 writtenOff;
    }

    /// @param first Id of the first; the others follow without gap.
    event MembersEnrolled(uint40 indexed first, uint40 count);
    event ProfileWritten(uint40 indexed member, uint8 tier, uint32 segments);
    event AccountClosed(uint40 indexed member);
    event WalletLinked(uint40 indexed member, address indexed wallet);
    event WalletUnlinked(uint40 indexed member, address indexed wallet);
    event AdjusterSet(address indexed adjuster);
    event AccountsMerged(uint40 indexed from, uint40 indexed into, uint256 miles);
    /// @notice Lapsed miles that no lot holds any more.
    event LotsWrittenOff(uint40 indexed member, uint256 miles);

    error LedgerRuleInvalid(uint16 months, uint8 align, int16 utcOffset);
    error LedgerEnrolmentInvalid(uint40 count);
    error LedgerMemberUnknown(uint40 member);
    error LedgerTierInvalid(uint8 tier);
    error LedgerAccountClosed(uint40 member);
    error LedgerWalletTaken(address wallet);
    error LedgerMemberLinked(uint40 member);
    error LedgerMemberNotLinked(uint40 member);
    error LedgerLinkExpired(uint256 deadline, uint256 now_);
    error LedgerLinkSignatureInvalid(address wallet);
    /// @notice The caller is not the adjuster.
    error LedgerAdjusterUnauthorized(address caller);
    /// @notice More miles are to be taken than live.
    error LedgerMilesShort(uint40 member, uint256 live, uint256 wanted);
    error LedgerMergeIntoItself(uint40 member);
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

    /// @notice What the ledger knows of the members of a report's purchases.
    /// @param earnings One `Earning` word a purchase.
    /// @return standings One `Standing` word a purchase, in the same order.
    function open(bytes calldata earnings) external view returns (bytes memory standings);

    /// @notice Credits accruals. Only the settler. Upholds INV-1, INV-4.
    /// @param credits One `Credit` word an accrual; those with 0 miles change no lot.
    function credit(bytes calldata credits) external;

    /// @notice Names the contract that may adjust and merge, 0 for none. Restricted, with the delay of the role.
    function setAdjuster(address adjuster) external;

    /// @notice Credits miles that no purchase earned, into the lot of this block's day. Only the adjuster. Upholds INV-1.
    /// @return lastDay Last valid day of these miles, days since 1990-01-01.
    function adjustUp(uint40 member, uint40 miles) external returns (uint16 lastDay);

    /// @notice Takes miles back, from the lots that lapse soonest; of closed accounts too. Only the adjuster. Upholds INV-1.
    function adjustDown(uint40 member, uint40 miles) external;

    /// @notice Moves all live miles of one account into another and closes the first. Only the adjuster. Upholds INV-1.
    /// @dev Every mile keeps its last day and rule version; tier, segments and progress in promotions stay behind.
    /// @return miles That were moved.
    function merge(uint40 from, uint40 into) external returns (uint256 miles);

    /// @notice Frees the room that a member's lapsed lots take up. Anyone may call it: no balance changes.
    /// @return miles That had lapsed.
    function writeOff(uint40 member) external returns (uint256 miles);

    /// @notice A member's live miles at an instant, for all that has settled by this block; never below 0.
    /// @param instant Unix seconds.
    function balanceAt(uint40 member, uint48 instant) external view returns (uint256);

    /// @notice The account word, laid out in contracts/types/Account.sol.
    function accountWord(uint40 member) external view returns (uint256);

    /// @notice Ring word `index` (0 to 511) of a member: four lots of 64 bits.
    function lotWord(uint40 member, uint16 index) external view returns (uint256);

    /// @notice Last valid local day of miles earned at an instant, days since 1990-01-01.
    function lastDayOf(uint48 earnedAt) external view returns (uint16);

    /// @notice The programme's local day at an instant, days since 1990-01-01.
    function dayOf(uint48 instant) external view returns (uint16);

    function lotRule() external view returns (LotRule memory);
    /// @notice Words of the ring a member's older lots are kept in: 512 where days are aligned to the day, else 16.
    function ringWords() external view returns (uint16);
    function totals() external view returns (Totals memory);
    /// @notice The contract that may adjust and merge, 0 for none.
    function adjuster() external view returns (address);
    /// @notice The wallet of a member, 0 for none.
    function walletOf(uint40 member) external view returns (address);
    /// @notice The member of a wallet, 0 for none.
    function memberOf(address wallet) external view returns (uint40);
    /// @notice Nonce the wallet's next link signature must carry.
    function linkNonceOf(address wallet) external view returns (uint256);
}
