// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IProgrammeRules} from "./interfaces/IProgrammeRules.sol";
import {CalendarLib} from "./libraries/CalendarLib.sol";
import {ExpiryLib} from "./libraries/ExpiryLib.sol";
import {ActLib, Activity, Expiry, Rule, RuleLib, SpentMiles, Terms, TermsLib} from "./types/Rule.sol";

/// @title Programme rules
/// @notice Described in IProgrammeRules: the words that both halves of the ledger compute by.
abstract contract ProgrammeRules {
    using ExpiryLib for Expiry;

    int16 private constant MOST_OFFSET = 14 * 60;
    uint256 private constant MOST_LATE_DAYS = 180;
    int32 private constant MOST_MONTHS = 600;
    int32 private constant MOST_MONTHS_BY_DAY = 48;
    uint256 private constant SHORTEST_MONTH = 28;
    uint256 private constant MOST_VERSIONS = 15;
    uint256 private constant MOST_ACTS = 8;
    /// @dev A move is computed for each lot that is read: more of them, and the largest account would stop a report.
    uint256 private constant MOST_MOVES = 2;
    uint256 private constant A_WORD = 4;
    uint256 private constant BITS = 64;
    uint256 private constant MASK = (1 << BITS) - 1;

    /// @dev Lane 0 `Terms`, lanes 1 to 15 `Rule`, four a word.
    uint256[4] private _rules;
    uint256[2] private _acts;

    /// @dev Once, by the constructor of what keeps the words.
    function _setRules(IProgrammeRules.Settings memory settings_, IProgrammeRules.RuleVersion[] memory versions) internal {
        bool offsetValid = settings_.utcOffset >= -MOST_OFFSET && settings_.utcOffset <= MOST_OFFSET;
        if (!offsetValid || settings_.lateDays > MOST_LATE_DAYS || settings_.noticeDays == 0 || versions.length == 0
                || settings_.spentMiles > SpentMiles.DEBT) {
            revert IProgrammeRules.RulesSettingsInvalid();
        }
        Terms terms = TermsLib.pack(
            settings_.isPosting,
            settings_.isLotsFirst,
            settings_.closesAccounts,
            settings_.lateDays,
            settings_.firstLapse,
            settings_.noticeDays,
            settings_.utcOffset,
            settings_.spentMiles
        );
        _rules[0] = Terms.unwrap(terms);
        for (uint256 i; i < versions.length; ++i) {
            _addRule(_expiry(), versions[i]);
        }
    }

    function _announceRule(IProgrammeRules.RuleVersion calldata rule) internal {
        Expiry memory expiry = _expiryOf(block.timestamp);
        _addRule(expiry, rule);
        _checkNotice(rule.fromDay, expiry.today + expiry.terms.noticeDays());
    }

    function _announceAct(uint8 kind, uint8 versions, uint16 fromDay, int32 value) internal {
        Expiry memory expiry = _expiryOf(block.timestamp);
        if (expiry.actCount == MOST_ACTS) revert IProgrammeRules.RulesTooMany(MOST_ACTS);
        if (kind == ActLib.MOVE && _moves(expiry) == MOST_MOVES) revert IProgrammeRules.RulesTooMany(MOST_MOVES);
        bool valid = kind == ActLib.GRACE
            ? value >= int32(uint32(fromDay)) && uint32(value) <= CalendarLib.LAST_DAY
            : kind == ActLib.MOVE
                ? value != 0 && value >= -MOST_MONTHS && value <= MOST_MONTHS
                : kind == ActLib.NEVER && value == 0;
        if (!valid || versions == 0 || versions > expiry.count) revert IProgrammeRules.RulesActInvalid(kind, versions, value);
        _checkNotice(fromDay, value < 0 ? expiry.today + expiry.terms.noticeDays() : expiry.today);
        uint256 act = kind | (uint256(versions) << 8) | (uint256(fromDay) << 16) | (uint256(uint16(int16(value))) << 32);
        _acts[expiry.actCount / A_WORD] |= act << (expiry.actCount % A_WORD * BITS);
        emit IProgrammeRules.ActAnnounced(expiry.actCount + 1, kind, versions, fromDay, value);
    }

    function _expiryOf(uint256 instant) internal view returns (Expiry memory expiry) {
        expiry = _expiry();
        expiry.today = CalendarLib.dayOf(instant, expiry.terms.utcOffset());
    }

    /// @dev Words behind one that is not full are not read.
    function _expiry() internal view returns (Expiry memory expiry) {
        uint256 lanes;
        for (uint256 i; i < _rules.length && lanes == i * A_WORD; ++i) {
            expiry.rules[i] = _rules[i];
            for (uint256 word = expiry.rules[i]; word != 0; word >>= BITS) {
                ++lanes;
                Rule rule = Rule.wrap(word & MASK);
                if (lanes != 1 && rule.hasLotRule() && rule.hasAccountRule()) expiry.bindsLots = true;
            }
        }
        expiry.count = lanes - 1;
        expiry.terms = Terms.wrap(expiry.rules[0] & MASK);
        for (uint256 i; i < _acts.length && expiry.actCount == i * A_WORD; ++i) {
            expiry.acts[i] = _acts[i];
            for (uint256 word = expiry.acts[i]; word != 0; word >>= BITS) {
                ++expiry.actCount;
            }
        }
    }

    function _addRule(Expiry memory expiry, IProgrammeRules.RuleVersion memory rule) private {
        uint256 version = expiry.count + 1;
        if (version > MOST_VERSIONS) revert IProgrammeRules.RulesTooMany(MOST_VERSIONS);
        bool isAfter = version == 1 ? rule.fromDay == 0 : rule.fromDay > expiry.ruleOf(version - 1).fromDay();
        if (!isAfter || !_isLotRule(rule) || !_isAccountRule(rule, expiry.terms.lateDays())) {
            revert IProgrammeRules.RulesVersionInvalid(version);
        }
        uint256 word = rule.fromDay | (uint256(rule.lotMonths) << 16) | (uint256(rule.lotAlign) << 26)
            | (uint256(rule.accountMonths) << 28) | (uint256(rule.accountAlign) << 38)
            | (uint256(rule.activities) << 40) | (uint256(rule.tiers) << 48) | RuleLib.EXISTS;
        _rules[version / A_WORD] |= word << (version % A_WORD * BITS);
        emit IProgrammeRules.RuleAnnounced(version, rule);
    }

    function _moves(Expiry memory expiry) private pure returns (uint256 moves) {
        for (uint256 i; i < expiry.actCount; ++i) {
            if (expiry.actOf(i).kind() == ActLib.MOVE) ++moves;
        }
    }

    function _isLotRule(IProgrammeRules.RuleVersion memory rule) private pure returns (bool) {
        int256 most = rule.lotAlign == CalendarLib.ALIGN_DAY ? MOST_MONTHS_BY_DAY : MOST_MONTHS;
        return rule.lotAlign <= CalendarLib.ALIGN_YEAR && int256(uint256(rule.lotMonths)) <= most;
    }

    /// @dev One that did not count accruals would void miles as they are earned; late activity must end before a life can.
    function _isAccountRule(IProgrammeRules.RuleVersion memory rule, uint256 lateDays) private pure returns (bool) {
        if (rule.accountMonths == 0) return rule.activities == 0 && rule.tiers == 0 && rule.accountAlign == 0;
        return int256(uint256(rule.accountMonths)) <= MOST_MONTHS && rule.accountAlign <= CalendarLib.ALIGN_YEAR
            && rule.activities < 64 && rule.activities & Activity.ACCRUAL != 0 && rule.tiers != 0
            && lateDays < uint256(rule.accountMonths) * SHORTEST_MONTH;
    }

    function _checkNotice(uint256 fromDay, uint256 earliest) private pure {
        if (fromDay < earliest) revert IProgrammeRules.RulesNoticeTooShort(fromDay, earliest);
    }
}
