// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMemberConsent} from "./IMemberConsent.sol";

/// @title Miles shop: members buy miles, pay to keep those about to lapse, and transfer some, where the programme allows
/// @notice Prices are in one ERC-20 token and go straight to the treasury; the shop holds nothing. Payments made elsewhere
/// are recorded. All of it is limited for each member and calendar year of the programme.
/// @dev Upholds INV-1, INV-4, INV-9: miles move by the ledger's `buy`, `extend` and `transferMiles` alone. The token may call
/// back: everything is written before it is called. Warning: of a token that takes a fee of transfers less arrives.
interface IMilesShop is IMemberConsent {
    /// @notice ceil(miles * units / perMiles) of the token's smallest units.
    /// @param perMiles 0 where nothing is sold for the token; of the transfer fee where there is none.
    struct Price {
        uint128 units;
        uint64 perMiles;
    }

    /// @param bought Miles a member may buy in a year; 0 where none are sold, 1,099,511,627,775 without limit.
    /// @param extended The same for miles that are extended.
    /// @param transferred The same for miles that are transferred to others.
    /// @param extendDays Miles that lapse within so many days can be extended; 0 for those of today alone.
    struct Limits {
        uint40 bought;
        uint40 extended;
        uint40 transferred;
        uint16 extendDays;
    }

    /// @notice What a member did in a year of the programme, in miles.
    struct Year {
        uint40 bought;
        uint40 extended;
        uint40 transferred;
    }

    /// @notice An ERC-2612 signature of the caller that allows the shop the most it may take; deadline 0 for none.
    struct Permit {
        uint256 deadline;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    event PricesSet(Price buying, Price extending, Price transferring);
    event LimitsSet(Limits limits);
    event TreasurySet(address indexed treasury);
    /// @param price Units of the token that `payer` paid.
    /// @param lastDay Last valid day of these miles, days since 1990-01-01; of pool miles the account's deadline.
    event MilesBought(uint40 indexed member, uint40 miles, uint16 lastDay, address indexed payer, uint256 price);
    /// @param byDay Miles with this last valid day or an earlier one were extended.
    event MilesExtended(uint40 indexed member, uint256 miles, uint16 byDay, address indexed payer, uint256 price);
    event MilesTransferPaid(uint40 indexed from, uint40 indexed into, uint40 miles, address indexed payer, uint256 fee);
    /// @notice The act of this tx was paid for elsewhere.
    event PaymentRecorded(bytes32 indexed payment, uint40 indexed member);

    /// @notice A price without units, or one in a token where there is none.
    error ShopPriceInvalid(uint128 units, uint64 perMiles);
    error ShopTreasuryInvalid();
    /// @notice Nothing is sold for the token: there is no price.
    error ShopNotForToken();
    error ShopPriceAbove(uint256 price, uint256 most);
    error ShopMilesInvalid(uint40 miles);
    /// @notice The member's limit of this year leaves too little.
    error ShopLimitReached(uint40 member, uint256 left, uint256 wanted);
    error ShopNothingToExtend(uint40 member, uint256 byDay);
    /// @notice Miles extended today would lapse sooner than some of those paid for.
    error ShopExtensionShortens(uint256 lastDay, uint256 byDay);
    error ShopTransfersNotAllowed();
    error ShopTransferToItself(uint40 member);
    /// @notice No reference, or a payment that was recorded before.
    error ShopPaymentInvalid(bytes32 payment);

    /// @notice Buys miles for a member with the token of the caller, who may be anyone. They are earned today, as an accrual
    /// of today: in a lot of their own or in the pool. Counts as activity where the rule lists purchases.
    /// @dev Reverts, in this order, if no miles are wanted, there is no price, it is above `maxPrice`, or the year's limit
    /// leaves too little; if the ledger refuses (LedgerMemberUnknown, LedgerAccountClosed); if the token does.
    /// @param maxPrice Most units of the token that the caller agrees to.
    function buy(uint40 member, uint40 miles, uint256 maxPrice, Permit calldata permit)
        external
        returns (uint16 lastDay, uint256 price);

    /// @notice Buys miles that were paid for elsewhere. Restricted.
    /// @param payment Hash of the payment's reference; each counts once.
    function recordPurchase(uint40 member, uint40 miles, bytes32 payment) external returns (uint16 lastDay);

    /// @notice Pays, with the token of the caller, for live miles of a member that lapse by `extendableBy`, soonest first, to
    /// be earned again today. Lots get the day and version of miles earned today; what lives by the account's clock goes on
    /// as by an activity of today, all or none of it (LedgerExtensionPartial).
    /// @dev Reverts, in this order, if no miles are wanted or there is no price, if the ledger refuses, if there is nothing to
    /// extend, a life would be shortened, the year's limit leaves too little, the price is above `maxPrice`; if the token
    /// does. The price is of the miles that there were.
    /// @param miles Most miles.
    function extend(uint40 member, uint40 miles, uint256 maxPrice, Permit calldata permit)
        external
        returns (uint256 extended, uint256 price);

    /// @notice Extends miles for a payment made elsewhere. Restricted.
    function recordExtension(uint40 member, uint40 miles, bytes32 payment) external returns (uint256 extended);

    /// @notice Transfers live miles, in spending order, to another member. By the signature of the sender's wallet over
    /// EIP-712 Transfer(uint40 from,uint40 into,uint40 miles,uint256 nonce,uint256 deadline), where the caller pays the fee; or
    /// by custody, which collects it elsewhere.
    /// @dev Lots keep their days and versions; miles of the pool join the receiver's pool and live with that account. Reverts,
    /// in this order, if consent fails, transfers are not allowed, sender and receiver are one, no miles are wanted, the
    /// year's limit leaves too little, or the fee is above `maxFee`; if the ledger refuses (LedgerMilesShort); if the token does.
    function transferMiles(
        uint40 from,
        uint40 into,
        uint40 miles,
        uint256 maxFee,
        Consent calldata consent,
        Permit calldata permit
    ) external returns (uint256 fee);

    /// @notice Sets all prices. Restricted, with the delay of the role.
    function setPrices(Price calldata buying, Price calldata extending, Price calldata transferring) external;

    /// @notice Sets what a member may do in a year. Restricted, with the delay of the role.
    function setLimits(Limits calldata limits) external;

    /// @notice Sets where payments go. Restricted, with the delay of the role.
    function setTreasury(address treasury) external;

    function buyPrice(uint40 miles) external view returns (uint256);
    function extendPrice(uint40 miles) external view returns (uint256);
    /// @notice Fee of a transfer, 0 where there is none.
    function transferFee(uint40 miles) external view returns (uint256);
    /// @notice Last valid days up to this one can be extended today, days since 1990-01-01.
    function extendableBy() external view returns (uint16);
    /// @param year Calendar year of the programme's clock.
    function yearOf(uint40 member, uint16 year) external view returns (Year memory);
    function prices() external view returns (Price memory buying, Price memory extending, Price memory transferring);
    function limits() external view returns (Limits memory);
    function paymentRecorded(bytes32 payment) external view returns (bool);
    /// @notice The token of all prices, 0 where there is none.
    function token() external view returns (address);
    function treasury() external view returns (address);
}
