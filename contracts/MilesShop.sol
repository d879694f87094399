// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {DateTimeLib} from "solady/utils/DateTimeLib.sol";
import {IMilesLedger} from "./interfaces/IMilesLedger.sol";
import {IMilesShop} from "./interfaces/IMilesShop.sol";
import {CalendarLib} from "./libraries/CalendarLib.sol";
import {MemberConsent} from "./MemberConsent.sol";

/// @title Miles shop
/// @notice Described in IMilesShop.
contract MilesShop is IMilesShop, MemberConsent {
    using SafeERC20 for IERC20;

    bytes32 private constant TRANSFER_TYPEHASH =
        keccak256("Transfer(uint40 from,uint40 into,uint40 miles,uint256 nonce,uint256 deadline)");

    IERC20 private immutable TOKEN;

    Limits private _limits;
    address private _treasury;
    Price private _buying;
    Price private _extending;
    Price private _transferring;
    mapping(bytes32 payment => bool) private _recorded;
    mapping(uint40 member => mapping(uint256 year => Year)) private _years;

    /// @param token_ 0 where only payments made elsewhere are taken.
    constructor(address authority, IMilesLedger ledger_, IERC20 token_, address treasury_)
        AccessManaged(authority)
        EIP712("Milepost Shop", "1")
        MemberConsent(ledger_)
    {
        TOKEN = token_;
        if (address(token_) != address(0)) _setTreasury(treasury_);
    }

    // ---------------------------------------------------------------- buying

    /// @inheritdoc IMilesShop
    function buy(uint40 member, uint40 miles, uint256 maxPrice, Permit calldata permit)
        external
        returns (uint16 lastDay, uint256 price)
    {
        price = _priced(_buying, miles, maxPrice);
        lastDay = _buy(member, miles);
        emit MilesBought(member, miles, lastDay, msg.sender, price);
        _collect(price, maxPrice, permit);
    }

    /// @inheritdoc IMilesShop
    function recordPurchase(uint40 member, uint40 miles, bytes32 payment)
        external
        restricted
        returns (uint16 lastDay)
    {
        _record(payment, member);
        lastDay = _buy(member, miles);
        emit MilesBought(member, miles, lastDay, msg.sender, 0);
    }

    // ---------------------------------------------------------------- extending

    /// @inheritdoc IMilesShop
    function extend(uint40 member, uint40 miles, uint256 maxPrice, Permit calldata permit)
        external
        returns (uint256 extended, uint256 price)
    {
        if (_extending.perMiles == 0) revert ShopNotForToken();
        uint16 byDay;
        (extended, byDay) = _extend(member, miles);
        price = _priced(_extending, extended, maxPrice);
        emit MilesExtended(member, extended, byDay, msg.sender, price);
        _collect(price, maxPrice, permit);
    }

    /// @inheritdoc IMilesShop
    function recordExtension(uint40 member, uint40 miles, bytes32 payment)
        external
        restricted
        returns (uint256 extended)
    {
        _record(payment, member);
        uint16 byDay;
        (extended, byDay) = _extend(member, miles);
        emit MilesExtended(member, extended, byDay, msg.sender, 0);
    }

    // ---------------------------------------------------------------- transferring

    /// @inheritdoc IMilesShop
    function transferMiles(
        uint40 from,
        uint40 into,
        uint40 miles,
        uint256 maxFee,
        Consent calldata consent,
        Permit calldata permit
    ) external returns (uint256 fee) {
        bool isByCustody = _requireConsent(from, abi.encode(TRANSFER_TYPEHASH, from, into, miles), consent);
        uint256 limit = _limits.transferred;
        if (limit == 0) revert ShopTransfersNotAllowed();
        if (from == into) revert ShopTransferToItself(from);
        if (miles == 0) revert ShopMilesInvalid(miles);
        Year storage year = _yearOf(from);
        year.transferred = _within(limit, from, year.transferred, miles);
        fee = isByCustody ? 0 : transferFee(miles);
        if (fee > maxFee) revert ShopPriceAbove(fee, maxFee);
        LEDGER.transferMiles(from, into, miles);
        emit MilesTransferPaid(from, into, miles, msg.sender, fee);
        _collect(fee, maxFee, permit);
    }

    // ---------------------------------------------------------------- setting

    /// @inheritdoc IMilesShop
    function setPrices(Price calldata buying, Price calldata extending, Price calldata transferring)
        external
        restricted
    {
        _checkPrice(buying);
        _checkPrice(extending);
        _checkPrice(transferring);
        (_buying, _extending, _transferring) = (buying, extending, transferring);
        emit PricesSet(buying, extending, transferring);
    }

    /// @inheritdoc IMilesShop
    function setLimits(Limits calldata limits_) external restricted {
        _limits = limits_;
        emit LimitsSet(limits_);
    }

    /// @inheritdoc IMilesShop
    function setTreasury(address treasury_) external restricted {
        _setTreasury(treasury_);
    }

    // ---------------------------------------------------------------- reading

    /// @inheritdoc IMilesShop
    function buyPrice(uint40 miles) external view returns (uint256) {
        return _price(_buying, miles);
    }

    /// @inheritdoc IMilesShop
    function extendPrice(uint40 miles) external view returns (uint256) {
        return _price(_extending, miles);
    }

    /// @inheritdoc IMilesShop
    function transferFee(uint40 miles) public view returns (uint256) {
        return _transferring.perMiles == 0 ? 0 : _price(_transferring, miles);
    }

    /// @inheritdoc IMilesShop
    function extendableBy() public view returns (uint16) {
        uint256 day = uint256(LEDGER.dayOf(uint48(block.timestamp))) + _limits.extendDays;
        // What never lapses is never extended.
        return uint16(Math.min(day, CalendarLib.LAST_DAY));
    }

    /// @inheritdoc IMilesShop
    function yearOf(uint40 member, uint16 year) external view returns (Year memory) {
        return _years[member][year];
    }

    /// @inheritdoc IMilesShop
    function prices()
        external
        view
        returns (Price memory buying, Price memory extending, Price memory transferring)
    {
        return (_buying, _extending, _transferring);
    }

    /// @inheritdoc IMilesShop
    function limits() external view returns (Limits memory) {
        return _limits;
    }

    /// @inheritdoc IMilesShop
    function paymentRecorded(bytes32 payment) external view returns (bool) {
        return _recorded[payment];
    }

    /// @inheritdoc IMilesShop
    function token() external view returns (address) {
        return address(TOKEN);
    }

    /// @inheritdoc IMilesShop
    function treasury() external view returns (address) {
        return _treasury;
    }

    // ---------------------------------------------------------------- within an act

    function _buy(uint40 member, uint40 miles) private returns (uint16 lastDay) {
        if (miles == 0) revert ShopMilesInvalid(miles);
        Year storage year = _yearOf(member);
        year.bought = _within(_limits.bought, member, year.bought, miles);
        return LEDGER.buy(member, miles);
    }

    function _extend(uint40 member, uint40 miles) private returns (uint256 extended, uint16 byDay) {
        if (miles == 0) revert ShopMilesInvalid(miles);
        byDay = extendableBy();
        // How many there are is known only now. The ledger is the programme's own and calls nobody back.
        extended = LEDGER.extend(member, byDay, miles);
        if (extended == 0) revert ShopNothingToExtend(member, byDay);
        uint256 lastDay = LEDGER.lastDayOf(uint48(block.timestamp));
        if (lastDay < byDay) revert ShopExtensionShortens(lastDay, byDay);
        Year storage year = _yearOf(member);
        year.extended = _within(_limits.extended, member, year.extended, extended);
    }

    function _record(bytes32 payment, uint40 member) private {
        if (payment == 0 || _recorded[payment]) revert ShopPaymentInvalid(payment);
        _recorded[payment] = true;
        emit PaymentRecorded(payment, member);
    }

    function _setTreasury(address treasury_) private {
        if (treasury_ == address(0)) revert ShopTreasuryInvalid();
        _treasury = treasury_;
        emit TreasurySet(treasury_);
    }

    /// @dev Takes the caller's tokens: the last thing an act does, as the token is another's code.
    function _collect(uint256 price, uint256 most, Permit calldata permit) private {
        if (price == 0) return;
        if (permit.deadline != 0) {
            // Anyone may have sent the same permit before: what counts is the allowance that there is.
            try IERC20Permit(address(TOKEN)).permit(
                msg.sender, address(this), most, permit.deadline, permit.v, permit.r, permit.s
            ) {} catch {}
        }
        TOKEN.safeTransferFrom(msg.sender, _treasury, price);
    }

    /// @dev The member's calendar year of the programme.
    function _yearOf(uint40 member) private view returns (Year storage) {
        uint256 day = LEDGER.dayOf(uint48(block.timestamp));
        (uint256 year,,) = DateTimeLib.epochDayToDate(day + CalendarLib.FIRST_UNIX_DAY);
        return _years[member][year];
    }

    /// @dev What a member used with these miles, within a limit of 40 bits.
    function _within(uint256 limit, uint40 member, uint256 used, uint256 miles) private pure returns (uint40) {
        uint256 left = used < limit ? limit - used : 0;
        if (miles > left) revert ShopLimitReached(member, left, miles);
        return uint40(used + miles);
    }

    function _priced(Price storage price, uint256 miles, uint256 most) private view returns (uint256 units) {
        if (miles == 0) revert ShopMilesInvalid(0);
        units = _price(price, miles);
        if (units > most) revert ShopPriceAbove(units, most);
    }

    /// @dev Rounded up, so that no split of a purchase is cheaper.
    function _price(Price storage price, uint256 miles) private view returns (uint256) {
        (uint256 units, uint256 perMiles) = (price.units, price.perMiles);
        if (perMiles == 0) revert ShopNotForToken();
        return Math.ceilDiv(miles * units, perMiles);
    }

    /// @dev A price of nothing would be miles for nothing.
    function _checkPrice(Price calldata price) private view {
        bool isSet = price.perMiles != 0;
        if (isSet != (price.units != 0) || (isSet && address(TOKEN) == address(0))) {
            revert ShopPriceInvalid(price.units, price.perMiles);
        }
    }
}
