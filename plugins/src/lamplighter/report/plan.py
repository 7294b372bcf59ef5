"""A plan for people and for machines: who runs where at the peak, with what memory, and how the lock stands."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ..about import NAME, VERSION
from ..domain.lock import LockedEngine, LockedWorker
from ..domain.usage import CardUsage
from ..findings import Finding
from ..rules.layout import Layout
from .json import finding_json
from .memory_text import memory_lines
from .screen import Screen
from .text import printable, text_line

FORMAT = 1


class LockStatus(StrEnum):
    """How the file stands to what was calculated."""

    WRITTEN = "written"
    CURRENT = "up to date"
    MISSING = "not there yet"
    DIFFERENT = "different"
    NOT_NEEDED = "not needed"
    IMPOSSIBLE = "cannot be made"


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """One environment's plan. `findings` are those of its check, without what the lock itself is."""

    environment: str
    layout: Layout
    findings: tuple[Finding, ...]
    lock_file: str
    lock_status: LockStatus

    @property
    def possible(self) -> bool:
        """Whether every worker has a place."""
        return set(self.layout.workers) == set(self.layout.placement.workers)


def plan_text(plan: Plan, screen: Screen) -> str:
    """The plan in lines."""
    lines = [screen.painted(_peak(plan), "bold"), *_workers(plan), ""]
    if plan.layout.cards:
        lines += [*memory_lines(plan.layout.cards, screen), ""]
    said = {finding.sentence for finding in plan.findings}
    untold = [entry for entry in plan.layout.explanations if entry.sentence not in said]
    lines += [printable(f"{entry.sentence}. {entry.change}".strip()) for entry in untold]
    lines += [text_line(finding) for finding in plan.findings]
    again = f"; lamplighter plan {plan.environment} --write makes it"
    wants = plan.lock_status in (LockStatus.MISSING, LockStatus.DIFFERENT)
    lines.append(f"{plan.lock_file}: {plan.lock_status}{again if wants else ''}")
    return "\n".join(lines)


def _peak(plan: Plan) -> str:
    """The whole in one line."""
    placement = plan.layout.placement
    wanted = sum(worker.wanted for worker in placement.workers.values())
    placed = sum(worker.placed for worker in placement.workers.values())
    if not wanted:
        return f"{plan.environment}: no worker uses a GPU"
    nodes = ", ".join(f"{pool.nodes} of {pool.limit} {name}" for name, pool in placement.pools.items() if pool.nodes)
    found = f"{placed} of {wanted}" if placed < wanted else f"{wanted}"
    line = f"{plan.environment} at the peak: {found} replicas on nodes: {nodes or 'none'}"
    if placement.cost_per_hour is not None and placement.least_cost_per_hour is not None:
        line += f"; {placement.cost_per_hour:.2f} {placement.currency} an hour"
        if placement.least_cost_per_hour < placement.cost_per_hour - 0.005:
            line += f" (none costs less than {placement.least_cost_per_hour:.2f})"
    return line


def _workers(plan: Plan) -> list[str]:
    lines = []
    for name, placed in plan.layout.placement.workers.items():
        where = ", ".join(f"{number} on {pool}" for pool, number in placed.replicas.items()) or "nowhere"
        locked = plan.layout.workers.get(name)
        order = f"; pools, cheapest first: {', '.join(locked.pools)}" if locked and len(locked.pools) > 1 else ""
        lines.append(f"worker {name}: {where}{order}")
        lines += [f"  {_settings(engine)}" for engine in (locked.engines if locked else ())]
    return lines


def _settings(engine: LockedEngine) -> str:
    fraction = "" if engine.memory_fraction is None else f"memoryFraction {engine.memory_fraction:.12g}, "
    return f"{engine.model}: {fraction}contextTokens {engine.context_tokens}, concurrency {engine.concurrency}"


def plan_json(plan: Plan) -> str:
    """The same for machines; sizes in bytes."""
    placement = plan.layout.placement
    report = {
        "about": {"tool": NAME, "version": VERSION, "format": FORMAT},
        "environment": plan.environment,
        "possible": plan.possible,
        "complete": placement.complete,
        "costPerHour": placement.cost_per_hour,
        "leastCostPerHour": placement.least_cost_per_hour,
        "currency": placement.currency,
        "workers": {
            name: _locked(plan.layout.workers.get(name))
            | {"wanted": worker.wanted, "placed": worker.placed, "replicas": dict(worker.replicas)}
            for name, worker in placement.workers.items()
        },
        "pools": {
            name: {"nodes": pool.nodes, "limit": pool.limit, "costPerHour": pool.cost_per_hour}
            for name, pool in placement.pools.items()
        },
        "cards": [_card(card) for card in plan.layout.cards],
        "refused": [
            {"pool": entry.pool, "sentence": entry.sentence, "change": entry.change} for entry in plan.layout.explanations
        ],
        "findings": [finding_json(finding) for finding in plan.findings],
        "lock": {"file": plan.lock_file, "status": plan.lock_status},
    }
    return json.dumps(report, indent=2)


def _locked(worker: LockedWorker | None) -> dict[str, Any]:
    if worker is None:
        return {"pools": [], "models": {}}
    models = {
        engine.model: {
            "memoryFraction": engine.memory_fraction,
            "contextTokens": engine.context_tokens,
            "concurrency": engine.concurrency,
            "parts": {pool: dict(parts) for pool, parts in engine.parts.items()},
        }
        for engine in worker.engines
    }
    return {"pools": list(worker.pools), "models": models}


def _card(card: CardUsage) -> dict[str, Any]:
    return {
        "pool": card.pool,
        "chip": card.chip,
        "count": card.count,
        "totalBytes": card.total_bytes,
        "fits": card.fits,
        "engines": [
            {
                "worker": engine.worker,
                "model": engine.model,
                "startBytes": engine.start_bytes,
                "reservedBytes": engine.reserved_bytes,
                "neededBytes": engine.needed_bytes,
                "marginBytes": engine.margin_bytes,
                "parts": dict(engine.parts),
                "reason": engine.reason,
            }
            for engine in card.engines
        ],
    }
