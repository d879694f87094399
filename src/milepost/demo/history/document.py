"""Writes what the history came to as `build/demo-history.json`.

`facts.py` summed it up and `checks.py` agreed; `terminal.py` shows the same.
"""

from typing import Any

from milepost.demo.facts import percentile
from milepost.demo.history.facts import HistoryFacts
from milepost.demo.history.play import PARTS
from milepost.domain.calendar import shown_instant
from milepost.domain.outcome import Cut
from milepost.pipeline.ingest_purchase import AnswerKind

_VERSION = 1


def to_json(facts: HistoryFacts, *, wall_s: float) -> dict[str, Any]:
    """Units: gas and miles as counted; real seconds rounded to milliseconds; memory in MiB."""
    sums, play, bare, found = facts.sums, facts.play, facts.bare, facts.reconciliation
    a_report = [report.gas_per_purchase for report in sums.reports]
    return {
        "version": _VERSION,
        "source": {
            "file": facts.file, "purchases": facts.history.purchases, "members": facts.history.members,
        },
        "chain": {
            "kind": "anvil",
            "starts_at": shown_instant(facts.starts_at), "ends_at": shown_instant(facts.ends_at),
            "days_a_feed": facts.history.days,
        },
        "purchases": {
            "read": play.answers.total(),
            **{kind.value: play.answers[kind] for kind in AnswerKind},
            "settled": sums.purchases,
        },
        "outcomes": {outcome.code: count for outcome, count in sorted(sums.outcomes.items())},
        "miles": {"base": sums.base, "bonus": sums.bonus, "credited": facts.books.credited},
        "cut": {cut.code: miles for cut, miles in sorted(sums.cuts.items()) if cut is not Cut.NONE},
        "reports": len(sums.reports),
        "gas": {
            "total": sums.gas,
            "per_purchase": round(sums.gas / sums.purchases, 1),
            "per_purchase_by_report": {
                "p50": round(percentile(a_report, 50), 1), "p95": round(percentile(a_report, 95), 1),
            },
            "most_in_a_report": max(report.gas for report in sums.reports),
        },
        "throughput": {
            "purchases_per_s": round(facts.purchases_per_s, 1),
            "bare_purchases_per_s": round(facts.bare_purchases_per_s, 1),
            "bare_to_end_to_end": round(facts.bare_purchases_per_s / facts.purchases_per_s, 2),
            "seconds": {
                **{part: round(play.laps.seconds.get(part, 0.0), 3) for part in (*PARTS, "clock")},
                "all": round(play.laps.total, 3),
                "bare": round(bare.seconds, 3),
            },
        },
        "cpu_s": {
            "oracle": round(play.oracle_cpu_s, 1),
            "node": round(play.node_cpu_s, 1),
            "bare_node": round(bare.cpu_s, 1),
        },
        "memory_mib": {"oracle": play.oracle_memory.summary(), "node": play.node_memory.summary()},
        "receipts": {
            "issued": facts.proof.issued,
            "verified": facts.proof.verified,
            "tampered": int(facts.proof.tampering.before != facts.proof.tampering.after),
            "tampered_refused": int(facts.proof.tampering.is_refused),
            "issue_s": round(facts.proof.issue_s, 3),
            "verify_s": round(facts.proof.verify_s, 3),
        },
        "reconciliation": {"chain": found.chain, "store": found.store, "difference": found.difference},
        "wall_s": round(wall_s, 1),
    }  # fmt: skip
