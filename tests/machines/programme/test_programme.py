"""Ledger, settlement and promotions, as random sequences of acts, against the plain model after every step.

given a random programme: lot rule, partners, promotions, reporters
  when members, managers, reporters, relayers, governors and strangers act in any order, and time passes
    then contracts and model agree on everything, and each report is taken or refused as the model says

| invariant | asserted in |
|---|---|
| INV-1 | `inv_1_miles_are_conserved` |
| INV-2 | `inv_2_numbers_have_no_gap`; a wrong first number, another lane's: `acceptance.refusal_of` |
| INV-3 | `inv_3_sequences_rise_by_one`; `ReportRules.sign_again_and_send`, `settle_one_of_two_cuts` |
| INV-4 | `inv_4_only_roles_change_accounts`; `GoverningRules.call_without_the_role`; `send_with_little_gas` |
| INV-5 | `settling.attempt`; `RefusedReportRules.sign_wrongly`; `inv_5_reporters_are_those_in_force` |
| INV-6 | `inv_6_nobody_exceeds_what_is_funded` |
| INV-7 | `settling.attempt`: bytes, digest, results, leaf, root; `inv_7_days_are_equal` |
| INV-8 | `tests/machines/oracle/test_oracle.py` |
| INV-9 | `inv_9_no_life_is_shortened` |
| INV-10 | `inv_10_receipts_verify`, and every receipt at the end of a run |
"""

from milepost.domain.outcome import Cut, Outcome
from tests.machines.depth import DEPTH
from tests.machines.programme.invariants import Invariants
from tests.machines.programme.rules.adjustments import AdjustmentRules
from tests.machines.programme.rules.governing import GoverningRules
from tests.machines.programme.rules.large_reports import LargeReportRules
from tests.machines.programme.rules.members import MemberRules
from tests.machines.programme.rules.partners import PartnerRules
from tests.machines.programme.rules.passing_time import TimeRules
from tests.machines.programme.rules.promotions import PromotionRules
from tests.machines.programme.rules.refused_reports import (
    WRONG_BYTES,
    WRONG_REPORTS,
    WRONG_SIGNATURES,
    RefusedReportRules,
)
from tests.machines.programme.rules.reports import ReportRules
from tests.machines.programme.settling import OUT_OF_GAS, SEEN


class ProgrammeMachine(
    ReportRules,
    RefusedReportRules,
    LargeReportRules,
    PromotionRules,
    PartnerRules,
    MemberRules,
    AdjustmentRules,
    GoverningRules,
    TimeRules,
    Invariants,
):
    """Rule families over one pair of twins; `test_campaigns.py` has those of refunds and rich promotions."""


TestProgramme = ProgrammeMachine.TestCase
TestProgramme.settings = DEPTH


def test_programme__all_runs__reached_every_branch() -> None:
    """Or the agreement above says little. Runs after the machine, in the order of this file."""
    refusals = (*WRONG_REPORTS, *WRONG_BYTES, *WRONG_SIGNATURES, "EnforcedPause", "SettlerUnauthorized")
    outcomes = (*list(Outcome)[:9], Outcome.UNPROVEN)
    cuts = (Cut.NONE, Cut.PER_MEMBER, Cut.BUDGET, Cut.PREPAID)
    reached = (None, OUT_OF_GAS, *refusals, *map(repr, (*outcomes, *cuts)))
    assert not [one for one in reached if not SEEN[one]]
