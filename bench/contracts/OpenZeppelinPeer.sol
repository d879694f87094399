// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A plain ERC-20 of OpenZeppelin, minted one by one or in a loop
/// @dev Anyone may mint: no access check, no rule, no receipt and no lot stands in its figures, all in its favour.
contract OpenZeppelinPeer is ERC20("Peer", "PEER") {
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function mintBatch(address[] calldata to, uint256[] calldata amounts) external {
        for (uint256 i; i < to.length; ++i) {
            _mint(to[i], amounts[i]);
        }
    }
}
