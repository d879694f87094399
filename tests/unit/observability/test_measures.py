"""What figures there are."""

import re

from milepost.observability.measures import all_names, make_registry


def test_all_names__every_figure__is_named_for_milepost() -> None:
    assert all(re.fullmatch(r"milepost_[a-z_]+", name) for name in all_names())
    assert {"milepost_oldest_unsettled_purchase_seconds", "milepost_reconcile_mismatch"} <= all_names()


def test_make_registry__a_process__says_what_was_built() -> None:
    said = make_registry("worker").text()
    assert re.search(r'milepost_build_info\{process="worker",version="[^"]+"\} 1', said)


def test_make_registry__two_of_them__share_nothing() -> None:
    first, second = make_registry("serve"), make_registry("worker")
    first.counter("milepost_only_here_total", "One.")
    assert "milepost_only_here_total" not in second.names
