"""Compares both twins after every step, and asserts the invariants of docs/invariants.md by name.

One side is the model of src/milepost/domain; beside it stand sums over the results of all settled reports.
"""

from collections.abc import Iterable

from hypothesis.stateful import invariant

from milepost.codec import receipt_tree
from milepost.domain.calendar import local_day, void_at
from milepost.domain.progress import Progress
from milepost.domain.promotion_terms import RewardKind
from milepost.domain.rewards import WINDOW_KINDS
from tests.machines.programme.base import ProgrammeBase
from tests.machines.programme.strategies import MOST_OF_PARTNER
from tests.machines.programme.tally import SettledReport
from tests.machines.programme.twins import GUARDED, KEYS, NOBODY, Twins

_ENDS_A_STEP = 4
_RECEIPTS_A_STEP = 4
_RECEIPTS_OF_A_REPORT = 24
_ALWAYS = 10
"""Ids up to this are looked at after every step, the newest report's too, and so many others in turn."""
_WORD_BITS = 256
_DEBT_SHIFT = 188
"""Where an account's word has its debt."""
_LANES = (0, 1, 65_535)
_NO_ROOT = bytes(32)


class Invariants(ProgrammeBase):
    """`steps` turns through what is too much to look at each time: old receipts, ends of lots, members."""

    steps = 0
    reports_seen = 0

    def teardown(self) -> None:
        """At the end of a run: every receipt there is."""
        if hasattr(self, "twins"):
            for done in self.twins.model.tally.reports:
                for place in range(len(done.words)):
                    assert _is_true(self.twins, done, place), "INV-10: a receipt of the past"

    @invariant()
    def inv_1_miles_are_conserved(self) -> None:
        """Lots, balances, debts; credited + owed = live + lapsed + written off + reversed + redeemed."""
        self.steps += 1
        twins, model = self.twins, self.twins.model
        ledger = model.books.ledger
        today = local_day(model.now_s, ledger.utc_offset_minutes)
        for member in self._members():
            lots = twins.contracts.lens.lotsOf(twins.contracts.ledger, member)
            assert [(day, version, miles) for miles, day, version, _, is_live in lots if is_live] == [
                (lot.last_day, lot.version, lot.miles)
                for lot in ledger.lots_of(member)
                if lot.last_day >= today
            ], f"INV-1: lots of member {member}"
            live = twins.contracts.ledger.balanceAt(member, model.now_s)
            assert live == model.tally.free(member, today), f"INV-1: balance of member {member}"
            debt = twins.contracts.ledger.accountWord(member) >> _DEBT_SHIFT & 0xFFFFFFFF
            owed = ledger.accounts[member].debt if member in ledger.accounts else 0
            assert debt == owed == model.tally.debts[member], f"INV-1: debt of member {member}"
        totals = twins.contracts.ledger.totals()
        everyone = [one for one in ledger.accounts if one < 2**40]
        found = twins.contracts.lens.lotsOfMany(twins.contracts.ledger, everyone, model.now_s)
        standing = sum(miles for lots in found for miles, *_ in lots)
        gone = totals.writtenOff + totals.reversed + totals.redeemed
        assert totals.credited + totals.owed == standing + gone, "INV-1: in sum"
        assert totals.credited == ledger.credited == model.tally.credited, "INV-1: credited"
        assert totals.reversed == ledger.reversed == model.tally.reversed, "INV-1: reversed"
        assert totals.redeemed == ledger.redeemed == model.tally.redeemed, "INV-1: redeemed"
        assert totals.owed == ledger.owed == model.tally.debts.total(), "INV-1: owed"
        assert totals.enrolled == ledger.enrolled, "INV-1: enrolled"

    @invariant()
    def inv_2_numbers_have_no_gap(self) -> None:
        """Each partner's purchases are 1, 2, 3 … in the order in which they settled, whatever the lane."""
        model, registry = self.twins.model, self.twins.contracts.registry
        for partner in self._partners():
            numbers = model.tally.numbers[partner]
            assert numbers == list(range(1, len(numbers) + 1)), f"INV-2: partner {partner}"
            assert registry.partnerOf(partner).lastNumber == len(numbers), f"INV-2: partner {partner}"

    @invariant()
    def inv_3_sequences_rise_by_one(self) -> None:
        """Each lane has a root for every sequence up to the last, and none for the next."""
        receipts, lanes = self.twins.contracts.receipts, self.twins.model.tally.sequences
        for lane in {*_LANES, *lanes}:
            settled = lanes.get(lane, [])
            assert settled == list(range(1, len(settled) + 1)), f"INV-3: lane {lane}"
            assert receipts.nextSequence(lane) == len(settled) + 1, f"INV-3: lane {lane}"
            assert receipts.rootOf(lane, len(settled) + 1) == _NO_ROOT, "INV-3: a root of no report"
            assert not settled or receipts.rootOf(lane, len(settled)) != _NO_ROOT, (
                "INV-3: a report without root"
            )

    @invariant()
    def inv_4_only_roles_change_accounts(self) -> None:
        """Supply, wallets, profiles and closed accounts are what settling and holders of roles made them."""
        model, ledger = self.twins.model, self.twins.contracts.ledger
        tally, written_off = model.tally, self.twins.contracts.ledger.totals().writtenOff
        supply = tally.credited + tally.debts.total() - tally.reversed - tally.redeemed - written_off
        assert ledger.totalSupply() == supply, "INV-4: supply"
        for member in self._members():
            word = ledger.accountWord(member)
            assert (word >> 128 & 0xF, word >> 132 & 0xFFFFFFFF) == model.profiles.get(member, (0, 0)), (
                "INV-4"
            )
            assert (word >> 120 & 2 != 0) == (member in model.books.ledger.closed), "INV-4: closed accounts"
            wallet = model.wallets.get(member)
            if wallet is None:
                assert ledger.walletOf(member) == NOBODY, "INV-4: wallets"
                continue
            live = model.books.ledger.balance_at(member, model.now_s)
            assert ledger.walletOf(member) == wallet.address.lower(), "INV-4: wallets"
            assert (ledger.memberOf(wallet.address), ledger.balanceOf(wallet.address)) == (member, live), (
                "INV-4"
            )
        self._adjustments_are_as_decided()
        for name in GUARDED:
            is_empty = self.twins.contract(name).settler() == NOBODY
            assert is_empty == (name in model.emptied), "INV-4: settler slots"

    @invariant()
    def inv_5_reporters_are_those_in_force(self) -> None:
        """That a quorum of them signed is asked in `settling.attempt`, of every report that is sent."""
        settlement, reporters = self.twins.contracts.settlement, self.twins.model.reporters
        found = tuple(settlement.reporterSet())
        assert found == (reporters.version, reporters.quorum, len(reporters.keys)), "INV-5"
        assert tuple(key for key in KEYS if settlement.isReporter(key.address)) == reporters.keys, "INV-5"

    @invariant()
    def inv_6_nobody_exceeds_what_is_funded(self) -> None:
        """What partners may issue, budgets and limits: what was given less what reports granted."""
        model, registry, book = self.twins.model, self.twins.contracts.registry, self.twins.contracts.book
        for number in self._partners():
            terms, available = model.books.partners[number], registry.partnerOf(number).available
            assert available == (terms.available or 0), f"INV-6: partner {number}"
            if terms.available is not None:
                left = model.funded[number] - model.tally.issued[number]
                assert 0 <= left == available <= MOST_OF_PARTNER, f"INV-6: partner {number} issued too much"
        for number, state in model.books.promotions.items():
            found, of_members = book.budgetOf(number), model.tally.granted[number]
            assert tuple(found)[:4] == (state.granted, state.budget, state.stop_at, state.awards), (
                f"INV-6: {number}"
            )
            # A window's receipt goes on showing what another bill's refund took back.
            shown, is_window = of_members.total(), state.terms.reward in WINDOW_KINDS
            assert found.granted <= shown if is_window else found.granted == shown, f"INV-6: {number}"
            assert found.granted <= found.budget, f"INV-6: budget of {number}"
            assert found.awards == model.tally.awards[number], f"INV-6: awards of {number}"
            for member in (*range(1, _ALWAYS), *list(of_members)[-_ALWAYS:]):
                self._limits_hold(number, member)

    def _limits_hold(self, number: int, member: int) -> None:
        """What the book keeps of a member is what the model does, and within the limits."""
        state = self.twins.model.books.promotions[number]
        terms, own = state.terms, state.progress.get(member, Progress())
        found = self.twins.contracts.book.progressOf(number, member)
        if terms.per_member or terms.reward in WINDOW_KINDS:
            assert found.granted == own.granted, f"INV-6: limit of {number}"
            assert not terms.per_member or found.granted <= terms.per_member, f"INV-6: limit of {number}"
        if terms.per_member_day or terms.awards_per_member_day:
            of_day = (found.day, found.dayGranted, found.dayAwards)
            assert of_day == (own.day, own.day_granted, own.day_awards), f"INV-6: day of {number}"
            assert not terms.per_member_day or own.day_granted <= terms.per_member_day, f"INV-6: {number}"
        if terms.awards_per_member:
            assert found.awards == own.awards <= terms.awards_per_member, f"INV-6: awards of {number}"
        if terms.first:
            assert found.had == own.had_something and state.first_members <= terms.first, f"INV-6: {number}"
        if terms.reward is RewardKind.WINDOW_SPEND:
            assert found.spend == own.spend, f"sum of {number}"
        if terms.reward is RewardKind.VISIT and own.seasons:
            this = own.seasons[max(own.seasons)]
            assert (found.visits, found.paid) == (this.visits, this.paid), f"visits of {number}"

    @invariant()
    def inv_7_days_are_equal(self) -> None:
        """Of miles earned now. Bytes, digest, results, leaf and root: `settling.attempt`, of every report."""
        twins, ledger, now_s = self.twins, self.twins.model.books.ledger, self.twins.model.now_s
        assert twins.contracts.ledger.lastDayOf(now_s) == ledger.last_day_of(now_s), "INV-7: last day"
        assert twins.contracts.ledger.dayOf(now_s) == local_day(now_s, ledger.utc_offset_minutes), (
            "INV-7: day"
        )

    @invariant()
    def inv_9_no_life_is_shortened(self) -> None:
        """A lot counts through the last day that its receipt promised, and not a second longer."""
        twins, offset = self.twins, self.twins.model.books.ledger.utc_offset_minutes
        # Of days that are past nothing is promised: lapsed lots are written off as acts come by them.
        today = local_day(twins.model.now_s, offset)
        for member in self._members():
            lots = twins.model.tally.lots.get(member, {})
            days = sorted(day for day in lots if day >= today)
            for turn in range(min(_ENDS_A_STEP, len(days))):
                last_day = days[(self.steps + turn) % len(days)]
                end = void_at(last_day, offset)
                for instant, day, what in (
                    (end - 1, last_day, "shortened"),
                    (end, last_day + 1, "prolonged"),
                ):
                    alive = twins.contracts.ledger.balanceAt(member, instant)
                    assert alive == twins.model.tally.free(member, day), (
                        f"INV-9: a lot of member {member} is {what}"
                    )

    @invariant()
    def inv_10_receipts_verify(self) -> None:
        """Those of new reports, and old ones in turn: false with one bit changed, or of another report."""
        twins, settled = self.twins, self.twins.model.tally.reports
        for done in settled[self.reports_seen :]:
            for place in range(0, len(done.words), max(len(done.words) // _RECEIPTS_OF_A_REPORT, 1)):
                assert _is_true(twins, done, place), "INV-10: a settled purchase has no receipt"
        self.reports_seen = len(settled)
        for turn in range(_RECEIPTS_A_STEP if settled else 0):
            done = settled[(self.steps * _RECEIPTS_A_STEP + turn) % len(settled)]
            place = self.steps % len(done.words)
            assert _is_true(twins, done, place), "INV-10: a receipt is no longer true"
            changed = self.steps * 37 % (5 * _WORD_BITS)
            assert not _is_true(twins, done, place, changed_bit=changed), "INV-10: true with a bit changed"
            assert not _is_true(twins, done, place, later=1), "INV-10: true of another report"

    def _adjustments_are_as_decided(self) -> None:
        model, desk = self.twins.model, self.twins.contracts.desk
        today = local_day(model.now_s, model.books.ledger.utc_offset_minutes)
        assert desk.adjustmentCount() == len(model.proposals), "INV-4: adjustments"
        assert desk.dailyLimit() == model.daily_limit and desk.adjustedOn(today) == model.adjusted[today]
        for number, proposal in list(model.proposals.items())[-_ALWAYS:]:
            found = desk.adjustmentOf(number)
            assert (found.state, found.miles, found.lastDay, found.member, found.into) == (
                proposal.state, proposal.miles, proposal.last_day, proposal.member, proposal.into
            ), f"INV-4: adjustment {number}"  # fmt: skip

    def _members(self) -> Iterable[int]:
        model = self.twins.model
        newest = {entry.member for done in model.tally.reports[-1:] for _, _, entry, _ in done.rows}
        others = sorted({*model.books.ledger.accounts, *model.profiles, *model.wallets})
        return self._in_turn([one for one in others if one >= _ALWAYS], newest)

    def _partners(self) -> Iterable[int]:
        partners = self.twins.model.books.partners
        return [one for one in self._in_turn(sorted(partners)) if one in partners]

    def _in_turn(self, others: list[int], newest: Iterable[int] = ()) -> Iterable[int]:
        start = self.steps * _ALWAYS % max(len(others), 1)
        return sorted({*range(_ALWAYS), *list(newest)[:_ALWAYS], *others[start : start + _ALWAYS]})


def _is_true(
    twins: Twins, done: SettledReport, place: int, *, changed_bit: int | None = None, later: int = 0
) -> bool:
    """What the receipt book says of a receipt, as it is or changed."""
    words = done.words[place]
    facts = [words.entry, words.accrual, words.grants, words.basis, words.amended]
    if changed_bit is not None:
        facts[changed_bit // _WORD_BITS] ^= 1 << changed_bit % _WORD_BITS
    receipt = (words.lane, words.sequence + later, *facts)
    return bool(twins.contracts.receipts.verify(receipt, receipt_tree.proof_in(done.tree, place)))
