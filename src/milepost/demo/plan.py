"""What the demo deploys: a programme, its partners and promotions from their files, and who holds which role.

`accounts.py` gives the accounts; `stage.py` deploys the plan on the embedded chain or on anvil.
"""

from collections.abc import Iterable
from pathlib import Path

from milepost.catalogue import load_partners, load_programme, load_promotions
from milepost.chain.deployment_plan import DeploymentPlan
from milepost.chain.roles import Role
from milepost.demo.accounts import QUORUM, demo_accounts

PROGRAMME = "programmes/asia-miles-2018.yaml"
PARTNERS = ("harbour-grill", "noon-kitchen")
"""Those of STATED_RULE; the other files of `partners/` bill in another currency."""
PROMOTIONS = (
    "harbour-first-tables",
    "harbour-sunday-table",
    "harbour-weekend-triple",
    "market-street-lunch",
    "may-double",
)
"""In the order of publishing."""


def demo_plan(root: Path) -> DeploymentPlan:
    """Load the demo's files below a checkout of Milepost.

    Raises: CatalogueError for a file that is missing or refused.
    """
    return plan_of(
        root / PROGRAMME,
        partners=[root / "partners" / f"{code}.yaml" for code in PARTNERS],
        promotions=[root / "promotions" / f"{name}.yaml" for name in PROMOTIONS],
    )


def plan_of(programme: Path, *, partners: Iterable[Path], promotions: Iterable[Path]) -> DeploymentPlan:
    """A plan of these files or folders under the demo's accounts.

    Shape: promotions in the order of publishing, a folder in order of file name.
    Raises: CatalogueError for a file that is missing or refused.
    """
    accounts = demo_accounts()
    loaded = load_partners(partners)
    return DeploymentPlan(
        programme=load_programme(programme),
        partners=loaded,
        promotions=load_promotions(promotions, loaded),
        reporters=tuple(account.address for account in accounts.reporters),
        quorum=QUORUM,
        admin=accounts.admin.address,
        holders={
            Role.ENROL: (accounts.relayer.address,),
            Role.SUPPORT: (accounts.support.address,),
            Role.APPROVE: (accounts.approver.address,),
        },
    )
