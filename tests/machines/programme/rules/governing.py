"""What those who govern do: other reporters, a pause, another Settlement; and strangers who try it."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from milepost.chain.roles import AUTHORITY_OWNED, BOOK_ONLY, DESK_ONLY, FUNCTIONS, SETTLER_ONLY, Role
from tests.machines.programme.base import ProgrammeBase
from tests.machines.programme.settling import attempt, can_settle, seal, settles, sign
from tests.machines.programme.strategies import Bill, good_bills, lanes, numbers, picked, reports_of
from tests.machines.programme.twins import GUARDED, KEYS, NOBODY, STRANGER, Reporters, holder, refused
from tests.support.evm import ADMIN, EvmContract

# What each outsider gets; these refuse zeros before they ask who calls, and tests of their own try them.
_CLOSED_TO_OTHERS = [
    *(
        (contract, function, role, "AccessManagedUnauthorized")
        for contract, roles in FUNCTIONS.items()
        for role, functions in roles.items()
        for function in functions
        if function not in ("unlink", "formFamily")
    ),
    *(
        (contract, function, None, error)
        for table, error in (
            (SETTLER_ONLY, "SettlerUnauthorized"),
            (DESK_ONLY, "LedgerDeskUnauthorized"),
            (BOOK_ONLY, "PartnerCallerNotPromotionBook"),
            (AUTHORITY_OWNED, "AccessManagedUnauthorized"),
        )
        for contract, functions in table.items()
        for function in functions
    ),
]
# What stops all else is ended again sooner than it is begun.
_seldom = st.sampled_from((False, False, False, True))


class GoverningRules(ProgrammeBase):
    """Without the delays of the roles, which tests/contracts/authority and tests of governance keep."""

    @rule(chosen=st.sets(st.integers(0, len(KEYS) - 1), min_size=2, max_size=5), quorum=st.integers(1, 3))
    def set_reporters(self, chosen: set[int], quorum: int) -> None:
        """Whatever is in flight was signed for a former set from now on."""
        keys = tuple(KEYS[place] for place in sorted(chosen))
        with refused("SettlementReportersInvalid" if quorum > len(keys) else None):
            self.twins.act("setReporters", [key.address for key in keys], quorum)
            version = self.twins.model.reporters.version + 1
            self.twins.model.reporters = Reporters(version, quorum, keys)

    @rule(place=st.integers(0, len(KEYS) - 1))
    def remove_reporter(self, place: int) -> None:
        """At once; what the others signed still counts."""
        key, reporters = KEYS[place], self.twins.model.reporters
        too_few = "SettlementReportersTooFew" if len(reporters.keys) == reporters.quorum else None
        with refused(too_few if key in reporters.keys else "SettlementReporterUnknown"):
            self.twins.act("removeReporter", key.address)
            kept = tuple(one for one in reporters.keys if one != key)
            self.twins.model.reporters = replace(reporters, keys=kept)

    @rule(is_paused=_seldom, given=reports_of(good_bills, 2))
    def pause_or_go_on(self, is_paused: bool, given: list[Bill]) -> None:
        model = self.twins.model
        already = "EnforcedPause" if is_paused else "ExpectedPause"
        with refused(already if is_paused == model.is_paused else None):
            self.twins.act("pause" if is_paused else "unpause")
            model.is_paused = is_paused
        attempt(self.twins, sign(self.twins, seal(model, given, 0)))

    @rule(contract=st.sampled_from(GUARDED), is_emptied=st.booleans(), given=reports_of(good_bills, 2))
    def empty_or_fill_a_settler_slot(self, contract: str, is_emptied: bool, given: list[Bill]) -> None:
        """INV-4: who is not in the slot credits nobody, a quorum's report or not."""
        model = self.twins.model
        settler = NOBODY if is_emptied else self.twins.contracts.settlement.address
        is_taken = not is_emptied and contract not in model.emptied
        with refused("SettlerStillNamed" if is_taken else None):
            self.twins.act("setSettler", settler, of=contract)
            (model.emptied.add if is_emptied else model.emptied.discard)(contract)
        attempt(self.twins, sign(self.twins, seal(model, given, 0)))

    @precondition(lambda self: can_settle(self.twins.model))
    @rule(given=reports_of(good_bills), lane=lanes)
    def replace_settlement(self, given: list[Bill], lane: int) -> None:
        """INV-2, INV-3: lanes and numbers go on; of a report and its twin one settles."""
        report = seal(self.twins.model, given, lane)
        former, signed = self.twins.contracts.settlement, sign(self.twins, report)
        self.twins.replace_settlement()
        with refused("SettlerUnauthorized"):
            former.settle(signed.report_bytes, signed.signatures, sender=STRANGER)
        settles(self.twins, sign(self.twins, report))
        with refused("SettlementSequenceNotNext"):
            former.settle(signed.report_bytes, signed.signatures, sender=STRANGER)

    @rule(other=numbers)
    def call_without_the_role(self, other: int) -> None:
        """INV-4: every function, by a stranger, a holder of another role, or the admin, who holds none."""
        for name, function, role, error in _CLOSED_TO_OTHERS:
            outsiders = [STRANGER, ADMIN, *(holder(one) for one in Role if one not in (role, Role.ADMIN))]
            contract = self.twins.contract(name)
            with refused(error):
                getattr(contract, function)(*_zeros(contract, function), sender=picked(outsiders, other))


def _zeros(contract: EvmContract, function: str) -> list[Any]:
    """Arguments of the right types that say nothing."""
    return [_zero(one) for one in contract.functions[function]["inputs"]]


def _zero(one: dict[str, Any]) -> Any:
    kind = one["type"]
    if kind.endswith("]"):
        return []
    if kind == "tuple":
        return tuple(_zero(part) for part in one["components"])
    if kind.startswith("bytes"):
        return b"" if kind == "bytes" else bytes(int(kind[5:]))
    return {"address": NOBODY, "bool": False}.get(kind, 0)
