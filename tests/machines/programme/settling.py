"""Seals bills, signs and sends reports to both twins, and compares all that comes of it.

Rule families send through `attempt` alone: the model says beforehand what must come of what they send.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from eth_abi.abi import decode
from eth_utils.crypto import keccak

from milepost.chain.contract_errors import ContractError
from milepost.chain.reporter_keys import LocalReporter
from milepost.codec import receipt_tree
from milepost.codec.attached_receipt import attached_of
from milepost.codec.digest import report_digest
from milepost.codec.receipt_leaf import leaf
from milepost.codec.report_bytes import decode_report, encode_report
from milepost.codec.results import decode_sections, encode_results
from milepost.domain.accrual import settle
from milepost.domain.books import Attached
from milepost.domain.report import Attachment, Entry, Report, Section
from tests.machines.programme.acceptance import refusal_of
from tests.machines.programme.logs import Transfer, transfers_of
from tests.machines.programme.strategies import Bill, picked
from tests.machines.programme.tally import SettledReport
from tests.machines.programme.twins import RELAYER, STRANGER, Model, Twins, refused
from tests.support.evm import CHAIN_ID, OutOfGas
from tests.support.receipt_words import words_of

OUT_OF_GAS = "out of gas"
SEEN: Counter[object] = Counter()
"""How often reports were applied or refused, by name, and what became of purchases and grants in all runs."""
_SETTLED = "0x" + keccak(text="ReportSettled(uint16,uint64,bytes32,bytes)").hex()
_MOST_SECONDS = 2**24 - 1
_MOST_PICKED_PARTNERS = 8


@dataclass(frozen=True, slots=True)
class Signed:
    """A report on its way. `version` is that of the reporter set it was signed for."""

    report_bytes: bytes
    signatures: bytes
    version: int


# ------------------------------------------------------------ sealing


def seal(model: Model, bills: Iterable[Bill], lane: int, *, after: Report | None = None) -> Report:
    """The lane's next report of these bills, or the one that follows a report that is still on its way."""
    numbers = dict(model.numbers)
    if after is not None:
        for section in after.sections:
            numbers[section.partner_id] = section.first_number + len(section.entries) - 1
    by_partner: dict[int, list[tuple[int, Bill]]] = {}
    partners = sorted(model.books.partners)[:_MOST_PICKED_PARTNERS]
    for bill in bills:
        rows = by_partner.setdefault(picked(partners, bill.partner), [])
        rows.append((_occurred_at(bill, model.now_s), bill))
    is_next = after is not None and after.lane == lane
    sequence = after.sequence + 1 if after is not None and is_next else model.sequences[lane] + 1
    sections = (
        _section(model, partner, numbers.get(partner, 0) + 1, rows)
        for partner, rows in sorted(by_partner.items())
    )
    return Report(lane, sequence, tuple(sections))


def _section(model: Model, partner: int, first: int, rows: list[tuple[int, Bill]]) -> Section:
    rows.sort(key=lambda row: row[0])
    base_time = rows[0][0]
    kept = [(at - base_time, bill) for at, bill in rows if at - base_time <= _MOST_SECONDS]
    entries = tuple(
        _entry(model, bill, seconds, facts=keccak(text=f"{partner}/{number}")[:16])
        for number, (seconds, bill) in enumerate(kept, start=first)
    )
    return Section(partner, first, base_time, entries)


def _entry(model: Model, bill: Bill, seconds: int, *, facts: bytes) -> Entry:
    enrolled = model.books.ledger.enrolled
    return Entry(
        member=bill.member if bill.member >= 0 else max(enrolled + 2 + bill.member, 0),
        eligible_minor=bill.eligible_minor,
        seconds=seconds,
        outlet=bill.outlet,
        kind=bill.kind,
        offset_choice=bill.offset_choice,
        channel=bill.channel,
        party=bill.party,
        facts=facts,
    )


def _occurred_at(bill: Bill, now_s: int) -> int:
    at = now_s - bill.age_s
    return at // 3_600 * 3_600 - bill.age_s % 2 if bill.on_the_hour else at


# ------------------------------------------------------------ signing


def sign(
    twins: Twins,
    report: Report | bytes,
    keys: Sequence[LocalReporter] | None = None,
    *,
    in_order: bool = True,
) -> Signed:
    """Have reporters sign for the set in force: as many as the quorum, unless keys are named."""
    in_force = twins.model.reporters
    report_bytes = report if isinstance(report, bytes) else encode_report(report)
    signers = in_force.keys[: in_force.quorum] if keys is None else keys
    if in_order:
        signers = sorted(signers, key=lambda key: int(key.address, 16))
    # By the contract's own view: bytes that are no report have a digest too, and can be signed.
    digest = twins.contracts.settlement.digestOf(report_bytes)
    return Signed(report_bytes, b"".join(key.sign(digest) for key in signers), in_force.version)


# ------------------------------------------------------------ sending


def attempt(twins: Twins, signed: Signed, *, gas: int | None = None) -> SettledReport | None:
    """Send a report. It is applied or refused, as the model says it must be; None if it is not applied.

    Units: `gas` of the tx, None for all it takes; with too little nothing may happen at all.
    """
    contracts, model = twins.contracts, twins.model
    digest = contracts.settlement.digestOf(signed.report_bytes)
    expected = refusal_of(signed.report_bytes, signed.signatures, model, digest=digest)
    with refused(expected):
        contracts.settlement.check(signed.report_bytes, signed.signatures, sender=STRANGER)
    found = _send(twins, signed, gas)
    SEEN[found] += 1
    if gas is not None and found == OUT_OF_GAS:
        return None
    assert found == expected, f"INV-5: settle answered {found}, and the model says {expected}"
    return _apply(twins, signed) if expected is None else None


def settles(twins: Twins, signed: Signed) -> SettledReport:
    """Send a report that must be applied."""
    done = attempt(twins, signed)
    assert done is not None, "a report that reporters sealed and signed is applied"
    return done


def can_settle(model: Model) -> bool:
    """Whether a good report would be applied now."""
    return not model.is_paused and not model.emptied


def _send(twins: Twins, signed: Signed, gas: int | None) -> str | None:
    try:
        twins.contracts.settlement.settle(signed.report_bytes, signed.signatures, sender=RELAYER, gas=gas)
    except OutOfGas:
        return OUT_OF_GAS
    except ContractError as error:
        # A callee that runs out of gas leaves its caller without a reason to give.
        has_no_reason = error.arguments.get("reason") == "no reason given"
        return OUT_OF_GAS if has_no_reason and gas is not None else type(error).__name__
    return None


def _apply(twins: Twins, signed: Signed) -> SettledReport:
    """Settle in the model what the contracts have just settled, and compare every byte that came of it."""
    settled, transfers = twins.evm.machine.result.logs[-1], transfers_of(twins)
    model = twins.model
    report = decode_report(signed.report_bytes)
    assert encode_report(report) == signed.report_bytes, "INV-7: bytes"
    judged = settle(report, model.books, now_s=model.now_s, attached=_attached(report, model))
    results = [one.settled for one in judged]

    assert settled.topics[0] == _SETTLED
    assert [int(one, 16) for one in settled.topics[1:]] == [report.lane, report.sequence]
    given_root, given_results = decode(["bytes32", "bytes"], settled.data[1])
    sections = decode_sections(given_results, report)
    given = [one for section in sections for one in section.settled]
    assert given == results, f"INV-7: results of {report}"
    assert [one.basis for one in given] == [one.basis for one in results], "INV-7: terms in force"
    assert given_results == encode_results(sections), "INV-7: bytes of results"
    words = words_of(report, given)
    tree = receipt_tree.layers([one.leaf for one in words])
    assert given_root == tree[-1][0], "INV-7: root"
    assert twins.contracts.receipts.leafOf(tuple(words[0])) == tree[0][0], "INV-7: leaf"
    assert signed.version == model.reporters.version, "INV-5: a former set's signatures count"
    digest = report_digest(
        CHAIN_ID,
        twins.contracts.settlement.address,
        reporters_version=signed.version,
        report_bytes=signed.report_bytes,
    )
    assert digest == twins.contracts.settlement.digestOf(signed.report_bytes), "INV-7: digest"

    done = SettledReport(report, judged, words, tree)
    assert transfers == _transfers_of(done, model), "INV-4: transfers of a report"
    model.sequences[report.lane] += 1
    model.numbers.update({section.partner_id: len(section.entries) for section in report.sections})
    pots = {number for number, state in model.books.promotions.items() if state.terms.funded}
    model.tally.add(done, today=model.books.ledger.day_of(model.now_s), pots=pots)
    # As text: numbers of outcomes and cuts are the same.
    SEEN.update(repr(result.outcome) for result in results)
    SEEN.update(repr(entry.kind) for _, _, entry, settled in done.rows if settled.amendment)
    SEEN.update(repr(grant.cut) for one in judged for grant in (*one.settled.grants, *one.losers))
    return done


def _transfers_of(done: SettledReport, model: Model) -> list[Transfer]:
    """Credits first, less what of them paid debts, then what amendments took out of lots."""
    credited = [(entry.member, settled.credited - settled.debt_offset) for _, _, entry, settled in done.rows]
    taken = [(entry.member, -one.taken) for (_, _, entry, _), one in zip(done.rows, done.judged, strict=True)]
    return [one for member, miles in (*credited, *taken) if miles for one in model.transfer(member, miles)]


def _attached(report: Report, model: Model) -> list[Attached | None] | None:
    """What the report's amendments bring, and whether its proof leads to the root of the report it names."""
    found = attached_of(report)
    if found is None or report.attachments is None:
        return None
    return [
        None if one is None or attachment is None else replace(one, is_proven=_stands(attachment, model))
        for one, attachment in zip(found, report.attachments, strict=True)
    ]


def _stands(attachment: Attachment, model: Model) -> bool:
    root = model.tally.roots.get((attachment.lane, attachment.sequence))
    own = leaf(attachment.entry, attachment.accrual, attachment.grants, attachment.basis, attachment.amended)
    return root is not None and receipt_tree.verify(own, attachment.proof, root)
