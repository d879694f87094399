"""`milepost txs`: the relayer's txs that are not mined, and a way to use up a nonce that stands in the way.

Settling and the worker sign and send them; `docs/relaying.md` says when a nonce is stuck.
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from milepost.cli.session import AsJson, session_of

if TYPE_CHECKING:
    from milepost.ports import StoredTx, Work

app = typer.Typer(no_args_is_help=True, help="Look at txs that are not mined, and free a nonce.")


@app.command("list")
def list_txs(context: typer.Context, as_json: AsJson = False) -> None:
    """List txs that are signed or sent and not mined, by sender and nonce; some nonces have several."""
    from milepost.cli.output import answers, print_json, table
    from milepost.ports import TxState

    with session_of(context).parts().store.unit_of_work() as work:
        found = [_document(tx, work) for tx in work.txs.in_states(TxState.SIGNED, TxState.ACCEPTED)]
    if as_json:
        print_json({"txs": found})
    elif not found:
        answers().print("No tx waits to be mined.")
    else:
        shown = table(">nonce", "sender", "state", "what", ">most gwei")
        for one in found:
            what = "empty" if one["is_empty"] else f"report {one['sequence']} of lane {one['lane']}"
            fee = "" if one["most_fee_wei"] is None else f"{one['most_fee_wei'] / 10**9:g}"
            shown.add_row(str(one["nonce"]), one["sender"], one["state"], what, fee)
        answers().print(shown)


@app.command("cancel")
def cancel(
    context: typer.Context,
    nonce: Annotated[int, typer.Argument(min=0, help="The nonce, as `list` shows it.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Use up a nonce of the relayer by an empty tx to itself, which pays more than what has the nonce now.

    For a tx that no node takes any more, and for a nonce that is missing below ours. The empty tx is stored
    before it is sent. Whichever of the nonce is mined counts: if it is the empty one, the worker, or the next
    `milepost settle`, sends the report with another nonce; nothing settles twice. A worker may run meanwhile.
    Exit code 1 if nothing of ours waits for that nonce.
    """
    from milepost.bootstrap.bumping import bumping_of
    from milepost.cli.output import answers, print_json
    from milepost.pipeline.cancel_nonce import cancel_nonce

    session = session_of(context)
    parts = session.parts()
    bumping = bumping_of(session.settings(), parts.warn)
    # The store first: a chain that is asked is of no use without it.
    tx = cancel_nonce(nonce, parts.store, chain=parts.chain, bumping=bumping)
    with parts.store.unit_of_work() as work:
        document = _document(tx, work)
    if as_json:
        print_json(document)
        return
    answers().print(
        f"Nonce {nonce} of {document['sender']}: an empty tx is {document['state']}. When it is mined, report"
        f" {document['sequence']} of lane {document['lane']} goes out with another nonce.",
        soft_wrap=True,
    )


def _document(tx: "StoredTx", work: "Work") -> dict[str, Any]:
    report = work.reports.get(tx.content_hash)
    assert report is not None, "every tx is of a report"
    return {
        "nonce": tx.signed.nonce,
        "sender": tx.signed.sender,
        "tx_hash": f"0x{tx.signed.tx_hash.hex()}",
        "state": tx.state.value,
        "is_empty": tx.signed.is_empty,
        "most_fee_wei": tx.signed.fees and tx.signed.fees.most,
        "lane": report.lane,
        "sequence": report.sequence,
    }
