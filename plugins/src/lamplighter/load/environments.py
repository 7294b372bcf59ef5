"""An environment's folder: which files it has, what each may say, in which order they count."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from ..errors import CannotJudge
from ..findings import Finding, Path, Places, path_text
from .files import MISSING, Files
from .packaged import environment_schema
from .published import PublishedChart, published_chart
from .schemas import BAD_VALUE, check_schema
from .values import Layer

MISPLACED = "LL603"
STEERING = "LL616"
FOLDER = "environments"
SERVING_CHART = "charts/lamplighter-serving"
PLATFORM_CHART = "charts/lamplighter-platform"
#: Any of them says that the chart is a published one.
PUBLISHED_KEYS = frozenset({"repository", "version", "digest", "platformDigest"})
_NAME = re.compile(r"[a-z]([a-z0-9-]{0,30}[a-z0-9])?")
_CHART_FOLDER = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """What environment.yaml says."""

    name: str
    cluster: str
    release: str
    promoted_from: str = ""  # the environment whose versions it takes; empty: whatever version.yaml says

    @property
    def namespace(self) -> str:
        """Where it is deployed. Follows from the name, as in argocd/applicationsets/serving.yaml."""
        return f"serving-{self.name}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sources:
    """The value files of an environment in the order they count, and the chart they are for: a folder, or a published one."""

    layers: tuple[Layer, ...]
    chart: str | PublishedChart | None


def environment_names(root: FilePath) -> list[str]:
    """The environments of a tree. Raises `CannotJudge` when there is none."""
    names = sorted(path.parent.name for path in (root / FOLDER).glob("*/environment.yaml"))
    if not names:
        raise CannotJudge(
            f"{root / FOLDER} holds no <name>/environment.yaml.", hint="Run it in the repository's root, or say --root."
        )
    return names


def read_environment(files: Files, name: str) -> Environment | None:
    """environment.yaml; None, with findings, when it cannot be used. Raises `CannotJudge` if there is no such environment."""
    file = f"{FOLDER}/{name}/environment.yaml"
    # The name may come from outside: only a plain one is looked for.
    if not _NAME.fullmatch(name) or not files.exists(file):
        known = ", ".join(environment_names(files.root))
        raise CannotJudge(f"There is no environment {name}: {file} does not exist.", hint=f"Environments here: {known}.")
    layer = files.layer(file)
    if layer is None:
        return None
    places = Places([(file, layer.lines)])
    findings = check_schema(environment_schema(), layer.data, places)
    if not findings and layer.data["name"] != name:
        sentence = f'name is "{layer.data["name"]}", but the folder is "{name}"'
        change = f"Set name to {name}, or rename the folder."
        findings = [places.error(BAD_VALUE, ("name",), sentence, change)]
    files.findings.extend(findings)
    if findings:
        return None
    said = layer.data
    return Environment(name=name, cluster=said["cluster"], release=said["release"], promoted_from=said.get("promotedFrom", ""))


def read_sources(files: Files, environment: Environment) -> Sources:
    """The value files, in the order of their strength. What is missing, unreadable or in the wrong file is a finding."""
    folder = f"{FOLDER}/{environment.name}"
    wanted: list[tuple[str, Mapping[str, Any]]] = [(name, _MODELS) for name in files.names(f"{FOLDER}/models")]
    wanted.append((f"{FOLDER}/clusters/{environment.cluster}.yaml", _CLUSTER))
    wanted.append((f"{folder}/serving.yaml", _SERVING))
    wanted.append((f"{folder}/scale.yaml", _SCALE))
    if files.exists(f"{folder}/placement.lock.yaml"):
        wanted.append((f"{folder}/placement.lock.yaml", _LOCK))
    wanted.append((f"{folder}/version.yaml", _VERSION))
    files.findings.extend(_steering(files, folder))

    layers: list[Layer] = []
    for name, may_say in wanted:
        if layer := files.layer(name):
            files.findings.extend(_misplaced(layer, may_say))
            layers.append(layer)
    return Sources(layers=tuple(layers), chart=_chart(files, f"{folder}/version.yaml"))


def _steering(files: Files, folder: str) -> list[Finding]:
    """Argo CD merges these into an Application's source before it asks the plugin, and so they may replace the plugin."""
    names = sorted(path.name for path in (files.root / folder).glob(".argocd-source*.yaml"))
    sentence = "Argo CD would obey this file before it asks the plugin"
    change = "Remove it: what Argo CD does with an environment stands in argocd/."
    return [Places([(f"{folder}/{name}", {})]).error(STEERING, (), sentence, change) for name in names]


def _chart(files: Files, version_file: str) -> str | PublishedChart | None:
    """The chart as version.yaml says it; None, with a finding, when it is named badly or not in the tree."""
    layer = files.layer(version_file)
    if layer is None:
        return None
    chart = layer.data.get("chart")
    path = chart.get("path") if isinstance(chart, dict) else None
    if isinstance(chart, dict) and not PUBLISHED_KEYS.isdisjoint(chart):
        found = published_chart(SERVING_CHART.rpartition("/")[2], chart, Places([(version_file, layer.lines)]))
        if isinstance(found, PublishedChart):
            return found
        files.findings.extend(found)
        return None
    # Only plain folders below the root: the file must not be able to point elsewhere.
    if isinstance(path, str) and _CHART_FOLDER.fullmatch(path) and files.exists(f"{path}/Chart.yaml"):
        return path
    sentence = "chart.path is not set" if path is None else f"chart.path is {path!r}, and there is no chart"
    places = Places([(version_file, layer.lines)])
    change = f"Set it to {SERVING_CHART}."
    files.findings.append(places.error(MISSING, ("chart", "path"), sentence, change))
    return None


#: What each file may say: a map of keys, where an empty map is "anything below" and "*" any name. The whole rest is elsewhere.
_MODELS: Mapping[str, Any] = {"models": {}}
_CLUSTER: Mapping[str, Any] = {"cluster": {}, "gpuPools": {}}
_SERVING: Mapping[str, Any] = {
    "workers": {
        "*": {
            "topology": {},
            "gpusPerReplica": {},
            "pools": {},
            "isolation": {},
            "priority": {},
            "models": {},
            "modelCache": {},
            "resources": {},
        },
    },
    "extractors": {},
    "defaultWorker": {},
    "gateway": {},
    "database": {},
    "access": {},
}
_SCALE: Mapping[str, Any] = {"workers": {"*": {"scale": {}}}}
_LOCK: Mapping[str, Any] = {"workers": {"*": {"pools": {}, "models": {}}}}
_VERSION: Mapping[str, Any] = {"chart": {}, "images": {}}

#: Where a key belongs that stands in the wrong file.
_HOMES: Mapping[str, str] = {
    "models": "environments/models/<model>.yaml",
    "cluster": "environments/clusters/<cluster>.yaml",
    "gpuPools": "environments/clusters/<cluster>.yaml",
    "scale": "scale.yaml",
    "chart": "version.yaml",
    "images": "version.yaml",
}
_ELSEWHERE = "serving.yaml"


def _misplaced(layer: Layer, may_say: Mapping[str, Any]) -> list[Finding]:
    """Keys that another file holds. Keys that no file may hold are left to the schema."""
    places = Places([(layer.file, layer.lines)])
    findings: list[Finding] = []

    def look(data: Mapping[str, Any], allowed: Mapping[str, Any], path: Path) -> None:
        for key, value in data.items():
            if key in allowed or "*" in allowed:
                below = allowed.get(key, allowed.get("*", {}))
                if below and isinstance(value, dict):
                    look(value, below, (*path, key))
            elif key in _HOMES or key in _SERVING or (len(path) == 2 and key in _SERVING["workers"]["*"]):
                home = _HOMES.get(key, _ELSEWHERE)
                sentence = f"{path_text((*path, key))} does not belong in this file"
                findings.append(places.error(MISPLACED, (*path, key), sentence, f"Move it to {home}."))

    look(layer.data, may_say, ())
    return findings
