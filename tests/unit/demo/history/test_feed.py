"""The history's files: every purchase in one, by days, and the sample the same in every run."""

from datetime import date
from pathlib import Path

from milepost.chain.deployment_plan import check_plan
from milepost.demo.accounts import demo_accounts
from milepost.demo.history.feed import write_history
from milepost.demo.history.rows import morning_after, read_history
from milepost.demo.history.run import STARTS_AT, history_plan
from milepost.domain.purchase import SubmittedPurchase
from milepost.feeds.files import read_feed

ROOT = Path(__file__).parents[4]
PURCHASES = read_history(ROOT / "examples" / "cdnow_master.txt", most=300)
PLAN = history_plan(ROOT)


def test_write_history__read_by_the_feed__has_every_purchase_once(tmp_path: Path) -> None:
    history = write_history(PURCHASES, PLAN, tmp_path, days=28)
    partners = {partner.code: partner for partner in PLAN.partners}
    records = [record for file in history.files for record in read_feed(file.path, partners)]
    found = [record.purchase for record in records if isinstance(record, SubmittedPurchase)]
    assert len(found) == len(records) == history.purchases == 300
    assert [one.dedupe_key for one in found] == [one.key for one in PURCHASES]
    assert [one.eligible_minor for one in found] == [one.amount_minor for one in PURCHASES]
    assert history.base == sum(one.eligible_minor // 50 for one in found)


def test_write_history__each_file__is_settled_on_the_morning_after_its_last_day(tmp_path: Path) -> None:
    history = write_history(PURCHASES, PLAN, tmp_path, days=7)
    last = date(1997, 1, 7)
    assert history.files[0].bills == sum(one.day <= last for one in PURCHASES)
    assert sum(file.bills for file in history.files) == 300
    assert history.files[0].settled_at == morning_after(last)
    times = [file.settled_at for file in history.files]
    assert times == sorted(set(times))


def test_write_history__twice__samples_the_same(tmp_path: Path) -> None:
    samples = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        samples.append(write_history(PURCHASES, PLAN, tmp_path / name, days=90).sampled)
    assert samples[0] == samples[1]
    assert len(set(samples[0])) == 75


def test_history_plan__at_the_start_of_its_chain__is_in_time() -> None:
    check_plan(PLAN, deployer=demo_accounts().deployer.address, chain_time=STARTS_AT)
