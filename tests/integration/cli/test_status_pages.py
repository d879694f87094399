"""Pages of `milepost serve` and `reporter`, with neighbours there and gone (`bootstrap.observing`)."""

import json
import time
from pathlib import Path

from milepost.bootstrap import Parts
from milepost.bootstrap.clocks import ChainClock, MachineClock
from milepost.bootstrap.observing import LONGEST_ROUND_S, LONGEST_SILENCE_S, reporter_pages, serve_pages
from milepost.bootstrap.reporting import Following, make_reporter
from milepost.bootstrap.serving import HeldChainClock
from milepost.config import load_settings
from milepost.observability.pages import StatusPages
from tests.support.cli_stage import CliStage, key_of
from tests.support.deployments import REPORTERS


def _settings_file(stage: CliStage, folder: Path, **changes: object) -> Path:
    file = folder / "settings.env"
    found = {**stage.settings, **{f"MILEPOST_{name.upper()}": str(one) for name, one in changes.items()}}
    file.write_text("".join(f"{name}={value}\n" for name, value in found.items()), encoding="utf-8")
    return file


def _serving(stage: CliStage, folder: Path, **changes: object) -> StatusPages:
    parts = Parts(load_settings(_settings_file(stage, folder, **changes)))

    class _Late:
        """The chain's clock, connected when it is first asked."""

        def now(self) -> int:
            return ChainClock(parts.reading_chain).now()

    return serve_pages(parts, HeldChainClock(_Late(), MachineClock()))[0]


def _checks(pages: StatusPages, path: str) -> tuple[int, dict[str, str]]:
    page = pages.answer(path)
    assert page is not None
    return page.status, json.loads(page.body)["checks"]


def test_serve_pages__all_is_there__is_ready_and_shows_what_is_settled(
    stage: CliStage, tmp_path: Path
) -> None:
    pages = _serving(stage, tmp_path)
    assert _checks(pages, "/readyz") == (200, {"database": "ok", "deployment": "ok", "chain": "ok"})
    assert _checks(pages, "/healthz") == (200, {})
    metrics = pages.answer("/metrics")
    assert metrics is not None and 'milepost_purchases{state="accepted"} 0' in metrics.body
    assert 'milepost_build_info{process="serve",' in metrics.body
    (config,) = (line for line in metrics.body.splitlines() if line.startswith("milepost_config_info{"))
    assert f'chain_id="{stage.deployment.chain_id}"' in config and 'database="sqlite"' in config
    assert str(tmp_path) not in config and stage.rpc_url not in config


def test_serve_pages__nobody_asked_the_chain_for_two_minutes__asks_it_first(
    stage: CliStage, tmp_path: Path
) -> None:
    """Finding: idle for so long, it was not ready when it was asked, and ready three seconds later."""
    parts = Parts(load_settings(_settings_file(stage, tmp_path)))
    clock = HeldChainClock(ChainClock(parts.reading_chain), MachineClock())
    clock.now()
    clock._answered_at -= LONGEST_SILENCE_S + 11
    clock._asked_at -= LONGEST_SILENCE_S + 11
    assert _checks(serve_pages(parts, clock)[0], "/readyz")[0] == 200


def test_serve_pages__node_was_never_there__lives_and_is_not_ready(stage: CliStage, tmp_path: Path) -> None:
    pages = _serving(stage, tmp_path, rpc_url="http://127.0.0.1:9")
    status, checks = _checks(pages, "/readyz")
    assert (status, checks["database"], checks["chain"]) == (503, "ok", "ChainUnavailable")
    assert _checks(pages, "/healthz") == (200, {})


def test_reporter_pages__its_loop__says_if_it_lives_and_is_ready(stage: CliStage, tmp_path: Path) -> None:
    keys = tmp_path / "reporters.json"
    keys.write_text(json.dumps([key_of(REPORTERS[0])]), encoding="utf-8")
    keys.chmod(0o600)
    settings = load_settings(_settings_file(stage, tmp_path, reporter_keys_file=keys))
    parts = Parts(settings)
    following = Following(make_reporter(parts, settings))
    pages = reporter_pages(parts, following)
    status, checks = _checks(pages, "/readyz")
    assert (status, checks["chain"]) == (503, "the chain has not answered yet")
    following.followed_at = time.monotonic()
    assert _checks(pages, "/readyz")[0] == _checks(pages, "/healthz")[0] == 200
    following.round_at -= LONGEST_ROUND_S + 1
    assert _checks(pages, "/healthz")[0] == 503
