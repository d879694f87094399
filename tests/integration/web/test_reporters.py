"""Reporters as processes of their own, asked for signatures over HTTP; three of five make the quorum.

given reporters with their own stores and feeds
    when all agree                                then a report settles, and every store has what it got
    when one hangs and one has another purchase   then nothing settles, with an alarm in both stores, until
                                                       the hung one goes on
    when a partner never sent a purchase          then they do not sign it, whoever proposes it
    when the key of one is another's              then it does not count twice
    when a stranger proposes                      then it gets no signature
"""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from milepost.ports import PurchaseState
from milepost.store.engine import open_store
from milepost.store.unit_of_work import SqlStore
from tests.support.cli_stage import CliStage, cli_stage, key_of
from tests.support.deployments import REPORTERS
from tests.support.governance_stage import HEADER, bills
from tests.support.reporter_stage import ReporterHome, reporter_home, running_reporters

MEMBERS = "member\nM0001\nM0002\n"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStage]:
    """A worker with the key of one reporter."""
    with cli_stage(tmp_path_factory.mktemp("reporters")) as made:
        imported = made.run("members", "import", made.write("members.csv", MEMBERS))
        assert imported.exit_code == 0, imported.output
        made.write_secret("reporters.json", json.dumps([key_of(REPORTERS[0])]))
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
