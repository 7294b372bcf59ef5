"""LL61x: what platform.yaml sets below an operator's key, against what that operator's chart declares.

A chart refuses little: `keda.operater.replicaCount` is taken, changes nothing, and nobody hears of it.
"""

import difflib
from collections.abc import Callable, Iterator, Mapping

from ..domain.overrides import DeclaredValues, Kind
from ..findings import Finding, Path, Places, path_text
from .subject import Subject

TITLES: Mapping[str, str] = {
    "LL611": "an override that the operator's chart does not declare",
    "LL612": "an override of another kind than the operator's chart declares",
}

#: Blocks that Kubernetes owns, or that hold names of the user's own: a chart passes them on whatever keys they have.
OPEN_BLOCKS = frozenset(
    {
        "affinity",
        "capabilities",
        "data",
        "env",
        "global",
        "hostAliases",
        "labels",
        "limits",
        "livenessProbe",
        "matchLabels",
        "nodeSelector",
        "podSecurityContext",
        "readinessProbe",
        "requests",
        "resources",
        "rollingUpdate",
        "seccompProfile",
        "securityContext",
        "selector",
        "serviceAccount",
        "startupProbe",
        "strategy",
        "tolerations",
        "topologySpreadConstraints",
        "updateStrategy",
    }
)
OPEN_ENDINGS = ("labels", "Labels", "annotations", "Annotations", "Selector", "SecurityContext")

#: Keys of a toleration and the words each may hold, any where there are none (Kubernetes API reference, core/v1 Toleration).
TOLERATION: Mapping[str, tuple[str, ...]] = {
    "key": (),
    "operator": ("Exists", "Equal"),
    "value": (),
    "effect": ("NoSchedule", "PreferNoSchedule", "NoExecute"),
    "tolerationSeconds": (),
}

#: What YAML gives for each kind. A list may also be text: several charts run such values through their own templates.
_KINDS: Mapping[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "integer": (int, float),
    "number": (int, float),
    "string": (str,),
    "array": (list, str),
}
_NAMES = {"boolean": "true or false", "integer": "a number", "number": "a number", "string": "text", "array": "a list"}
#: Alike enough to be a slip: `operater` and `operator` are 0.88.
ALIKE = 0.7

CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = ()  # these look at platform.yaml, not at a release


def check_overrides(
    values: Mapping[str, object], declared: Callable[[str], DeclaredValues | None], places: Places
) -> Iterator[Finding]:
    """LL611 and LL612 of one platform.yaml. `declared` gives what a chart declares; None for one that is not known."""
    for chart, below in values.items():
        known = declared(chart) if isinstance(below, dict) else None
        if known is not None and isinstance(below, dict):
            # `enabled` is the switch of our own chart.
            given = {key: value for key, value in below.items() if key != "enabled"}
            yield from _look(given, known.values, known, (chart,), places)


def _look(
    given: Mapping[str, object], kinds: Mapping[str, Kind], chart: DeclaredValues, path: Path, places: Places
) -> Iterator[Finding]:
    if not kinds or _is_open(path):
        return
    foreign = len(path) > 1 and path[1] in chart.dependencies
    for key, value in given.items():
        at = (*path, key)
        if key not in kinds and key == "tolerations" and isinstance(value, list):
            yield from _look_at_tolerations(value, at, places)
        elif key not in kinds:
            # Another chart's values, which was not read: only a slip in what is declared here can be told.
            if len(path) == 1 and key in chart.dependencies | {"global"}:
                continue
            if not foreign or difflib.get_close_matches(key, list(kinds), n=1, cutoff=ALIKE):
                yield _undeclared(at, kinds, chart, places)
        elif value is not None:
            yield from _compare(value, kinds[key], chart, at, places)


def _compare(value: object, kind: Kind, chart: DeclaredValues, path: Path, places: Places) -> Iterator[Finding]:
    if path[-1] == "tolerations" and isinstance(value, list):
        yield from _look_at_tolerations(value, path, places)
    elif isinstance(kind, str):
        text_for_a_list = path[-1] == "tolerations" and isinstance(value, str)
        if kind != "null" and (
            text_for_a_list or not isinstance(value, _KINDS[kind]) or (isinstance(value, bool) and kind != "boolean")
        ):
            yield _wrong_kind(path, value, _NAMES[kind], chart, places)
    elif isinstance(value, dict):
        yield from _look(value, kind, chart, path, places)
    elif kind:
        yield _wrong_kind(path, value, "a map", chart, places)


def _look_at_tolerations(tolerations: list[object], path: Path, places: Places) -> Iterator[Finding]:
    """Every operator passes them on as they are: Kubernetes refuses another key, and then no pod of it is made."""
    for index, toleration in enumerate(tolerations):
        at = (*path, index)
        if not isinstance(toleration, dict):
            yield places.error("LL612", at, f"{path_text(at)} is not a map, as a toleration is", "Write a map.")
            continue
        for key, value in toleration.items():
            allowed = TOLERATION.get(key)
            if allowed is None:
                near = difflib.get_close_matches(key, TOLERATION, n=1)
                change = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(TOLERATION)}."
                yield places.error("LL611", (*at, key), f"{path_text((*at, key))} is not a key of a toleration", change)
            elif not isinstance(value, int if key == "tolerationSeconds" else str) or (allowed and value not in allowed):
                wanted = " or ".join(allowed) or ("a number" if key == "tolerationSeconds" else "text")
                yield places.error(
                    "LL612", (*at, key), f"{path_text((*at, key))} is {value!r}, not {wanted}", f"Write {wanted}."
                )


def _is_open(path: Path) -> bool:
    last = str(path[-1])
    return last in OPEN_BLOCKS or last.endswith(OPEN_ENDINGS)


def _undeclared(path: Path, kinds: Mapping[str, Kind], chart: DeclaredValues, places: Places) -> Finding:
    sentence = f"{path_text(path)} is not among the values of {chart.chart} {chart.version}"
    if near := difflib.get_close_matches(str(path[-1]), list(kinds), n=1, cutoff=ALIKE):
        return places.error("LL611", path, f"{sentence}, so it would change nothing", f"Did you mean {near[0]}?")
    # A chart may read what its values.yaml only mentions in a comment.
    return places.warning("LL611", path, sentence, f"Does a template of that chart read it? Declared here: {_some(kinds)}.")


def _some(kinds: Mapping[str, Kind], most: int = 8) -> str:
    names = sorted(kinds)
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")


def _wrong_kind(path: Path, value: object, wanted: str, chart: DeclaredValues, places: Places) -> Finding:
    found = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "a map"}
    sentence = f"{path_text(path)} is {found[type(value)]}, but {chart.chart} {chart.version} declares {wanted}"
    return places.error("LL612", path, sentence, f"Write {wanted}.")
