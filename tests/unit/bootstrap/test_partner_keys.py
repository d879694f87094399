"""The file of partners' keys, changed by several at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from milepost.bootstrap.partner_keys import end_key, give_key, read_keys
from milepost.domain.quantities import PartnerCode
from milepost.secret_files import give_partner_secret, read_partner_secrets

NOW_S = 1_700_000_000


def _all_at_once(acts: list[Callable[[], object]]) -> list[object]:
    with ThreadPoolExecutor(len(acts)) as threads:
        return [done.result() for done in [threads.submit(act) for act in acts]]


def test_give_key__many_at_once__loses_none(tmp_path: Path) -> None:
    """One of two keys was once lost, or one that had ended held again."""
    file = tmp_path / "keys.json"
    leaked = give_key(file, "putien", now_s=NOW_S, overlap_s=0)

    def give() -> object:
        return give_key(file, "putien", now_s=NOW_S + 1, overlap_s=3_600).key_id

    def end() -> object:
        return end_key(file, leaked.key_id, now_s=NOW_S + 1)

    given = _all_at_once([give, give, end, give, give, give])
    found = read_keys(file)
    assert set(found) == {leaked.key_id, *(one for one in given if isinstance(one, str))} and len(found) == 6
    assert not found[leaked.key_id].holds_at(NOW_S + 1)


def test_end_key__compromised__is_marked_once_also_when_it_has_ended(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    key_id = give_key(file, "putien", now_s=NOW_S, overlap_s=0).key_id
    assert end_key(file, key_id, now_s=NOW_S + 5)
    assert not end_key(file, key_id, now_s=NOW_S + 6)
    assert end_key(file, key_id, now_s=NOW_S + 7, is_compromised=True)
    assert not end_key(file, key_id, now_s=NOW_S + 8, is_compromised=True)
    found = read_keys(file)[key_id]
    assert (found.until_s, found.compromised_s) == (NOW_S + 5, NOW_S + 7)


def test_give_partner_secret__many_at_once__gives_each_one(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    file.write_text("{}", encoding="utf-8")
    codes = [PartnerCode(f"partner-{n}") for n in range(8)]
    _all_at_once([lambda code=code: give_partner_secret(file, code, setting="X") for code in codes])  # type: ignore[misc]
    found = read_partner_secrets(file, setting="X")
    assert len({found.secret_of(code) for code in codes}) == len(codes)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("secrets.json.")] == []
