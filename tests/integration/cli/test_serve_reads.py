"""What `milepost serve` tells of a real chain: receipts that verify, statements that agree."""

import json
from pathlib import Path

from tests.support.cli_stage import CliStage, cli_stage
from tests.support.command_process import CommandProcess
from tests.support.databases import PostgresqlServer
from tests.support.serve_process import PORTAL, ServeProcess, serving

MEMBERS = "member,tier,segments,enrolled_at\nM0001,,,2018-04-02T09:00:00+08:00\n"
SALE = {
    "partner": "harbour-grill",
    "sale_ref": "table 7/2018",
    "outlet": "pier",
    "occurred_at": "2018-05-05T18:00:00-04:00",
    "currency": "USD",
    "gross_minor": 2_400,
    "tip_minor": 335,
    "member": "M0001",
}
_RECEIPT = "/v1/receipts/harbour-grill?sale_ref=table%207%2F2018"
_STATEMENT = "/v1/members/M0001/statement"


def test_serve__settled_by_a_command__tells_what_the_commands_tell(
    stage: CliStage, receipt_file: Path, tmp_path: Path
) -> None:
    with serving(stage.settings, tmp_path) as server:
        receipt = server.get("/v1/receipts/harbour-grill?sale_ref=H-1")
        assert (receipt.status_code, receipt.text) == (200, receipt_file.read_text(encoding="utf-8"))
        statement = server.get(_STATEMENT, key=PORTAL).json()
        by_command = json.loads(stage.run("statement", "M0001", "--json").stdout)
        # The chain's time goes on between the two.
        assert {**statement, "at": None} == {**by_command, "at": None}
        assert (statement["balance"], statement["agrees"]) == (257, True)
        # A partner learns nothing of a member, and nobody learns whether another number is one.
        assert server.get(_STATEMENT).json()["code"] == "forbidden"
        unknown = server.get("/v1/members/M7777/statement", key=PORTAL)
        assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
        assert "M7777" not in unknown.text and "M0001" not in server.process.printed


def test_serve__on_postgresql__leads_from_a_sale_to_a_receipt_and_a_statement(
    tmp_path: Path, postgresql: PostgresqlServer
) -> None:
    with cli_stage(tmp_path) as stage:
        url = postgresql.empty()
        imported = stage.run("members", "import", stage.write("members.csv", MEMBERS), database_url=url)
        assert imported.exit_code == 0, imported.output
        settings = {**stage.settings, "MILEPOST_DATABASE_URL": url}
        with serving(settings, tmp_path) as server:
            assert [server.post(SALE), server.post(SALE)] == ["accepted", "duplicate"]
            assert server.get(_RECEIPT).json()["code"] == "not_settled"
            _settle(settings, tmp_path)
            _require_told(server, stage, tmp_path)


def _settle(settings: dict[str, str], folder: Path) -> None:
    worker = CommandProcess(["worker", "--once"], settings=settings, printed=folder / "worker.txt")
    assert worker.wait() == 0, worker.printed
    assert "table 7" not in worker.printed and "M0001" not in worker.printed


def _require_told(server: ServeProcess, stage: CliStage, folder: Path) -> None:
    """Receipt, statement and purchase agree, and the receipt verifies against the node alone."""
    receipt = server.get(_RECEIPT)
    assert receipt.status_code == 200, receipt.text
    file = folder / "receipt.json"
    file.write_text(receipt.text, encoding="utf-8")
    verified = stage.run("receipt", "verify", file, "--rpc", stage.rpc_url)
    assert verified.exit_code == 0, verified.output
    (purchase,) = server.get("/v1/purchases/harbour-grill?sale_ref=table%207%2F2018").json()["purchases"]
    statement = server.get(_STATEMENT, key=PORTAL).json()
    credited = purchase["settled"]["credited"]
    assert credited > 0 and purchase["state"] == "settled_final"
    assert (statement["balance"], statement["agrees"]) == (credited, True)
    (report,) = server.get("/v1/reports?state=final").json()["reports"]
    assert (report["purchases"], report["sequence"]) == (1, purchase["settled"]["sequence"])
