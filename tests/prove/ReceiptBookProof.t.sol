// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReceiptBook} from "../../contracts/ReceiptBook.sol";
import {Proof} from "./support/Proof.sol";

/// @title INV-3: a lane's sequence rises by exactly one when a report is recorded, and by nothing else
contract ReceiptBookProof is Proof {
    ReceiptBook private _book;

    function setUp() external {
        _book = new ReceiptBook(address(this));
        _book.setSettler(address(this));
        svm.enableSymbolicStorage(address(_book));
    }

    function check_record__any_report__raises_its_lane_by_one(
        uint16 lane,
        uint64 sequence,
        bytes32 root,
        uint16 otherLane,
        uint64 otherSequence
    ) external {
        vm.assume(otherLane != lane && _book.nextSequence(lane) < type(uint64).max);
        uint64 next = _book.nextSequence(lane);
        uint64 nextOfOther = _book.nextSequence(otherLane);
        bytes32 rootOfOther = _book.rootOf(otherLane, otherSequence);
        bytes32 former = _book.rootOf(lane, otherSequence);
        // A sequence that is not the next one reverts, and this path ends.
        _book.record(lane, sequence, root);
        vm.assertEq(sequence, next, "sequence");
        vm.assertEq(_book.nextSequence(lane), uint256(next) + 1, "next");
        vm.assertEq(_book.rootOf(lane, sequence), root, "root");
        vm.assertEq(_book.nextSequence(otherLane), nextOfOther, "another lane");
        vm.assertEq(_book.rootOf(otherLane, otherSequence), rootOfOther, "another lane's root");
        if (otherSequence != sequence) vm.assertEq(_book.rootOf(lane, otherSequence), former, "another root");
    }

    function check_record__not_the_settler__is_refused(address caller, uint16 lane, uint64 sequence, bytes32 root)
        external
    {
        vm.assume(caller != address(this));
        vm.prank(caller);
        (bool ok,) = address(_book).call(abi.encodeCall(_book.record, (lane, sequence, root)));
        vm.assertTrue(!ok, "refused");
    }

    function check_any_other_call__leaves_sequences_and_roots(address caller, uint16 lane, uint64 sequence) external {
        uint64 next = _book.nextSequence(lane);
        bytes32 root = _book.rootOf(lane, sequence);
        bytes memory data = svm.createCalldata("ReceiptBook");
        vm.assume(bytes4(data) != _book.record.selector);
        vm.prank(caller);
        (bool ok,) = address(_book).call(data);
        vm.assume(ok);
        vm.assertEq(_book.nextSequence(lane), next, "next");
        vm.assertEq(_book.rootOf(lane, sequence), root, "root");
    }
}
