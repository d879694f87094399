"""A fake chain that judges amendments too, by rules plain enough to be read beside a test.

Tests of sealing, reading and rebuilding run on it; what a refund is truly worth the contracts' own tests say.
"""

from collections.abc import Sequence
from dataclasses import replace

from milepost.codec import receipt_tree
from milepost.codec.entry import entry_of_word, member_of_word
from milepost.codec.receipt_leaf import amendment_of_words, basis_of_word, leaf, settled_words
from milepost.codec.report_bytes import decode_report
from milepost.codec.results import decode_results
from milepost.domain.accrual import settle
from milepost.domain.outcome import Outcome
from milepost.domain.purchase import PurchaseKind
from milepost.domain.receipt import Amendment, Settled
from milepost.domain.report import Attachment, PlacedEntry, Report, Section
from milepost.ports import Block, Reversal, SettledLog
from milepost.testing import FakeSettlementChain

_NUMBER = 184
_TIME = 144
_BASE = 112


class RefundingChain(FakeSettlementChain):
    """Base miles follow what is left of the bill, bonuses stay; every mile taken back comes from a lot."""

    believes_nothing = False

    def _judge(self, report: Report, block: Block) -> list[Settled]:
        heads: dict[tuple[int, int], bytes] = {}
        return [self._one(report, placed, block, heads) for placed in report.placed()]

    def _one(
        self, report: Report, placed: PlacedEntry, block: Block, heads: dict[tuple[int, int], bytes]
    ) -> Settled:
        if placed.entry.kind is PurchaseKind.SALE or report.attachments is None:
            section = replace(placed.section, entries=(placed.entry,))
            (judged,) = settle(Report(report.lane, 0, (section,)), self._facts.books, now_s=block.timestamp)
            return judged.settled
        attachment = placed.attachment
        if attachment is None:
            return Settled(Outcome.ORIGINAL_NOT_FOUND, 0, 0)
        before = _before(attachment)
        sale = placed.section.partner_id, before.number
        own = _leaf(attachment)
        if not self._is_proven(attachment) or sale in heads or self._heads().get(sale, own) != own:
            return Settled(Outcome.UNPROVEN, 0, 0)
        settled = self._changed(placed, before, block)
        if settled.amendment is not None:
            heads[sale] = b"newer"
        return settled

    def _changed(self, placed: PlacedEntry, before: Amendment, block: Block) -> Settled:
        entry, attachment = placed.entry, placed.attachment
        assert attachment is not None
        left, refunded = _left(placed, before)
        if left < 0:
            return Settled(Outcome.EXCEEDS_BILL, 0, 0)
        if entry.kind is not PurchaseKind.AMEND and before.eligible_minor == 0:
            return Settled(Outcome.ALREADY_REFUNDED, 0, 0)
        if entry.member and not member_of_word(attachment.entry):
            return self._claimed(placed, replace(before, eligible_minor=left), block)
        basis = basis_of_word(attachment.basis)
        base_before = attachment.accrual >> _BASE & 0xFFFFFFFF
        base = left * basis.earn_miles // basis.per_minor if base_before else 0
        amendment = replace(
            before,
            eligible_minor=left,
            refunded_minor=refunded,
            returned=max(base_before - base, 0),
            added=max(base - base_before, 0),
        )
        is_up = entry.kind is PurchaseKind.AMEND and base >= base_before
        outcome = Outcome.CREDITED if is_up else Outcome.REVERSED
        if amendment.added:
            self._credit(entry.member, amendment, block)
        last_day = attachment.accrual >> 96 & 0xFFFF
        return Settled(outcome, base, last_day, amendment=amendment, basis=basis)

    def _credit(self, member: int, amendment: Amendment, block: Block) -> None:
        ledger = self._facts.books.ledger
        standing = ledger.standing(member, amendment.occurred_at_s, now_s=block.timestamp)
        ledger.credit(member, standing.bucket, amendment.added)

    def _claimed(self, placed: PlacedEntry, amendment: Amendment, block: Block) -> Settled:
        """A sale made at the sale's time, for the member who claims it."""
        entry = replace(placed.entry, kind=PurchaseKind.SALE, seconds=0, outlet=amendment.outlet)
        section = Section(placed.section.partner_id, 1, amendment.occurred_at_s, (entry,))
        (judged,) = settle(Report(0, 0, (section,)), self._facts.books, now_s=block.timestamp)
        if not judged.settled.outcome.is_credited:
            return judged.settled
        return replace(judged.settled, amendment=replace(amendment, added=judged.settled.credited))

    def _reverse(self, report: Report, settled: Sequence[Settled], block: Block) -> tuple[Reversal, ...]:
        ledger = self._facts.books.ledger
        found = []
        for placed, one in zip(report.placed(), settled, strict=True):
            if one.returned:
                ledger.adjust_down(placed.entry.member, one.returned, today=ledger.day_of(block.timestamp))
                found.append(Reversal(placed.entry.member, one.returned, one.returned, 0))
        return tuple(found)

    def _is_proven(self, attachment: Attachment) -> bool:
        if self.believes_nothing:
            return False
        roots = [
            log.root
            for log in self._facts.logs
            if isinstance(log, SettledLog)
            and (log.lane, log.sequence) == (attachment.lane, attachment.sequence)
        ]
        return any(receipt_tree.verify(_leaf(attachment), attachment.proof, root) for root in roots)

    def _heads(self) -> dict[tuple[int, int], bytes]:
        """Newest receipt of every amended sale, as the receipt book would have it."""
        heads = {}
        for log in self._facts.logs:
            if isinstance(log, SettledLog):
                report = decode_report(log.report_bytes)
                for placed, one in zip(report.placed(), decode_results(log.results, report), strict=True):
                    if one.amendment is not None:
                        own = leaf(*settled_words(placed, one))
                        heads[placed.section.partner_id, one.amendment.number] = own
        return heads


def _leaf(attachment: Attachment) -> bytes:
    return leaf(attachment.entry, attachment.accrual, attachment.grants, attachment.basis, attachment.amended)


def _before(attachment: Attachment) -> Amendment:
    """What the newest receipt leaves of its sale; of a sale's own receipt, all of it."""
    amended = amendment_of_words(attachment.amended, returned=0, added=0)
    if amended is not None:
        return amended
    entry = entry_of_word(attachment.entry)
    return Amendment(
        number=attachment.accrual >> _NUMBER & (1 << 40) - 1,
        eligible_minor=entry.eligible_minor,
        refunded_minor=0,
        occurred_at_s=(attachment.accrual >> _TIME & (1 << 40) - 1) + entry.seconds,
        outlet=entry.outlet,
        how=attachment.entry >> 128 & 0xFFF,
    )


def _left(placed: PlacedEntry, before: Amendment) -> tuple[int, int]:
    """What is left of the bill, below 0 if it cannot be, and refunded in all."""
    eligible = placed.entry.eligible_minor
    if placed.entry.kind is PurchaseKind.AMEND:
        return eligible - before.refunded_minor, before.refunded_minor
    if placed.entry.kind is PurchaseKind.VOID:
        return 0, before.refunded_minor + before.eligible_minor
    return before.eligible_minor - eligible, before.refunded_minor + eligible
