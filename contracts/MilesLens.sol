// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMilesLedger} from "./interfaces/IMilesLedger.sol";
import {IMilesLens} from "./interfaces/IMilesLens.sol";
import {Account, LotLib} from "./types/Account.sol";

/// @title Miles lens
/// @notice Described in IMilesLens.
contract MilesLens is IMilesLens {
    /// @inheritdoc IMilesLens
    function lotsOf(IMilesLedger ledger, uint40 member) public view returns (Lot[] memory lots) {
        Account account = Account.wrap(ledger.accountWord(member));
        uint256 count = account.count();
        uint256[] memory packed = new uint256[](count + 1);
        uint256 capacity = uint256(ledger.ringWords()) * 4;
        for (uint256 i; i < count; ++i) {
            uint256 position = (account.head() + i) % capacity;
            packed[i] = (ledger.lotWord(member, uint16(position / 4)) >> ((position % 4) * 64)) & LotLib.MASK;
        }
        packed[count] = account.hotLot();
        return _joined(_sorted(packed));
    }

    /// @inheritdoc IMilesLens
    function expiringBy(IMilesLedger ledger, uint40 member, uint48 instant, uint16 day)
        external
        view
        returns (uint256 miles)
    {
        uint256 today = ledger.dayOf(instant);
        Lot[] memory lots = lotsOf(ledger, member);
        for (uint256 i; i < lots.length; ++i) {
            if (lots[i].lastDay >= today && lots[i].lastDay <= day) miles += lots[i].amount;
        }
        Account account = Account.wrap(ledger.accountWord(member));
        if (account.deadline() >= today && account.deadline() <= day) miles += account.pool();
    }

    /// @inheritdoc IMilesLens
    function balancesAt(IMilesLedger ledger, uint40[] calldata members, uint48 instant)
        external
        view
        returns (uint256[] memory balances)
    {
        balances = new uint256[](members.length);
        for (uint256 i; i < members.length; ++i) {
            balances[i] = ledger.balanceAt(members[i], instant);
        }
    }

    /// @dev By bucket, last day first. Insertion, because lots are nearly sorted where they stand.
    function _sorted(uint256[] memory lots) private pure returns (uint256[] memory) {
        for (uint256 i = 1; i < lots.length; ++i) {
            uint256 lot = lots[i];
            uint256 j = i;
            for (; j != 0 && LotLib.bucket(lots[j - 1]) > LotLib.bucket(lot); --j) {
                lots[j] = lots[j - 1];
            }
            lots[j] = lot;
        }
        return lots;
    }

    /// @dev Lots of one bucket are one lot (programmes.md, decision 6).
    function _joined(uint256[] memory sorted) private pure returns (Lot[] memory lots) {
        lots = new Lot[](sorted.length);
        uint256 count;
        for (uint256 i; i < sorted.length; ++i) {
            uint256 lot = sorted[i];
            if (LotLib.amount(lot) == 0) continue;
            if (count != 0 && i != 0 && LotLib.bucket(sorted[i - 1]) == LotLib.bucket(lot)) {
                lots[count - 1].amount += uint64(LotLib.amount(lot));
            } else {
                lots[count++] = Lot({
                    amount: uint64(LotLib.amount(lot)),
                    lastDay: uint16(LotLib.lastDay(lot)),
                    version: uint8(LotLib.version(lot))
                });
            }
        }
        assembly ("memory-safe") {
            mstore(lots, count)
        }
    }
}
