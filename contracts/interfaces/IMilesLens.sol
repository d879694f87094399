// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMilesLedger} from "./IMilesLedger.sol";

/// @title Miles lens: stateless views over a ledger
interface IMilesLens {
    /// @param amount Miles.
    /// @param lastDay Last valid local day, days since 1990-01-01, if nothing happens: the lot's own day, announced acts
    /// included, or the account's deadline where that binds it and comes first. 65535 never.
    /// @param version Version of the rule that made the lot; 0 for the pool.
    /// @param ownDay Last valid day by the lot rule alone, as it was earned; 0 for the pool.
    /// @param isLive False for what lapsed and still stands, be it that late activity may revive it.
    struct Lot {
        uint64 amount;
        uint16 lastDay;
        uint8 version;
        uint16 ownDay;
        bool isLive;
    }

    /// @notice A member's lots and pools at an instant, lapsed ones that still stand included: one a last day, own day
    /// and version, by last day, then own day, then version; the pool after lots of its day.
    function lotsAt(IMilesLedger ledger, uint40 member, uint48 instant) external view returns (Lot[] memory);

    /// @notice `lotsAt` the block's time.
    function lotsOf(IMilesLedger ledger, uint40 member) external view returns (Lot[] memory);

    /// @notice `lotsAt` of many members, in the order asked.
    function lotsOfMany(IMilesLedger ledger, uint40[] calldata members, uint48 instant)
        external
        view
        returns (Lot[][] memory);

    /// @notice Miles of a member that are live at an instant and will have lapsed after `day`, if nothing happens.
    /// @param day Days since 1990-01-01 by the programme's clock.
    function expiringBy(IMilesLedger ledger, uint40 member, uint48 instant, uint16 day) external view returns (uint256);

    /// @notice Balances of many members at one instant, in the order asked.
    function balancesAt(IMilesLedger ledger, uint40[] calldata members, uint48 instant)
        external
        view
        returns (uint256[] memory);

    /// @notice What the account's clock says at an instant.
    /// @return deadline Last valid day of the pool and of bound lots, announced acts included; 0 none, 65535 never.
    /// @return isExempt Whether the member's tier keeps it from binding.
    /// @return formerDeadline Of a life that lapsed before this one; 0 for none.
    /// @return lateUntil Last day on which late activity may still revive what lapsed; 0 where nothing is to be revived.
    function clockAt(IMilesLedger ledger, uint40 member, uint48 instant)
        external
        view
        returns (uint16 deadline, bool isExempt, uint16 formerDeadline, uint16 lateUntil);
}
