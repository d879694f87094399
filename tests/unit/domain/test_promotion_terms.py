"""PromotionTerms and Solidity's Terms are twins."""

import re
from dataclasses import fields
from pathlib import Path

from milepost.domain.promotion_terms import OutletMask, PromotionTerms, RewardKind, Row

INTERFACE = Path(__file__).parents[3] / "contracts" / "interfaces" / "IPromotionBook.sol"


def _struct_fields(name: str) -> list[str]:
    found = re.search(rf"struct {name} \{{(.*?)\}}", INTERFACE.read_text(), re.DOTALL)
    assert found
    return re.findall(r"\S+ (\w+);", found.group(1))


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


def test_promotion_terms__the_contracts_struct__has_the_same_fields_in_order() -> None:
    assert [_camel(field.name) for field in fields(PromotionTerms)] == _struct_fields("Terms")
    assert [_camel(field.name) for field in fields(OutletMask)] == _struct_fields("OutletMask")
    assert [_camel(field.name) for field in fields(Row)] == _struct_fields("Row")


def test_reward_kind__the_contracts_enum__has_the_same_names_in_order() -> None:
    found = re.search(r"enum RewardKind \{(.*?)\}", INTERFACE.read_text(), re.DOTALL)
    assert found
    assert re.findall(r"\w+", found.group(1)) == [kind.name for kind in RewardKind]
