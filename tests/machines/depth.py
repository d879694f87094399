"""How far the machines go: a thousand steps each, or as many times more as MILEPOST_DEEP says."""

import os

from hypothesis import HealthCheck, Phase, settings

STEPS = 50
RUNS = 20
TIMES = int(os.environ.get("MILEPOST_DEEP", "1"))

DEPTH = settings(
    max_examples=RUNS * TIMES,
    stateful_step_count=STEPS,
    # The same runs each time, so that a failure comes of a change; deep ones are new each time. No database:
    # what a run finds does not depend on what an earlier one left behind.
    derandomize=TIMES == 1,
    database=None,
    deadline=None,
    print_blob=True,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
