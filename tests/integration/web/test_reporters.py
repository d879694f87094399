"""Reporters as processes of their own, asked for signatures over HTTP; three of five make the quorum.

given reporters with their own stores and feeds
    when all agree                                then a report settles, and every store has what it got
    when one hangs and one has another purchase   then nothing settles, with an alarm in both stores, until
                                                       the hung one goes on
    when a partner never sent a purchase          then they do not sign it, whoever proposes it
    when one has the worker's own key             then it does not count twice
    when a stranger proposes                      then it gets no signature
    when the report before is not settled         then the next one comes too early
given requests that a partner signed
    when they are passed on                       then every reporter has checked and stored them itself
    when one of them was changed on the way       then no reporter takes it
given a report that they signed and nobody sent
    when governance puts another set in force     then they sign anew, and it settles once
"""

import json
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx
import pytest

from milepost.bootstrap import Parts
from milepost.chain.reporter_keys import LocalReporter
from milepost.config import Settings
from milepost.domain.quantities import Lane, PartnerCode
from milepost.pipeline.ingest_purchase import AnswerKind
from milepost.pipeline.seal_report import seal_report
from milepost.pipeline.sign_report import counting_signatures, proposal_of, sign_report
from milepost.ports import KeptRequest, Proposal, PurchaseState, ReporterBehind, StoredReport
from milepost.store.engine import open_store
from milepost.store.feed_copies import SqlFeedCopies
from milepost.store.unit_of_work import SqlStore
from milepost.web.authentication import sign
from milepost.web.feed_passing import FeedPassing
from milepost.web.proposal_json import SIGNATURE_HEADER, TIMESTAMP_HEADER, seal_digest
from milepost.worker import Oracle
from tests.support.cli_stage import CliStage, cli_stage, key_of
from tests.support.deployments import ADMIN, REPORTERS, account_named, fund
from tests.support.governance_stage import HEADER, TWO_DAYS_S, bills, govern, wait
from tests.support.reporter_stage import ReporterHome, reporter_home, running_reporters

MEMBERS = "member\nM0001\nM0002\n"
SECRET = b"n" * 32
KEYS = {"noon-kitchen": [{"key": "noon-1", "secret": SECRET.hex(), "from": 0, "until": None}]}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStage]:
    """A worker with the key of one reporter."""
    with cli_stage(tmp_path_factory.mktemp("reporters")) as made:
        imported = made.run("members", "import", made.write("members.csv", MEMBERS))
        assert imported.exit_code == 0, imported.output
        made.write_secret("reporters.json", json.dumps([key_of(REPORTERS[0])]))
        made.write_secret("partner-keys.json", json.dumps(KEYS))
        yield made


@pytest.fixture(scope="module")
def homes(stage: CliStage) -> list[ReporterHome]:
    return [reporter_home(stage, account) for account in REPORTERS[1:4]]


@pytest.fixture(scope="module")
def urls(homes: list[ReporterHome]) -> Iterator[str]:
    with running_reporters(homes) as found:
        yield found


def store_of(home: ReporterHome) -> SqlStore:
    return SqlStore(open_store(home.settings["MILEPOST_DATABASE_URL"]))


def states(home: ReporterHome) -> dict[PurchaseState, int]:
    with store_of(home).unit_of_work() as work:
        return dict(work.purchases.count_by_state())


def lunch(stage: CliStage, sale_ref: str, gross: int, name: str = "bills.csv") -> Path:
    row = f"noon-kitchen,{sale_ref},market-street,2018-06-01T12:06:00-04:00,USD,{gross},300,M0001\n"
    folder = stage.folder / str(gross)
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(HEADER + row, encoding="utf-8")
    return folder / name


def _parts(stage: CliStage, urls: str) -> Parts:
    names = {name.removeprefix("MILEPOST_").lower(): value for name, value in stage.settings.items()}
    return Parts(Settings(**names, reporter_urls=urls))  # type: ignore[arg-type]


def _proposed(oracle: Oracle, report: StoredReport) -> Proposal:
    with oracle.store.unit_of_work() as work:
        return proposal_of(work, report)


def test_settle__reporters_elsewhere_agree__it_settles_and_each_store_has_what_it_got(
    stage: CliStage, homes: list[ReporterHome], urls: str
) -> None:
    file = bills(stage, "T-1", "T-2")
    for home in homes:
        home.run("feed", file)
    done = stage.run("settle", file, "--json", reporter_urls=urls)
    assert done.exit_code == 0, done.output
    for home in homes:
        described = httpx.get(f"{home.url}/v1/reporter").json()
        assert described["address"] == home.account.address
    # The next proposal is answered by those who know what became of the one before.
    more = lunch(stage, "T-3", 2_000)
    for home in homes:
        home.run("feed", more)
    assert stage.run("settle", more, "--json", reporter_urls=urls).exit_code == 0
    # Whoever was asked has read the first report from the chain itself.
    assert states(homes[0])[PurchaseState.SETTLED_FINAL] >= 2


def test_settle__one_hangs_and_one_disagrees__is_an_alarm_until_another_signs(
    stage: CliStage, homes: list[ReporterHome], urls: str
) -> None:
    right, other = lunch(stage, "T-4", 3_000), lunch(stage, "T-4", 4_000)
    homes[0].run("feed", right)
    homes[1].run("feed", other)
    homes[2].run("feed", right)
    homes[2].stop()
    done = stage.run("settle", right, reporter_urls=urls, reporter_timeout_s=1)
    assert done.exit_code == 1
    told = " ".join(done.stderr.split())
    assert f"Reporter {homes[1].account.address} does not sign" in told and "ReadTimeout" in told
    for settings in (stage.settings, homes[1].settings):
        with SqlStore(open_store(settings["MILEPOST_DATABASE_URL"])).unit_of_work() as work:
            (kept,) = work.journal.disagreements()
        assert (kept.reporter, kept.proposed == kept.own) == (homes[1].account.address, False)
        assert kept.proposed.hex() != kept.own.hex()
    shown = stage.run("reports", "disagreements")
    assert shown.exit_code == 1 and "eligible_minor" in shown.stdout
    homes[2].resume()
    done = stage.run("settle", "--json", reporter_urls=urls)
    assert done.exit_code == 0, done.output


def test_settle__the_partner_never_sent_it__nobody_else_signs(
    stage: CliStage, homes: list[ReporterHome], urls: str
) -> None:
    """A proposer that invents a purchase has its own signature and no other."""
    invented = lunch(stage, "never at a till", 5_000)
    done = stage.run("settle", invented, reporter_urls=urls)
    assert done.exit_code == 3
    assert "1 reporters of the present set signed, 3 are needed" in " ".join(done.stderr.split())
    said = " ".join(done.stderr.split())
    assert "copy_lacks_purchases, it lacks 1: “The reporter's copy lacks 1 of the report's purchases" in said
    # Finding: it named the purchase, and ended with two full stops.
    assert "what the proposer has”." in said and "never at a till" not in said and ".." not in said
    # Had it come by its partner after all, the same report would be signed.
    for home in homes:
        home.run("feed", invented)
    assert stage.run("settle", reporter_urls=urls).exit_code == 0


def test_settle__one_signs_with_the_key_of_another__it_counts_once(
    stage: CliStage, homes: list[ReporterHome], urls: str
) -> None:
    twin = reporter_home(stage, REPORTERS[4], key=REPORTERS[1])
    file = lunch(stage, "T-6", 6_000)
    for home in (twin, homes[0]):
        home.run("feed", file)
    with twin.running():
        done = stage.run("settle", file, reporter_urls=f"{homes[0].url},{twin.url}")
        assert done.exit_code != 0
        assert "2 reporters of the present set signed" in " ".join(done.stderr.split())
    homes[1].run("feed", file)
    assert stage.run("settle", reporter_urls=urls).exit_code == 0


def test_sign__the_report_before_is_signed_and_not_settled__comes_too_early(
    stage: CliStage, homes: list[ReporterHome], urls: str
) -> None:
    """Finding: who had N+1 signed on top of N, crosswise at two reporters, stopped the lane for ever."""
    file = bills(stage, "T-8", "T-9")
    for home in homes:
        home.run("feed", file)
    oracle = _parts(stage, urls).oracle
    list(oracle.ingest(_parts(stage, urls).read_feed(file)))
    reports = [seal_report(Lane(0), oracle._sealing, oracle.chain, most=1) for _ in range(2)]
    first, second = (_proposed(oracle, report) for report in reports if report is not None)
    signed = counting_signatures(reports[0], oracle.store, chain=oracle.chain)  # type: ignore[arg-type]
    for reporter in oracle.remote:
        assert len(reporter.sign(first, message=signed.message)) == 65
        with pytest.raises(ReporterBehind, match="503 too_early"):
            reporter.sign(second, message=signed.message)
    # Reporters that see the first one settled a moment later are asked again in the same run.
    assert stage.run("settle", reporter_urls=urls).exit_code == 0


def test_sign__a_stranger_proposes__gets_no_signature(homes: list[ReporterHome], urls: str) -> None:
    stranger = LocalReporter(account_named("a stranger"))
    body, timestamp = b"{}", str(int(time.time()))
    seal = f"v1=0x{stranger.sign(seal_digest(body, timestamp)).hex()}"
    headers = {TIMESTAMP_HEADER: timestamp, SIGNATURE_HEADER: seal}
    for sent, code in (({}, "no_signature"), (headers, "bad_signature")):
        refused = httpx.post(f"{homes[0].url}/v1/reports/sign", content=body, headers=sent)
        assert (refused.status_code, refused.json()["code"]) == (401, code)
        assert refused.headers["content-type"] == "application/problem+json"
    late = {**headers, TIMESTAMP_HEADER: str(int(timestamp) - 301)}
    refused = httpx.post(f"{homes[0].url}/v1/reports/sign", content=body, headers=late)
    assert refused.json()["code"] == "stale_timestamp"
    own = LocalReporter(REPORTERS[0])
    seal = f"v1=0x{own.sign(seal_digest(body, timestamp)).hex()}"
    refused = httpx.post(
        f"{homes[0].url}/v1/reports/sign", content=body, headers={**headers, SIGNATURE_HEADER: seal}
    )
    assert (refused.status_code, refused.json()["code"]) == (400, "proposal_unreadable")


def _kept(copies: SqlFeedCopies, sale_ref: str, *, sent: str | None = None) -> None:
    """Keep a request of noon-kitchen, as the HTTP interface does; `sent` is what was signed, if not that."""
    target = "/v1/purchases?source=till"
    body, signed = (
        json.dumps(
            {
                "partner": "noon-kitchen",
                "sale_ref": ref,
                "outlet": "market-street",
                "occurred_at": "2018-06-01T12:06:00-04:00",
                "currency": "USD",
                "gross_minor": 2_000,
                "member": "M0001",
            }
        ).encode()
        for ref in (sale_ref, sent or sale_ref)
    )
    now_s = int(time.time())
    headers = {
        "content-type": "application/json",
        "milepost-key": "noon-1",
        "milepost-timestamp": str(now_s),
        "milepost-signature": sign(SECRET, timestamp=now_s, method="POST", target=target, body=signed),
    }
    copies.add(KeptRequest("POST", target.encode(), headers, PartnerCode("noon-kitchen")), BytesIO(body))


def test_pass_on__requests_of_a_partner__each_reporter_has_its_own_copy(
    stage: CliStage, homes: list[ReporterHome], urls: str
) -> None:
    copies = SqlFeedCopies(open_store(stage.settings["MILEPOST_DATABASE_URL"]))
    with httpx.Client() as client:
        passing = FeedPassing(urls.split(","), copies, client)
        before = [sum(states(home).values()) for home in homes]
        _kept(copies, "C-1")
        _kept(copies, "C-2")
        assert passing.pass_on() == 6
        assert [sum(states(home).values()) for home in homes] == [count + 2 for count in before]
        assert copies.partners() == [] and passing.pass_on() == 0
        # Down for a while: it gets what it missed, in order, and the others do not wait for it.
        _kept(copies, "C-3")
        away = FeedPassing([*passing.urls[:2], "http://127.0.0.1:9"], copies, client)
        assert away.pass_on() == 2 and copies.partners() != []
        assert passing.pass_on() == 1 and copies.partners() == []
        # Settling passes on what waits, before it asks for signatures.
        _kept(copies, "C-4")
        assert stage.run("settle", reporter_urls=urls).exit_code == 0
        assert copies.partners() == []
        _kept(copies, "invented", sent="C-5")
        assert passing.pass_on() == 0
        warned = " ".join(stage.run("settle", reporter_urls=urls).stderr.split())
        assert "place 1 refuses copies of noon-kitchen, 401 bad_signature: give it this partner" in warned
    assert [sum(states(home).values()) for home in homes] == [count + 4 for count in before]


def test_settle__the_set_is_rotated_between_signing_and_sending__signed_anew_and_settled_once(
    stage: CliStage, homes: list[ReporterHome], urls: str
) -> None:
    file = lunch(stage, "T-7", 7_000)
    for home in homes:
        home.run("feed", file)
    made = _parts(stage, urls)
    oracle = made.oracle
    assert [answer.kind for answer in oracle.ingest(made.read_feed(file))] == [AnswerKind.ACCEPTED]
    report = seal_report(Lane(0), oracle._sealing, oracle.chain)
    assert report is not None
    sign_report(report.content_hash, oracle.store, chain=oracle.chain, reporters=oracle._checking)
    fund(stage.web3, ADMIN.address)
    words = ("set-reporters", *(one.address for one in (REPORTERS[0], *REPORTERS[2:4])), "--quorum", 3)
    govern(stage, *words)
    wait(stage, TWO_DAYS_S)
    govern(stage, *words, "--execute")
    assert counting_signatures(report, oracle.store, chain=oracle.chain).signatures == ()
    done = stage.run("settle", "--json", reporter_urls=urls)
    assert done.exit_code == 0, done.output
    signers = {one.signer for one in counting_signatures(report, oracle.store, chain=oracle.chain).signatures}
    assert signers == {REPORTERS[0].address, REPORTERS[2].address, REPORTERS[3].address}
    settled = oracle.chain.settled_logs(oracle.chain.start_block, oracle.chain.newest_block().number)
    assert [log.report_bytes for log in settled].count(report.report_bytes) == 1  # type: ignore[union-attr]
