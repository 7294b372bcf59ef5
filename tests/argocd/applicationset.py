"""What Argo CD's ApplicationSet controller makes of an ApplicationSet, for the little of it that is used.

That is a matrix of git files and this cluster's Secret, and Go templates of the form `{{ .key.key }}` with missingkey=error.
It answers in a moment; `make test-gitops` asks the real controller.
"""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
SETS = ROOT / "argocd" / "applicationsets"
APPLICATIONSET = SETS / "serving.yaml"

_ACTION = re.compile(r"\{\{\s*\.([\w.]+)\s*\}\}")


class MissingKeyError(Exception):
    """A template names a key that the environment's file lacks."""


def applications(root: Path, cluster: str | None = None, *, declared: Path = APPLICATIONSET) -> dict[str, dict[str, Any]]:
    """The Applications by name, in the Argo CD of a cluster (None: all of them). Raises `MissingKeyError`, and then the real
    controller changes nothing."""
    spec = yaml.safe_load(declared.read_text())["spec"]
    assert spec["goTemplate"] is True
    assert spec["goTemplateOptions"] == ["missingkey=error"]
    (generator,) = spec["generators"]
    assert generator["selector"] == {"matchLabels": {"server": "https://kubernetes.default.svc"}}
    files, clusters = generator["matrix"]["generators"]
    found: dict[str, dict[str, Any]] = {}
    for parameters in _git(files, root, {}):
        labels = _filled(clusters["clusters"]["selector"]["matchLabels"], parameters)
        assert list(labels) == ["lamplighter.dev/cluster"]
        if cluster in (None, labels["lamplighter.dev/cluster"]):
            application = _filled(spec["template"], parameters)
            assert application["metadata"]["name"] not in found, "two Applications of one name"
            found[application["metadata"]["name"]] = application
    return found


def _git(generator: dict[str, Any], root: Path, outer: dict[str, Any]) -> list[dict[str, Any]]:
    """The parameters of each file, or of each pair of files where the second is named by the first."""
    if "matrix" in generator:
        first, second = generator["matrix"]["generators"]
        return [inner | one for one in _git(first, root, outer) for inner in _git(second, root, one)]
    (pattern,) = (_filled(entry["path"], outer) if outer else entry["path"] for entry in generator["git"]["files"])
    return [
        {
            **(yaml.safe_load(path.read_text()) or {}),
            "path": {"path": path.parent.relative_to(root).as_posix(), "basename": path.parent.name},
        }
        for path in sorted(root.glob(pattern))
    ]


def _filled(node: Any, parameters: dict[str, Any]) -> Any:
    if isinstance(node, dict):
        return {key: _filled(child, parameters) for key, child in node.items()}
    if isinstance(node, list):
        return [_filled(child, parameters) for child in node]
    if not isinstance(node, str):
        return node

    def value(action: re.Match[str]) -> str:
        found: Any = parameters
        for key in action[1].split("."):
            if key not in found:
                raise MissingKeyError(action[1])
            found = found[key]
        return str(found)

    filled = _ACTION.sub(value, node)
    assert "{{" not in filled, f"{node} uses more of Go's templates than is evaluated here"
    return filled
