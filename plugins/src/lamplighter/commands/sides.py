"""One side of a change: an environment of a tree judged, rendered and counted, whatever state it is in."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..changes.objects import object_key
from ..changes.side import Engine, Money, Side
from ..domain.deployment import Deployment
from ..domain.wake import wake
from ..errors import CannotJudge, HelmFailed
from ..findings import Severity
from ..load.environments import FOLDER, environment_names
from ..load.helm import render
from ..load.manifests import manifests_of
from ..report.text import text_line
from ..rules.layout import layout
from ..rules.subject import Subject
from .judge import Judgement, judge_environment
from .memory import engine_memory


def known_environments(root: Path) -> list[str]:
    """The environments of a tree; none where it has none."""
    try:
        return environment_names(root)
    except CannotJudge:
        return []


def side(root: Path, name: str) -> Side:
    """The environment as it stands in a tree. What is wrong with it is part of the answer."""
    if not (root / FOLDER / name / "environment.yaml").is_file():
        return Side(absent=True)
    try:
        judgement = judge_environment(root, name)
    except CannotJudge as error:
        return Side(refused=(f"{error.sentence} {error.hint}".strip(),))
    refused = tuple(text_line(finding) for finding in judgement.findings if finding.severity is Severity.ERROR)
    objects: Mapping[str, Mapping[str, Any]] = {}
    if not refused:
        try:
            objects = _objects(root, judgement)
        except HelmFailed as error:
            refused = (error.sentence,)
    if judgement.subject is None:
        return Side(refused=refused)
    return _counted(judgement.subject, objects, refused)


def _objects(root: Path, judgement: Judgement) -> Mapping[str, Mapping[str, Any]]:
    assert judgement.environment is not None  # it was not refused
    assert judgement.chart is not None
    manifests = render(
        root=root,
        chart=judgement.chart,
        release=judgement.environment.release,
        namespace=judgement.environment.namespace,
        values_files=judgement.values_files,
    )
    return {object_key(manifest): manifest for manifest in manifests_of(manifests)}


def _counted(subject: Subject, objects: Mapping[str, Mapping[str, Any]], refused: tuple[str, ...]) -> Side:
    found = layout(subject)
    nodes = {name: pool.nodes for name, pool in found.placement.pools.items() if pool.nodes}
    return Side(
        refused=refused,
        objects=objects,
        engines={
            (row.worker, row.model, row.pool): Engine(
                needed_bytes=row.needed_bytes, limit_bytes=row.limit_bytes, verdict=row.verdict, reason=row.reason
            )
            for row in engine_memory(subject)
        },
        peak_nodes=nodes,
        wakes=_wakes(subject.deployment, {name: worker.pools for name, worker in found.workers.items()}),
        money=Money(
            idle=_idle(subject.deployment), peak=found.placement.cost_per_hour, currency=found.placement.currency or ""
        ),
        cards=found.cards,
    )


def _wakes(deployment: Deployment, order: Mapping[str, Iterable[str]]) -> Mapping[str, float]:
    """Seconds of each worker's wake, at least, on the pool that it takes first."""
    wakes = {}
    for worker in deployment.workers.values():
        pool = next((deployment.pools[name] for name in order.get(worker.name, worker.pools) if name in deployment.pools), None)
        if pool is not None:
            wakes[worker.name] = wake(worker, pool, deployment.models, deployment.cluster).seconds
    return wakes


def _idle(deployment: Deployment) -> float | None:
    """What the nodes cost that are never removed, in pools that a worker names; None where one has no price."""
    named = {name for worker in deployment.workers.values() for name in worker.pools}
    lit = [pool for name, pool in deployment.pools.items() if name in named and pool.least_nodes]
    if any(pool.price is None for pool in lit):
        return None
    return sum((pool.least_nodes * pool.price.amount for pool in lit if pool.price), 0.0)
