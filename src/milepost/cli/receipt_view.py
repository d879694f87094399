"""Shows a receipt to a person: the bill, how its miles came about, and where they stand.

`milepost receipt show` issues the receipt; nothing is decided here.
"""

from rich.console import Console
from rich.table import Table

from milepost.bootstrap import Parts
from milepost.cli.output import counted, facts, money, number, shown_day, table
from milepost.cli.statement_view import promotion_names
from milepost.cli.words import CUTS, OUTCOMES
from milepost.domain.outcome import Cut
from milepost.domain.partner import Partner
from milepost.domain.purchase import Purchase
from milepost.domain.receipt import MOST_BASE, MemberReceipt
from milepost.ports import SettledLog


def show_receipt(receipt: MemberReceipt, parts: Parts, *, console: Console) -> None:
    """Print a receipt that was issued from the store of `parts`."""
    partner = next((one for one in parts.partners if one.code == receipt.purchase.partner), None)
    title = partner.title if partner else receipt.purchase.partner
    console.print(f"Receipt for {receipt.purchase.sale_ref} at {title}", style="bold")
    console.print()
    console.print(_bill(receipt.purchase))
    console.print()
    console.print(_miles(receipt, partner))
    console.print()
    if receipt.settled.grants:
        console.print(_grants(receipt, promotion_names(parts.deployment)))
        console.print()
    console.print(_place(receipt, _log(receipt, parts)))


def base_words(receipt: MemberReceipt, partner: Partner | None) -> str:
    """How the base miles came about; only what the agreement gives, never a made-up sum."""
    base, purchase = receipt.settled.base, receipt.purchase
    if not receipt.settled.outcome.is_credited:
        return "0"
    if partner is None:
        return f"{number(base)}; the partner's agreement is not among the configured files"
    earn, eligible = partner.earn, purchase.eligible_minor
    per = money(earn.per_minor, purchase.currency)
    sum_ = f"floor({number(eligible)} * {earn.miles} / {number(earn.per_minor)})"
    found = min(eligible * earn.miles // earn.per_minor, MOST_BASE)
    rate = f"{counted(earn.miles, 'mile')} for each {per}, in minor units: {sum_} = {number(found)}"
    if found == base:
        return f"{number(base)}: {rate}"
    if base < found and receipt.settled.outcome.code == "cut_by_prepaid":
        return f"{number(base)}: {rate}, cut to what the partner had prepaid"
    return f"{number(base)} on chain; by the configured agreement {rate}, so it was settled at another rate"


def _bill(purchase: Purchase) -> Table:
    currency = purchase.currency
    parts = (("tax", purchase.tax_minor), ("service", purchase.service_minor), ("tip", purchase.tip_minor))
    within = ", ".join(f"{name} {money(amount, currency)}" for name, amount in parts if amount)
    found = facts()
    found.add_row("Bill", money(purchase.gross_minor, currency) + (f", of it {within}" if within else ""))
    found.add_row("Eligible", money(purchase.eligible_minor, currency))
    found.add_row("When", purchase.occurred_at.isoformat())
    terminal = f", terminal {purchase.terminal}" if purchase.terminal else ""
    found.add_row("Where", f"{purchase.outlet} of {purchase.partner}{terminal}")
    if purchase.channel or purchase.party_size:
        party = counted(purchase.party_size, "guest") if purchase.party_size else None
        found.add_row("How", ", ".join(filter(None, (purchase.channel, party))))
    found.add_row("Record", f"{purchase.kind.name}, revision {purchase.revision}, source {purchase.source}")
    return found


def _miles(receipt: MemberReceipt, partner: Partner | None) -> Table:
    settled = receipt.settled
    found = facts()
    words, code = OUTCOMES[settled.outcome], settled.outcome.code
    found.add_row("Outcome", words if words == code else f"{code}: {words}")
    found.add_row("Member", f"id {number(receipt.entry.member)}" if receipt.entry.member else "nobody")
    found.add_row("Base", base_words(receipt, partner))
    found.add_row("Bonus", f"{number(settled.bonus)}, from {counted(len(settled.grants), 'promotion')}")
    found.add_row("Miles", number(settled.base + settled.bonus))
    found.add_row("Valid to", f"{shown_day(settled.last_day)}, the whole day by the programme's clock")
    return found


def _grants(receipt: MemberReceipt, names: dict[int, str]) -> Table:
    found = table("promotion", ">desired", ">granted", "cut by")
    for grant in receipt.settled.grants:
        name = names.get(grant.promotion_id, f"promotion {grant.promotion_id}")
        cut = "" if grant.cut is Cut.NONE else CUTS[grant.cut]
        found.add_row(name, number(grant.desired), number(grant.granted), cut)
    return found


def _place(receipt: MemberReceipt, log: SettledLog | None) -> Table:
    found = facts()
    place = f"report {number(receipt.sequence)} of lane {receipt.lane}"
    found.add_row("Settled in", f"{place}, as purchase {number(receipt.number)} of the partner")
    if log is not None:
        found.add_row("Root", f"0x{log.root.hex()}")
        found.add_row("In tx", f"0x{log.tx_hash.hex()}, block {log.block_number}")
    found.add_row("Kept by", f"ReceiptBook {receipt.receipts} on chain {receipt.chain_id}")
    found.add_row("Leaf", f"0x{receipt.leaf.hex()}, {counted(len(receipt.proof), 'step')} below the root")
    return found


def _log(receipt: MemberReceipt, parts: Parts) -> SettledLog | None:
    with parts.store.unit_of_work() as work:
        report = work.reports.at(receipt.lane, receipt.sequence)
        return None if report is None else work.receipts.log_of(report.content_hash)
