"""`milepost receipt`: shows the receipt of a purchase, and verifies one against the chain.

Settling comes before it. Showing needs the operator's store; verifying needs a receipt, a node and no trust.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from milepost.cli.session import AsJson, session_of

if TYPE_CHECKING:
    from milepost.bootstrap import AdjustmentVerifier, Deployment, ReceiptVerifier

app = typer.Typer(no_args_is_help=True, help="Show a receipt, or verify one against the chain.")


@app.command()
def show(
    context: typer.Context,
    partner: Annotated[str, typer.Argument(metavar="PARTNER", help="Code of the partner.")],
    sale_ref: Annotated[str, typer.Argument(metavar="SALE_REF", help="The till's reference of the bill.")],
    source: Annotated[
        str | None, typer.Option(help="Source of the record.  [default: the only one that sent the bill]")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(help="SALE, AMEND, REFUND or VOID.  [default: SALE, or what has the reference]"),
    ] = None,
    revision: Annotated[
        int | None, typer.Option(min=0, help="Revision of the record.  [default: the highest]")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the receipt, as JSON, to this file too.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the receipt of a settled purchase: the bill, how its miles came about, and where they stand.

    A refund, void or changed bill has a receipt of its own, which says what is left; each says whether it is
    its sale's newest. With --json, or in the file of --out, it is the receipt that the member is given: it
    verifies against any node of the chain and holds no membership number. Exit code 1 if there is none.
    """
    from milepost.cli.output import answers, write_answer_file
    from milepost.cli.receipt_view import show_receipt
    from milepost.codec.receipt_file import write_receipt_text
    from milepost.pipeline.find_purchase import find_purchase, require_remembered
    from milepost.pipeline.issue_receipt import issue_receipt

    parts = session_of(context).parts()
    key = find_purchase(parts.store, partner, sale_ref, source=source, kind=kind, revision=revision)
    receipt = issue_receipt(key, parts.issuing)
    require_remembered(receipt, parts.members)
    text = write_receipt_text(receipt)
    if out is not None:
        write_answer_file(out, text)
    if as_json:
        typer.echo(text, nl=False)
    else:
        show_receipt(receipt, parts, console=answers())


@app.command()
def verify(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The receipt, as `receipt show --out` or --json wrote it.")
    ],
    rpc: Annotated[str, typer.Option(metavar="URL", help="A node of the chain, of your choosing.")],
    receipts: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="The programme's ReceiptBook, as it published it.  [default: by the deployment file]",
        ),
    ] = None,
    desk: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="The programme's AdjustmentDesk, for an adjustment's receipt.  [default: by the deployment"
            " file]",
        ),
    ] = None,
    newest: Annotated[
        bool,
        typer.Option("--newest", help="Also ask whether a later refund or change has replaced it."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Ask a node whether a receipt is true: of a purchase, or of an adjustment.

    A purchase's receipt is checked against itself, then the node is asked twice: for its chain's id, and for
    one answer of the ReceiptBook; of an adjustment the AdjustmentDesk is asked instead. A receipt stays true
    when its bill is refunded later: --newest asks once more, and says so. Chain and contract
    come from the deployment file, --receipts or --desk, never from the receipt. Exit code 0 if it is true, 1
    with the reason if it was changed or names another chain or contract, 2 if the file is no receipt.
    """
    from milepost.bootstrap import adjustment_verifier, receipt_verifier
    from milepost.chain.deployment_file import DeploymentFileRefused
    from milepost.cli.verification import read_receipt_file
    from milepost.codec.adjustment_receipt_file import is_adjustment_receipt

    session = session_of(context)
    text = read_receipt_file(file)

    def deployment() -> "Deployment":
        try:
            return session.parts().deployment
        except DeploymentFileRefused as error:
            raise DeploymentFileRefused(
                f"{error} Or give the ReceiptBook's address by --receipts (--desk for adjustments)."
            ) from None

    if is_adjustment_receipt(text):
        at_desk = adjustment_verifier(rpc, setting="--rpc", desk=desk, deployment=deployment)
        named_by = "--desk" if desk else "the deployment"
        is_true = _is_true_adjustment(file, text, at_desk, named_by=named_by, as_json=as_json)
    else:
        in_book = receipt_verifier(rpc, setting="--rpc", receipts=receipts, deployment=deployment)
        named_by = "--receipts" if receipts else "the deployment"
        is_true = _is_true_purchase(
            file, text, in_book, named_by=named_by, asks_newest=newest, as_json=as_json
        )
    if not is_true:
        raise typer.Exit(1)


def _is_true_purchase(
    file: Path, text: str, verifier: "ReceiptVerifier", *, named_by: str, asks_newest: bool, as_json: bool
) -> bool:
    """Answer for a purchase's receipt."""
    from milepost.cli.output import answers, print_json
    from milepost.cli.verification import show_verdict, verdict_document, verify_receipt_text

    verdict = verify_receipt_text(text, verifier, book_named_by=named_by, asks_newest=asks_newest)
    if as_json:
        print_json({"file": str(file), **verdict_document(verdict)})
    else:
        show_verdict(file, verdict, console=answers())
    return verdict.is_true


def _is_true_adjustment(
    file: Path, text: str, verifier: "AdjustmentVerifier", *, named_by: str, as_json: bool
) -> bool:
    """Answer for an adjustment's receipt."""
    from milepost.cli.adjustment_verification import (
        adjustment_verdict_document,
        show_adjustment_verdict,
        verify_adjustment_text,
    )
    from milepost.cli.output import answers, print_json

    verdict = verify_adjustment_text(text, verifier, desk_named_by=named_by)
    if as_json:
        print_json({"file": str(file), **adjustment_verdict_document(verdict)})
    else:
        show_adjustment_verdict(file, verdict, console=answers())
    return verdict.is_true
