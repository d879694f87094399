"""Reads tests/vectors/promotions-v1.json: campaigns, members, purchases in order, and what each must get.

Model, simulation and contracts run the same cases. A promotion is a file of promotions/, or written out.
"""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from milepost.catalogue import load_partners, load_programme, load_promotions
from milepost.chain.deployment_plan import DeploymentPlan
from milepost.domain.purchase import SubmittedPurchase
from milepost.domain.receipt import Grant, Settled
from milepost.feeds.rows import RowReader
from milepost.simulation.stage import simulation_plan
from tests.support.catalogue_files import write_yaml

ROOT = Path(__file__).parents[2]
PATH = ROOT / "tests" / "vectors" / "promotions-v1.json"


@dataclass(frozen=True, slots=True)
class PromotionCase:
    """One campaign. Shape: `expected` one a purchase; `members` as rows of a member file."""

    name: str
    plan: DeploymentPlan
    members: tuple[dict[str, str], ...]
    rows: tuple[dict[str, object], ...]
    expected: tuple[dict[str, Any], ...]

    @property
    def purchases(self) -> list[SubmittedPurchase]:
        """The rows as a feed reads them."""
        reader = RowReader({one.code: one for one in self.plan.partners}, source="vectors")
        read = [reader.read(line, row) for line, row in enumerate(self.rows, start=1)]
        assert all(isinstance(one, SubmittedPurchase) for one in read), read
        return [one for one in read if isinstance(one, SubmittedPurchase)]


def promotion_cases() -> list[PromotionCase]:
    """All cases of the file."""
    return [_case(one) for one in json.loads(PATH.read_text(encoding="utf-8"))["cases"]]


def _case(given: dict[str, Any]) -> PromotionCase:
    programme = load_programme(ROOT / "programmes" / f"{given['programme']}.yaml")
    partners = load_partners([ROOT / "partners" / f"{code}.yaml" for code in given["partners"]])
    with tempfile.TemporaryDirectory() as folder:
        files = [
            ROOT / "promotions" / f"{one}.yaml"
            if isinstance(one, str)
            else write_yaml(Path(folder) / f"{one['promotion']}.yaml", one)
            for one in given["promotions"]
        ]
        promotions = load_promotions(files, partners, tiers=programme.tiers)
    return PromotionCase(
        name=given["name"],
        plan=simulation_plan(programme, partners, promotions),
        members=tuple(given["members"]),
        rows=tuple(one["row"] for one in given["purchases"]),
        expected=tuple(one["expect"] for one in given["purchases"]),
    )


def found_as_expected(
    case: PromotionCase, place: int, settled: Settled, losers: tuple[Grant, ...]
) -> dict[str, Any]:
    """What became of a purchase, with the keys that its expectation has."""
    names = {number: name for name, number in case.plan.promotion_ids.items()}
    grants = sorted((*settled.grants, *losers), key=lambda grant: grant.promotion_id)
    found = {
        "outcome": settled.outcome.code,
        "base_miles": settled.base,
        "bonus_miles": settled.bonus,
        "returned": settled.returned,
        "added": settled.amendment.added if settled.amendment else 0,
        "promotions": [
            {
                "promotion": names[grant.promotion_id],
                "desired": grant.desired,
                "granted": grant.granted,
                "cut_by": grant.cut.code if grant.cut else None,
            }
            for grant in grants
        ],
    }
    return {key: found[key] for key in case.expected[place]}
