// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IMemberConsent} from "./interfaces/IMemberConsent.sol";
import {IMilesLedger} from "./interfaces/IMilesLedger.sol";

/// @title Member consent
/// @notice Described in IMemberConsent.
abstract contract MemberConsent is IMemberConsent, AccessManaged, EIP712 {
    IMilesLedger internal immutable LEDGER;

    mapping(uint40 member => uint256) private _nonces;

    constructor(IMilesLedger ledger_) {
        LEDGER = ledger_;
    }

    /// @inheritdoc IMemberConsent
    function nonceOf(uint40 member) external view returns (uint256) {
        return _nonces[member];
    }

    /// @inheritdoc IMemberConsent
    function ledger() external view returns (address) {
        return address(LEDGER);
    }

    /// @dev Takes a member's consent, or has it that the caller is custody.
    /// @param fields Type hash and all fields before nonce and deadline, encoded.
    /// @return isByCustody The member has no wallet.
    function _requireConsent(uint40 member, bytes memory fields, Consent calldata consent)
        internal
        returns (bool isByCustody)
    {
        isByCustody = !_takeSignature(member, fields, consent);
        if (isByCustody) _requireCustody();
    }

    /// @dev Takes the signature of a member who has a wallet; false of one who has none.
    function _takeSignature(uint40 member, bytes memory fields, Consent calldata consent) internal returns (bool) {
        address wallet = LEDGER.walletOf(member);
        if (wallet == address(0)) return false;
        if (block.timestamp > consent.deadline) revert ConsentExpired(consent.deadline, block.timestamp);
        uint256 nonce = _nonces[member];
        if (consent.nonce != nonce) revert ConsentNonceNotNext(member, consent.nonce, nonce);
        _nonces[member] = nonce + 1;
        // The fields are words, so what is joined is what EIP-712 encodes.
        bytes32 digest = _hashTypedDataV4(keccak256(bytes.concat(fields, abi.encode(nonce, consent.deadline))));
        if (!SignatureChecker.isValidSignatureNowCalldata(wallet, digest, consent.signature)) {
            revert ConsentSignatureInvalid(member, wallet);
        }
        return true;
    }

    /// @dev The role that the authority gives the function called. A delayed holder's schedule is used up: once a call.
    function _requireCustody() internal {
        _checkCanCall(msg.sender, msg.data);
    }
}
