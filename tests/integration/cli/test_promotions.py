"""`milepost promotions publish`, `status`, `stop` and `top-up` on anvil.

given a programme in June 2018 whose manager publishes without delay
    when a promotion of August is published        then terms, ids and offers stand on chain and in the file
    when its partner offers others                 then those that go on are kept
    when partners pay it together                  then its pot is filled from what they have
    when purchases settle                          then the status shows reach, budget and what is left
    when the file was changed afterwards           then the status says so, and exits 1
    when the window is past or the notice too short, a name is taken, or a set is full
                                                   then file and line are named, and nothing is sent
    when a stranger publishes, stops or tops up    then it is refused, and the holders are named
    when docs/promotions.md is followed            then its commands run in their order
    when it is stopped or topped up                then only for the future, and only more
given a manager with a delay
    when a promotion is published                  then it is announced first, and published by --execute
"""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from click.testing import Result
from eth_account.signers.local import LocalAccount

from milepost.chain.deployment_file import read_deployment
from milepost.chain.governance_acts import Act
from milepost.chain.promotion_book import NodePromotionBook
from milepost.chain.roles import Role
from tests.support.catalogue_files import write, write_promotion
from tests.support.cli_stage import ROOT, CliStage
from tests.support.deployments import ADMIN, MANAGER, STRANGER
from tests.support.governance_stage import (
    governed_stage,
    parts,
    request,
    restored,
    wait,
    write_key,
)

AUGUST = {"from": "2018-08-01", "until": "2018-08-31"}
HUNDRED = {
    "promotion": "august-hundred",
    "partners": ["noon-kitchen"],
    "window": AUGUST,
    "reward": {"fixed": 100},
}
IN_AUGUST = 1_533_304_800
"""2018-08-03T14:00:00Z, unix seconds."""


@pytest.fixture(scope="module")
def _governed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStage]:
    with governed_stage(tmp_path_factory.mktemp("promotions")) as stage:
        yield stage


@pytest.fixture
def stage(_governed: CliStage, tmp_path: Path) -> Iterator[CliStage]:
    """Taken back to where it was, its deployment file too."""
    file = _governed.folder / "ethereum-local.json"
    before = file.read_text(encoding="utf-8")
    with restored(_governed) as stage:
        yield stage
    file.write_text(before, encoding="utf-8")


def manage(stage: CliStage, *words: object, by: LocalAccount = ADMIN, **settings: object) -> Result:
    return stage.run("promotions", *words, governance_key_file=write_key(stage, by), **settings)


def published(stage: CliStage, folder: Path, **changes: Any) -> Path:
    file = write_promotion(folder, f"{changes.get('promotion', 'august')}.yaml", **(HUNDRED | changes))
    done = manage(stage, "publish", file)
    assert done.exit_code == 0, done.output
    return file


def status(stage: CliStage, *words: object) -> dict[str, Any]:
    done = manage(stage, "status", *words, "--json")
    found: list[dict[str, Any]] = json.loads(done.stdout)["promotions"]
    return {one["promotion"]: one for one in found}


def test_publish__in_time__stands_on_chain_and_in_the_file(stage: CliStage, tmp_path: Path) -> None:
    before = read_deployment(stage.folder / "ethereum-local.json")
    file = write_promotion(tmp_path, **HUNDRED, limits={"budget": 5_000})
    done = manage(stage, "publish", file, "--json")
    assert done.exit_code == 0, done.output
    (found,) = json.loads(done.stdout)["promotions"]
    after = read_deployment(stage.folder / "ethereum-local.json")
    assert after.promotions == {**before.promotions, "august-hundred": found["id"]}
    shown = status(stage, "august-hundred", "--promotions", file)["august-hundred"]
    assert (shown["state"], shown["file"], shown["terms_hash"]) == ("coming", "same", found["terms_hash"])
    assert (shown["budget"], shown["granted"], shown["budget_left"], shown["members"]) == (5_000, 0, 5_000, 0)


def test_publish__partner_offers_others__keeps_those_that_go_on(stage: CliStage, tmp_path: Path) -> None:
    book, partner = book_of(stage), parts(stage).deployment.partners["noon-kitchen"]
    standing = book.offers_of(partner)
    published(stage, tmp_path)
    assert standing and book.offers_of(partner) == (*standing, book.promotion_count())
    # Long after their end they are left out of the next set.
    wait(stage, 400 * 86_400)
    published(stage, tmp_path, promotion="later", window={"from": "2020-01-01", "until": "2020-01-31"})
    assert book.offers_of(partner) == (book.promotion_count(),)


def test_publish__paid_together__fills_the_pot_from_what_its_partners_have(
    stage: CliStage, tmp_path: Path
) -> None:
    funding = [{"partner": "harbour-grill", "miles": 600}, {"partner": "noon-kitchen", "miles": 300}]
    book, partners = book_of(stage), parts(stage).deployment.partners
    before = [book.available_of(partners[share["partner"]]) for share in funding]
    published(stage, tmp_path, limits={"budget": 900}, funding=funding)
    after = [book.available_of(partners[share["partner"]]) for share in funding]
    assert after == [before[0] - 600, before[1] - 300]
    assert status(stage)["august-hundred"]["budget_left"] == 900
    much = HUNDRED | {
        "promotion": "too-much",
        "limits": {"budget": 10**8},
        "funding": [{"partner": "harbour-grill", "miles": 10**8}],
    }
    refused = manage(stage, "publish", write_promotion(tmp_path, "much.yaml", **much))
    assert refused.exit_code == 2 and "funding[0].miles: harbour-grill has" in " ".join(
        refused.stderr.split()
    )


def book_of(stage: CliStage) -> NodePromotionBook:
    made = parts(stage)
    return NodePromotionBook(made.governance.node, made.deployment)


def test_publish__past_or_inside_the_notice__names_file_and_line(stage: CliStage, tmp_path: Path) -> None:
    past = write_promotion(
        tmp_path, "past.yaml", **HUNDRED | {"window": {"from": "2018-05-01", "until": "2018-09-01"}}
    )
    soon = write_promotion(
        tmp_path, "soon.yaml",
        **HUNDRED | {"promotion": "soon", "window": {"from": "2018-06-05", "until": "2018-09-01"}},
    )  # fmt: skip
    block = stage.web3.eth.block_number
    done = manage(stage, "publish", past, soon)
    assert done.exit_code == 2, done.output
    said = " ".join(done.stderr.split())
    assert f"{past}:3: window.from: 2018-05-01 has begun at " in said
    assert f"{soon}:3: window.from: 2018-06-05 is inside the notice period" in said
    assert stage.web3.eth.block_number == block


def test_publish__name_taken_or_set_full__names_file_and_line(stage: CliStage, tmp_path: Path) -> None:
    again = manage(stage, "publish", published(stage, tmp_path))
    assert again.exit_code == 2 and "is published already" in " ".join(again.stderr.split())
    more = tmp_path / "more"
    for place in range(4):
        write_promotion(more, f"{place}.yaml", **HUNDRED | {"promotion": f"more-{place}"})
    full = manage(stage, "publish", more)
    said = " ".join(full.stderr.split())
    assert full.exit_code == 2 and "3.yaml:2: partners[0]: noon-kitchen would have" in said, said


def test_publish_stop_and_top_up__stranger__is_refused(stage: CliStage, tmp_path: Path) -> None:
    file = write_promotion(tmp_path, **HUNDRED, limits={"budget": 250})
    assert_refused(manage(stage, "publish", file, by=STRANGER))
    assert manage(stage, "publish", file).exit_code == 0
    stop = ("stop", "august-hundred", "--at", "2018-08-05T00:00:00Z")
    assert_refused(manage(stage, *stop, by=STRANGER))
    assert_refused(manage(stage, "top-up", "august-hundred", "--budget", 900, by=STRANGER))
    shown = status(stage)["august-hundred"]
    assert (shown["budget"], shown["stops_at"]) == (250, None)


def assert_refused(done: Result) -> None:
    assert done.exit_code == 4 and "PUBLISH_ROLE" in done.stderr, done.output


def test_status__purchases_settled__shows_reach_and_changed_files(stage: CliStage, tmp_path: Path) -> None:
    file = published(stage, tmp_path, limits={"budget": 250})
    request(stage, "evm_setNextBlockTimestamp", IN_AUGUST)
    request(stage, "evm_mine")
    assert stage.run("members", "import", stage.write("members.csv", "member\nM0001\nM0002\n")).exit_code == 0
    rows = "".join(
        f"noon-kitchen,{ref},market-street,2018-08-02T12:0{ref}:00-04:00,USD,2000,300,M000{member}\n"
        for ref, member in ((1, 1), (2, 1), (3, 2))
    )
    header = "partner,sale_ref,outlet,occurred_at,currency,gross_minor,tip_minor,member\n"
    settled = stage.run("settle", stage.write("august.csv", header + rows))
    assert settled.exit_code == 0, settled.output
    shown = status(stage)["august-hundred"]
    assert (shown["state"], shown["granted"], shown["awards"], shown["members"]) == ("open", 250, 3, 2)
    assert shown["budget_left"] == 0 and shown["runs_out_on"] is None
    write_promotion(tmp_path, "august.yaml", **HUNDRED | {"reward": {"fixed": 101}}, limits={"budget": 250})
    changed = manage(stage, "status", "--promotions", file)
    assert changed.exit_code == 1 and "other terms" in changed.stderr


def test_stop_and_top_up__of_a_budget__only_for_the_future_and_only_more(
    stage: CliStage, tmp_path: Path
) -> None:
    published(stage, tmp_path, limits={"budget": 250})
    past = manage(stage, "stop", "august-hundred", "--at", "2018-05-31T00:00:00Z")
    assert past.exit_code == 2 and "is past" in past.stderr
    late = manage(stage, "stop", "august-hundred", "--at", "2018-12-01T00:00:00Z")
    assert late.exit_code == 2 and "is over everywhere by" in late.stderr
    less = manage(stage, "top-up", "august-hundred", "--budget", 250)
    assert less.exit_code == 2 and "250" in less.stderr
    assert manage(stage, "top-up", "august-hundred", "--budget", 900).exit_code == 0
    assert manage(stage, "stop", "august-hundred", "--at", "2018-08-10T00:00:00+08:00").exit_code == 0
    shown = status(stage)["august-hundred"]
    assert (shown["budget"], shown["stops_at"]) == (900, "2018-08-09T16:00:00Z")
    later = manage(stage, "stop", "august-hundred", "--at", "2018-08-10T00:00:00Z")
    assert later.exit_code == 2 and "stops at 2018-08-09T16:00:00Z already" in later.stderr
    unknown = manage(stage, "stop", "august-hundert", "--at", "2018-08-10T00:00:00Z")
    assert unknown.exit_code == 2 and "august-hundred" in unknown.stderr


def test_page__its_commands_of_publishing__run_in_their_order(
    stage: CliStage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "promotions.md").read_text(encoding="utf-8")
    (draft,) = re.findall(r"^    promotion: putien-mondays\n(?:    .*\n)+", page, re.MULTILINE)
    write(tmp_path / "putien-mondays.yaml", dedent(draft))
    write(tmp_path / "terms" / "putien-mondays.md", "The promise.\n")
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^    milepost promotions ((?!simulate).*)$", page, re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["publish", "status", "top-up", "stop"]
    for command in commands:
        done = manage(stage, *shlex.split(command))
        assert done.exit_code == 0, (command, done.output)
    shown = status(stage, "putien-mondays", "--promotions", "putien-mondays.yaml")["putien-mondays"]
    assert (shown["file"], shown["budget"], shown["stops_at"]) == ("same", 20_000, "2021-05-19T16:00:00Z")


def test_publish__an_account_with_a_delay__announces_and_then_executes(
    stage: CliStage, tmp_path: Path
) -> None:
    authority = parts(stage).governance
    give_role(stage, Role.PUBLISH, MANAGER, delay_s=3_600)
    assert authority.delay_of(Role.PUBLISH, MANAGER.address) == 3_600
    file = write_promotion(tmp_path, **HUNDRED)
    announced = manage(stage, "publish", file, by=MANAGER)
    assert announced.exit_code == 0 and "Announced" in announced.stdout, announced.output
    early = manage(stage, "publish", file, "--execute", by=MANAGER)
    assert early.exit_code != 0 and "due" in early.stderr
    wait(stage, 3_601)
    done = manage(stage, "publish", file, "--execute", by=MANAGER)
    assert done.exit_code == 0, done.output
    assert "august-hundred" in read_deployment(stage.folder / "ethereum-local.json").promotions


def give_role(stage: CliStage, role: Role, account: LocalAccount, *, delay_s: int) -> None:
    """Have the admin, whose delay is waited out, grant a role."""
    made = parts(stage)
    act = Act(
        Role.ADMIN, "for the test", "Authority", made.deployment.addresses.authority, "grantRole",
        (role, account.address, delay_s),
    )  # fmt: skip
    made.governance.schedule([act], ADMIN)
    wait(stage, 172_801)
    made.governance.execute([act], ADMIN)
