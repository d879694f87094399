// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SettlingHandler} from "./support/SettlingHandler.sol";

/// @title Invariants of docs/invariants.md over the deployed contracts, after any order of acts
/// @dev The state machines in tests/machines go further; these are the same promises in forge's own hands.
contract SettlingTest {
    struct Selectors {
        address handler;
        bytes4[] acts;
    }

    SettlingHandler private _handler;

    function setUp() external {
        _handler = new SettlingHandler();
    }

    /// @notice Forge calls these and nothing else.
    function targetSelectors() external view returns (Selectors[] memory targets) {
        targets = new Selectors[](1);
        targets[0].handler = address(_handler);
        targets[0].acts = new bytes4[](5);
        targets[0].acts[0] = _handler.enrol.selector;
        targets[0].acts[1] = _handler.fund.selector;
        targets[0].acts[2] = _handler.suspend.selector;
        targets[0].acts[3] = _handler.wait.selector;
        targets[0].acts[4] = _handler.settle.selector;
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_miles__after_any_acts__are_conserved() external view {
        _handler.checkMiles();
    }

    function invariant_numbers__after_any_acts__count_what_settled() external view {
        _handler.checkNumbers();
    }

    function invariant_funding__after_any_acts__is_never_exceeded() external view {
        _handler.checkFunding();
    }
}
