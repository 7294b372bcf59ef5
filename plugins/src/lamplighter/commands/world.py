"""An environment as the simulation takes it: judged like any other, with what was tried on the command line over its files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..domain.deployment import Deployment
from ..errors import CannotJudge
from ..findings import Finding, Severity
from ..rules.layout import layout
from ..rules.scaling import LEAVING_SECONDS
from ..simulate.arrivals import Arrival
from ..simulate.scenario import Control, Scenario, scenario_of
from .judge import judge_environment
from .whatif import WhatIf


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """`findings` are those of its check, without what the lock is; `left_out` names workers that are not simulated, and why."""

    deployment: Deployment
    scenario: Scenario
    findings: tuple[Finding, ...]
    left_out: tuple[str, ...]
    worker: str  # the default one
    order: Mapping[str, Sequence[str]]  # pools of each worker, as they are tried

    @property
    def refused(self) -> bool:
        """Whether `check` would refuse it. It can be simulated all the same: that shows why."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerLoad:
    """The jobs of a run in which one worker is looked at; `count` are its own, within `seconds`. `says`: the load in words."""

    worker: str
    arrivals: Sequence[Arrival]
    seconds: float
    says: str
    count: int


def read_world(root: Path, environment: str, tried: WhatIf) -> World | tuple[Finding, ...]:
    """The world, or findings where its values do not hold. Raises `CannotJudge` where nothing of it can be simulated."""
    judgement = judge_environment(root, environment, locked=False, what_if=tried.values or None)
    findings = judgement.besides_the_lock  # the simulation computes anew what stands in it
    if judgement.subject is None:
        return findings
    locked = layout(judgement.subject).workers
    order = {name: worker.pools for name, worker in locked.items()}
    deployment = judgement.subject.deployment
    kept, left_out = _simulated(deployment)
    if not kept:
        raise CannotJudge(f"{environment} has no worker that can be simulated.", hint=" ".join(left_out))
    names = sorted(kept)
    return World(
        deployment=deployment,
        scenario=world_scenario(deployment, kept, order, tried.control),
        findings=findings,
        left_out=tuple(left_out),
        order=order,
        worker=deployment.default_worker if deployment.default_worker in kept else names[0],
    )


def world_scenario(
    deployment: Deployment, kept: Sequence[str], order: Mapping[str, Sequence[str]], control: Control
) -> Scenario:
    """The scenario of some of its workers."""
    grace = {name: float(worker.scale.max_job_seconds + LEAVING_SECONDS) for name, worker in deployment.workers.items()}
    return scenario_of(deployment, kept, order, control, grace)


def _simulated(deployment: Deployment) -> tuple[list[str], list[str]]:
    kept, left_out = [], []
    for name, worker in sorted(deployment.workers.items()):
        if worker.topology != "pod":
            left_out.append(f"Worker {name} is a {worker.topology}: only pods are simulated.")
        elif not worker.scale.trigger:
            left_out.append(f"Worker {name} has no trigger.")
        else:
            kept.append(name)
            if not worker.gpus_per_replica:
                left_out.append(f"Worker {name} uses no GPU: it runs on nodes that are there anyway, and costs nothing here.")
            if worker.spot_patience_seconds is not None:
                left_out.append(f"Other nodes step in for the spot nodes of worker {name} at once, not after its patience.")
    return kept, left_out
