// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LibSort} from "solady/utils/LibSort.sol";
import {IMilesLedger} from "./interfaces/IMilesLedger.sol";
import {IMilesLens} from "./interfaces/IMilesLens.sol";
import {ExpiryLib} from "./libraries/ExpiryLib.sol";
import {Clock, LifeLib} from "./libraries/LifeLib.sol";
import {Account, LotLib} from "./types/Account.sol";
import {Former} from "./types/Former.sol";
import {Expiry} from "./types/Rule.sol";

/// @title Miles lens
/// @notice Described in IMilesLens.
contract MilesLens is IMilesLens {
    /// @dev A sortable lot: last day 16 | own day 16, all ones for the pool | version 8 | amount 48 | is live 1
    uint256 private constant POOL = 0xffff;
    uint256 private constant LAST_DAY_SHIFT = 73;
    uint256 private constant OWN_DAY_SHIFT = 57;
    uint256 private constant VERSION_SHIFT = 49;

    /// @inheritdoc IMilesLens
    function lotsAt(IMilesLedger ledger, uint40 member, uint48 instant) external view returns (Lot[] memory) {
        return _lots(ledger, member, ledger.expiryAt(instant));
    }

    /// @inheritdoc IMilesLens
    function lotsOf(IMilesLedger ledger, uint40 member) external view returns (Lot[] memory lots) {
        return _lots(ledger, member, ledger.expiryAt(uint48(block.timestamp)));
    }

    /// @inheritdoc IMilesLens
    function lotsOfMany(IMilesLedger ledger, uint40[] calldata members, uint48 instant)
        external
        view
        returns (Lot[][] memory lots)
    {
        Expiry memory expiry = ledger.expiryAt(instant);
        lots = new Lot[][](members.length);
        for (uint256 i; i < members.length; ++i) {
            lots[i] = _lots(ledger, members[i], expiry);
        }
    }

    /// @inheritdoc IMilesLens
    function expiringBy(IMilesLedger ledger, uint40 member, uint48 instant, uint16 day)
        external
        view
        returns (uint256 miles)
    {
        Lot[] memory lots = _lots(ledger, member, ledger.expiryAt(instant));
        for (uint256 i; i < lots.length; ++i) {
            if (lots[i].isLive && lots[i].lastDay <= day && lots[i].lastDay != ExpiryLib.NEVER) miles += lots[i].amount;
        }
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

    /// @inheritdoc IMilesLens
    function clockAt(IMilesLedger ledger, uint40 member, uint48 instant)
        external
        view
        returns (uint16 deadline, bool isExempt, uint16 formerDeadline, uint16 lateUntil)
    {
        Expiry memory expiry = ledger.expiryAt(instant);
        Account account = Account.wrap(ledger.accountWord(member));
        Clock memory clock = LifeLib.clockOf(expiry, account, Former.wrap(ledger.formerWord(member)));
        deadline = uint16(clock.deadline);
        isExempt = LifeLib.isExempt(expiry, account);
        formerDeadline = uint16(clock.formerDeadline);
        uint256 lapsed = deadline < expiry.today ? deadline : formerDeadline;
        if (lapsed != 0 && !LifeLib.isOver(expiry, lapsed)) lateUntil = uint16(lapsed + expiry.terms.lateDays());
    }

    function _lots(IMilesLedger ledger, uint40 member, Expiry memory expiry) private view returns (Lot[] memory) {
        Account account = Account.wrap(ledger.accountWord(member));
        Clock memory clock = LifeLib.clockOf(expiry, account, Former.wrap(ledger.formerWord(member)));
        uint256 count = account.count();
        uint256[] memory keys = new uint256[](count + 3);
        uint256 word;
        for (uint256 i; i < count; ++i) {
            uint256 position = (account.head() + i) % account.capacity();
            if (i == 0 || position % 4 == 0) word = ledger.lotWord(member, uint16(position / 4));
            keys[i] = _keyOf(expiry, clock, (word >> ((position % 4) * 64)) & LotLib.MASK);
        }
        keys[count] = _keyOf(expiry, clock, account.hotLot());
        keys[count + 1] = _poolKey(expiry, clock.deadline, account.pool());
        keys[count + 2] = _poolKey(expiry, clock.formerDeadline, clock.former.pool());
        LibSort.sort(keys);
        return _joined(keys);
    }

    function _keyOf(Expiry memory expiry, Clock memory clock, uint256 lot) private pure returns (uint256) {
        if (LotLib.amount(lot) == 0) return 0;
        uint256 day = LifeLib.lastDayOf(clock, expiry, lot);
        return _key(expiry, day, LotLib.lastDay(lot), LotLib.version(lot), LotLib.amount(lot));
    }

    function _poolKey(Expiry memory expiry, uint256 deadline, uint256 miles) private pure returns (uint256) {
        return miles == 0 ? 0 : _key(expiry, deadline, POOL, 0xff, miles);
    }

    function _key(Expiry memory expiry, uint256 day, uint256 ownDay, uint256 version, uint256 miles)
        private
        pure
        returns (uint256)
    {
        return (day << LAST_DAY_SHIFT) | (ownDay << OWN_DAY_SHIFT) | (version << VERSION_SHIFT) | (miles << 1)
            | (day >= expiry.today ? 1 : 0);
    }

    /// @dev Lots of one bucket are one lot (programmes.md, decision 6).
    function _joined(uint256[] memory keys) private pure returns (Lot[] memory lots) {
        lots = new Lot[](keys.length);
        uint256 count;
        for (uint256 i; i < keys.length; ++i) {
            uint256 key = keys[i];
            if (key == 0) continue;
            uint64 miles = uint64((key >> 1) & ((1 << 48) - 1));
            if (i != 0 && keys[i - 1] >> VERSION_SHIFT == key >> VERSION_SHIFT) {
                lots[count - 1].amount += miles;
                continue;
            }
            bool isPool = uint8(key >> VERSION_SHIFT) == 0xff;
            lots[count++] = Lot({
                amount: miles,
                lastDay: uint16(key >> LAST_DAY_SHIFT),
                version: isPool ? 0 : uint8(key >> VERSION_SHIFT),
                ownDay: isPool ? 0 : uint16(key >> OWN_DAY_SHIFT),
                isLive: key & 1 != 0
            });
        }
        assembly ("memory-safe") {
            mstore(lots, count)
        }
    }
}
