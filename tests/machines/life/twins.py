"""A ledger twice: the contract on a bare EVM, plain accounts in its slots of settler and desk, and the model.

The rules act on both through `both`; `views.py` reads the contract as the model says it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from milepost.chain.contract_errors import ContractError
from milepost.chain.programme_rules import settings_of, versions_of
from milepost.domain.calendar import void_at
from milepost.domain.ledger import Ledger
from milepost.domain.outcome import Outcome
from milepost.domain.programme import Programme
from milepost.domain.quantities import DayNumber
from milepost.domain.rule_book import ActRefused
from milepost.domain.spending import Taken
from tests.support.evm import ADMIN, Evm, EvmContract
from tests.support.ledger_rules import deploy_ledger

SETTLER = "0x00000000000000000000000000000000000000d0"
DESK = "0x00000000000000000000000000000000000000d1"
EVERY_ACT = 15
"""All bits of DeskAct."""
_WORD = 32
_OUTCOME, _LAST_DAY, _BUCKET = 0xFF, 16, 8
_BUCKET_BITS = 0xFFFFFF
_OCCURRED_AT, _MEMBER, _CREDITED_MEMBER, _MILES, _OFFSET = 136, 216, 64, 24, 137


class Redemption(NamedTuple):
    """Miles that were spent, as either side gives them back."""

    member: int
    packed: list[int]
    taken: Taken


@dataclass(slots=True)
class Twins:
    """Units: `now_s` in unix seconds."""

    evm: Evm
    ledger: EvmContract
    lens: EvmContract
    model: Ledger
    now_s: int
    redemptions: list[Redemption] = field(default_factory=list)

    @property
    def today(self) -> DayNumber:
        return self.model.day_of(self.now_s)

    @property
    def members(self) -> range:
        return range(1, self.model.enrolled + 1)

    def move_to(self, now_s: int) -> None:
        """Only forward, as blocks do."""
        self.now_s = max(now_s, self.now_s)
        self.evm.set_time(self.now_s)

    def first_second_of(self, day: int) -> int:
        return void_at(DayNumber(day - 1), self.model.utc_offset_minutes)

    def desk(self, function: str, *arguments: Any) -> Callable[[], Any]:
        """A call of the one desk, which may do every act."""
        return lambda: getattr(self.ledger, function)(*arguments, sender=DESK)

    def both(self, known: Callable[[], Any], call: Callable[[], Any]) -> tuple[Any, Any, bool]:
        """Do an act in the model and on the contract: what each answered, and whether both took it.

        Raises: AssertionError where one refuses what the other takes.
        """
        try:
            expected = known()
        except ActRefused as refusal:
            try:
                answered = call()
            except ContractError:
                return None, None, False
            raise AssertionError(f"the contract took what the model refuses: {refusal}; {answered}") from None
        return expected, call(), True

    def settle(self, purchases: list[tuple[int, int, int]]) -> list[Outcome]:
        """Settle purchases of one report: member, unix second, miles. Both must judge each alike."""
        words = (member << _MEMBER | earned_s << _OCCURRED_AT for member, earned_s, _ in purchases)
        found = _words(self.ledger.open(_bytes(words), sender=SETTLER))
        credits, outcomes = [], []
        for (member, earned_s, miles), word in zip(purchases, found, strict=True):
            expected = self.model.standing(member, earned_s, now_s=self.now_s)
            judged = (word & _OUTCOME, word >> _LAST_DAY & 0xFFFF)
            assert judged == (expected.outcome, expected.last_day), f"standing of member {member}"
            outcomes.append(expected.outcome)
            if expected.outcome is Outcome.CREDITED:
                offset = self.model.credit(member, expected.bucket, miles)
                credits.append(_credit(member, word >> _BUCKET & _BUCKET_BITS, miles) | offset << _OFFSET)
        self.ledger.credit(_bytes(credits), sender=SETTLER)
        return outcomes


def deploy_twins(programme: Programme, *, now_s: int, enrolled: int) -> Twins:
    """A ledger by the programme's rules, on which members are enrolled and nothing else has happened."""
    evm = Evm()
    evm.set_time(now_s)
    authority = evm.deploy("Authority", ADMIN)
    ledger = deploy_ledger(evm, authority, settings_of(programme), versions_of(programme))
    ledger.setSettler(SETTLER)
    ledger.setDesk(DESK, EVERY_ACT)
    ledger.enrol(enrolled)
    return Twins(evm, ledger, evm.deploy("MilesLens"), Ledger.of(programme, enrolled=enrolled), now_s)


def _credit(member: int, bucket: int, miles: int) -> int:
    return bucket | miles << _MILES | member << _CREDITED_MEMBER


def _bytes(words: Any) -> bytes:
    return b"".join(int(word).to_bytes(_WORD, "big") for word in words)


def _words(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + _WORD], "big") for at in range(0, len(data), _WORD)]
