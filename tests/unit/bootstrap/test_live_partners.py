"""Partners that join while a process runs, from real files."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from milepost.bootstrap.live_partners import LiveSecrets, live_partners
from milepost.catalogue import CatalogueError, load_partners
from milepost.chain.deployment_file import Deployment, read_deployment, write_deployment
from milepost.domain.quantities import OutletCode, PartnerCode, PartnerId
from milepost.secret_files import SecretMissing, give_partner_secret, read_partner_secrets
from tests.support.deployment_files import a_deployment

ROOT = Path(__file__).parents[3]
GRILL, PUTIEN = PartnerCode("harbour-grill"), PartnerCode("putien")


class _Ticking:
    """A second more at each look."""

    now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def _named(deployment: Deployment, *codes: PartnerCode) -> Deployment:
    agreed = {one.code: one for one in load_partners([ROOT / "partners"])}
    return replace(
        deployment,
        partners={code: PartnerId(i) for i, code in enumerate(codes, start=1)},
        outlets={code: {one.code: one.number for one in agreed[code].outlets} for code in codes},
    )


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A folder of agreements with one partner, and the deployment that names it."""
    agreements, file = tmp_path / "partners", tmp_path / "deployment.json"
    agreements.mkdir()
    shutil.copy(ROOT / "partners" / "harbour-grill.yaml", agreements)
    write_deployment(_named(a_deployment(), GRILL), file)
    return agreements, file


def test_live_partners__one_is_added__is_known_without_a_restart(files: tuple[Path, Path]) -> None:
    agreements, file = files
    found = live_partners(agreements, file, tick=_Ticking())
    assert list(found.partners) == [GRILL] and dict(found.ids) == {GRILL: 1}
    shutil.copy(ROOT / "partners" / "putien.yaml", agreements)
    assert list(found.partners) == [GRILL]
    write_deployment(_named(read_deployment(file), GRILL, PUTIEN), file)
    assert sorted(found.partners) == [GRILL, PUTIEN] and found.id_of(PUTIEN) == 2
    assert found.outlet_of(PUTIEN, OutletCode("causeway-bay")).number == 0


def test_live_partners__a_file_is_half_written__what_stood_there_holds(files: tuple[Path, Path]) -> None:
    agreements, file = files
    found = live_partners(agreements, file, tick=_Ticking())
    (agreements / "harbour-grill.yaml").write_text("partner: ", encoding="utf-8")
    assert list(found.partners) == [GRILL]
    file.write_text("{", encoding="utf-8")
    assert found.id_of(GRILL) == 1
    shutil.copy(ROOT / "partners" / "harbour-grill.yaml", agreements)
    write_deployment(_named(a_deployment(), GRILL), file)
    assert list(found.partners) == [GRILL]


def test_live_partners__no_agreements_that_can_be_read__is_refused_at_the_start(
    files: tuple[Path, Path],
) -> None:
    agreements, file = files
    (agreements / "harbour-grill.yaml").write_text("partner: ", encoding="utf-8")
    with pytest.raises(CatalogueError):
        live_partners(agreements, file, tick=_Ticking())


def test_live_secrets__of_a_partner_that_joins__is_read_when_it_is_first_needed(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    file.write_text('{"putien": "' + "5e" * 32 + '"}', encoding="utf-8")
    secrets = LiveSecrets(file, "X", read_partner_secrets(file, setting="X"))
    with pytest.raises(SecretMissing):
        secrets.secret_of(GRILL)
    assert give_partner_secret(file, GRILL, setting="X")
    assert len(secrets.secret_of(GRILL)) == 32 and secrets.secret_of(PUTIEN) == bytes.fromhex("5e" * 32)
