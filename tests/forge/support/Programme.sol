// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMilesLedger} from "../../../contracts/interfaces/IMilesLedger.sol";
import {IProgrammeRules} from "../../../contracts/interfaces/IProgrammeRules.sol";
import {IPartnerRegistry, Payment} from "../../../contracts/interfaces/IPartnerRegistry.sol";
import {IPromotionBook} from "../../../contracts/interfaces/IPromotionBook.sol";
import {IReceiptBook} from "../../../contracts/interfaces/IReceiptBook.sol";
import {ISettlement} from "../../../contracts/interfaces/ISettlement.sol";
import {ISettlerGuarded} from "../../../contracts/interfaces/ISettlerGuarded.sol";
import {Test} from "./Test.sol";

/// @title A programme of the real contracts, and reports that a quorum of its reporters signs
/// @dev The test is admin, so it may call every restricted function. Contracts are deployed by name from forge's build,
/// so that a test compiles none of them again. Three reporters, two are enough.
abstract contract Programme is Test {
    /// @dev 2021-03-01T00:00:00Z and its day since 1990-01-01.
    uint256 internal constant NOW = 1_614_556_800;
    uint256 internal constant TODAY = 11_382;
    uint16 internal constant OLDEST_DAYS = 90;
    uint16 internal constant AHEAD_MINUTES = 10;
    int16 internal constant UTC_OFFSET = 480;
    uint16 internal constant MONTHS = 36;
    /// @dev Later accruals pay what refunds could not take back.
    uint8 internal constant SPENT_MILES = 1;

    IMilesLedger internal _ledger;
    IPartnerRegistry internal _registry;
    IPromotionBook internal _book;
    IReceiptBook internal _receipts;
    ISettlement internal _settlement;
    /// @dev Keys of the reporters by rising address.
    uint256[] private _keys;

    /// @param align The lot rule's: 0 day to 3 year.
    function deploy(uint8 align) internal {
        vm.warp(NOW);
        IProgrammeRules.RuleVersion[] memory versions = new IProgrammeRules.RuleVersion[](1);
        versions[0] = IProgrammeRules.RuleVersion(0, MONTHS, align, 0, 0, 0, 0);
        address authority = deployLedger(false, versions);
        _registry = IPartnerRegistry(_deployed("PartnerRegistry", abi.encode(authority, OLDEST_DAYS, AHEAD_MINUTES)));
        _book = IPromotionBook(_deployed("PromotionBook", abi.encode(authority, _registry, _ledger, uint32(0))));
        _receipts = IReceiptBook(_deployed("ReceiptBook", abi.encode(authority)));
        bytes memory parts = abi.encode(authority, _registry, _ledger, _book, _receipts);
        _settlement = ISettlement(_deployed("Settlement", parts));
        for (uint256 i; i < 4; ++i) {
            ISettlerGuarded(_guarded()[i]).setSettler(address(_settlement));
        }
        _registry.setPromotionBook(address(_book));
        _nameReporters();
    }

    /// @notice Deploys a ledger alone, with its authority; activity may be 60 days late.
    function deployLedger(bool isLotsFirst, IProgrammeRules.RuleVersion[] memory versions)
        internal
        returns (address authority)
    {
        authority = vm.deployCode("Authority.sol:Authority", abi.encode(address(this)));
        IProgrammeRules.Settings memory settings =
            IProgrammeRules.Settings(UTC_OFFSET, 60, 1, 0, false, isLotsFirst, false, SPENT_MILES);
        bytes memory arguments = abi.encode(authority, vm.deployCode("LedgerReversals.sol:LedgerReversals", ""), "Asia Miles", "MILE", settings, versions);
        _ledger = IMilesLedger(_deployed("MilesLedger", arguments));
    }

    /// @notice Registers a partner with outlets in Hong Kong and New York, a mile for 4.00.
    function addPartner(Payment payment, uint48 available) internal returns (uint24 partner) {
        partner = _registry.register(1, 400, payment, available);
        int8[2][] memory outlets = new int8[2][](2);
        (outlets[0], outlets[1]) = ([int8(32), 32], [int8(-20), -16]);
        _registry.addOutlets(partner, outlets);
    }

    /// @notice Terms of a fixed 100 miles that open in two days, for 60 days.
    function someTerms() internal pure returns (IPromotionBook.Terms memory terms) {
        (terms.firstDay, terms.lastDay) = (uint16(TODAY + 2), uint16(TODAY + 62));
        (terms.untilMinute, terms.weekdays, terms.fixedMiles) = (1440, 127, 100);
        terms.reward = IPromotionBook.RewardKind.FIXED;
    }

    /// @notice Signatures of the quorum over whatever bytes.
    function sign(bytes memory report) internal view returns (bytes memory signatures) {
        bytes32 digest = _settlement.digestOf(report);
        for (uint256 i; i < 2; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(_keys[i], digest);
            signatures = abi.encodePacked(signatures, r, s, v);
        }
    }

    function packHeader(uint16 lane, uint64 sequence, uint256 sections, uint256 purchases)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(uint8(1), lane, sequence, uint16(sections), uint16(purchases));
    }

    function packSection(uint24 partner, uint40 firstNumber, uint256 baseTime, uint256 count)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(partner, firstNumber, uint40(baseTime), uint16(count));
    }

    function nextNumber(uint24 partner) internal view returns (uint40) {
        return _registry.partnerOf(partner).lastNumber + 1;
    }

    function _guarded() private view returns (address[4] memory) {
        return [address(_ledger), address(_registry), address(_book), address(_receipts)];
    }

    function _deployed(string memory name, bytes memory arguments) private returns (address) {
        return vm.deployCode(string.concat(name, ".sol:", name), arguments);
    }

    function _nameReporters() private {
        _keys = [1, 2, 3];
        for (uint256 i; i < 2; ++i) {
            for (uint256 j; j < 2; ++j) {
                if (vm.addr(_keys[j]) > vm.addr(_keys[j + 1])) (_keys[j], _keys[j + 1]) = (_keys[j + 1], _keys[j]);
            }
        }
        address[] memory reporters = new address[](3);
        for (uint256 i; i < 3; ++i) {
            reporters[i] = vm.addr(_keys[i]);
        }
        _settlement.setReporters(reporters, 2);
    }
}
