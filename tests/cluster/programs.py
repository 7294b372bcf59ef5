"""Where scripts/cluster-tools put the programs and the operators' CRDs."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "cluster"
CRDS = CACHE / "crds"


def program(name: str) -> str:
    """Its path; fails with what to run when it is not there."""
    path = CACHE / "bin" / name
    assert path.exists(), f"{path} is missing: run scripts/cluster-tools (make test-cluster does)"
    return str(path)
