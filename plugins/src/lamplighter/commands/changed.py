"""Which environments a change touches: an environment is what its files, its cluster, the models and the charts make of it."""

from collections.abc import Sequence
from pathlib import Path

from ..load.environments import FOLDER, PLATFORM_CHART, SERVING_CHART, read_environment
from ..load.files import Files
from ..load.git import changed_files


def touched_environments(root: Path, names: Sequence[str], reference: str) -> list[str]:
    """Those of `names` that files changed since `reference` belong to. Raises `CannotJudge`."""
    changed = changed_files(root, reference)
    files = Files(root)
    return [name for name in names if any(file.startswith(_prefixes(files, name)) for file in changed)]


def _prefixes(files: Files, name: str) -> tuple[str, ...]:
    """How the files that an environment depends on begin."""
    environment = read_environment(files, name)
    # One that cannot be read may stand on any cluster.
    cluster = f"{environment.cluster}.yaml" if environment else ""
    return (
        f"{FOLDER}/{name}/",
        f"{FOLDER}/models/",
        f"{FOLDER}/clusters/{cluster}",
        f"{SERVING_CHART}/",
        f"{PLATFORM_CHART}/",
    )
