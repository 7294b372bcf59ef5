"""The one door to Helm: finds it, fetches a published chart, renders a chart to manifests. Never asks a cluster."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import HelmFailed

#: Rendering takes a tenth of a second; what takes this long hangs.
MOST_SECONDS = 60
#: A chart is some hundred KiB. Argo CD gives a plugin 90 seconds in all.
MOST_PULL_SECONDS = 30

_DIGEST = re.compile(r"^Digest: (sha256:[0-9a-f]{64})$", re.MULTILINE)
#: Registries on this machine speak plain HTTP, as docker has it.
_LOOPBACK = re.compile(r"oci://(localhost|127\.[0-9.]+)(:[0-9]+)?(/|$)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Pulled:
    """A chart's archive, and the digest of its manifest in the registry."""

    file: Path
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NotPulled:
    """Why there is none. `missing`: the registry answered that it has no such version."""

    reason: str
    missing: bool = False


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


def plain_http(reference: str) -> tuple[str, ...]:
    """The flag that a registry on this machine needs."""
    return ("--plain-http",) if _LOOPBACK.match(reference) else ()


def pull(*, reference: str, version: str, folder: Path) -> Pulled | NotPulled:
    """Fetches a chart (`oci://…`) into a folder, with the credentials of `helm registry login`. Raises `HelmFailed`."""
    command = [find_helm(), "pull", reference, "--version", version, "--destination", str(folder)]
    command += plain_http(reference)
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=MOST_PULL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return NotPulled(reason=f"it did not come within {MOST_PULL_SECONDS} seconds")
    said = done.stdout + done.stderr
    if done.returncode != 0:
        reason = said.strip().removeprefix("Error: ").removesuffix(".")
        return NotPulled(reason=reason, missing=reason.endswith(f":{version}: not found"))
    files, digest = list(folder.glob("*.tgz")), _DIGEST.search(said)
    if len(files) != 1 or not digest:
        return NotPulled(reason="helm said neither file nor digest")
    return Pulled(file=files[0], digest=digest[1])
