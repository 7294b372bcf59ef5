"""A simulation for people and for machines: how long until the first result, what a month costs, what was late."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..about import NAME, VERSION
from ..findings import Finding
from ..simulate.cost import Cost
from ..simulate.record import PERCENTILES, STAGES, Record, Use
from ..simulate.summary import WorkerSummary
from .json import finding_json
from .screen import Screen
from .text import printable, text_line

FORMAT = 1
#: Stages as people say them.
STAGE_WORDS: Mapping[str, str] = {
    "activation": "trigger and KEDA",
    "autoscaler": "node autoscaler",
    "node": "node boots",
    "gpu": "GPU registers",
    "place": "waits for a place",
    "image": "image",
    "ray": "Ray",
    "weights": "weights",
    "engine": "engine",
    "first_result": "first result",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Simulation:
    """One run, and what was counted from its record."""

    environment: str
    load: str
    seed: int
    tried: tuple[str, ...]
    late_seconds: float
    workers: Mapping[str, WorkerSummary]
    cost: Cost
    record: Record
    findings: tuple[Finding, ...]
    left_out: tuple[str, ...]


def simulation_text(simulation: Simulation, screen: Screen) -> str:
    """The run in lines."""
    record = simulation.record
    tried = f"; what if {', '.join(simulation.tried)}" if simulation.tried else ""
    lines = [screen.painted(printable(f"{simulation.environment}: {simulation.load}; seed {simulation.seed}{tried}"), "bold")]
    for name, worker in simulation.workers.items():
        lines += ["", *_worker(name, worker, simulation.late_seconds, screen)]
    lines += ["", *cost_lines(simulation.cost, screen), *_nodes(record)]
    if record.halted_seconds:
        hours = f"{record.halted_seconds / 3600:.1f} hours"
        lines.append(
            screen.painted(f"The node autoscaler stood still for {hours} with a pod waiting (too many unready).", "error")
        )
    if record.replicas_killed_busy:
        lines.append(f"{record.replicas_killed_busy} replicas were ended with jobs in their hands.")
    if record.spot_losses:
        lines.append(f"{record.spot_losses} spot nodes were taken back.")
    lines += [printable(f"Not counted: {sentence}.") for sentence in simulation.cost.left_out]
    lines += [printable(sentence) for sentence in simulation.left_out]
    if simulation.findings:
        lines += ["", *(text_line(finding) for finding in simulation.findings)]
    return "\n".join(lines)


def _worker(name: str, worker: WorkerSummary, late_seconds: float, screen: Screen) -> list[str]:
    late = f"{worker.late} late (over {late_seconds:g} s)"
    if worker.late:
        late = screen.painted(late, "warning")
    again = f", {worker.begun_again} begun again" if worker.begun_again else ""
    undone = f", {worker.jobs - worker.done} without a result" if worker.jobs > worker.done else ""
    lines = [printable(f"worker {name}: {worker.jobs} jobs") + f"{undone}, {late}{again}, {worker.wakes} wakes"]
    head = "".join(f"{f'p{percent}':>9}" for percent in PERCENTILES)
    if worker.first_result or worker.result:
        lines.append(f"  {'seconds':<22}{head}{'typical wake':>15}")
    if worker.first_result:
        typical = sum(worker.typical.values())
        lines.append(screen.painted(f"  {'first result':<22}{_numbers(worker.first_result)}{typical:>15.1f}", "bold"))
        for stage in STAGES:
            if any(worker.stages[stage].values()):
                lines.append(f"    {STAGE_WORDS[stage]:<20}{_numbers(worker.stages[stage])}{worker.typical[stage]:>15.1f}")
    if worker.result:
        lines.append(f"  {'result of any job':<22}{_numbers(worker.result)}")
    return lines


def _numbers(values: Mapping[int, float]) -> str:
    return "".join(f"{values[percent]:>9.1f}" for percent in PERCENTILES)


def cost_lines(cost: Cost, screen: Screen) -> list[str]:
    """Money a month by what it is for."""
    parts = (
        ("busy", cost.busy),
        ("waking", cost.waking),
        ("idle tail", cost.idle),
        ("disks", cost.disks),
        ("registry", cost.registry),
    )
    listed = ", ".join(f"{name} {amount:.2f}" for name, amount in parts)
    return [screen.painted(f"{cost.total:.2f} {cost.currency} a month", "bold") + f": {listed}"]


def _nodes(record: Record) -> list[str]:
    lines = []
    for pool in sorted({span.pool for span in record.spans} | set(record.disks)):
        hours = {use: record.node_hours(pool, use) for use in Use}
        split = ", ".join(f"{use} {hours[use]:.1f}" for use in Use)
        number = record.most_disks(pool)
        made = f"at most {number} {'node' if number == 1 else 'nodes'} made"
        lines.append(printable(f"pool {pool}: {record.node_hours(pool):.1f} node hours ({split}), {made}"))
    return lines


def simulation_json(simulation: Simulation) -> str:
    """The same for machines; times in seconds, money a month."""
    record = simulation.record
    report = {
        "about": {"tool": NAME, "version": VERSION, "format": FORMAT},
        "environment": simulation.environment,
        "load": simulation.load,
        "seed": simulation.seed,
        "whatIf": list(simulation.tried),
        "seconds": record.seconds,
        "workers": {name: _worker_json(worker) for name, worker in simulation.workers.items()},
        "cost": cost_json(simulation.cost),
        "pools": {
            pool: {"nodeHours": {use: record.node_hours(pool, use) for use in Use}, "mostNodesMade": record.most_disks(pool)}
            for pool in sorted({span.pool for span in record.spans} | set(record.disks))
        },
        "scaleUps": record.scale_ups,
        "spotLosses": record.spot_losses,
        "replicasKilledBusy": record.replicas_killed_busy,
        "haltedSeconds": record.halted_seconds,
        "notSimulated": list(simulation.left_out),
        "findings": [finding_json(finding) for finding in simulation.findings],
    }
    return json.dumps(report, indent=2)


def cost_json(cost: Cost) -> dict[str, Any]:
    """Money a month, its parts and what is not in it."""
    return {
        "currency": cost.currency,
        "total": cost.total,
        "busy": cost.busy,
        "waking": cost.waking,
        "idle": cost.idle,
        "disks": cost.disks,
        "registry": cost.registry,
        "notCounted": list(cost.left_out),
    }


def _worker_json(worker: WorkerSummary) -> dict[str, Any]:
    return {
        "jobs": worker.jobs,
        "done": worker.done,
        "late": worker.late,
        "begunAgain": worker.begun_again,
        "wakes": worker.wakes,
        "firstResult": by_percent(worker.first_result),
        "stages": {stage: by_percent(values) for stage, values in worker.stages.items()},
        "typicalWake": dict(worker.typical),
        "result": by_percent(worker.result),
    }


def by_percent(values: Mapping[int, float]) -> dict[str, float]:
    """Percentiles by name: `p95`."""
    return {f"p{percent}": seconds for percent, seconds in values.items()}
