"""What the demo deploys: a programme, its partners and promotions from their files, and who holds which role.

`accounts.py` gives the accounts; `stage.py` deploys the plan on the embedded chain or on anvil.
"""

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
    accounts = demo_accounts()
    partners = load_partners(root / "partners" / f"{code}.yaml" for code in PARTNERS)
    return DeploymentPlan(
        programme=load_programme(root / PROGRAMME),
        partners=partners,
        promotions=load_promotions([root / "promotions" / f"{name}.yaml" for name in PROMOTIONS], partners),
        reporters=tuple(account.address for account in accounts.reporters),
        quorum=QUORUM,
        admin=accounts.admin.address,
        holders={Role.ENROL: (accounts.relayer.address,)},
    )
