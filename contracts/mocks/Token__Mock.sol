// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @title A stablecoin that anyone mints, with permit, and that calls back where it is told to
/// @dev For tests alone.
contract Token__Mock is ERC20Permit {
    address private _called;
    bytes private _data;

    constructor() ERC20("Test Dollar", "TUSD") ERC20Permit("Test Dollar") {}

    function mint(address owner, uint256 amount) external {
        _mint(owner, amount);
    }

    /// @notice Lets a spender take what the token itself has.
    function approveFrom(address spender, uint256 amount) external {
        _approve(address(this), spender, amount);
    }

    /// @notice Has the next transfer call a contract first, in the token's own name.
    function callBack(address called, bytes calldata data) external {
        (_called, _data) = (called, data);
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function _update(address from, address to, uint256 value) internal override {
        address called = _called;
        delete _called;
        if (called != address(0)) Address.functionCall(called, _data);
        super._update(from, to, value);
    }
}
