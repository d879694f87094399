"""One MilesLedger of any programme on a bare EVM: settler and desk are plain addresses, acts name their day.

Says what tests/support/ledgers.py says of the plain ledger, in the same words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from milepost.catalogue.loading import load_programme
from milepost.chain.programme_rules import settings_of, version_words, versions_of
from milepost.chain.roles import DeskAct
from milepost.domain.outcome import Outcome
from milepost.domain.programme import Programme, RuleVersion
from milepost.domain.quantities import DayNumber
from tests.support.evm import ADMIN, Evm, EvmContract
from tests.support.ledger_rules import deploy_ledger
from tests.support.ledgers import day, shown

SETTLER = "0x00000000000000000000000000000000000000Ee"
DESK = "0x00000000000000000000000000000000000000dE"
STRANGER = "0x0000000000000000000000000000000000005770"
FIRST, SECOND, THIRD = 1, 2, 3
EVERY_ACT = DeskAct.ADJUST | DeskAct.REDEEM | DeskAct.SELL | DeskAct.TRANSFER
RETURNED, CLOSED = 8, 2


@dataclass
class LedgerStage:
    """A ledger, its lens, and five members; every act moves the clock to the local day or second it names."""

    evm: Evm
    programme: Programme
    ledger: EvmContract
    lens: EvmContract

    def at(self, local: str) -> int:
        """The unix second of a local time such as 2009-03-15T23:59:59, of a date its noon; with Z in UTC."""
        given = datetime.fromisoformat(local if "T" in local else f"{local}T12:00:00")
        if given.tzinfo is not None:
            return int(given.timestamp())
        return int(given.replace(tzinfo=UTC).timestamp()) - self.programme.utc_offset_minutes * 60

    def move_to(self, local: str) -> None:
        """Date the chain so; back too."""
        self.evm.set_time(self.at(local))

    # ---------------------------------------------------------------- settling

    def earn(self, miles: int, local: str, *, settled: str | None = None, member: int = FIRST) -> Outcome:
        """A purchase worth so many miles, settled at once unless told otherwise."""
        self.move_to(settled or local)
        (outcome,) = self.settle((member, miles, self.at(local)))
        return outcome

    def settle(self, *purchases: tuple[int, int, int]) -> list[Outcome]:
        """One report of purchases, each its member, miles and unix second, settled now as Settlement does."""
        earnings = b"".join(
            (member << 216 | second << 136 | miles << 8).to_bytes(32, "big")
            for member, miles, second in purchases
        )
        answer = self.ledger.open(earnings, sender=SETTLER)
        standings = [int.from_bytes(answer[i : i + 32], "big") for i in range(0, len(answer), 32)]
        credits = [
            (member << 64 | miles << 24 | standing >> 8 & 0xFFFFFF).to_bytes(32, "big")
            for (member, miles, _), standing in zip(purchases, standings, strict=True)
            if standing & 0xFF == Outcome.CREDITED and miles
        ]
        if credits:
            self.ledger.credit(b"".join(credits), sender=SETTLER)
        return [Outcome(standing & 0xFF) for standing in standings]

    def take_back(self, miles: int, earned: str, on: str, *, member: int = FIRST) -> dict[str, int]:
        """A refund settled on a day, of a purchase worth these miles and more; what became of the miles."""
        self.move_to(on)
        standing = self.amended_standing(earned, member=member)
        word = member << 64 | miles << 24 | standing >> 8 & 0xFFFFFF
        self.ledger.reverse(word.to_bytes(32, "big"), sender=SETTLER)
        (event,) = self.ledger.emitted("MilesReversed")
        assert (event["member"], event["miles"]) == (member, miles)
        return {"taken": event["taken"], "owed": event["owed"]}

    def amended_standing(self, earned: str, *, member: int = FIRST) -> int:
        """What the ledger says of the lot of a purchase that is amended now."""
        earning = member << 216 | self.at(earned) << 136 | Outcome.REVERSED
        return int.from_bytes(self.ledger.open(earning.to_bytes(32, "big"), sender=SETTLER), "big")

    def collect(self, on: str, *, member: int = FIRST) -> int:
        self.move_to(on)
        return int(self.ledger.collect(member, sender=STRANGER))

    def debt(self, *, member: int = FIRST) -> int:
        return int(self.ledger.accountWord(member) >> 188 & 0xFFFFFFFF)

    # ---------------------------------------------------------------- desks

    def redeem(self, miles: int, on: str, *, member: int = FIRST) -> tuple[int, ...]:
        self.move_to(on)
        return tuple(self.ledger.redeem(member, miles, sender=DESK))

    def cancel(self, taken: Sequence[int], on: str, *, member: int = FIRST) -> None:
        self.move_to(on)
        self.ledger.cancelRedemption(member, list(taken), sender=DESK)

    def buy(self, miles: int, on: str, *, member: int = FIRST) -> str:
        self.move_to(on)
        return shown(DayNumber(self.ledger.buy(member, miles, sender=DESK)))

    def adjust_up(self, miles: int, on: str, *, member: int = FIRST) -> str:
        self.move_to(on)
        return shown(DayNumber(self.ledger.adjustUp(member, miles, sender=DESK)))

    def adjust_down(self, miles: int, on: str, *, member: int = FIRST) -> None:
        self.move_to(on)
        self.ledger.adjustDown(member, miles, sender=DESK)

    def extend(self, miles: int, on: str, *, by: str, member: int = FIRST) -> int:
        self.move_to(on)
        return int(self.ledger.extend(member, day(by), miles, sender=DESK))

    def transfer(self, miles: int, on: str, *, source: int = FIRST, into: int = SECOND) -> None:
        self.move_to(on)
        self.ledger.transferMiles(source, into, miles, sender=DESK)

    def merge(self, on: str, *, source: int = FIRST, into: int = SECOND) -> int:
        self.move_to(on)
        return int(self.ledger.merge(source, into, sender=DESK))

    # ---------------------------------------------------------------- operators and anyone

    def in_tier(self, tier: int, on: str, *, member: int = FIRST) -> None:
        self.move_to(on)
        self.ledger.setProfile(member, tier, 0)

    def close_lapsed(self, on: str, *, member: int = FIRST) -> None:
        self.move_to(on)
        self.ledger.closeLapsed(member)

    def write_off(self, on: str, *, most: int = 64, member: int = FIRST) -> int:
        self.move_to(on)
        return int(self.ledger.writeOff(member, most, sender=STRANGER))

    def announce_rule(self, version: RuleVersion, on: str) -> None:
        self.move_to(on)
        self.ledger.announceRule(version_words(version))

    def announce_act(self, kind: int, on: str, *, since: str, value: int = 0, versions: int = 1) -> None:
        """Of last days from `since` on; `value`: grace until a day number, move by months, 0 for never."""
        self.move_to(on)
        self.ledger.announceAct(kind, versions, day(since), value)

    # ---------------------------------------------------------------- reading

    def balance(self, local: str, *, member: int = FIRST) -> int:
        """The balance of that second, read in a block of that second."""
        self.move_to(local)
        return int(self.ledger.balanceAt(member, self.at(local)))

    def lots(self, local: str, *, member: int = FIRST) -> list[tuple[int, str]]:
        """Miles and last valid day of each live lot, soonest first."""
        found = self.lens.lotsAt(self.ledger, member, self.at(local))
        return [(lot[0], shown(DayNumber(lot[1]))) for lot in found if lot[4]]

    def clock(self, local: str, *, member: int = FIRST) -> tuple[str, bool]:
        """Deadline of the current life after all acts, and whether the member is exempt."""
        deadline, is_exempt, _, _ = self.lens.clockAt(self.ledger, member, self.at(local))
        return (shown(DayNumber(deadline)), is_exempt)

    def has(self, flag: int, *, member: int = FIRST) -> bool:
        return bool(self.ledger.accountWord(member) >> 120 & flag)

    @property
    def totals(self) -> dict[str, int]:
        """All but the number of members, and debts where nobody has any."""
        found: Any = self.ledger.totals()
        kept = found._asdict()
        del kept["enrolled"]
        if not kept["owed"]:
            del kept["owed"]
        return dict(kept)


def a_stage(evm: Evm, programme: Programme | str) -> LedgerStage:
    """Of a programme, or of one of the files in programmes/ by its name."""
    rules = load_programme(programme) if isinstance(programme, str) else programme
    authority = evm.deploy("Authority", ADMIN)
    ledger = deploy_ledger(evm, authority, settings_of(rules), versions_of(rules))
    ledger.enrol(5)
    ledger.setSettler(SETTLER)
    ledger.setDesk(DESK, EVERY_ACT)
    return LedgerStage(evm, rules, ledger, evm.deploy("MilesLens"))


def unpacked(taken: Sequence[int]) -> list[tuple[int, int, str]]:
    """Miles, version and own day of each lot taken; of the pool version 0 and no day."""
    return [
        (lot & (1 << 40) - 1, lot >> 40 & 0xF, shown(DayNumber(lot >> 48)) if lot >> 48 else "")
        for lot in taken
    ]
