"""Findings as JSON for machines. Keys are only ever added; `about.format` counts up when one had to change its meaning."""

import json
from typing import Any

from ..about import NAME, VERSION
from ..findings import Finding
from .judged import EngineMemory, Judged

FORMAT = 1


def json_report(judged: Judged) -> str:
    """One object: what was judged, each finding with its place, and each engine's memory in bytes (null: not known)."""
    report = {
        "about": {"tool": NAME, "version": VERSION, "format": FORMAT},
        "judged": [environment.name for environment in judged.environments],
        "leftOut": list(judged.left_out),
        "findings": [_finding(judged, finding) for finding in judged.findings],
        "memory": {environment.name: [_memory(row) for row in environment.memory] for environment in judged.environments},
    }
    return json.dumps(report, indent=2)


def finding_json(finding: Finding) -> dict[str, Any]:
    """What every report says of a finding."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "file": finding.place.file,
        "line": finding.place.line,
        "sentence": finding.sentence,
        "change": finding.change,
    }


def _finding(judged: Judged, finding: Finding) -> dict[str, Any]:
    source = judged.sources.get(finding.place.file)
    span = source.span(finding) if source else None
    return finding_json(finding) | {
        "title": judged.titles.get(finding.code, ""),
        "column": span.column if span else None,
        "endColumn": span.end_column if span else None,
        "path": finding.path,
        "environments": [entry.name for entry in judged.environments if finding in entry.findings],
    }


def _memory(row: EngineMemory) -> dict[str, Any]:
    known = bool(row.parts)
    return {
        "worker": row.worker,
        "model": row.model,
        "pool": row.pool,
        "card": row.card,
        "verdict": row.verdict,
        "reason": row.reason,
        "neededBytes": row.needed_bytes if known else None,
        "limitBytes": row.limit_bytes if known else None,
        "marginBytes": row.margin_bytes if known else None,
        "parts": dict(row.parts),
    }
