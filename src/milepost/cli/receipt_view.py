"""Shows a receipt to a person: the bill, how its miles came about, and where they stand.

`milepost receipt show` issues the receipt; nothing is decided here.
"""

from rich.console import Console
from rich.table import Table

from milepost.bootstrap import Parts
from milepost.bootstrap.statements import promotion_names
from milepost.cli.output import counted, day, facts, money, number, shown_day, table
from milepost.cli.words import CUTS, KINDS, OUTCOMES
from milepost.domain.outcome import Cut
from milepost.domain.purchase import Purchase, PurchaseKind
from milepost.domain.receipt import MOST_BASE, Amendment, MemberReceipt
from milepost.ports import SettledLog


def show_receipt(receipt: MemberReceipt, parts: Parts, *, console: Console) -> None:
    """Print a receipt that was issued from the store of `parts`."""
    partner = next((one for one in parts.partners if one.code == receipt.purchase.partner), None)
    title = partner.title if partner else receipt.purchase.partner
    console.print(f"Receipt for {receipt.purchase.sale_ref} at {title}", style="bold")
    console.print()
    console.print(_bill(receipt.purchase))
    console.print()
    console.print(_miles(receipt))
    console.print()
    if receipt.settled.grants:
        console.print(_grants(receipt, promotion_names(parts.deployment)))
        console.print()
    console.print(_place(receipt, _log(receipt, parts), _standing(receipt, parts)))


def base_words(receipt: MemberReceipt) -> str:
    """How the base miles came about, by the rate that the receipt names; of an amendment what is left."""
    settled, purchase = receipt.settled, receipt.purchase
    base, basis, amendment = settled.base, settled.basis, settled.amendment
    if (not settled.outcome.is_credited and amendment is None) or not basis.per_minor:
        return number(base)
    eligible = purchase.eligible_minor if amendment is None else amendment.eligible_minor
    per = money(basis.per_minor, purchase.currency)
    sum_ = f"floor({number(eligible)} * {basis.earn_miles} / {number(basis.per_minor)})"
    found = min(eligible * basis.earn_miles // basis.per_minor, MOST_BASE)
    rate = f"{counted(basis.earn_miles, 'mile')} for each {per}, in minor units: {sum_} = {number(found)}"
    if found == base:
        return f"{number(base)}: {rate}"
    return f"{number(base)}: {rate}, cut to what the partner had prepaid"


def changed_words(amendment: Amendment) -> str:
    """What an amendment did to its sale, in words."""
    if amendment.returned:
        miles = f"{counted(amendment.returned, 'mile')} taken back"
    else:
        miles = f"{counted(amendment.added, 'mile')} added" if amendment.added else "no miles"
    return f"purchase {number(amendment.number)} of the partner: {miles}"


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


def _miles(receipt: MemberReceipt) -> Table:
    settled = receipt.settled
    found = facts()
    words, code = OUTCOMES[settled.outcome], settled.outcome.code
    found.add_row("Outcome", words if words == code else f"{code}: {words}")
    found.add_row("Member", f"id {number(receipt.entry.member)}" if receipt.entry.member else "nobody")
    amendment, currency = settled.amendment, receipt.purchase.currency
    if amendment is not None:
        found.add_row("Changed", changed_words(amendment))
        refunded = f", {money(amendment.refunded_minor, currency)} refunded in all"
        found.add_row("Left of the bill", f"{money(amendment.eligible_minor, currency)} eligible{refunded}")
    left = "" if amendment is None else " left"
    found.add_row(f"Base{left}", base_words(receipt))
    found.add_row(
        f"Bonus{left}", f"{number(settled.bonus)}, from {counted(len(settled.grants), 'promotion')}"
    )
    found.add_row(f"Miles{left}", number(settled.base + settled.bonus))
    if settled.debt_offset:
        found.add_row("Of them", f"{number(settled.debt_offset)} paid what the member owed")
    clock = ", the whole day by the programme's clock" if day(settled.last_day) else ""
    found.add_row("Valid to", f"{shown_day(settled.last_day)}{clock}")
    return found


def _grants(receipt: MemberReceipt, names: dict[int, str]) -> Table:
    found = table("promotion", ">desired", ">granted", "cut by")
    for grant in receipt.settled.grants:
        name = names.get(grant.promotion_id, f"promotion {grant.promotion_id}")
        cut = "" if grant.cut is Cut.NONE else CUTS[grant.cut]
        found.add_row(name, number(grant.desired), number(grant.granted), cut)
    return found


def _place(receipt: MemberReceipt, log: SettledLog | None, standing: str) -> Table:
    found = facts()
    place = f"report {number(receipt.sequence)} of lane {receipt.lane}"
    found.add_row("Settled in", f"{place}, as purchase {number(receipt.number)} of the partner")
    found.add_row("Newest", standing)
    if log is not None:
        found.add_row("Root", f"0x{log.root.hex()}")
        found.add_row("In tx", f"0x{log.tx_hash.hex()}, block {log.block_number}")
    found.add_row("Kept by", f"ReceiptBook {receipt.receipts} on chain {receipt.chain_id}")
    found.add_row("Leaf", f"0x{receipt.leaf.hex()}, {counted(len(receipt.proof), 'step')} below the root")
    return found


def _standing(receipt: MemberReceipt, parts: Parts) -> str:
    """Whether the receipt is its sale's newest, by what was settled."""
    amendment = receipt.settled.amendment
    if amendment is None and receipt.entry.kind is not PurchaseKind.SALE:
        return "it changed nothing: the sale's receipts before it stand"
    sale = receipt.number if amendment is None else amendment.number
    with parts.store.unit_of_work() as work:
        newest = work.receipts.newest_of_sales(receipt.partner_id, [sale]).get(sale)
        if newest is None or newest.number == receipt.number:
            return "yes, nothing has replaced it"
        purchase = work.purchases.by_ids([newest.purchase_id])[newest.purchase_id].purchase
    by = f"the {KINDS[purchase.kind]} {purchase.sale_ref}"
    return f"no: {by}, purchase {number(newest.number)} of the partner, is what counts now"


def _log(receipt: MemberReceipt, parts: Parts) -> SettledLog | None:
    with parts.store.unit_of_work() as work:
        report = work.reports.at(receipt.lane, receipt.sequence)
        return None if report is None else work.receipts.log_of(report.content_hash)
