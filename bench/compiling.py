"""The product's contracts and the peers' as the bench deploys them, all compiled with one set of settings.

The bench measures the sources as they stand, so it does not read the artifacts of the package.
"""

from milepost.chain.contracts import Artifact
from scripts._compiling import CONTRACTS, PEERS, compile_contracts


def compiled_artifacts() -> dict[str, Artifact]:
    """What is deployed, by name: the product's contracts and both peers.

    Raises: CompileFailed.
    """
    found = compile_contracts()
    return {
        name: Artifact(
            name,
            found[name]["abi"],
            f"0x{found[name]['evm']['bytecode']['object']}",
            len(found[name]["evm"]["deployedBytecode"]["object"]) // 2,
        )
        for name in (*CONTRACTS, *PEERS)
    }
