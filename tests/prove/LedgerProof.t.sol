// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LedgerReversals} from "../../contracts/LedgerReversals.sol";
import {MilesLedger} from "../../contracts/MilesLedger.sol";
import {IMilesLedger} from "../../contracts/interfaces/IMilesLedger.sol";
import {IProgrammeRules} from "../../contracts/interfaces/IProgrammeRules.sol";
import {Account, LotLib} from "../../contracts/types/Account.sol";
import {Credit, CreditLib} from "../../contracts/types/Award.sol";
import {Proof} from "./support/Proof.sol";

/// @title A credit adds its miles to one account, and changes nothing else
/// @dev For every member, amount, lot and scratch, and for whatever stood in storage before; older lots are none, one,
/// or two at the end of a ring word, or, where miles are not counted, any number that leaves room in the ring.
contract LedgerProof is Proof {
    /// @dev What a credit may change of an account: hot lot, pool, flag of order, count, scratch.
    uint256 private constant CHANGED =
        (0xffffffff << 220) | (0xfff << 176) | (1 << 122) | (0xffffffffff << 64) | 0xffffffffffffffff;
    uint256 private constant RING_LOTS = 64;

    MilesLedger private _ledger;

    function setUp() external {
        IProgrammeRules.RuleVersion[] memory versions = new IProgrammeRules.RuleVersion[](1);
        versions[0] = IProgrammeRules.RuleVersion(0, 36, 1, 0, 0, 0, 0);
        IProgrammeRules.Settings memory settings = IProgrammeRules.Settings(480, 60, 1, 0, false, false, false, 1);
        _ledger = new MilesLedger(address(this), address(new LedgerReversals()), "Asia Miles", "MILE", settings, versions);
        _ledger.setSettler(address(this));
        svm.enableSymbolicStorage(address(_ledger));
    }

    function check_credit__no_older_lot__adds_its_miles(uint40 member, uint40 miles, uint24 bucket, uint40 scratch)
        external
    {
        _checkCredit(member, miles, bucket, scratch, 0, 0);
    }

    function check_credit__one_older_lot__adds_its_miles(uint40 member, uint40 miles, uint24 bucket, uint40 scratch)
        external
    {
        _checkCredit(member, miles, bucket, scratch, 0, 1);
    }

    function check_credit__older_lots_to_a_words_end__adds_its_miles(
        uint40 member,
        uint40 miles,
        uint24 bucket,
        uint40 scratch
    ) external {
        _checkCredit(member, miles, bucket, scratch, 2, 2);
    }

    function check_credit__any__changes_no_other_member(
        uint40 member,
        uint40 miles,
        uint24 bucket,
        uint40 other,
        uint16 index
    ) external {
        vm.assume(other != member && index < 512);
        vm.assume(Account.wrap(_ledger.accountWord(member)).count() < RING_LOTS && miles < 1 << 38);
        _assumeRoom(Account.wrap(_ledger.accountWord(member)));
        uint256 account = _ledger.accountWord(other);
        uint256 word = _ledger.lotWord(other, index);
        IMilesLedger.Totals memory totals = _totals();
        _ledger.credit(abi.encodePacked(CreditLib.pack(member, miles, bucket, 0)));
        vm.assertEq(_ledger.accountWord(other), account, "another account");
        vm.assertEq(_ledger.lotWord(other, index), word, "another's lots");
        vm.assertEq(_ledger.totals().enrolled, totals.enrolled, "enrolled");
        vm.assertEq(_ledger.totals().reversed, totals.reversed, "reversed");
        vm.assertEq(_ledger.totals().redeemed, totals.redeemed, "redeemed");
        vm.assertEq(_ledger.totals().writtenOff, totals.writtenOff, "written off");
    }

    /// @dev Two credits of one call, to one member or to two, who have no lots yet.
    function check_credit__two__add_their_miles(
        uint40 first,
        uint40 second,
        uint40 firstMiles,
        uint40 secondMiles,
        uint24 bucket
    ) external {
        _assumeRing(first, 0, 0);
        _assumeRing(second, 0, 0);
        vm.assume(firstMiles < 1 << 38 && secondMiles < 1 << 38);
        vm.assume(_sum(first, 0, 0) == 0 && _sum(second, 0, 0) == 0);
        uint256 credited = _totals().credited;
        Credit one = CreditLib.pack(first, firstMiles, bucket, 0);
        Credit other = CreditLib.pack(second, secondMiles, bucket, 0);
        _ledger.credit(abi.encodePacked(one, other));
        vm.assertEq(_ledger.totals().credited, credited + firstMiles + secondMiles, "total");
        if (first == second) {
            vm.assertEq(_sumNow(first), uint256(firstMiles) + secondMiles, "both");
        } else {
            vm.assertEq(_sumNow(first), firstMiles, "first");
            vm.assertEq(_sumNow(second), secondMiles, "second");
        }
    }

    function _checkCredit(
        uint40 member,
        uint40 miles,
        uint24 bucket,
        uint256 scratch,
        uint256 head,
        uint256 count
    ) private {
        scratch = bits(scratch, 0, 33);
        vm.assume(miles < 1 << 38 || bits(bucket, 0, 4) != 0);
        _assumeRing(member, head, count);
        uint256 before = _ledger.accountWord(member);
        uint256 credited = _totals().credited;
        uint256 sum = _sum(member, head, count);
        _ledger.credit(abi.encodePacked(CreditLib.pack(member, miles, bucket, scratch)));
        Account present = Account.wrap(_ledger.accountWord(member));
        bool isLonger = present.count() != count;
        vm.assertTrue(!isLonger || present.count() == count + 1, "count");
        vm.assertEq(_sum(member, head, isLonger ? count + 1 : count), sum + miles, "miles");
        vm.assertEq(_ledger.totals().credited, credited + miles, "total");
        vm.assertEq(Account.unwrap(present) & ~CHANGED, before & ~CHANGED, "other fields");
        uint256 expected = scratch == 0 ? Account.wrap(before).scratch() : bits(scratch, 0, 32);
        vm.assertEq(present.scratch(), expected, "scratch");
    }

    function _assumeRing(uint40 member, uint256 head, uint256 count) private view {
        Account account = Account.wrap(_ledger.accountWord(member));
        vm.assume(account.head() == head && account.count() == count);
        _assumeRoom(account);
    }

    /// @dev No pool is so large that what is credited to it would not fit: the ledger asserts it.
    function _assumeRoom(Account account) private pure {
        vm.assume(account.pool() < 1 << 38);
    }

    /// @dev Totals that leave room for what is credited.
    function _totals() private view returns (IMilesLedger.Totals memory totals) {
        totals = _ledger.totals();
        vm.assume(totals.credited < 1 << 79);
    }

    /// @dev Of a member who had no lots before.
    function _sumNow(uint40 member) private view returns (uint256) {
        bool isLonger = Account.wrap(_ledger.accountWord(member)).count() != 0;
        return _sum(member, 0, isLonger ? 1 : 0);
    }

    /// @dev Pool, hot lot and ring, lot by lot.
    function _sum(uint40 member, uint256 head, uint256 count) private view returns (uint256 miles) {
        Account account = Account.wrap(_ledger.accountWord(member));
        miles = account.hotAmount() + account.pool();
        for (uint256 position = head; position < head + count; ++position) {
            miles += LotLib.amount(_ledger.lotWord(member, uint16(position / 4)) >> (position % 4 * 64));
        }
    }
}
