"""From a cluster's objects to facts: nodes of GPU pools, ScaledObjects and their HPAs. Each is one question to the door."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from ..domain.observed import HPAS, NODES, SCALERS, Observed, ObservedNode, ObservedScaler
from ..errors import NotSeen
from ..rules.nodes import POOL_LABEL
from ..units import MIB
from .client import Cluster, Thing

WORKER_LABEL = "lamplighter.dev/worker"

_T = TypeVar("_T")


def observe(cluster: Cluster, *, namespace: str, release: str) -> Observed:
    """The cluster as it is now. What may not be read is said in `unseen`. Raises `CannotJudge` where the cluster is away."""
    unseen: dict[str, str] = {}

    def seen(part: str, look: Callable[[], Sequence[_T]]) -> Sequence[_T]:
        try:
            return look()
        except NotSeen as missing:
            unseen[part] = f"{missing.sentence}. {missing.hint}"
            return ()

    nodes = seen(NODES, lambda: [_node(thing) for thing in cluster.things(NODES) if POOL_LABEL in _labels(thing)])
    hpas = seen(HPAS, lambda: cluster.things(HPAS, namespace))
    scaled = seen(SCALERS, lambda: cluster.things(SCALERS, namespace))
    ours = [thing for thing in scaled if WORKER_LABEL in _labels(thing) and _release(thing) == release]
    return Observed(
        nodes=tuple(sorted(nodes, key=lambda node: node.name)),
        scalers=tuple(_scaler(thing, hpas) for thing in ours),
        unseen=unseen,
    )


def _node(thing: Thing) -> ObservedNode:
    labels, status = _labels(thing), thing.get("status") or {}
    offered = {name: int(count) for name, count in (status.get("allocatable") or {}).items() if name.startswith("nvidia.com/")}
    memory = _number(labels.get("nvidia.com/gpu.memory"))  # GFD says MiB
    return ObservedNode(
        name=str(thing["metadata"]["name"]),
        pool=labels[POOL_LABEL],
        ready=_condition(status, "Ready").get("status") == "True",
        product=labels.get("nvidia.com/gpu.product"),
        memory_bytes=None if memory is None else memory * MIB,
        driver=labels.get("nvidia.com/cuda.driver-version.full") or _driver(labels),
        gpus=_number(labels.get("nvidia.com/gpu.count")) or 0,
        offered=sum(offered.values()),
        sharing=labels.get("nvidia.com/gpu.sharing-strategy"),
        mig_state=labels.get("nvidia.com/mig.config.state"),
    )


def _driver(labels: Mapping[str, str]) -> str | None:
    """Labels of GFD before 0.17: the version in parts."""
    parts = [labels.get(f"nvidia.com/cuda.driver.{part}") for part in ("major", "minor", "rev")]
    return ".".join(part for part in parts if part) or None


def _scaler(thing: Thing, hpas: Sequence[Thing]) -> ObservedScaler:
    spec, status = thing["spec"], thing.get("status") or {}
    ready = _condition(status, "Ready")
    name = status.get("hpaName")
    hpa = next((found for found in hpas if found["metadata"]["name"] == name), None)
    return ObservedScaler(
        worker=_labels(thing)[WORKER_LABEL],
        least=int(spec.get("minReplicaCount", 0)),
        most=int(spec.get("maxReplicaCount", 0)),
        ready={"True": True, "False": False}.get(str(ready.get("status"))),
        message=str(ready.get("message", "")),
        paused=_condition(status, "Paused").get("status") == "True",
        fallback=_condition(status, "Fallback").get("status") == "True",
        hpa=str(name) if hpa else None,
        hpa_complaint=_complaint((hpa or {}).get("status") or {}),
    )


def _complaint(status: Mapping[str, Any]) -> str:
    """What keeps an HPA from scaling. A target with 0 replicas disables it, which is how a dark worker looks."""
    for kind in ("AbleToScale", "ScalingActive"):
        condition = _condition(status, kind)
        if condition.get("status") == "False" and condition.get("reason") != "ScalingDisabled":
            return f"{condition.get('reason')}: {condition.get('message')}"
    return ""


def _condition(status: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    return next((entry for entry in status.get("conditions") or () if entry.get("type") == kind), {})


def _labels(thing: Thing) -> Mapping[str, str]:
    return thing["metadata"].get("labels") or {}


def _release(thing: Thing) -> str | None:
    return _labels(thing).get("app.kubernetes.io/instance")


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None
