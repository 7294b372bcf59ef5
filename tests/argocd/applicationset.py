"""What Argo CD's ApplicationSet controller makes of applicationsets/serving.yaml, for the little of it that is used.

That is one git files generator, and Go templates of the form `{{ .key }}` with missingkey=error. It is not the real controller.
"""

import fnmatch
import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
APPLICATIONSET = ROOT / "argocd" / "applicationsets" / "serving.yaml"

_ACTION = re.compile(r"\{\{\s*\.(\w+)\s*\}\}")


class MissingKeyError(Exception):
    """A template names a key that the environment's file lacks."""


def applications(root: Path) -> dict[str, dict[str, Any]]:
    """The Applications by name. Raises `MissingKeyError`, and then the real controller changes nothing."""
    declared = yaml.safe_load(APPLICATIONSET.read_text())["spec"]
    assert declared["goTemplate"] is True
    assert declared["goTemplateOptions"] == ["missingkey=error"]
    (generator,) = declared["generators"]
    found: dict[str, dict[str, Any]] = {}
    for pattern in (entry["path"] for entry in generator["git"]["files"]):
        for path in sorted((root / "environments").rglob("*.yaml")):
            if fnmatch.fnmatchcase(path.relative_to(root).as_posix(), pattern):
                application = _filled(declared["template"], yaml.safe_load(path.read_text()))
                found[application["metadata"]["name"]] = application
    return found


def _filled(node: Any, parameters: dict[str, Any]) -> Any:
    if isinstance(node, dict):
        return {key: _filled(child, parameters) for key, child in node.items()}
    if isinstance(node, list):
        return [_filled(child, parameters) for child in node]
    if not isinstance(node, str):
        return node

    def value(action: re.Match[str]) -> str:
        if action[1] not in parameters:
            raise MissingKeyError(action[1])
        return str(parameters[action[1]])

    filled = _ACTION.sub(value, node)
    assert "{{" not in filled, f"{node} uses more of Go's templates than is evaluated here"
    return filled
