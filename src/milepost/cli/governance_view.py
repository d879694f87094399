"""Shows who governs a programme and what they announced or did; `governance.py` has the commands."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console

from milepost.chain.deployment_run import Mined
from milepost.chain.governance import Governance
from milepost.chain.governance_acts import NOBODY, Act
from milepost.chain.governance_status import GovernanceStatus, ScheduledCall
from milepost.cli.output import counted, facts, number, table
from milepost.domain.calendar import shown_instant

_DAY_S = 86_400


def status_document(status: GovernanceStatus) -> dict[str, Any]:
    """What `status --json` prints. Units: delays in seconds, times in unix seconds."""
    return {
        "now": status.now,
        "settlement": status.settlement,
        "paused": status.is_paused,
        "reporters": {
            "version": status.reporter_set.version,
            "quorum": status.reporter_set.quorum,
            "addresses": list(status.reporters),
        },
        "roles": [
            {
                "role": role.label,
                "number": int(role),
                "holders": [{"address": one.address, "delay": one.delay_s} for one in holders],
            }
            for role, holders in status.holders.items()
        ],
        "settlers": status.settlers,
        "scheduled": [_scheduled_document(call) for call in status.scheduled],
    }


def show_status(status: GovernanceStatus, console: Console) -> None:
    """The same for a person."""
    shown = facts()
    shown.add_row("chain time", shown_instant(status.now))
    shown.add_row("Settlement", status.settlement)
    shown.add_row("settling", "paused" if status.is_paused else "goes on")
    reporters = status.reporter_set
    shown.add_row(
        "reporters", f"set {reporters.version}: {reporters.quorum} of {reporters.count} sign a report"
    )
    for reporter in status.reporters:
        shown.add_row("", reporter)
    for contract, settler in status.settlers.items():
        shown.add_row(f"settler of {contract}", "nobody" if settler == NOBODY else settler)
    console.print(shown)
    roles = table("role", "holder", ">delay", title="\nRoles")
    for role, holders in status.holders.items():
        for place, holder in enumerate(holders):
            roles.add_row("" if place else role.label, holder.address, _delay(holder.delay_s))
        if not holders:
            roles.add_row(role.label, "nobody", "")
    console.print(roles)
    if not status.scheduled:
        console.print("\nNothing is scheduled.")
        return
    for call in status.scheduled:
        shown = facts()
        shown.add_row("scheduled", _call(call))
        shown.add_row("by", call.caller)
        shown.add_row("due", f"{shown_instant(call.due)}, and expires {shown_instant(call.expires)}")
        shown.add_row("operation", f"0x{call.operation.hex()}")
        console.print()
        console.print(shown)


def calldata_document(governance: Governance, acts: Sequence[Act], *, executing: bool) -> dict[str, Any]:
    """What `--calldata` prints: a call that a holder of the role makes to the authority."""
    return {
        "to": governance.deployment.addresses.authority,
        "data": f"0x{governance.call_data(acts, executing=executing).hex()}",
        "role": acts[0].role.label,
        "does": "execute" if executing else "schedule",
        "acts": [{"call": f"{act.contract}.{act.function}", "purpose": act.purpose} for act in acts],
    }


def show_scheduled(acts: Sequence[Act], due: int | None, console: Console) -> None:
    """Say what was announced, and when it may be done; without a delay there is nothing to announce."""
    _list(acts, console)
    if due is None:
        said = "This account acts without delay, and nothing was announced. Run the same with --execute."
    else:
        announced = counted(len(acts), "call")
        said = f"Announced {announced}: due at {shown_instant(due)}. Then run the same with --execute."
    console.print(said, soft_wrap=True)


def show_executed(acts: Sequence[Act], mined: Mined, console: Console) -> None:
    """Say what was done."""
    _list(acts, console)
    console.print(
        f"Done: {counted(len(acts), 'call')} in block {mined.block_number}, {number(mined.gas_used)} gas.",
        soft_wrap=True,
    )


def _list(acts: Sequence[Act], console: Console) -> None:
    calls = table("call", "what for")
    for act in acts:
        calls.add_row(f"{act.contract}.{act.function}", act.purpose)
    console.print(calls)


def _scheduled_document(call: ScheduledCall) -> dict[str, Any]:
    return {
        "operation": f"0x{call.operation.hex()}",
        "caller": call.caller,
        "target": call.target,
        "data": f"0x{call.data.hex()}",
        "call": _call(call),
        "due": call.due,
        "expires": call.expires,
    }


def _call(call: ScheduledCall) -> str:
    if call.function is None:
        return f"0x{call.data[:4].hex()} of {call.target}"
    shown = ", ".join(f"{name}={_shown(value)}" for name, value in call.arguments.items())
    return f"{call.contract}.{call.function}({shown})"


def _shown(value: Any) -> str:
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_shown, value))}]"
    return str(value)


def _delay(delay_s: int) -> str:
    if not delay_s:
        return "none"
    return counted(delay_s // _DAY_S, "day") if delay_s % _DAY_S == 0 else f"{number(delay_s)} s"
