"""Deployments that no chain holds, for what only reads their file."""

from pathlib import Path

from milepost.chain.deployment_file import Deployment, from_json, write_deployment

ADDRESS = "0x5FbDB2315678afecb367f032d93F642f64180aa3"


def a_deployment() -> Deployment:
    """A partner with two outlets; every contract at ADDRESS."""
    names = (
        "settlement",
        "receipts",
        "ledger",
        "registry",
        "promotions_book",
        "authority",
        "adjustment_desk",
        "redemption_desk",
        "miles_shop",
        "lens",
    )
    return from_json(
        {
            **dict.fromkeys(names, ADDRESS),
            "programme": "asia-miles-2018",
            "title": "Asia Miles",
            "symbol": "MILES",
            "chain_id": 31_337,
            "start_block": 1,
            "commit": None,
            "partners": {"putien": 4},
            "outlets": {"putien": {"soho": 0, "causeway-bay": 1}},
            "promotions": {},
            "reporters": {"version": 1, "quorum": 3, "addresses": []},
            "utc_offset_minutes": 480,
        }
    )


def a_deployment_file(path: Path) -> Path:
    """The same, written to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_deployment(a_deployment(), path)
    return path
