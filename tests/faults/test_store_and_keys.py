"""A database that is full, old or away, and keys that are missing or wrong: faults 16, 17, 19 and 20.

given a database that cannot grow        then nothing goes to the chain, and the next run with room ends it
given a database restored from a copy    then what it lacks is said, and rebuilding brings it up to the chain
given too few reporters, or wrong keys   then nothing is sent; it settles once enough of them are there
given another key for the relayer's      then the report in flight is sent by who signed it
"""

import json
import shutil

import pytest

from milepost.fail_point import FailPoint
from tests.support.cli_stage import key_of
from tests.support.deployments import REPORTERS, STRANGER
from tests.support.fault_depth import some_of
from tests.support.fault_stage import FaultCase
from tests.support.relay_promises import require_promises


@pytest.mark.parametrize("more_bytes", some_of([40_000, 0]))
def test_settle__database_has_no_room__sends_nothing_that_is_not_stored(
    sqlite_case: FaultCase, more_bytes: int
) -> None:
    """A file that may not grow stands for a disk that is full."""
    case = sqlite_case
    most = max(file.stat().st_size for file in case.folder.glob("milepost.db*")) + more_bytes
    assert case.settle(most_file_bytes=most) != 0
    assert "Traceback" not in case.printed[-1], case.printed[-1]
    assert "has room" in case.printed[-1].replace("\n", " "), case.printed[-1]
    case.settle_to_the_end()
    require_promises(case)


def test_settle__database_restored_from_an_old_copy__is_refused_until_it_is_rebuilt(
    sqlite_case: FaultCase,
) -> None:
    case = sqlite_case
    case.settle_killed_at(FailPoint.INGEST_AFTER_COMMIT)
    copy = case.folder / "copy.sqlite"
    shutil.copy(case.database, copy)
    case.settle_to_the_end()
    sent = len(case.proxy.sent)
    case.lose_store()
    shutil.copy(copy, case.database)
    assert case.settle() != 0 and "milepost store rebuild" in case.printed[-1].replace("\n", " ")
    assert case.run("store", "rebuild", *case.feeds) == 0, case.printed[-1]
    case.settle_to_the_end()
    assert len(case.proxy.sent) == sent
    require_promises(case)


@pytest.mark.parametrize(
    "keys",
    some_of([[*REPORTERS[:2], STRANGER], [REPORTERS[0]] * 3, REPORTERS[:2], []], 2),
    ids=some_of(["a stranger's", "one key thrice", "two of three", "none"], 2),
)
def test_settle__too_few_reporters__sends_nothing_and_settles_once_they_are_there(
    case: FaultCase, keys: list[object]
) -> None:
    few = case.folder / "few.json"
    few.write_text(json.dumps([key_of(key) for key in keys]), encoding="utf-8")  # type: ignore[arg-type]
    few.chmod(0o600)
    assert case.settle(reporter_keys_file=few) != 0
    assert "Traceback" not in case.printed[-1] and not case.proxy.sent, case.printed[-1]
    case.settle_to_the_end()
    require_promises(case)


def test_settle__relayers_key_changes_while_a_tx_is_under_way__settles_once(case: FaultCase) -> None:
    case.rpc("evm_setAutomine", False)
    case.settle_killed_at(FailPoint.SENT_AFTER_COMMIT)
    other = case.folder / "other.key"
    other.write_text(key_of(STRANGER), encoding="utf-8")
    other.chmod(0o600)
    case.rpc("anvil_setBalance", STRANGER.address, hex(10**18))
    with case.mining():
        case.settle_to_the_end(relayer_key_file=other)
    assert len({sent.sender for sent in case.proxy.sent}) == 2
    require_promises(case)
