"""No float comes near miles or money: the syntax trees of domain/ and codec/ hold none, nor a division."""

import ast
from pathlib import Path

import milepost

ROOT = Path(milepost.__file__).parent


def _offences(source: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            found.append(f"line {node.lineno}: float literal {node.value}")
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            found.append(f"line {node.lineno}: true division")
        if isinstance(node, ast.Name) and node.id == "float":
            found.append(f"line {node.lineno}: float")
    return found


def test_domain_and_codec__their_syntax_trees__hold_no_float() -> None:
    sources = [path for folder in ("domain", "codec") for path in sorted((ROOT / folder).rglob("*.py"))]
    assert len(sources) > 20
    assert {str(path.relative_to(ROOT)): _offences(path.read_text()) for path in sources} == {
        str(path.relative_to(ROOT)): [] for path in sources
    }


def test_offences__float_literal_true_division_or_float_call__are_found() -> None:
    assert len(_offences("a = 1.5\nb = c / d\nb /= 2\ne = float(f)")) == 4
    assert _offences("a = 1\nb = c // d") == []
