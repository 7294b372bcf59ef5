"""The one door to Helm: finds it, renders a chart of the tree, and gives the manifests back. Never asks a cluster."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ..errors import HelmFailed

#: Rendering takes a tenth of a second; what takes this long hangs.
MOST_SECONDS = 60


def find_helm() -> str:
    """The program: what Helm itself says when it runs a plugin (HELM_BIN), else the one in PATH. Raises `HelmFailed`."""
    found = shutil.which(os.environ.get("HELM_BIN") or "helm")
    if found is None:
        raise HelmFailed("helm is not in PATH.", hint="Install Helm 3.18 or newer, or set HELM_BIN.")
    return found


def render(*, root: Path, chart: str, release: str, namespace: str, values_files: Sequence[str]) -> str:
    """The manifests as YAML documents, hooks included, without `helm test`'s. Raises `HelmFailed` with Helm's own words."""
    command = [find_helm(), "template", release, str(root / chart), "--namespace", namespace, "--skip-tests"]
    for name in values_files:
        command += ["--values", str(root / name)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=MOST_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise HelmFailed(f"helm did not render {chart} within {MOST_SECONDS} seconds.") from error
    if done.returncode != 0:
        raise HelmFailed(f"helm does not render {chart}: {done.stderr.strip()}")
    return done.stdout
