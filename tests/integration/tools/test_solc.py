"""The compiler script: what py-solc-x, ape and forge ask of it, against the real compiler below it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import solcx

SOLC = Path(__file__).parents[3] / "tools" / "solc" / "solc-v0.8.37"
MATHS = "// SPDX-License-Identifier: MIT\npragma solidity ^0.8.0;\nlibrary Maths {}\n"
USER = '// SPDX-License-Identifier: MIT\npragma solidity ^0.8.0;\nimport "./Maths.sol";\ncontract User {}\n'


def compile_user(
    folder: Path, *flags: str, content: str = USER, outputs: tuple[str, ...] = ("abi",)
) -> dict[str, Any]:
    request = {
        "language": "Solidity",
        "sources": {"User.sol": {"content": content}},
        "settings": {"outputSelection": {"*": {"*": list(outputs), "": ["ast"]}}},
    }
    done = subprocess.run(
        [SOLC, "--standard-json", *flags],
        input=json.dumps(request),
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_version__asked_by_py_solc_x__is_the_one_in_the_name() -> None:
    solcx.set_solc_version("0.8.37", silent=True)
    assert solcx.install.get_executable() == SOLC
    assert str(solcx.get_solc_version()) == "0.8.37"


def test_standard_json__import_in_the_current_folder__is_read(tmp_path: Path) -> None:
    (tmp_path / "Maths.sol").write_text(MATHS)
    assert "errors" not in compile_user(tmp_path)


def test_standard_json__base_path_in_both_spellings__is_where_imports_are_read(tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.mkdir()
    (library / "Maths.sol").write_text(MATHS)
    assert "errors" not in compile_user(tmp_path, "--base-path", str(library))
    assert "errors" not in compile_user(tmp_path, f"--base-path={library}")


def test_standard_json__library_import_from_a_copy_of_the_project__is_read_in_the_checkout(
    tmp_path: Path,
) -> None:
    """ape compiles a copy without node_modules, but only where the project is not in the temporary folder."""
    content = USER.replace("./Maths.sol", "node_modules/@openzeppelin/contracts/utils/Panic.sol")
    assert "errors" not in compile_user(tmp_path, "--base-path", str(tmp_path), content=content)


def test_standard_json__import_nowhere__is_an_error_that_names_the_file(tmp_path: Path) -> None:
    (error,) = compile_user(tmp_path)["errors"]
    assert "Maths.sol" in error["formattedMessage"]


def test_standard_json__answer_beyond_a_pipe__arrives_whole(tmp_path: Path) -> None:
    """A script that ends by process.exit() loses what is past 64 KiB."""
    functions = "".join(
        f"function f{n}() external pure returns (uint256) {{ return {n}; }}\n" for n in range(400)
    )
    contract = f"// SPDX-License-Identifier: MIT\npragma solidity ^0.8.0;\ncontract User {{\n{functions}}}\n"
    answer = compile_user(tmp_path, content=contract)
    assert len(json.dumps(answer)) > 200_000
    assert len(answer["contracts"]["User.sol"]["User"]["abi"]) == 400


def test_any_other_request__is_refused() -> None:
    done = subprocess.run(
        [SOLC, "--ast-compact-json", "User.sol"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "only --version and --standard-json" in done.stderr
