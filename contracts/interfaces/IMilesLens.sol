// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMilesLedger} from "./IMilesLedger.sol";

/// @title Miles lens: stateless views over a ledger
interface IMilesLens {
    /// @param amount Miles.
    /// @param lastDay Last valid local day, days since 1990-01-01.
    /// @param version Version of the rule that made the lot.
    struct Lot {
        uint64 amount;
        uint16 lastDay;
        uint8 version;
    }

    /// @notice A member's lots, lapsed ones included: one a last day and version, in order of last day.
    function lotsOf(IMilesLedger ledger, uint40 member) external view returns (Lot[] memory);

    /// @notice Miles of a member that are live at an instant and will have lapsed after `day`, if nothing happens.
    /// @param day Days since 1990-01-01 by the programme's clock.
    function expiringBy(IMilesLedger ledger, uint40 member, uint48 instant, uint16 day) external view returns (uint256);

    /// @notice Balances of many members at one instant, in the order asked.
    function balancesAt(IMilesLedger ledger, uint40[] calldata members, uint48 instant)
        external
        view
        returns (uint256[] memory);
}
