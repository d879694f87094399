"""Writes down what was deployed and reads it back: `deployments/<ecosystem>-<network>.json`.

Deploying writes it; pipeline, commands and verifying receipts read addresses and ids from nowhere else.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from eth_typing import ChecksumAddress
from eth_utils.address import is_checksum_address

from milepost.chain.contracts import ContractAddresses
from milepost.chain.deployment_plan import NOWHERE, DeploymentPlan
from milepost.domain.errors import ChainError
from milepost.domain.quantities import OutletCode, OutletNumber, PartnerCode, PartnerId, PromotionId
from milepost.whole_file import alone_in, write_whole

FOLDER = Path("deployments")
EPHEMERAL_FOLDER = Path("build/deployments")
"""For networks that are gone when their process ends."""


class DeploymentFileRefused(ChainError):
    """A deployment file is missing or not one. The operator names another, or deploys."""

    exit_code: ClassVar[int] = 2


@dataclass(frozen=True, slots=True)
class Reporters:
    """The reporter set as deployed; a later one stands on chain only."""

    version: int
    quorum: int
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FormerSettlement:
    """A Settlement that was replaced, and the last block in which it may have settled anything."""

    address: ChecksumAddress
    last_block: int


@dataclass(frozen=True, slots=True)
class Deployment:
    """One programme's contracts on one chain, and the ids they gave.

    Shape: `former_settlements` in the order in which they were replaced.
    """

    programme: str
    title: str
    symbol: str
    chain_id: int
    addresses: ContractAddresses
    start_block: int
    commit: str | None
    partners: dict[PartnerCode, PartnerId]
    outlets: dict[PartnerCode, dict[OutletCode, OutletNumber]]
    promotions: dict[str, PromotionId]
    reporters: Reporters
    utc_offset_minutes: int
    former_settlements: tuple[FormerSettlement, ...] = ()

    @property
    def settlements(self) -> tuple[ChecksumAddress, ...]:
        """Every Settlement whose reports count: the present one, then the former ones."""
        return (self.addresses.settlement, *(former.address for former in self.former_settlements))


def deployment_of(
    plan: DeploymentPlan,
    *,
    addresses: ContractAddresses,
    chain_id: int,
    start_block: int,
    commit: str | None = None,
) -> Deployment:
    """What a plan became. `commit` names the sources, None where they are no checkout."""
    programme = plan.programme
    return Deployment(
        programme=programme.name,
        title=programme.title,
        symbol=programme.symbol,
        chain_id=chain_id,
        addresses=addresses,
        start_block=start_block,
        commit=commit,
        partners=plan.partner_ids,
        outlets=plan.outlet_numbers,
        promotions=plan.promotion_ids,
        reporters=Reporters(1, plan.quorum, tuple(plan.ordered_reporters)),
        utc_offset_minutes=programme.utc_offset_minutes,
    )


def deployment_path(ecosystem: str, network: str, *, is_ephemeral: bool, root: Path = Path()) -> Path:
    """Where a network's deployment is written down."""
    return root / (EPHEMERAL_FOLDER if is_ephemeral else FOLDER) / f"{ecosystem}-{network}.json"


def write_deployment(deployment: Deployment, path: Path) -> None:
    """Write the file whole or not at all; its folder is made. Several at once: one of them stands, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(to_json(deployment), indent=2, ensure_ascii=False) + "\n")


def change_deployment(path: Path, change: Callable[[Deployment], Deployment]) -> Deployment:
    """Change what the file says now and give that: of several at once each finds what the one before wrote.

    Raises: DeploymentFileRefused; OSError if it cannot be written, and then nothing was changed.
    """
    with alone_in(path.parent):
        changed = change(read_deployment(path))
        write_deployment(changed, path)
    return changed


def read_deployment(path: Path) -> Deployment:
    """Raises: DeploymentFileRefused with the file and what is wrong with it."""
    try:
        return from_json(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise DeploymentFileRefused(f"There is no deployment {path}: deploy, or name another file.") from None
    except OSError as error:
        raise DeploymentFileRefused(f"{path} cannot be read: {error.strerror}.") from None
    except KeyError as error:
        raise DeploymentFileRefused(f"{path} is no deployment: it lacks {error.args[0]!r}.") from None
    except (TypeError, ValueError, AttributeError) as error:
        raise DeploymentFileRefused(f"{path} is no deployment: {error}.") from None


def to_json(deployment: Deployment) -> dict[str, Any]:
    """Shape: the keys of the interface first, then those that help reading."""
    addresses, reporters = deployment.addresses, deployment.reporters
    return {
        "programme": deployment.programme,
        "chain_id": deployment.chain_id,
        "settlement": addresses.settlement,
        "receipts": addresses.receipts,
        "ledger": addresses.ledger,
        "registry": addresses.registry,
        "promotions_book": addresses.promotion_book,
        "authority": addresses.authority,
        "start_block": deployment.start_block,
        "commit": deployment.commit,
        "partners": deployment.partners,
        "outlets": deployment.outlets,
        "promotions": deployment.promotions,
        "reporters": {
            "version": reporters.version,
            "quorum": reporters.quorum,
            "addresses": list(reporters.addresses),
        },
        "adjustment_desk": addresses.adjustment_desk,
        "redemption_desk": addresses.redemption_desk,
        "miles_shop": addresses.miles_shop,
        "lens": addresses.lens,
        "title": deployment.title,
        "symbol": deployment.symbol,
        "utc_offset_minutes": deployment.utc_offset_minutes,
        "former_settlements": [
            {"settlement": former.address, "last_block": former.last_block}
            for former in deployment.former_settlements
        ],
    }


def from_json(stored: dict[str, Any]) -> Deployment:
    """The inverse of `to_json`.

    Raises: KeyError for a missing key; ValueError or TypeError for a value of another kind.
    """
    reporters = stored["reporters"]
    addresses = ContractAddresses(
        authority=_address(stored, "authority"),
        ledger=_address(stored, "ledger"),
        adjustment_desk=_address(stored, "adjustment_desk"),
        # Files of before there was redemption have none.
        redemption_desk=_address({"redemption_desk": NOWHERE} | stored, "redemption_desk"),
        miles_shop=_address({"miles_shop": NOWHERE} | stored, "miles_shop"),
        lens=_address(stored, "lens"),
        registry=_address(stored, "registry"),
        promotion_book=_address(stored, "promotions_book"),
        receipts=_address(stored, "receipts"),
        settlement=_address(stored, "settlement"),
    )
    return Deployment(
        programme=stored["programme"],
        title=stored["title"],
        symbol=stored["symbol"],
        chain_id=_number(stored, "chain_id"),
        addresses=addresses,
        start_block=_number(stored, "start_block"),
        commit=stored["commit"],
        partners={PartnerCode(code): PartnerId(one) for code, one in stored["partners"].items()},
        outlets={
            PartnerCode(code): {OutletCode(outlet): OutletNumber(one) for outlet, one in outlets.items()}
            for code, outlets in stored["outlets"].items()
        },
        promotions={name: PromotionId(one) for name, one in stored["promotions"].items()},
        reporters=Reporters(reporters["version"], reporters["quorum"], tuple(reporters["addresses"])),
        utc_offset_minutes=_number(stored, "utc_offset_minutes"),
        # Files of before the first replacement may lack them.
        former_settlements=tuple(
            FormerSettlement(_address(former, "settlement"), _number(former, "last_block"))
            for former in stored.get("former_settlements", ())
        ),
    )


def _address(stored: dict[str, Any], key: str) -> ChecksumAddress:
    if not is_checksum_address(stored[key]):
        raise ValueError(f"{key} is no address with a right checksum")
    address: ChecksumAddress = stored[key]
    return address


def _number(stored: dict[str, Any], key: str) -> int:
    if not isinstance(stored[key], int) or isinstance(stored[key], bool):
        raise ValueError(f"{key} is no number")
    return int(stored[key])
