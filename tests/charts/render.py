"""Helm for tests: lints and renders charts of the tree, or temporary copies of them. Rendering the same twice costs once."""

import functools
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
HELM = ROOT / ".cache" / "tools" / "helm"
SERVING = ROOT / "charts" / "lamplighter-serving"
PLATFORM = ROOT / "charts" / "lamplighter-platform"
MINIMAL = SERVING / "ci" / "minimal-values.yaml"

#: The values files of dev, in the order of their strength.
DEV_FILES = (
    *sorted((ROOT / "environments" / "models").glob("*.yaml")),
    ROOT / "environments" / "clusters" / "dev-kind.yaml",
    *(ROOT / "environments" / "dev" / f"{name}.yaml" for name in ("serving", "scale", "version")),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """What helm template gave: the manifests' text and objects, hooks included, or its complaint."""

    text: str
    error: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """All objects; fails with Helm's complaint when there is one."""
        assert not self.error, self.error
        return [document for document in yaml.safe_load_all(self.text) if document]

    def one(self, kind: str, name: str) -> dict[str, Any]:
        """The object of that kind and name."""
        (found,) = (document for document in self.objects if document["kind"] == kind and document["metadata"]["name"] == name)
        return found


def render(
    chart: Path, *files: Path, over: dict[str, Any] | None = None, release: str = "lamplighter", namespace: str = "serving-dev"
) -> Rendered:
    """`helm template` with values files, and `over` on top of them."""
    return _render(chart, files, json.dumps(over or {}), release, namespace)


def minimal(changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """ci/minimal-values.yaml with changes; a None takes a key away."""
    return changed(yaml.safe_load(MINIMAL.read_text()), changes or {})


def changed(values: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Values with changes; a None takes a key away."""
    result = {key: value for key, value in values.items() if changes.get(key, value) is not None}
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(values.get(key), dict):
            result[key] = changed(values[key], value)
        elif value is not None:
            result[key] = value
    return result


def lint(chart: Path, *files: Path) -> subprocess.CompletedProcess[str]:
    """`helm lint --strict`."""
    return helm("lint", "--strict", str(chart), *_values(files))


def helm(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Runs the helm that scripts/tools put there."""
    assert HELM.exists(), f"{HELM} is missing: run scripts/tools (make test does)"
    return subprocess.run([str(HELM), *arguments], input=stdin, capture_output=True, text=True, timeout=60, check=False)


@functools.cache
def _render(chart: Path, files: tuple[Path, ...], over: str, release: str, namespace: str) -> Rendered:
    arguments = ["template", release, str(chart), "--namespace", namespace, *_values(files), "--values", "-"]
    done = helm(*arguments, stdin=over)
    return Rendered(text=done.stdout, error=done.stderr if done.returncode else "")


def _values(files: tuple[Path, ...]) -> list[str]:
    return [argument for file in files for argument in ("--values", str(file))]
