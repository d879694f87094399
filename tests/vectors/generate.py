"""Writes tests/vectors/report-v2.json: reports as bytes, digest, results, leaves and root.

Run it by `python -m tests.vectors.generate`. A difference is a change of format and needs a decision record.
"""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from milepost.codec import receipt_tree
from milepost.codec.digest import content_hash, report_digest
from milepost.codec.entry import entry_word, seal_entry
from milepost.codec.facts import canonical_facts, dedupe_key_bytes, facts16, facts_of, salt
from milepost.codec.receipt_leaf import leaf, settled_words
from milepost.codec.report_bytes import encode_report
from milepost.codec.results import encode_results
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.purchase import Purchase, PurchaseKind
from milepost.domain.receipt import (
    MOST_BASE,
    MOST_DESIRED,
    NO_BASIS,
    Amendment,
    Basis,
    Grant,
    Settled,
    SettledSection,
)
from milepost.domain.report import Attachment, Entry, PlacedEntry, Report, Section
from tests.support.purchases import SECRET, a_purchase

PATH = Path(__file__).with_name("report-v2.json")
SETTLEMENT = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"
BASIS = Basis(1, 400, 7)
"""One mile for 4.00, and offer set 7: the terms wherever a vector states no others."""
BASE_TIME = 1_526_256_000  # 2018-05-14T00:00:00Z


def vectors() -> dict[str, Any]:
    """Everything the file holds. Words and bytes are 0x and lower-case digits."""
    return {
        "version": 2,
        "outcomes": {outcome.code: outcome.value for outcome in Outcome},
        "cuts": {cut.code: cut.value for cut in Cut},
        "facts": [_facts_vector(purchase) for purchase in _purchases()],
        "reports": [
            _report_vector("one purchase", _one(), [Settled(Outcome.CREDITED, 149, 10_363)]),
            _report_vector("an odd number with grants", _odd(), _odd_settled()),
            _report_vector("every outcome, three partners", _every_outcome(), _every_outcome_settled()),
            _report_vector("every field at its most", _greatest(), _greatest_settled()),
            _report_vector("two purchases", _two(), _two_settled()),
            _report_vector("amendments", amendments(), amendments_settled()),
        ],
    }


def text() -> str:
    """The file as it must stand."""
    return json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n"


def _purchases() -> list[Purchase]:
    return [
        a_purchase(),
        a_purchase(
            partner="café-lé",
            sale_ref='莆田 "7"\\9\n\u0001',
            outlet="zürich",
            terminal=None,
            business_date=None,
            occurred_at=datetime.fromisoformat("2021-05-31T16:00:00+00:00"),
            channel=None,
            party_size=None,
        ),
        a_purchase(
            kind=PurchaseKind.REFUND,
            sale_ref="A-1002",
            original_sale_ref="A-1001",
            occurred_at=datetime.fromisoformat("2018-05-14T23:59:59-03:30"),
            party_size=80,
            channel="delivery",
        ),
    ]


def _facts_vector(purchase: Purchase) -> dict[str, Any]:
    facts, key = canonical_facts(purchase), purchase.dedupe_key
    return {
        "purchase": facts_of(purchase),
        "canonical": facts.decode(),
        "dedupe_key": dedupe_key_bytes(key).decode(),
        "secret": _hex(SECRET),
        "salt": _hex(salt(SECRET, key)),
        "facts": _hex(facts16(salt(SECRET, key), facts)),
    }


def _entry(number: int, **changes: Any) -> Entry:
    purchase = a_purchase(sale_ref=f"A-{number}", eligible_minor=59_600 + number)
    sealed = seal_entry(
        purchase,
        member=40 + number,
        outlet=number % 5,
        offset_choice=number % 2,
        base_time=BASE_TIME,
        salt=salt(SECRET, purchase.dedupe_key),
    )
    return replace(sealed, **changes)


def _one() -> Report:
    return Report(0, 1, (Section(1, 1, BASE_TIME, (_entry(1),)),))


def _odd() -> Report:
    return Report(1, 2, (Section(2, 100, BASE_TIME, tuple(_entry(i) for i in range(5))),))


def _odd_settled() -> list[Settled]:
    grants = (
        Grant(1, Cut.NONE, 298, 298),
        Grant(2, Cut.PER_MEMBER, 500, 20),
        Grant(9, Cut.BUDGET, 500, 0),
        Grant(16, Cut.PREPAID, 75, 74),
    )
    return [
        Settled(Outcome.CREDITED, 149, 10_363, grants[: i % 5], debt_offset=i // 3 * 7, counted=i * 0x3FFF)
        for i in range(5)
    ]


def _every_outcome() -> Report:
    counts = {3: 7, 4: 1, 900: 7}
    sections = (
        Section(partner, 1, BASE_TIME, tuple(_entry(partner + i) for i in range(count)))
        for partner, count in counts.items()
    )
    return Report(7, 1_000, tuple(sections))


def _every_outcome_settled() -> list[Settled]:
    return [
        Settled(outcome, 150, 10_363, (Grant(3, Cut.PREPAID, 300, 1),) if outcome else ())
        if outcome.is_credited
        else Settled(outcome, 0, 0)
        for outcome in Outcome
    ]


def _greatest() -> Report:
    entry = Entry(
        member=(1 << 40) - 1,
        eligible_minor=(1 << 40) - 1,
        seconds=(1 << 24) - 1,
        outlet=(1 << 12) - 1,
        kind=PurchaseKind.VOID,
        offset_choice=1,
        channel=3,
        party=63,
        facts=b"\xff" * 16,
    )
    zero = Entry(0, 0, 0, 0, PurchaseKind.SALE, 0, 0, 0, bytes(16))
    section = Section((1 << 24) - 1, (1 << 40) - 2, (1 << 40) - 1, (entry, zero))
    return Report((1 << 16) - 1, (1 << 64) - 1, (section,))


def _greatest_settled() -> list[Settled]:
    grant = Grant((1 << 16) - 1, Cut.PREPAID, MOST_DESIRED, MOST_DESIRED)
    return [
        Settled(Outcome.CREDITED, MOST_BASE, (1 << 16) - 1, (grant,) * 4),
        Settled(Outcome.UNPROVEN, 0, 0),
    ]


def _two() -> Report:
    """The worked example of docs/report-format.md: the second bill names no member that was enrolled."""
    first = a_purchase()
    second = a_purchase(
        sale_ref="A-1002",
        occurred_at=datetime.fromisoformat("2018-05-14T13:05:45+08:00"),
        gross_minor=42_350,
        service_minor=3_850,
        tip_minor=0,
        eligible_minor=42_350,
        channel="takeaway",
        party_size=None,
    )
    entries = tuple(
        seal_entry(
            purchase,
            member=member,
            outlet=0,
            offset_choice=0,
            base_time=first.occurred_at_s,
            salt=salt(SECRET, purchase.dedupe_key),
        )
        for purchase, member in ((first, 41), (second, 0))
    )
    return Report(0, 12, (Section(2, 77, first.occurred_at_s, entries),))


def _two_settled() -> list[Settled]:
    # One mile per HKD 4.00; a triple, and 500 of which the member's limit leaves 20; alive to 2021-05-14.
    grants = (Grant(1, Cut.NONE, 298, 298), Grant(4, Cut.PER_MEMBER, 500, 20))
    return [Settled(Outcome.CREDITED, 149, 11_456, grants), Settled(Outcome.UNKNOWN_MEMBER, 0, 0)]


def _amending(number: int, kind: PurchaseKind, **changes: Any) -> Entry:
    """Of the sale with that number in `amendments`, whose member is 40 more."""
    purchase = a_purchase(
        sale_ref=f"R-{number}",
        original_sale_ref=f"A-{number}",
        kind=kind,
        occurred_at=datetime.fromisoformat("2018-05-16T10:00:00+08:00"),
        eligible_minor=20_000,
    )
    sealed = seal_entry(
        purchase,
        member=40 + number,
        outlet=number % 5,
        offset_choice=0,
        base_time=BASE_TIME,
        salt=salt(SECRET, purchase.dedupe_key),
    )
    return replace(sealed, **changes)


def _attachment(number: int, settled: Settled, *, sequence: int = 9, **changes: Any) -> Attachment:
    """The receipt of a sale of partner 2 in an earlier report, between two others."""
    entry = _entry(number, **changes)
    words = settled_words(
        PlacedEntry(Section(2, number, BASE_TIME, (entry,)), number, entry, None),
        replace(settled, basis=BASIS),
    )
    return Attachment(0, sequence, *words, proof=(b"\x01" * 32, b"\x02" * 32))


def amendments() -> Report:
    """A sale, a part refunded, a void of an unknown sale, a bill raised, a claim, and a bad proof."""
    sold = Settled(Outcome.CREDITED, 149, 10_363, (Grant(1, Cut.NONE, 298, 298),), counted=1)
    unknown = Settled(Outcome.UNKNOWN_MEMBER, 0, 0)
    entries = (
        _entry(1),
        _amending(2, PurchaseKind.REFUND),
        _amending(3, PurchaseKind.VOID),
        _amending(4, PurchaseKind.AMEND, eligible_minor=72_000),
        _amending(5, PurchaseKind.AMEND, member=45, eligible_minor=59_605),
        _amending(6, PurchaseKind.REFUND),
    )
    attachments = (
        _attachment(2, sold),
        None,
        _attachment(4, sold),
        _attachment(5, unknown, member=0),
        _attachment(6, sold, sequence=8),
    )
    return Report(0, 13, (Section(2, 200, BASE_TIME, entries),), attachments)


def amendments_settled() -> list[Settled]:
    """What the report above comes to; the terms of sales have changed since the sales it amends."""
    now = Basis(1, 500, 3)
    left = (Grant(1, Cut.NONE, 298, 198),)
    raised = (Grant(1, Cut.NONE, 298, 360),)
    claimed = (Grant(1, Cut.PER_MEMBER, 238, 100),)

    def amended(number: int, eligible: int, refunded: int, **miles: int) -> Amendment:
        how = entry_word(_entry(number)) >> 128 & 0xFFF
        return Amendment(number, eligible, refunded, BASE_TIME + 45_005, number % 5, how, **miles)

    return [
        Settled(Outcome.CREDITED, 119, 10_363, counted=1, basis=now),
        Settled(
            Outcome.REVERSED,
            99,
            10_363,
            left,
            counted=1,
            amendment=amended(2, 39_602, 20_000, returned=150),
            basis=BASIS,
        ),
        Settled(Outcome.ORIGINAL_NOT_FOUND, 0, 0, basis=now),
        Settled(
            Outcome.CREDITED,
            180,
            10_363,
            raised,
            counted=1,
            amendment=amended(4, 72_000, 0, added=93),
            basis=BASIS,
        ),
        Settled(
            Outcome.CREDITED,
            119,
            10_363,
            claimed,
            debt_offset=19,
            amendment=amended(5, 59_605, 0, added=219),
            basis=now,
        ),
        Settled(Outcome.UNPROVEN, 0, 0, basis=now),
    ]


def _report_vector(name: str, report: Report, settled: list[Settled]) -> dict[str, Any]:
    report_bytes = encode_report(report)
    stated = [one if one.basis != NO_BASIS else replace(one, basis=BASIS) for one in settled]
    receipts = _receipt_vectors(report, stated)
    leaves = [bytes.fromhex(receipt["leaf"][2:]) for receipt in receipts]
    for i, receipt in enumerate(receipts):
        receipt["proof"] = [_hex(sibling) for sibling in receipt_tree.proof(leaves, i)]
    return {
        "name": name,
        "lane": report.lane,
        # Text, since JavaScript's numbers hold 53 bits.
        "sequence": str(report.sequence),
        "bytes": _hex(report_bytes),
        "content": _hex(content_hash(report_bytes)),
        "chain_id": 31337,
        "settlement": SETTLEMENT,
        "reporters_version": 1,
        "digest": _hex(report_digest(31337, SETTLEMENT, reporters_version=1, report_bytes=report_bytes)),
        "results": _hex(encode_results(_sections(report, stated))),
        "receipts": receipts,
        "root": _hex(receipt_tree.root(leaves)),
    }


def _sections(report: Report, settled: list[Settled]) -> list[SettledSection]:
    results = iter(settled)
    sections = []
    for section in report.sections:
        own = tuple(next(results) for _ in section.entries)
        sections.append(SettledSection(own[0].basis, own))
    return sections


def _receipt_vectors(report: Report, settled: list[Settled]) -> list[dict[str, Any]]:
    receipts = []
    for placed, one in zip(report.placed(), settled, strict=True):
        words = settled_words(placed, one)
        named = zip(("entry", "accrual", "grants", "basis", "amended"), words, strict=True)
        receipts.append({name: _word(word) for name, word in named} | {"leaf": _hex(leaf(*words))})
    return receipts


def _word(word: int) -> str:
    return _hex(word.to_bytes(32, "big"))


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
    print(f"wrote {PATH.name}")
