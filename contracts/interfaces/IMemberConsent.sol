// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Member consent: a member agrees by the signature of the linked wallet, or custody acts for one without a wallet
/// @notice Whoever sends the signature pays the gas. It is over EIP-712 data of the contract that takes it, ends with
/// `uint256 nonce,uint256 deadline`, counts once, and is void when the wallet is no longer the member's. A wallet that is
/// a contract answers for itself (ERC-1271).
interface IMemberConsent {
    /// @notice Of a member without a wallet it is not read: the caller needs the custody role.
    /// @param nonce `nonceOf` of the member.
    /// @param deadline Last unix second at which it is good.
    struct Consent {
        uint256 nonce;
        uint256 deadline;
        bytes signature;
    }

    error ConsentExpired(uint256 deadline, uint256 now_);
    /// @notice The signature was used before, or others that come before it were not.
    error ConsentNonceNotNext(uint40 member, uint256 given, uint256 expected);
    /// @notice The member's wallet did not sign this.
    error ConsentSignatureInvalid(uint40 member, address wallet);

    /// @notice Nonce that the member's next signature must carry here.
    function nonceOf(uint40 member) external view returns (uint256);

    /// @notice The ledger whose members consent.
    function ledger() external view returns (address);
}
