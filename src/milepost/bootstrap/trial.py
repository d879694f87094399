"""Tries a partner on a running programme: one small sale by a test member, to its receipt, and back again.

`milepost partners try` runs it; it speaks to `milepost serve` as the partner's till does, and to the node.
"""

import secrets
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from milepost.bootstrap.deployed import deployed_partners
from milepost.bootstrap.parts import Parts
from milepost.chain.receipt_verifier import ReceiptVerifier
from milepost.codec.receipt_file import read_receipt_text, receipt_differences
from milepost.config import SettingsRefused
from milepost.domain.errors import ChainError, MilepostError, WhoActs
from milepost.domain.partner import EarnRate, Outlet, Partner
from milepost.domain.purchase import PurchaseKind
from milepost.domain.quantities import PartnerCode
from milepost.ports import PurchaseState
from milepost.web.partner_keys import PartnerKey, PartnerKeys
from milepost.web.till import ServerRefused, ServerSilent, Till

TRIAL = "trial-"
"""How the reference of a trial's sale begins; only such a one is given back."""
KNOWN_IN_S = 15.0
"""Seconds that a server may take to know a new key or partner; it looks at its files every second or two."""
_LOOK_EVERY_S = 0.3
_SALE, _VOID = PurchaseKind.SALE.name, PurchaseKind.VOID.name
_STORED = ("accepted", "duplicate")
_NOT_KNOWN_YET = ("unknown_key", "unknown_partner", "unknown_outlet")


class TrialUnfinished(ChainError):
    """A trial purchase is stored, and was not settled or given back in the time given. Look, and go on."""

    who_acts: ClassVar[WhoActs] = WhoActs.OPERATOR


class TrialFailed(MilepostError):
    """A trial purchase did not get what it should have, or its receipt is not true. The operator looks."""

    exit_code: ClassVar[int] = 1


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was seen, so many seconds after the trial began; what else is said of it."""

    step: str
    after_s: float
    said: dict[str, Any]


@dataclass(slots=True)
class Trial:
    """One partner on trial.

    Shape: `member` is the number of an enrolled test member; `sale_ref` names the sale, which is made unless
        it `is_undo`, of a trial that did not end. `may_hold_miles` says whether the sale may be stored and is
        not given back, however the trial ended. Units: `amount_minor` in the partner's currency;
        `patience_s` for each of the two to be settled.
    """

    till: Till
    verifier: ReceiptVerifier
    partner: Partner
    outlet: Outlet
    member: str
    amount_minor: int
    occurred_at_s: int
    sale_ref: str
    is_undo: bool = False
    patience_s: float = 180.0
    may_hold_miles: bool = False
    tick: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _began: float = field(init=False)

    def run(self) -> Iterator[Step]:
        """Take every step, and say so as it is done.

        Raises: TrialFailed, TrialUnfinished, ServerSilent, ServerRefused; ChainError of the node.
        """
        self._began = self.tick()
        if not self.is_undo:
            yield from self._send(_SALE)
        sale = yield from self._settled(_SALE)
        yield from self._receipt(_SALE)
        if not sale["credited"]:
            self.may_hold_miles = False
            raise TrialFailed(
                f"The sale {self.sale_ref} of {self.partner.code} settled as {sale['outcome']} and credited"
                " nothing, so there is nothing to give back: see the partner's account, its outlet and the"
                " member."
            )
        yield from self._send(_VOID)
        void = yield from self._settled(_VOID)
        self.may_hold_miles = False
        yield from self._receipt(_VOID)
        if void["returned"] != sale["credited"]:
            raise TrialFailed(
                f"The sale {self.sale_ref} credited {sale['credited']} miles and its void took back"
                f" {void['returned']} ({void['outcome']}): see milepost statement of the member."
            )

    def _send(self, kind: str) -> Iterator[Step]:
        # A sale is new, and its key may be: asking for it first would be refused, and not tried again.
        ends_at = self.tick() + KNOWN_IN_S
        if kind == _VOID and self._stored(kind, ends_at) is not None:
            # Of a trial that was cut short.
            return
        while (answer := self._answer(kind, is_last=self.tick() >= ends_at)) is None:
            self.sleep(_LOOK_EVERY_S)
        yield self._step(f"{_WORDS[kind]}_accepted", answer=answer["answer"])

    def _answer(self, kind: str, *, is_last: bool) -> dict[str, Any] | None:
        """The answer to a record; None while the server may not know key, partner or outlet yet."""
        record = self._record(kind)
        # Told before it is known: a server that takes it may be gone before it says so.
        self.may_hold_miles, held = True, self.may_hold_miles
        try:
            answer = self.till.send(record)
        except ServerSilent as error:
            self.may_hold_miles = held or error.is_sent
            raise
        except ServerRefused as error:
            # One of another form is not of the server: who knows what that did.
            self.may_hold_miles = held or not error.code
            if error.code in _NOT_KNOWN_YET and not is_last:
                return None
            raise
        self.may_hold_miles = held or answer["answer"] in _STORED
        if answer["answer"] == "rejected" and answer["code"] in _NOT_KNOWN_YET and not is_last:
            return None
        if answer["answer"] not in _STORED:
            raise TrialFailed(
                f"The {_WORDS[kind]} is {answer['answer']}, {answer['code']}: {answer['sentence']}"
            )
        return answer

    def _record(self, kind: str) -> dict[str, Any]:
        occurred_at = datetime.fromtimestamp(self.occurred_at_s, UTC)
        return {
            "partner": self.partner.code,
            "sale_ref": self.sale_ref,
            "kind": kind,
            "outlet": self.outlet.code,
            "occurred_at": occurred_at.astimezone(ZoneInfo(self.outlet.time_zone)).isoformat(),
            "currency": self.partner.currency,
            # Of a void amounts are ignored: all that is left goes back.
            "gross_minor": self.amount_minor,
            "eligible_minor": self.amount_minor,
            "member": self.member,
        }

    def _settled(self, kind: str) -> Generator[Step, None, dict[str, Any]]:
        """Wait until a record is final; gives what it got."""
        ends_at, states = self.tick() + self.patience_s, set[str]()
        while True:
            found = self._stored(kind, ends_at)
            if found is None and kind == _SALE and not states:
                raise SettingsRefused(f"{self.partner.code} has no sale {self.sale_ref!r}: name another one.")
            self.may_hold_miles = True
            if found is not None and found["state"] not in states:
                states.add(found["state"])
                got = found["settled"] or {}
                shown = {name: got[name] for name in ("outcome", "credited", "returned") if name in got}
                yield self._step(f"{_WORDS[kind]}_{found['state']}", **shown)
            if found is not None and found["state"] == PurchaseState.SETTLED_FINAL and found["settled"]:
                settled: dict[str, Any] = found["settled"]
                return settled
            if self.tick() >= ends_at:
                raise TrialUnfinished(
                    f"The {_WORDS[kind]} {self.sale_ref} of {self.partner.code} is stored and was not settled"
                    f" in {self.patience_s:g} s: see milepost doctor and that a worker runs."
                )
            self.sleep(_LOOK_EVERY_S)

    def _stored(self, kind: str, ends_at: float) -> dict[str, Any] | None:
        """A record as it is stored; None for none. A server that is silent is asked again until then."""
        while True:
            try:
                found = self.till.records(self.partner.code, self.sale_ref)
            except ServerSilent:
                # That nobody answers does not say that there is none.
                if self.tick() >= ends_at:
                    raise
                self.sleep(_LOOK_EVERY_S)
            else:
                return next((one for one in found if one["kind"] == kind), None)

    def _receipt(self, kind: str) -> Iterator[Step]:
        receipt = read_receipt_text(self.till.receipt(self.partner.code, self.sale_ref, kind))
        wrong = receipt_differences(receipt)
        if wrong or not self.verifier.is_true(receipt):
            said = "; ".join(wrong) or "the chain does not have it"
            raise TrialFailed(f"The receipt of the {_WORDS[kind]} {self.sale_ref} is not true: {said}.")
        yield self._step(f"{_WORDS[kind]}_receipt_verified")

    def _step(self, step: str, **said: Any) -> Step:
        return Step(step, round(self.tick() - self._began, 2), said)


_WORDS = {_SALE: "sale", _VOID: "void"}


def make_trial(
    parts: Parts,
    keys: PartnerKeys,
    *,
    code: str,
    url: str,
    member: str,
    outlet: str | None,
    amount: int | None,
) -> Trial:
    """A trial of a deployed partner, with its newest key and the smallest amount that earns a mile.

    Raises: SettingsRefused for a partner, outlet or member that is not there; what making the parts raises.
    """
    partner = deployed_partners(parts.partners, parts.deployment).partners.get(PartnerCode(code))
    if partner is None:
        raise SettingsRefused(f"{code} is no partner of this deployment: milepost partners add brings it on.")
    member_id = parts.members.own_id_of(member)
    if member_id is None:
        raise SettingsRefused(
            "The member of --member is not enrolled: import a number of your own by milepost members import."
        )
    occurred_at_s = min(int(time.time()), parts.reading_chain.pending_time())
    return Trial(
        Till(url, newest_key(keys, code, int(time.time()))),
        ReceiptVerifier(parts.node, parts.deployment.addresses.receipts, parts.deployment.chain_id),
        partner,
        _outlet(partner, outlet),
        member,
        smallest_amount(partner.earn) if amount is None else amount,
        occurred_at_s,
        f"{TRIAL}{occurred_at_s}-{secrets.token_hex(4)}",
    )


def newest_key(keys: PartnerKeys, code: str, now_s: int) -> PartnerKey:
    """Raises: SettingsRefused if no key of the partner holds now."""
    held = [key for key in keys.values() if key.partner == code and key.holds_at(now_s)]
    if not held:
        raise SettingsRefused(
            f"{code} has no key that holds now: milepost partners keys add {code} gives one."
        )
    return max(held, key=lambda key: key.from_s)


def smallest_amount(earn: EarnRate) -> int:
    """Minor units of the smallest bill that earns a mile, rounded up."""
    return -(-earn.per_minor // earn.miles)


def _outlet(partner: Partner, code: str | None) -> Outlet:
    found = [one for one in partner.outlets if code in (None, one.code)]
    if not found:
        raise SettingsRefused(f"{partner.code} has no outlet {code!r}: see its agreement.")
    return found[0]
