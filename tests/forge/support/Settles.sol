// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPartnerRegistry} from "../../../contracts/interfaces/IPartnerRegistry.sol";
import {ISettlement} from "../../../contracts/interfaces/ISettlement.sol";
import {Programme} from "./Programme.sol";

/// @title Any bytes as a report, signed by a quorum: settled, or refused with an error of ours
/// @dev Signatures are always good, so that all that stands behind them is reached. `check` and `settle` must agree.
abstract contract Settles is Programme {
    /// @dev Most gas of one tx.
    uint256 private constant GAS_LIMIT = 16_777_216;

    /// @notice Settles whatever can be settled; what is refused is refused by name, and by `check` for the same reason.
    function settles(bytes memory report) internal returns (bool) {
        bytes memory signatures = sign(report);
        (bool passes, bytes memory reason) =
            address(_settlement).call{gas: GAS_LIMIT}(abi.encodeCall(ISettlement.check, (report, signatures)));
        (bool settled, bytes memory answer) =
            address(_settlement).call{gas: GAS_LIMIT}(abi.encodeCall(ISettlement.settle, (report, signatures)));
        vm.assertTrue(settled == passes, "check and settle agree");
        if (settled) return true;
        vm.assertEq(keccak256(answer), keccak256(reason), "check and settle give one reason");
        vm.assertTrue(answer.length >= 4 && _isNamed(bytes4(answer)), "a named error");
        return false;
    }

    /// @dev What ISettlement.settle and IPartnerRegistry.open promise once the quorum has signed.
    function _isNamed(bytes4 selector) private pure returns (bool) {
        bytes4[11] memory named = [
            ISettlement.SettlementReportTruncated.selector,
            ISettlement.SettlementReportVersionUnknown.selector,
            ISettlement.SettlementSequenceNotNext.selector,
            ISettlement.SettlementAttachmentMalformed.selector,
            IPartnerRegistry.PartnerReportEmpty.selector,
            IPartnerRegistry.PartnerReportLengthWrong.selector,
            IPartnerRegistry.PartnerSectionEmpty.selector,
            IPartnerRegistry.PartnerPurchaseCountWrong.selector,
            IPartnerRegistry.PartnerSectionsNotAscending.selector,
            IPartnerRegistry.PartnerUnknown.selector,
            IPartnerRegistry.PartnerNumberNotNext.selector
        ];
        for (uint256 i; i < named.length; ++i) {
            if (named[i] == selector) return true;
        }
        return false;
    }
}
